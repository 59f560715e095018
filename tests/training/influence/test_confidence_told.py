"""`klout score` says how much evidence people have, and where there is none at all."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.support.command import klout
from tests.support.populations import population, quick_model
from tests.support.worlds import SMALL
from training.influence.confidence import people_signals
from training.influence.signals_frame import counted_alone

COUNTED = next(network for network in SMALL.networks if network.counters and network.reactions)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A model, and twelve people: nobody reacted to the first, one person to the second, …"""
    quick_model(SMALL, 1).save(tmp_path / "model")
    nothing = [pl.lit(0.0).alias(name) for name in SMALL.names]
    people = population(SMALL, seed=3)[0].head(12).select("person", *nothing)
    drawn = pl.Series([0, 1, 1, 2, 3, 5, 40, 40, 50, 500, 5_000, 6_000], dtype=pl.Float64)
    reacted = people.with_columns(drawn.alias(name) for name in people_signals(COUNTED))
    reacted.write_parquet(tmp_path / "reacted.parquet")
    counter = f"{COUNTED.name}.{COUNTED.counters[0].name}"
    people.with_columns(drawn.alias(counter)).write_parquet(tmp_path / "counted.parquet")
    return tmp_path


def scored(home: Path, signals: str) -> tuple[str, str, pl.DataFrame]:
    done = klout("score", "--model", home / "model", "--signals", home / signals,
                 "--out", home / "out.parquet")  # fmt: skip
    assert done.code == 0, done.err
    return done.out, done.err, pl.read_parquet(home / "out.parquet")


def test_one_line_says_how_many_people_have_how_much_evidence(home):
    out, err, scores = scored(home, "reacted.parquet")
    told = (
        "people who reacted, mean of 7, 30 and 90 days: none for 1, under 3 for 3, 3 to 10 for 2, "
        "10 to 100 for 3, 100 to 1,000 for 1, 1,000 on for 2"
    )
    assert told in out.splitlines()
    assert "nobody had looked" not in err
    assert scores["confidence"].is_sorted()
    assert (scores["low"] <= scores["score"]).all()
    assert (scores["score"] <= scores["high"]).all()
    share = scores.select(
        (pl.col("high") - pl.col("low")) / (pl.col("score") - pl.col("low").min())
    )
    assert share.to_series()[3] > 5 * share.to_series()[11]


def test_a_network_of_counters_and_no_reactions_is_named(home):
    out, err, scores = scored(home, "counted.parquet")
    assert f"counted.parquet: {COUNTED.name}: counters of 11 persons, and nobody reacted" in err
    assert "none for 12" in out
    assert (scores["confidence"] == 0).all()


def test_one_reaction_to_one_person_is_a_look(home):
    counted = pl.read_parquet(home / "counted.parquet")
    one = pl.when(pl.col("person") == counted["person"][0]).then(1.0).otherwise(0.0)
    counted.with_columns(one.alias(people_signals(COUNTED)[-1])).write_parquet(home / "one.parquet")
    assert counted_alone(home / "counted.parquet", SMALL) == {COUNTED.name: 11}
    assert counted_alone(home / "one.parquet", SMALL) == {}
