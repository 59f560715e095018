"""What is otherwise than a week ago: the scores, and each network's main signals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date

import polars as pl

from serving.daily.distribution import Distribution, psi
from serving.daily.totals import Totals


@dataclass(frozen=True)
class ReportSnapshot:
    """What a day's report keeps for later ones to be compared with.

    Attributes
    ----------
    totals
        By network.
    distribution
        Of the scores; None: nobody had one.
    """

    totals: dict[str, Totals]
    distribution: Distribution | None


@dataclass(frozen=True)
class Drift:
    """Now beside then.

    Attributes
    ----------
    against
        The day of then.
    model
        The model's version then.
    signals
        By network and total: the relative change; None where there was nothing and now is.
    psi
        See `serving.daily.distribution.psi`; None if nobody had a score on one of the days.
    mean, q05, median, q95
        Change of the scores' distribution, in points; None likewise.
    """

    against: str
    model: str
    signals: dict[str, dict[str, float | None]]
    psi: float | None = None
    mean: float | None = None
    q05: float | None = None
    median: float | None = None
    q95: float | None = None


def drift(
    against: date, model: str, then: ReportSnapshot, now: ReportSnapshot, scores: pl.Series
) -> Drift:
    """Compare two days.

    Parameters
    ----------
    against, model, then
        The earlier day, the model that scored it, and what its report kept.
    now, scores
        What this day's will keep, and this day's scores.
    """
    signals = {
        network: _changes(then.totals[network], totals)
        for network, totals in now.totals.items()
        if network in then.totals
    }
    old, new = then.distribution, now.distribution
    if old is None or new is None:
        return Drift(against.isoformat(), model, signals)
    return Drift(
        against.isoformat(),
        model,
        signals,
        psi=psi(old, scores),
        mean=new.mean - old.mean,
        q05=new.q05 - old.q05,
        median=new.median - old.median,
        q95=new.q95 - old.q95,
    )


def _changes(then: Totals, now: Totals) -> dict[str, float | None]:
    before = asdict(then)
    return {name: relative(before[name], value) for name, value in asdict(now).items()}


def relative(then: float, now: float) -> float | None:
    """Give a relative change: 0.5 is half as much again; None if it is from nothing.

    >>> relative(4, 6), relative(0, 0), relative(0, 1)
    (0.5, 0.0, None)
    """
    if then == 0:
        return 0.0 if now == 0 else None
    return now / then - 1
