"""The bounds of promotion, from the section ``promotion`` of `params.yaml`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from features.errors import KloutError
from training.influence.params import section


@dataclass(frozen=True)
class PromotionParams:
    """What a model must keep within to take the champion's place.

    Attributes
    ----------
    confidence
        Share of the resamples of test persons in which the candidate must have the lower
        log-loss. A half would let chance decide, and each change of champion moves scores. 0.95
        is for claims, not for habits: what a week of new data adds is small beside the noise of
        some thousand judgements, and the champion would go stale. At 0.8 a candidate that is no
        better gets in at one try in five, and `shift` bounds what that can cost. One that is
        the same has the lower loss in no resample.
    most_mean_change
        Points of score that people may move by on average, up or down.
    moved_points, most_moved
        At most this share of people may move by more than that many points.
    most_mean_shift
        Points that the mean score may move by: the part of the change that is the same for all.
    least_rank_correlation
        Spearman's, of the candidate's scores with the champion's.
    most_behind
        Rank correlation that the candidate may lack beside distinct reactors on a real log: what
        trees add is worth something there too, and the noise of some thousand people is a few
        thousandths.
    """

    confidence: float = 0.8
    most_mean_change: float = 3.0
    moved_points: float = 10.0
    most_moved: float = 0.05
    most_mean_shift: float = 2.0
    least_rank_correlation: float = 0.95
    most_behind: float = 0.01

    @classmethod
    def read(cls, file: Path | None) -> Self:
        """Read the section ``promotion`` of a YAML file; None: the defaults.

        Raises
        ------
        KloutError
            If a name is unknown, or a value is not in its range.
        """
        return cls() if file is None else cls.checked(section(file, "promotion"), str(file))

    @classmethod
    def checked(cls, section: dict[str, Any], where: str) -> Self:
        """Take named values, refusing what does not exist or means nothing."""
        known = sorted(field.name for field in fields(cls))
        for name, value in section.items():
            if name not in known:
                raise KloutError(f"{where}: no parameter promotion.{name}; there are {known}")
            most = 100.0 if name in _POINTS else 1.0
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise KloutError(f"{where}: promotion.{name} must be a number, is {value!r}")
            if not 0 <= value <= most:
                raise KloutError(
                    f"{where}: promotion.{name} must be from 0 to {most:g}, is {value!r}"
                )
        return cls(**section)


_POINTS = ("most_mean_change", "moved_points", "most_mean_shift")
