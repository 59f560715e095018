"""When a day's run is to be looked at: thresholds, and what is beyond them, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from features.errors import KloutError
from serving.daily.arrivals import Arrivals
from serving.daily.drift import Drift, ReportSnapshot, relative
from serving.daily.gate import Bounds
from serving.daily.totals import DAYS
from training.influence.params import section

GATE = "gate"
"""The part of the section ``daily`` that holds `Bounds`."""


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
    gate
        Beyond which the day is not even published.
    """

    psi: float = 0.2
    change: float = 0.5
    least: float = 1_000
    quarantined: float = 0.01
    gate: Bounds = field(default_factory=Bounds)

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
        known = sorted(each.name for each in fields(cls))
        own = {name: value for name, value in section.items() if name != GATE}
        for name, value in own.items():
            if name not in known:
                raise KloutError(f"{where}: no parameter daily.{name}; there are {known}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                raise KloutError(f"{where}: daily.{name} must be a number from 0, is {value!r}")
        return cls(**own, gate=Bounds.checked(section.get(GATE, {}), where))


USUAL = Thresholds()


def alarms(
    arrivals: Arrivals,
    drift: Drift | None,
    then: ReportSnapshot | None,
    now: ReportSnapshot,
    most: Thresholds,
) -> tuple[str, ...]:
    """Say what is beyond a threshold.

    Parameters
    ----------
    arrivals
        What came.
    drift, then
        Against the week before, and what its report kept; None: there is none.
    now
        What this day's report keeps.
    most
        The thresholds.
    """
    found = [*_refused(arrivals, most)]
    if drift is not None and then is not None:
        found += [*_shifted(drift, most), *_broken(drift.against, then, now, most)]
    return tuple(found)


def _refused(arrivals: Arrivals, most: Thresholds) -> Iterator[str]:
    if arrivals.share_quarantined > most.quarantined:
        yield (
            f"{arrivals.quarantined:,} rows were quarantined, {arrivals.share_quarantined:.1%} of "
            f"what came; at most {most.quarantined:g} of it should be"
        )


def _shifted(drift: Drift, most: Thresholds) -> Iterator[str]:
    if drift.psi is not None and drift.psi >= most.psi:
        yield (
            f"scores have shifted since {drift.against}: PSI {drift.psi:.3f}, which should be "
            f"below {most.psi:g}; the mean moved by {drift.mean:+.2f} points"
        )


def _broken(
    against: str, then: ReportSnapshot, now: ReportSnapshot, most: Thresholds
) -> Iterator[str]:
    for network, totals in now.totals.items():
        before = asdict(then.totals[network]) if network in then.totals else {}
        for name, value in asdict(totals).items():
            was = before.get(name, 0.0)
            change = relative(was, value)
            is_small = max(was, value) < most.least
            if is_small or (change is not None and abs(change) <= most.change):
                continue
            how = "are new" if change is None else f"changed by {change:+.0%}"
            yield (
                f"{network}: {name} of {DAYS} days {how}, from {was:,.0f} on {against} to "
                f"{value:,.0f}"
            )
