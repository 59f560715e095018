"""What can be wrong with a tree, whatever it was grown for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from features.catalogue.network import Sign
from training.trees.tree_text import Tree

DIRECTIONS: dict[Sign, int] = {"up": 1, "down": -1, "free": 0}
"""LightGBM's ``monotone_constraints`` by sign."""

CATEGORICAL, MISSING = 0b0001, 0b1100


def not_a_tree(tree: Tree, names: Sequence[str]) -> Iterator[str]:
    """What keeps a tree from being looked at at all: broken references, unknown columns."""
    if not tree.whole:
        yield "its splits and leaves make no tree"
    elif unknown := [each for each in tree.feature if not 0 <= each < len(names)]:
        yield f"splits on signal {unknown[0]}, the catalogue has {len(names)}"


def not_monotone(tree: Tree, names: Sequence[str], directions: Sequence[int]) -> Iterator[str]:
    """Columns whose sign a split breaks.

    A tree is monotone in a column if at each of its splits on it all leaves on one side are at
    least all leaves on the other. That is checked for every split, so for every threshold there
    is. It asks a little more than monotonicity (leaves that no input reaches count too), which
    LightGBM's constraints grant.
    """
    # Children are numbered after their parents, so going backwards meets them first.
    ends: dict[int, tuple[float, float]] = {~n: (value, value) for n, value in enumerate(tree.leaf)}
    for split in reversed(range(len(tree.feature))):
        left, right = ends[tree.left[split]], ends[tree.right[split]]
        ends[split] = min(left[0], right[0]), max(left[1], right[1])
        direction = directions[tree.feature[split]]
        if not {1: left[1] <= right[0], -1: right[1] <= left[0], 0: True}[direction]:
            yield f"not monotone in {names[tree.feature[split]]}"


def not_by_threshold(tree: Tree, names: Sequence[str]) -> Iterator[str]:
    """Splits that do something else than compare a column with a number."""
    for feature, threshold, decision in zip(
        tree.feature, tree.threshold, tree.decision, strict=True
    ):
        if decision & CATEGORICAL:
            yield f"splits {names[feature]} by category, not by size"
        elif not math.isfinite(threshold):
            yield f"splits {names[feature]} at {threshold}, which is no finite number"
        if decision & MISSING:
            yield (
                f"takes some values of {names[feature]} for missing: 0 or NaN would not be in its "
                "order"
            )
