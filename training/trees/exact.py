"""LightGBM's text of a model, brought into a form whose sums are exact.

Three things are done to the text after training:

1. Leaf values are rounded to multiples of 2⁻²⁴. Then all sums of them are exact in float64, in any
   order, so that a person's influence is its networks' parts to the last bit. Rounding keeps the
   order of leaves, and so monotonicity.
2. Trees are sorted by network. Interaction constraints let no tree mix networks, so each network
   is one range of trees, a model of its own.
3. What depends on the run and not on the trees (parameters, importances, sizes) is left out, so
   that equal models are equal files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError

GRAIN = 2.0**-24
"""Unit of leaf values: 6e-8 of influence, far below what a tenth of a point of score costs."""

_END = "end of trees\n"
_TREE = re.compile(r"^Tree=\d+\n", re.MULTILINE)


def exact_text(text: str, catalogue: Catalogue) -> tuple[str, dict[str, range]]:
    """Rewrite the text of a model.

    Parameters
    ----------
    text
        From ``Booster.model_to_string()``.
    catalogue
        Its columns are the model's features.

    Returns
    -------
    tuple
        The text; and for each network with trees, the range of its trees.
    """
    head, blocks = split_text(text)
    network_of = [signal.network for signal in catalogue.signals]
    by_network: dict[str, list[str]] = {network.name: [] for network in catalogue.networks}
    for block in blocks:
        features = numbers_of(block, "split_feature")
        networks = {network_of[int(feature)] for feature in features}
        if len(networks) > 1:
            raise KloutError(f"a tree mixes the networks {sorted(networks)}")
        for network in networks:  # none for a tree that is one leaf: it tells nobody apart
            by_network[network].append(_exact_leaves(block))
    ranges: dict[str, range] = {}
    ordered: list[str] = []
    for network, trees in by_network.items():
        if trees:
            ranges[network] = range(len(ordered), len(ordered) + len(trees))
            ordered += trees
    return joined_text(head, ordered), ranges


def split_text(text: str) -> tuple[str, list[str]]:
    """Take a model's text apart: what stands before the trees, and each tree without its number."""
    head, *blocks = _TREE.split(text.split(_END)[0])
    # The sizes are those of the trees as they were; LightGBM reads a text without them.
    head = re.sub(r"^tree_sizes=.*\n", "", head, flags=re.MULTILINE)
    return head, [block.strip("\n") for block in blocks]


def joined_text(head: str, trees: list[str]) -> str:
    """Undo `split_text`."""
    body = "".join(f"Tree={number}\n{tree}\n\n\n" for number, tree in enumerate(trees))
    return f"{head}{body}{_END}"


def scaled(text: str, share: float) -> list[str]:
    """Take the trees of a model's text, with a share of their leaves' values."""
    _, blocks = split_text(text)
    return [
        with_numbers(
            block, "leaf_value", (share * leaf for leaf in numbers_of(block, "leaf_value"))
        )
        for block in blocks
    ]


def with_trees(text: str, trees: Iterable[str]) -> str:
    """Put trees behind those of a model's text."""
    head, blocks = split_text(text)
    return joined_text(head, [*blocks, *trees])


def on_columns(text: str, places: Mapping[int, int], catalogue: Catalogue) -> str:
    """Let trees read the columns of a larger catalogue.

    Parameters
    ----------
    text
        Of a model of a smaller one.
    places
        Where each of its columns is now.
    catalogue
        The larger one.
    """
    head, blocks = split_text(text)
    names, signs = " ".join(catalogue.names), " ".join(map(str, catalogue.monotone))
    lines = {
        "max_feature_idx": str(len(catalogue.names) - 1),
        "feature_names": names,
        "monotone_constraints": signs,
        "feature_infos": " ".join(["none"] * len(catalogue.names)),
    }
    for name, line in lines.items():
        head = re.sub(rf"^{name}=.*$", f"{name}={line}", head, flags=re.MULTILINE)
    moved = (
        with_numbers(
            each, "split_feature", (places[int(n)] for n in numbers_of(each, "split_feature"))
        )
        for each in blocks
    )
    return joined_text(head, list(moved))


def numbers_of(block: str, name: str) -> list[float]:
    """Read a line of a tree, such as ``threshold``; empty if it is not there."""
    found = re.search(rf"^{name}=(.*)$", block, re.MULTILINE)
    return [float(number) for number in found.group(1).split()] if found else []


def with_numbers(block: str, name: str, numbers: Iterable[float]) -> str:
    """Write a line of a tree anew."""
    text = " ".join(repr(number) for number in numbers)
    return re.sub(rf"^{name}=.*$", f"{name}={text}", block, flags=re.MULTILINE)


def _exact_leaves(block: str) -> str:
    values = (round(value / GRAIN) * GRAIN for value in numbers_of(block, "leaf_value"))
    return with_numbers(block, "leaf_value", values)
