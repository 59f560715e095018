"""Trees as text, with thresholds replaced by their ranks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.errors import KloutError

TINY = float(np.float32(1e-35))
"""LightGBM takes what is at most this for 0, so no threshold for counts may be below."""

PLAIN = frozenset({0, 2})
"""Decision types of ``value <= threshold`` where nothing is missing. Bit 1 says where a missing
value would go; bit 0 would be a split by category, bits 2 and 3 a value taken for missing."""

WANTED = frozenset(
    {
        "split_feature",
        "threshold",
        "decision_type",
        "left_child",
        "right_child",
        "leaf_value",
        "is_linear",
    }
)
"""Lines of a tree that are read; the rest is not needed to predict."""

Steps = dict[int, list[float]]
"""By signal, its distinct thresholds, ascending."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree. Splits are numbered from 0, the root; a child below 0 is the leaf ``~child``.

    Attributes
    ----------
    signal, rank, left, right
        One value per split: codes up to `rank` go left.
    leaf
        Leaf values.
    """

    signal: list[int]
    rank: list[int]
    left: list[int]
    right: list[int]
    leaf: list[float]


def read_trees(blocks: Sequence[str], place: Mapping[int, int]) -> tuple[list[Tree], Steps]:
    """Read a network's trees.

    Parameters
    ----------
    blocks
        As `training.trees.exact.split_text` gives them.
    place
        From the model's column to the network's signal.

    Returns
    -------
    tuple
        The trees; and the thresholds that their ranks mean, by signal.

    Raises
    ------
    KloutError
        If a tree asks anything else than whether a signal of the network is at most a number.
    """
    fields = [_fields(block) for block in blocks]
    signals = [
        [signal_of(int(column), place) for column in each["split_feature"]] for each in fields
    ]
    thresholds = [[_threshold(text) for text in each["threshold"]] for each in fields]
    steps = _steps(signals, thresholds)
    trees = [
        Tree(
            asked,
            [bisect_left(steps[signal], t) for signal, t in zip(asked, at, strict=True)],
            [int(child) for child in each["left_child"]],
            [int(child) for child in each["right_child"]],
            [float(value) for value in each["leaf_value"]],
        )
        for each, asked, at in zip(fields, signals, thresholds, strict=True)
    ]
    return trees, steps


def checked_lines(block: str) -> dict[str, str]:
    """Take a tree's lines that are `WANTED`.

    Raises
    ------
    KloutError
        If one is missing, or says that it is no tree of plain thresholds.
    """
    lines = (line.partition("=") for line in block.splitlines())
    found = {name: values.strip() for name, _, values in lines if name in WANTED}
    if missing := WANTED - found.keys():
        raise KloutError(f"trees: a tree has no {min(missing)}; expected splits and leaves")
    if found["is_linear"] != "0":
        raise KloutError("trees: a tree has linear leaves; expected constant ones")
    for kind in set(found["decision_type"].split()):
        if int(kind) not in PLAIN:
            raise KloutError(
                f"trees: a split has decision type {kind}; expected 0 or 2, "
                "a threshold where nothing is missing"
            )
    return found


def _fields(block: str) -> dict[str, list[str]]:
    return {name: values.split() for name, values in checked_lines(block).items()}


def signal_of(column: int, place: Mapping[int, int]) -> int:
    """Find the network's signal of a model's column."""
    if column not in place:
        raise KloutError(f"trees: a tree reads column {column}, which is not of its network")
    return place[column]


def _threshold(text: str) -> float:
    value = float(text)
    return TINY if 0 <= value < TINY else value


def _steps(signals: list[list[int]], thresholds: list[list[float]]) -> Steps:
    found: dict[int, set[float]] = {}
    for asked, at in zip(signals, thresholds, strict=True):
        for signal, threshold in zip(asked, at, strict=True):
            found.setdefault(signal, set()).add(threshold)
    return {signal: sorted(found[signal]) for signal in sorted(found)}
