"""Parts of influence are computed from no more than the trees read."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from features.signals.expressions import signal_expressions
from serving.daily.scoring import figures_read, parts_of, scores_of
from tests.support.lives import TWITTER, small_model
from training.influence.confidence import confidence

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
    found = parts_of(read, NETWORK, MODEL)
    assert found["part"].to_numpy().tobytes() == wanted.tobytes()
    assert found["people"].to_list() == MODEL.people_on(NETWORK.name, signals.to_numpy()).tolist()


def test_scores_are_of_all_parts_and_of_nobody_else() -> None:
    parts = {
        "one": pl.DataFrame(
            {"person": ["b", "gone", "a"], "part": [0.5, 9.0, 0.25], "people": [8.0, 9.0, 0.0]}
        ),
        "other": pl.DataFrame({"person": ["a"], "part": [1.0], "people": [3.0]}),
    }
    scores = scores_of(pl.DataFrame({"person": ["c", "b", "a"]}), parts, MODEL)
    assert scores["person"].to_list() == ["a", "b", "c"]
    assert scores["part.one"].to_list() == [0.25, 0.5, 0.0]
    assert scores["part.other"].to_list() == [1.0, 0.0, 0.0]
    assert scores["influence"].to_list() == [MODEL.base + part for part in (1.25, 0.5, 0.0)]
    assert scores["confidence"].to_list() == confidence(np.array([3.0, 8, 0])).tolist()


def test_a_day_without_networks_has_scores_of_nothing() -> None:
    scores = scores_of(pl.DataFrame({"person": ["a"]}), {}, MODEL)
    assert scores["influence"].to_list() == [MODEL.base]
