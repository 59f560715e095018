"""Parts of influence are computed from no more than the trees read."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from features.expressions import signal_expressions
from serving.daily.scoring import figures_read, parts_of
from tests.serving.daily.lives import TWITTER, small_model

NETWORK = TWITTER.networks[0]
MODEL = small_model(TWITTER)


def figures(persons: int) -> pl.DataFrame:
    """Figures of people; half of them 0."""
    random = np.random.default_rng(3)
    signals = signal_expressions(NETWORK)
    names = sorted({name for signal in signals for name in signal.meta.root_names()})
    values = random.integers(0, 50, (persons, len(names))) * random.integers(0, 2, (persons, 1))
    table = pl.DataFrame(values.astype(float), schema=names)
    return table.insert_column(0, pl.Series("person", [f"p{n}" for n in range(persons)]))


@pytest.mark.parametrize("persons", [0, 3, 200], ids=["nobody", "by LightGBM", "by tables"])
def test_parts_are_those_of_all_signals(persons: int) -> None:
    table = figures(persons)
    signals = table.select(s.fill_null(0).cast(pl.Float64) for s in signal_expressions(NETWORK))
    wanted = MODEL.part(NETWORK.name, signals.to_numpy())
    read = table.select("person", *figures_read(NETWORK, MODEL))
    assert len(read.columns) < len(table.columns)
    assert parts_of(read, NETWORK, MODEL)["part"].to_numpy().tobytes() == wanted.tobytes()
