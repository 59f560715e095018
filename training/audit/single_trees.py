"""What can be wrong with one tree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from features.catalogue.catalogue import Catalogue
from training.audit.findings import Finding
from training.trees.exact import GRAIN
from training.trees.tree_checks import not_a_tree, not_by_threshold, not_monotone
from training.trees.tree_text import Tree


def tree_by_tree(trees: Sequence[Tree], catalogue: Catalogue) -> list[Finding]:
    """Check each tree by itself."""
    return [
        Finding(tree.number, what) for tree in trees for what in dict.fromkeys(_of(tree, catalogue))
    ]


def _of(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    if broken := list(not_a_tree(tree, catalogue.names)):
        yield from broken
        return
    yield from not_monotone(tree, catalogue.names, catalogue.monotone)
    yield from not_by_threshold(tree, catalogue.names)
    yield from not_learned(tree, catalogue)
    yield from not_exact(tree)


def not_learned(tree: Tree, catalogue: Catalogue) -> Iterator[str]:
    """Splits on signals that are only shown, such as an audience that can be bought."""
    for feature in tree.feature:
        if not catalogue.signals[feature].learned:
            yield f"splits on {catalogue.names[feature]}, which is only shown"


def not_exact(tree: Tree) -> Iterator[str]:
    """Leaves that are no multiples of the grain, so that sums would be rounded."""
    if tree.linear:
        yield "has linear models in its leaves"
    if odd := [value for value in tree.leaf if not math.isfinite(value) or value % GRAIN]:
        yield f"the leaf {odd[0]!r} is no multiple of 2**-24, so sums are not exact"
