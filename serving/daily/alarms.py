"""When a day's run is to be looked at: thresholds, and what is beyond them, in words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from features.errors import KloutError
from training.params import section


@dataclass(frozen=True)
class Thresholds:
    """Beyond which a report holds an alarm.

    Attributes
    ----------
    psi
        Population stability index of the scores against the week before. 0.1 to 0.2 is called a
        small shift, more a large one (Siddiqi, 2006, Credit Risk Scorecards, p. 137).
    change
        Share by which a network's total may rise or fall in a week. Holidays take a fifth to a
        third; a source that broke takes all.
    least
        Totals that were and are below it are let alone: a handful doubles by chance.
    quarantined
        Share of the rows that came which may be refused. Sources have slips; one that changed its
        form is refused whole.
    """

    psi: float = 0.2
    change: float = 0.5
    least: float = 1_000
    quarantined: float = 0.01

    @classmethod
    def read(cls, file: Path | None) -> Self:
        """Read the section ``daily`` of a YAML file; None: the defaults.

        Raises
        ------
        KloutError
            If a name is unknown, or a value is no number from 0.
        """
        return cls() if file is None else cls.checked(section(file, "daily"), str(file))

    @classmethod
    def checked(cls, section: dict[str, Any], where: str) -> Self:
        """Take named values, refusing what does not exist or means nothing."""
        known = sorted(field.name for field in fields(cls))
        for name, value in section.items():
            if name not in known:
                raise KloutError(f"{where}: no parameter daily.{name}; there are {known}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise KloutError(f"{where}: daily.{name} must be a number from 0, is {value!r}")
        return cls(**section)


USUAL = Thresholds()
