"""Prove of a trained model what the score promises, before it may be registered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.audit.findings import Finding
from training.audit.numbers import numbers
from training.audit.single_trees import tree_by_tree
from training.audit.whole import head, ranges, sums, sums_by_example
from training.trees.tree_text import Tree, head_of, trees_of

if TYPE_CHECKING:  # a model is audited when it is loaded
    from training.influence.model import Model

__all__ = ["Finding", "audit", "faults", "tree_faults"]


def audit(model: Model) -> list[Finding]:
    """Check every split and leaf of every tree, the sums, the link and the scale.

    Returns
    -------
    list of Finding
        An empty list is a pass.
    """
    # A broken tree may send LightGBM round in circles, so it is only asked about sound ones.
    return faults(model) or sums_by_example(model)


def faults(model: Model) -> list[Finding]:
    """Do all of an audit that reads the model alone, and asks LightGBM nothing.

    It reads the text that LightGBM is given, not what LightGBM says of it: its own dump shows a
    threshold that is no number as 0. Of 6,000 trees it takes a third of a second, so it is done
    whenever a model is loaded.
    """
    findings = numbers(model)
    try:
        trees = trees_of(model.trees)
    except ValueError as error:
        return [*findings, Finding(None, f"the text of the trees can't be read: {error}")]
    findings += head(head_of(model.trees), model.catalogue)
    return findings + tree_faults(trees, model)


def tree_faults(trees: Sequence[Tree], model: Model) -> list[Finding]:
    """Do what `faults` does of trees, wherever they were read.

    Parameters
    ----------
    model
        Says which of them are of which network, and what there is to be read.
    """
    findings = ranges(trees, model) + tree_by_tree(trees, model.catalogue)
    return findings or sums(trees)
