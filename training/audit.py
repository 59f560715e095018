"""Prove of a trained model what the score promises, before it may be registered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from training.model import Model


@dataclass(frozen=True)
class Finding:
    """One way in which a model breaks its promise."""

    tree: int
    what: str


def audit(model: Model) -> list[Finding]:
    """Check every split of every tree, and the sums; an empty list is a pass.

    A tree is monotone in a signal if at each of its splits on it all leaves on one side are at
    least all leaves on the other. That is checked for every split, so for every threshold there
    is. It asks a little more than monotonicity (leaves that no input reaches count too), which
    LightGBM's constraints grant.
    """
    findings = []
    signs = model.catalogue.monotone
    trees = model.booster.dump_model()["tree_info"]
    for tree in trees:
        number = tree["tree_index"]
        findings += [
            Finding(number, f"not monotone in {model.catalogue.names[feature]}")
            for feature in sorted(_broken(tree["tree_structure"], signs)[2])
        ]
    return findings + _mixed(model, trees) + _inexact(model)


def _broken(node: dict[str, Any], signs: list[int]) -> tuple[float, float, set[int]]:
    """Smallest and largest leaf below a node, and the features whose sign a split breaks."""
    if "leaf_value" in node:
        return node["leaf_value"], node["leaf_value"], set()
    left_low, left_high, left = _broken(node["left_child"], signs)
    right_low, right_high, right = _broken(node["right_child"], signs)
    feature = node["split_feature"]
    rises, falls = left_high <= right_low, right_high <= left_low
    fine = {1: rises, -1: falls, 0: True}[signs[feature]] and node["missing_type"] != "NaN"
    here = set() if fine else {feature}
    return min(left_low, right_low), max(left_high, right_high), left | right | here


def _mixed(model: Model, trees: list[dict[str, Any]]) -> list[Finding]:
    """Trees that read another network's signals than the range they are in says."""
    owner = {tree: network for network, own in model.ranges.items() for tree in own}
    names = [signal.network for signal in model.catalogue.signals]
    findings: list[Finding] = []
    for tree in trees:
        number = tree["tree_index"]
        networks = {names[feature] for feature in _features(tree["tree_structure"])}
        findings += [
            Finding(number, f"reads {network}, counts for {owner.get(number)}")
            for network in sorted(networks - {owner.get(number)})
        ]
    return findings


def _features(node: dict[str, Any]) -> set[int]:
    if "leaf_value" in node:
        return set()
    below = _features(node["left_child"]) | _features(node["right_child"])
    return below | {node["split_feature"]}


def _inexact(model: Model) -> list[Finding]:
    """Whether the networks' sums make up LightGBM's own prediction, to the last bit."""
    random = np.random.default_rng(0)
    signals = random.lognormal(1, 2, (200, len(model.catalogue.signals)))
    whole = np.asarray(model.booster.predict(signals, raw_score=True))
    sums = sum(model.network_sum(signals, network) for network in model.ranges)
    return [] if np.array_equal(whole, sums) else [Finding(-1, "parts don't add up to the whole")]
