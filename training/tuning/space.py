"""The search space: which parameters of training are tried, and between which ends."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from optuna import Trial
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from features.errors import KloutError
from training.influence.params import BREAKS_MONOTONICITY, TrainingParams

FIXED = {
    "num_trees": "is the most there may be; how many are best is found in each trial",
    "patience": "decides when a trial ends, not what it learns",
    "validation_share": "plays no part in cross-validation",
    "seed": "must not be picked by its luck",
    "num_threads": "changes no result",
}
"""Parameters of training that can't be searched, and why."""
DIGITS = 4
"""Significant digits of a value that is tried: what is written down is what was tried."""


def distribution_of(name: str, given: Any, where: str) -> BaseDistribution:
    """Make one parameter's distribution from ``low``, ``high``, ``log``, or from ``choices``."""
    _check_name(name, where)
    default = getattr(TrainingParams(), name)
    if isinstance(given, dict) and set(given) == {"choices"}:
        return _choices(given["choices"], type(default), where)
    if not isinstance(given, dict) or not {"low", "high"} <= set(given) <= {"low", "high", "log"}:
        raise KloutError(f"{where}: expected low, high and perhaps log, or choices; is {given!r}")
    if type(default) is bool:
        raise KloutError(f"{where}: is true or false; expected choices, is {given}")
    low, high, log = given["low"], given["high"], given.get("log", False)
    if not all(_is_of(end, type(default)) for end in (low, high)) or type(log) is not bool:
        kind = "whole numbers" if type(default) is int else "numbers"
        raise KloutError(f"{where}: low and high must be {kind}, log true or false; is {given}")
    if not low < high or (log and low <= 0):
        raise KloutError(f"{where}: low must be below high, and above 0 if log; is {given}")
    if type(default) is int:
        return IntDistribution(low, high, log)
    return FloatDistribution(float(low), float(high), log)


def _check_name(name: str, where: str) -> None:
    if name in BREAKS_MONOTONICITY:
        raise KloutError(f"{where}: breaks LightGBM's monotone constraints, so it is not searched")
    if name in FIXED:
        raise KloutError(f"{where}: is not searched: it {FIXED[name]}")
    known = {field.name for field in fields(TrainingParams)} - set(FIXED)
    if name not in known:
        raise KloutError(f"{where}: no such parameter; there are {sorted(known)}")


def _choices(choices: Any, kind: type, where: str) -> CategoricalDistribution:
    good = isinstance(choices, list) and len(choices) > 1
    if not good or not all(_is_of(choice, kind) for choice in choices):
        raise KloutError(f"{where}: choices must be a list of at least 2 of {kind.__name__}")
    return CategoricalDistribution(choices)


def _is_of(value: Any, kind: type) -> bool:
    return type(value) is kind or (kind is float and type(value) is int)


def contains(distribution: BaseDistribution, value: Any) -> bool:
    """Say whether a value may be suggested."""
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    return bool(distribution.low <= value <= distribution.high)


def suggest(trial: Trial, name: str, distribution: BaseDistribution) -> Any:
    """Let Optuna suggest a value, rounded to `DIGITS`."""
    if isinstance(distribution, CategoricalDistribution):
        return trial.suggest_categorical(name, distribution.choices)
    if isinstance(distribution, IntDistribution):
        return trial.suggest_int(name, distribution.low, distribution.high, log=distribution.log)
    assert isinstance(distribution, FloatDistribution)
    value = trial.suggest_float(name, distribution.low, distribution.high, log=distribution.log)
    return float(f"{value:.{DIGITS}g}")
