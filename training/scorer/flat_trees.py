"""A network's trees as flat arrays, walked side by side: for a few persons, or a look inside.

Tables (`training.scorer.network_scorer`) are faster for thousands of persons, and take seconds to
make. Arrays are made in milliseconds, and of a few hundred persons they say as fast what LightGBM
says, with the same bits: leaf values are multiples of `training.trees.exact.GRAIN`, whose sums are
exact in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scorer.ranked_trees import TINY, checked_lines, signal_of

Vector = NDArray[np.float64]
Places = NDArray[np.int32]

PLACES_AT_ONCE = 2**18
"""Persons times trees that are walked together: a few megabytes."""


@dataclass(frozen=True)
class FlatTrees:
    """The splits and leaves of all trees, numbered through; a child below 0 is the leaf ``~child``.

    Attributes
    ----------
    signal, threshold
        By split: who has at most the threshold of the network's signal goes left.
    left, right
        By split, its children.
    value
        By leaf.
    root
        By tree, its first split.
    """

    signal: Places
    threshold: Vector
    left: Places
    right: Places
    value: Vector
    root: Places

    def part_sum(self, signals: Vector) -> Vector:
        """Sum what the trees say.

        Parameters
        ----------
        signals
            Shape (persons, the network's signals), finite and at least 0.

        Returns
        -------
        ndarray of float64, shape (persons,)
            LightGBM's raw score, to the last bit.
        """
        said = np.empty(len(signals))
        step = max(1, PLACES_AT_ONCE // max(1, len(self.root)))
        for start in range(0, len(signals), step):
            said[start : start + step] = self._sums(signals[start : start + step])
        return said

    def _sums(self, signals: Vector) -> Vector:
        persons, trees = len(signals), len(self.root)
        node = np.tile(self.root, persons)
        walking = np.arange(persons * trees)
        while len(walking):
            at = node[walking]
            here = signals[walking // trees, self.signal[at]] <= self.threshold[at]
            at = np.where(here, self.left[at], self.right[at])
            node[walking] = at
            walking = walking[at >= 0]
        return np.asarray(self.value[~node].reshape(persons, trees).sum(axis=1))

    def goes_left(self, signals: Vector) -> NDArray[np.bool_]:
        """Say of each split whether somebody with these signals would go left there."""
        return np.asarray(signals[self.signal] <= self.threshold)

    def paths(self) -> tuple[Places, Places, NDArray[np.bool_]]:
        """List what each leaf asks for.

        Returns
        -------
        tuple of ndarray
            By condition, in order of leaf: the leaf; the split above it; and whether the way to
            it goes left there.
        """
        parent, is_left = self._parents()
        splits = len(self.signal)
        leaf, below = np.arange(len(self.value)), np.arange(splits, splits + len(self.value))
        found = []
        while len(leaf):
            above = parent[below]
            leaf, below, above = (each[above >= 0] for each in (leaf, below, above))
            found.append((leaf, above, is_left[below]))
            below = above
        each, above, left = (np.concatenate(part) for part in zip(*found, strict=True))
        order = np.argsort(each, kind="stable")
        return each[order].astype(np.int32), above[order].astype(np.int32), left[order]

    def _parents(self) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """By split, and then by leaf: the split above, -1 of a root; and whether it is its left."""
        splits = len(self.signal)
        parent = np.full(splits + len(self.value), -1, dtype=np.intp)
        is_left = np.zeros(len(parent), dtype=np.bool_)
        for children, left in ((self.left, True), (self.right, False)):
            place = np.where(children < 0, splits + ~children, children)
            parent[place], is_left[place] = np.arange(splits), left
        return parent, is_left

    def from_left_to_right(self) -> NDArray[np.intp]:
        """Give each leaf's place among all, trees one after the other, each from left to right."""
        splits = len(self.signal)
        levels, level = [], self.root.astype(np.intp)
        while len(level):
            levels.append(level)
            children = np.concatenate([self.left[level], self.right[level]])
            level = children[children >= 0].astype(np.intp)
        leaves = np.concatenate([np.zeros(splits, np.intp), np.ones(len(self.value), np.intp)])
        left, right = (np.where(c < 0, splits + ~c, c) for c in (self.left, self.right))
        for level in reversed(levels):
            leaves[level] = leaves[left[level]] + leaves[right[level]]
        place = np.zeros_like(leaves)
        place[self.root] = np.cumsum(leaves[self.root]) - leaves[self.root]
        for level in levels:
            place[left[level]] = place[level]
            place[right[level]] = place[level] + leaves[left[level]]
        return place[splits:]


def flat_trees(blocks: Sequence[str], place: Mapping[int, int]) -> FlatTrees:
    """Read a network's trees.

    Parameters
    ----------
    blocks
        As `training.trees.exact.split_text` gives them.
    place
        From the model's column to the network's signal.

    Raises
    ------
    KloutError
        If a tree asks anything else than whether a signal of the network is at most a number.
    """
    lines = [checked_lines(block) for block in blocks]
    columns, splits = _numbers(each["split_feature"] for each in lines)
    threshold, _ = _numbers(each["threshold"] for each in lines)
    value, leaves = _numbers(each["leaf_value"] for each in lines)
    left, _ = _numbers(each["left_child"] for each in lines)
    right, _ = _numbers(each["right_child"] for each in lines)
    root, first_leaf = np.cumsum(splits) - splits, np.cumsum(leaves) - leaves

    def numbered(children: Vector) -> Places:
        in_splits, in_leaves = np.repeat(root, splits), np.repeat(first_leaf, splits)
        return np.where(children < 0, children - in_leaves, children + in_splits).astype(np.int32)

    return FlatTrees(
        _signals(columns, place),
        np.where((threshold >= 0) & (threshold < TINY), TINY, threshold),
        numbered(left),
        numbered(right),
        value,
        root.astype(np.int32),
    )


def _signals(columns: Vector, place: Mapping[int, int]) -> Places:
    each, which = np.unique(columns.astype(np.int64), return_inverse=True)
    found = [signal_of(column, place) for column in each.tolist()]
    return np.array(found, dtype=np.int32)[which]


def _numbers(lines: Iterable[str]) -> tuple[Vector, NDArray[np.int64]]:
    """Read lines of numbers one after the other, and say how many there are in each."""
    every = list(lines)
    counts = np.array([line.count(" ") + 1 if line else 0 for line in every], dtype=np.int64)
    return np.fromstring(" ".join(every), dtype=np.float64, sep=" "), counts
