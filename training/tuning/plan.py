"""How to search: the section ``tune`` of `params.yaml`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

import yaml
from optuna import Trial
from optuna.distributions import BaseDistribution

from features.errors import KloutError
from training.influence.params import TrainingParams
from training.tuning.space import contains, distribution_of, suggest


@dataclass(frozen=True)
class Plan:
    """How to search.

    Attributes
    ----------
    folds
        Of the cross-validation, at least 2.
    trials
        At most this many in a study, those before an interruption included.
    minutes
        No trial begins later than this after a run's begin, but a study's first.
    seed
        Of the folds and of what is tried.
    space
        By parameter, what Optuna may suggest.
    """

    folds: int = 4
    trials: int = 40
    minutes: float = 20.0
    seed: int = 1
    space: dict[str, BaseDistribution] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the section ``tune`` of a YAML file.

        Raises
        ------
        KloutError
            If there is none, or it is not as described; the message names the setting.
        """
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise KloutError(f"{file}: no parameters in YAML: {error}") from error
        if not isinstance(content, dict) or "tune" not in content:
            raise KloutError(f"{file}: no section tune, which says what to search")
        section = content["tune"]
        return cls.checked(section, str(file))

    @classmethod
    def checked(cls, section: Any, where: str) -> Self:
        """Take named values, refusing what does not exist or must not be set."""
        known = {field.name for field in fields(cls)}
        if not isinstance(section, dict) or not isinstance(section.get("space"), dict):
            raise KloutError(f"{where}: tune.space must be a table of parameters to search")
        for name in section:
            if name not in known:
                raise KloutError(f"{where}: no setting tune.{name}; there are {sorted(known)}")
        space = {
            name: distribution_of(name, given, f"{where}: tune.space.{name}")
            for name, given in section["space"].items()
        }
        plan = cls(**(section | {"space": space}))
        plan.check_numbers(where)
        return plan

    def check_numbers(self, where: str) -> None:
        """Refuse counts and times that make no search."""
        least = {"folds": 2, "trials": 1, "seed": 0}
        for name, low in least.items():
            value = getattr(self, name)
            if type(value) is not int or value < low:
                raise KloutError(f"{where}: tune.{name} must be a whole number of at least {low}")
        if not isinstance(self.minutes, int | float) or not self.minutes > 0:
            raise KloutError(f"{where}: tune.minutes must be a number above 0")
        if not self.space:
            raise KloutError(f"{where}: tune.space names no parameter")

    def present(self, params: TrainingParams) -> dict[str, Any]:
        """Take the searched parameters' present values, which must be in the space."""
        values = {name: getattr(params, name) for name in self.space}
        for name, value in values.items():
            distribution = self.space[name]
            if not contains(distribution, value):
                raise KloutError(
                    f"tune.space.{name} leaves out the present train.{name}, {value}, which is "
                    f"tried first; expected a space around it, is {distribution}"
                )
        return values

    def suggest(self, trial: Trial, params: TrainingParams) -> TrainingParams:
        """Let Optuna suggest the searched parameters; the others stay."""
        return replace(
            params, **{name: suggest(trial, name, one) for name, one in self.space.items()}
        )

    def digest(self, params: TrainingParams) -> str:
        """Name by content what must stay the same for trials to be comparable.

        Not the budget, and of ``params`` only what is not searched.
        """
        fixed = {k: v for k, v in params.to_dict().items() if k not in self.space}
        space = {name: repr(one) for name, one in self.space.items()}
        content = json.dumps([self.folds, self.seed, space, fixed], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()
