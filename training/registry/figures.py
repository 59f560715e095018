"""Metrics by the names that MLflow has for them, and those of them that it can keep."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

NOT_FINITE = "not_finite"
"""Tag of a run: the metrics it has no number for, with what they were."""


def flat(metrics: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Name nested metrics by their path.

    >>> flat({"auc": 0.8, "baselines": {"followers": 0.7}, "model_version": "ab"})
    {'auc': 0.8, 'baselines.followers': 0.7}
    """
    numbers: dict[str, float] = {}
    for name, value in metrics.items():
        if isinstance(value, dict):
            numbers |= flat(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            numbers[f"{prefix}{name}"] = value
    return numbers


def finite(metrics: Mapping[str, float]) -> tuple[dict[str, float], dict[str, str]]:
    """Part metrics into those to log and a tag that names the others.

    MLflow's database keeps infinity as the largest number there is, and NaN as 0 with a mark beside
    it: neither can be compared with what other runs say.

    >>> finite({"auc": 0.8, "spread": float("nan")})
    ({'auc': 0.8}, {'not_finite': 'spread nan'})
    """
    odd = ", ".join(f"{name} {value}" for name, value in metrics.items() if not isfinite(value))
    kept = {name: value for name, value in metrics.items() if isfinite(value)}
    return kept, {NOT_FINITE: odd} if odd else {}
