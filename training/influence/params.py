"""The numbers that training may be given, from `params.yaml` or a test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

import yaml

from features.catalogue.catalogue import Catalogue, Signal
from features.catalogue.measures import MEASURES
from features.errors import KloutError
from training.influence.link import POWERS
from training.influence.scale import ANCHORS, Scale

BREAKS_MONOTONICITY = ("linear_tree", "quant_train_renew_leaf", "path_smooth")
"""Settings of LightGBM 4.7 under which its monotone constraints don't hold."""

_KINDS: dict[type, tuple[tuple[type, ...], str]] = {
    float: ((float, int), "a number"),
    int: ((int,), "a whole number"),
    bool: ((bool,), "true or false"),
}
"""By the default's type: what a parameter may be, and in words. YAML's 1 and true are no equals."""


@dataclass(frozen=True)
class TrainingParams:
    """How a model is learned; field names are LightGBM's where it has the setting.

    Attributes
    ----------
    num_trees
        At most; fewer if judgements about persons set aside are best explained by fewer.
    patience
        Trees without progress on them before training stops.
    validation_share
        Share of the training persons set aside to find the number of trees and the slope.
    feature_fraction
        Of the signals that trees may read, for each tree. Small: most are near-copies of others,
        and a model that listens to many of them does not fall silent where one is missing.
    extra_trees
        Whether thresholds are drawn by chance instead of searched (Geurts and others, 2006):
        smoother, and better on every data set tried.
    gain_7d, gain_30d
        What a split on a signal of so many days counts for, as a share of its gain. Short windows
        are near-copies of the long ones that move from day to day: below 1 they are taken only
        where they say more, and scores are steadier.
    measures
        What of the interactions trees may read, by name: see `features.catalogue.measures`. Beside
        them they read all that is no measure, such as counters and contents published; but no
        audience: a thousand bought followers gain nothing by any model.
    few
        Up to which trees don't tell people apart by what they drew. In real logs most people drew
        one or two reactions; who of these goes first by kind, days or standing is as often wrong
        as right.
    link_power
        How influence, a sum over networks, becomes log worth: ½, ¼ or ⅛; see
        `training.influence.link`. Of 1, each doubling of the people who react would be worth more
        than the one before: evidence grows as the square of their logarithm.
    num_threads
        One is fastest at this size (20,000 persons): more of them mostly wait for each other.
    """

    num_trees: int = 1500
    patience: int = 100
    validation_share: float = 0.3
    gain_7d: float = 0.2
    gain_30d: float = 0.6
    measures: tuple[str, ...] = ("reactors", "days", "standing")
    few: float = 2.0
    link_power: float = 0.5
    learning_rate: float = 0.1
    num_leaves: int = 8
    min_sum_hessian_in_leaf: float = 2.0
    lambda_l2: float = 1.0
    feature_fraction: float = 0.2
    extra_trees: bool = True
    max_bin: int = 127
    seed: int = 1
    num_threads: int = 1

    @classmethod
    def read(cls, file: Path | None) -> Self:
        """Read the section ``train`` of a YAML file; None: the defaults.

        Raises
        ------
        KloutError
            If a name is unknown, or of a setting that breaks monotonicity.
        """
        return cls() if file is None else cls.checked(section(file, "train"), str(file))

    @classmethod
    def checked(cls, section: dict[str, Any], where: str) -> Self:
        """Take named values, refusing what does not exist or must not be set."""
        known = {field.name for field in fields(cls)}
        for name in section:
            if name in BREAKS_MONOTONICITY:
                raise KloutError(f"{where}: train.{name} breaks LightGBM's monotone constraints")
            if name not in known:
                raise KloutError(f"{where}: no parameter train.{name}; there are {sorted(known)}")
            _check_kind(f"{where}: train.{name}", section[name], type(getattr(cls, name)))
        power = section.get("link_power", cls.link_power)
        if power not in (concave := POWERS[1:]):
            raise KloutError(f"{where}: train.link_power is {power!r}; expected one of {concave}")
        known_measures = {measure.name for measure in MEASURES}
        asked = section.get("measures", list(cls.measures))
        if not isinstance(asked, list) or not known_measures.issuperset(map(str, asked)):
            raise KloutError(
                f"{where}: train.measures is {asked!r}; expected a list of {sorted(known_measures)}"
            )
        return cls(**(section | {"measures": tuple(asked)}))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON and YAML, which `checked` takes back."""
        return asdict(self) | {"measures": list(self.measures)}

    def lightgbm(self, catalogue: Catalogue) -> dict[str, Any]:
        """Parameters for ``lightgbm.train``, without the objective."""
        own = {
            *("num_trees", "patience", "validation_share", "measures", "few"),
            *("link_power", "gain_7d", "gain_30d"),
        }
        gain = {7: self.gain_7d, 30: self.gain_30d}
        settings = {name: value for name, value in asdict(self).items() if name not in own}
        return settings | {
            "monotone_constraints": catalogue.monotone,
            "monotone_constraints_method": "basic",
            "interaction_constraints": [list(columns) for columns in self.readable(catalogue)],
            "feature_contri": [gain.get(each.window or 0, 1.0) for each in catalogue.signals],
            "deterministic": True,
            "force_row_wise": True,
            "boost_from_average": False,
            "verbosity": -1,
        }

    def readable(self, catalogue: Catalogue) -> Iterator[list[int]]:
        """Group the columns that trees may read by network: LightGBM reads no others."""
        for columns in catalogue.groups.values():
            read = [column for column in columns if self._reads(catalogue.signals[column])]
            if read:
                yield read

    def _reads(self, signal: Signal) -> bool:
        """Say whether trees may read a signal."""
        if signal.measure is None:
            return not signal.of_audience
        return signal.measure.name in self.measures


def _check_kind(name: str, value: object, kind: type) -> None:
    """Refuse what is no number where one is expected, or no flag."""
    allowed, words = _KINDS.get(kind, ((type(value),), ""))
    if type(value) not in allowed:
        raise KloutError(f"{name} is {value!r}; expected {words}")


def read_scale(file: Path | None) -> Scale:
    """Read the scale's anchors, the section ``scale`` of a YAML file; None: the defaults."""
    anchors = {} if file is None else section(file, "scale")
    if unknown := sorted(anchors.keys() - set(ANCHORS)):
        raise KloutError(f"{file}: no parameter scale.{unknown[0]}")
    return Scale(**anchors)


def section(file: Path, name: str) -> dict[str, Any]:
    """Read one section of a YAML file; empty if it is not there.

    Raises
    ------
    KloutError
        If the file is not YAML, or the section no table.
    """
    try:
        found = (yaml.safe_load(file.read_text()) or {}).get(name) or {}
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise KloutError(f"{file}: no parameters in YAML: {error}") from error
    if not isinstance(found, dict):
        raise KloutError(f"{file}: {name} must be a table of parameters, is {found!r}")
    return found
