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

from features.catalogue import Catalogue
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
    head, *blocks = _TREE.split(text.split("\nend of trees")[0] + "\n")
    head = re.sub(r"^tree_sizes=.*\n", "", head, flags=re.MULTILINE)
    network_of = [signal.network for signal in catalogue.signals]
    by_network: dict[str, list[str]] = {network.name: [] for network in catalogue.networks}
    for block in blocks:
        features = _numbers(block, "split_feature")
        networks = {network_of[int(feature)] for feature in features}
        if len(networks) > 1:
            raise KloutError(f"a tree mixes the networks {sorted(networks)}")
        for network in networks:  # none for a tree that is one leaf: it tells nobody apart
            by_network[network].append(_exact_leaves(block.strip("\n")))
    ranges: dict[str, range] = {}
    ordered: list[str] = []
    for network, trees in by_network.items():
        if trees:
            ranges[network] = range(len(ordered), len(ordered) + len(trees))
            ordered += trees
    return _joined(head, ordered), ranges


def text_of(text: str, trees: range) -> str:
    """Take some of the trees of an exact text, as a model of their own."""
    head, *blocks = _TREE.split(text.removesuffix(_END))
    return _joined(head, [blocks[number].strip("\n") for number in trees])


def _joined(head: str, trees: list[str]) -> str:
    body = "".join(f"Tree={number}\n{tree}\n\n\n" for number, tree in enumerate(trees))
    return f"{head}{body}{_END}"


def _numbers(block: str, name: str) -> list[float]:
    found = re.search(rf"^{name}=(.*)$", block, re.MULTILINE)
    return [float(number) for number in found.group(1).split()] if found else []


def _exact_leaves(block: str) -> str:
    values = [round(value / GRAIN) * GRAIN for value in _numbers(block, "leaf_value")]
    text = " ".join(repr(value) for value in values)
    return re.sub(r"^leaf_value=.*$", f"leaf_value={text}", block, flags=re.MULTILINE)
