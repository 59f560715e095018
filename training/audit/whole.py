"""What can be wrong with the trees together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue.catalogue import Catalogue
from training.audit.findings import Finding
from training.trees.exact import GRAIN
from training.trees.tree_text import Tree

if TYPE_CHECKING:
    from training.influence.model import Model

EXACT = 2.0**53
"""Whole numbers up to here are exact in float64; leaves are whole numbers of grains."""


def head(text: str, catalogue: Catalogue) -> list[Finding]:
    """Check that the text is of one sum of trees, over the catalogue's signals in their order."""
    fields = dict(line.partition("=")[::2] for line in text.splitlines())
    said = [
        f"{name} is {fields.get(name)}, expected 1"
        for name in ("num_class", "num_tree_per_iteration")
        if fields.get(name) != "1"
    ]
    if "average_output" in fields:
        said.append("averages its trees, where parts are sums")
    if fields.get("feature_names", "").split() != catalogue.names:
        said.append("its feature names are not the catalogue's signals in their order")
    return [Finding(None, what) for what in said]


def ranges(trees: Sequence[Tree], model: Model) -> list[Finding]:
    """Check that each tree counts for one network, and reads that network's signals only."""
    said = []
    counted = [number for own in model.ranges.values() for number in own]
    if sorted(counted) != list(range(len(trees))):
        said.append(Finding(None, "the networks' ranges don't cover each tree exactly once"))
    if unknown := sorted(model.ranges.keys() - model.catalogue.groups.keys()):
        said.append(Finding(None, f"trees of {unknown[0]}, which the catalogue does not have"))
    owner = {tree: network for network, own in model.ranges.items() for tree in own}
    networks = dict(enumerate(signal.network for signal in model.catalogue.signals))
    for tree in trees:
        own = owner.get(tree.number)
        read = {networks[each] for each in tree.feature if each in networks}
        said += [
            Finding(tree.number, f"reads {network}, counts for {own}")
            for network in sorted(read - {own})
        ]
    return said


def sums(trees: Sequence[Tree]) -> list[Finding]:
    """Check that no sum of leaves can grow past what float64 holds exactly."""
    largest = sum(max(abs(value) for value in tree.leaf) for tree in trees) / GRAIN
    if largest <= EXACT:
        return []
    return [Finding(None, f"leaves sum up to {largest:.3g} grains; beyond 2**53 sums are rounded")]


def sums_by_example(model: Model) -> list[Finding]:
    """Check on random signals that the networks' sums are LightGBM's own, to the last bit."""
    import lightgbm as lgb  # a model that is loaded is asked nothing of this

    random = np.random.default_rng(0)
    signals = random.lognormal(1, 2, (200, len(model.catalogue.signals)))
    try:
        whole = np.asarray(model.booster.predict(signals, raw_score=True))
        parts = sum(model.network_sum(signals, network) for network in model.ranges)
    except lgb.basic.LightGBMError as error:
        return [Finding(None, f"LightGBM can't read the trees: {error}")]
    return (
        [] if np.array_equal(whole, parts) else [Finding(None, "parts don't add up to the whole")]
    )
