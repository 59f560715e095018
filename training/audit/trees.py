"""What can be wrong with one tree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from features.catalogue import Catalogue
from training.audit.findings import Finding
from training.audit.text import Tree
from training.trees import GRAIN

CATEGORICAL, MISSING = 0b0001, 0b1100


def tree_by_tree(trees: Sequence[Tree], catalogue: Catalogue) -> list[Finding]:
    """Check each tree by itself."""
    return [
        Finding(tree.number, what) for tree in trees for what in dict.fromkeys(_of(tree, catalogue))
    ]


def _of(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    if not tree.whole:
        yield "its splits and leaves make no tree"
        return
    if unknown := [each for each in tree.feature if not 0 <= each < len(catalogue.names)]:
        yield f"splits on signal {unknown[0]}, the catalogue has {len(catalogue.names)}"
        return
    for check in CHECKS:
        yield from check(tree, catalogue)


def not_monotone(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    """Signals whose sign a split breaks.

    A tree is monotone in a signal if at each of its splits on it all leaves on one side are at
    least all leaves on the other. That is checked for every split, so for every threshold there
    is. It asks a little more than monotonicity (leaves that no input reaches count too), which
    LightGBM's constraints grant.
    """
    # Children are numbered after their parents, so going backwards meets them first.
    ends: dict[int, tuple[float, float]] = {~n: (value, value) for n, value in enumerate(tree.leaf)}
    for split in reversed(range(len(tree.feature))):
        left, right = ends[tree.left[split]], ends[tree.right[split]]
        ends[split] = min(left[0], right[0]), max(left[1], right[1])
        sign = catalogue.monotone[tree.feature[split]]
        if not {1: left[1] <= right[0], -1: right[1] <= left[0], 0: True}[sign]:
            yield f"not monotone in {catalogue.names[tree.feature[split]]}"


def not_by_threshold(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    """Splits that do something else than compare a signal with a number."""
    for feature, threshold, decision in zip(
        tree.feature, tree.threshold, tree.decision, strict=True
    ):
        name = catalogue.names[feature]
        if decision & CATEGORICAL:
            yield f"splits {name} by category, not by size"
        elif not math.isfinite(threshold):
            yield f"splits {name} at {threshold}, which is no finite number"
        if decision & MISSING:
            yield f"takes some values of {name} for missing: 0 or NaN would not be in its order"


def not_learned(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    """Splits on signals that are only shown, such as an audience that can be bought."""
    for feature in tree.feature:
        if not catalogue.signals[feature].learned:
            yield f"splits on {catalogue.names[feature]}, which is only shown"


def not_exact(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    """Leaves that are no multiples of the grain, so that sums would be rounded."""
    del catalogue
    if tree.linear:
        yield "has linear models in its leaves"
    if odd := [value for value in tree.leaf if not math.isfinite(value) or value % GRAIN]:
        yield f"the leaf {odd[0]!r} is no multiple of 2**-24, so sums are not exact"


CHECKS: tuple[Callable[[Tree, Catalogue], Iterator[str]], ...] = (
    not_monotone,
    not_by_threshold,
    not_learned,
    not_exact,
)
