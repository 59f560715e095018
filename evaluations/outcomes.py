"""What evaluations on logs share: what was known at a moment, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake import Lake
from features.signals.materialize import materialize
from training import baselines
from training.evaluation import Resamples, compare, differences, log_odds
from training.influence.model import Model
from training.judgements.outcomes import judge_outcomes


@dataclass(frozen=True)
class Moment:
    """A day: the signals as known then, and judgements by what came after.

    Attributes
    ----------
    as_of
        The day, exclusive.
    catalogue
        Of the signals.
    signals
        ``person`` and the catalogue's signals.
    judgements
        ``a``, ``b``, ``preference``, ``weight``.
    """

    as_of: date
    catalogue: Catalogue
    signals: pl.DataFrame
    judgements: pl.DataFrame

    @staticmethod
    def of(
        lake: Lake, as_of: date, horizon: int, catalogue: Catalogue, pairs: int | None = None
    ) -> Moment:
        """Materialize the signals, and judge by the ``horizon`` days from ``as_of`` on."""
        signals = Moment.signals_of(lake, as_of, catalogue)
        judged = judge_outcomes(lake, as_of, horizon, catalogue, pairs)
        return Moment(as_of, catalogue, signals, judged.with_columns(weight=pl.lit(1.0)))

    @staticmethod
    def signals_of(lake: Lake, as_of: date, catalogue: Catalogue) -> pl.DataFrame:
        """Materialize the signals alone."""
        return materialize(lake, as_of, catalogue).collect()


def accuracies(model: Model, lake: Lake, moment: Moment, test: pl.DataFrame) -> pl.DataFrame:
    """Accuracy of the score and of every plain figure, with intervals, the best first."""
    signals, persons = moment.signals, moment.signals["person"]
    figures = baselines.from_signals(signals, moment.catalogue)
    figures |= baselines.from_graph(lake, moment.as_of, moment.catalogue, persons)
    by_name = {"score": log_odds(model, model.score(signals), test)} | {
        name: differences(test, persons, values, 0.0) for name, values in figures.items()
    }
    return compare(by_name, test["preference"].to_numpy(), Resamples.of(test)).table()
