"""A tree, or what hangs below one of its splits, as a sum of boxes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import prod
from typing import NamedTuple

from training.scorer.ranked_trees import Tree

TOP = 2**31
"""Above every code: the end of what is not bounded from above."""

Bounds = Mapping[int, tuple[int, int]]
"""By signal, the codes wanted: from the first, below the second. A signal not named is free."""

Cuts = dict[int, frozenset[int]]
"""By signal, the codes at which something changes."""


class Box(NamedTuple):
    """A leaf: its value counts for whoever's codes lie within bounds."""

    value: float
    bounds: Bounds


class Branch:
    """What a tree says of those who come to one of its nodes; 0 of everybody else.

    Attributes
    ----------
    boxes
        Its leaves, those left out that nobody can come to.
    cuts
        Where they end.
    """

    __slots__ = ("_bounds", "_node", "_tree", "boxes", "cuts")

    def __init__(self, tree: Tree, node: int = 0, bounds: Bounds | None = None) -> None:
        self._tree, self._node, self._bounds = tree, node, bounds or {}
        self.boxes = list(_boxes(tree, node, self._bounds))
        self.cuts = _cuts_of(self.boxes)

    def halves(self) -> list[Branch]:
        """Take it apart at its split: branches that add up to it; none if it is a leaf."""
        if self._node < 0:
            return []
        return [
            Branch(self._tree, *child) for child in _children(self._tree, self._node, self._bounds)
        ]


def merged(cuts: Iterable[Cuts]) -> Cuts:
    """All cuts of several."""
    together: Cuts = {}
    for each in cuts:
        for signal, codes in each.items():
            together[signal] = together.get(signal, frozenset()) | codes
    return together


def cells(cuts: Cuts) -> int:
    """Entries of a table with these cuts."""
    return prod(len(codes) + 1 for codes in cuts.values())


def _children(tree: Tree, node: int, bounds: Bounds) -> Iterator[tuple[int, Bounds]]:
    signal, cut = tree.signal[node], tree.rank[node] + 1
    low, high = bounds.get(signal, (0, TOP))
    if low < min(high, cut):
        yield tree.left[node], {**bounds, signal: (low, min(high, cut))}
    if max(low, cut) < high:
        yield tree.right[node], {**bounds, signal: (max(low, cut), high)}


def _boxes(tree: Tree, node: int, bounds: Bounds) -> Iterator[Box]:
    if node < 0:
        yield Box(tree.leaf[~node], bounds)
        return
    for child, within in _children(tree, node, bounds):
        yield from _boxes(tree, child, within)


def _cuts_of(boxes: list[Box]) -> Cuts:
    found: dict[int, set[int]] = {}
    for box in boxes:
        for signal, ends in box.bounds.items():
            found.setdefault(signal, set()).update(ends)
    return {signal: frozenset(ends - {0, TOP}) for signal, ends in found.items()}
