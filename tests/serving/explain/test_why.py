"""Why this score: parts add up to influence, worths to parts, and each is told with its unit."""

import dataclasses
import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from typer.testing import CliRunner

from features.errors import KloutError
from features.people.optouts import opt_out
from features.signals.materialize import materialize
from serving.cli.app import app
from serving.explain.explanation import as_json
from serving.explain.why import explain_score, why
from tests.support.doubts import doubted_worlds
from tests.support.explain_scenes import SINCE, ago, identity, model, reaction, scene, score_of
from tests.support.retractions import retracted
from tests.support.worlds import AS_OF, SMALL, lake_of
from training.influence.reference import FILE, percent_below, read_reference, signal_quantiles

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def assert_adds_up(found):
    assert found.base + sum(part.part for part in found.parts) == found.influence
    for part in found.parts:
        assert sum(each.worth for each in (*part.up, *part.down)) + part.others == part.part
        assert all(each.worth > 0 for each in part.up)
        assert all(each.worth < 0 for each in part.down)
        strength = [abs(each.worth) for each in part.up]
        assert strength == sorted(strength, reverse=True)
    points = sum(part.points for part in found.parts)
    assert found.nobody + points + found.changed == pytest.approx(found.score, abs=1e-9)


@settings(max_examples=4, deadline=None, suppress_health_check=SLOW)
@given(retracted(doubted_worlds()))
def test_parts_add_up_to_influence_and_worths_to_parts_exactly(world):
    with tempfile.TemporaryDirectory() as folder:
        everybody = materialize(lake_of(world, Path(folder)), AS_OF, SMALL).collect()
        scored = model().score(everybody)
        for row, said in zip(everybody.iter_slices(1), scored.iter_rows(named=True), strict=True):
            found = explain_score(row["person"][0], AS_OF, row, model())
            assert_adds_up(found)
            assert (found.influence, found.score) == (said["influence"], said["score"])
            for part in found.parts:
                assert part.part == said[f"part.{part.network}"]


def test_a_signal_is_told_in_words_with_units_and_where_the_person_stands(tmp_path):
    new = [reaction(f"n{n}", 5, content="1") for n in range(35)]
    lake = scene(tmp_path / "lake", interactions=new, identities=[identity("bob", "f1")])
    reference = signal_quantiles(materialize(lake, AS_OF, SMALL), SMALL)
    found = why(lake, AS_OF, "ann", model(), reference)
    assert_adds_up(found)
    assert found.score == score_of(lake, AS_OF, "ann", model())
    told = {each.family: each.words for part in found.parts for each in (*part.up, *part.down)}
    of_people = [words for family, words in told.items() if family == "retweet.reactors"]
    assert of_people in (
        [],
        ["35 people retweeted you in 30 days; that is more than 99% of people"],
    )
    assert all(words for words in told.values())


def test_more_than_so_many_percent_is_never_more_than_there_are():
    signals = pl.DataFrame([dict.fromkeys(SMALL.names, float(n // 3)) for n in range(37)])
    reference = signal_quantiles(signals, SMALL)
    name = SMALL.names[0]
    for value in (0.0, 1.0, 2.5, 6.0, 12.0, 99.0):
        said, true = percent_below(reference, name, value), (signals[name] < value).mean() * 100
        assert said is not None
        assert true - 4 <= said <= true
    assert percent_below(None, name, 1.0) is None
    assert percent_below(reference, "no.such", 1.0) is None


def test_percentiles_are_read_or_made_of_signals_and_nothing_else(tmp_path):
    signals = pl.DataFrame([dict.fromkeys(SMALL.names, float(n)) for n in range(5)])
    made = signal_quantiles(signals, SMALL)
    signals.write_parquet(tmp_path / "signals.parquet")
    made.write_parquet(tmp_path / FILE)
    assert read_reference(tmp_path / "signals.parquet", SMALL).equals(made)
    assert read_reference(tmp_path / FILE, SMALL).equals(made)
    with pytest.raises(KloutError, match="neither signals nor"):
        read_reference(tmp_path / "none.parquet", SMALL)
    with pytest.raises(KloutError, match="nobody"):
        signal_quantiles(signals.clear(), SMALL)


def test_the_command_tells_and_prints_json(tmp_path):
    lake = scene(tmp_path / "lake", interactions=[reaction("n1", 4), reaction("n2", 5)])
    model().save(tmp_path / "model")
    options = ["--as-of", f"{AS_OF}", "--lake", str(lake.root), "--model", str(tmp_path / "model")]
    since = ["--since", f"{SINCE}"]
    told = CliRunner().invoke(app, ["explain", "twitter:a", *options, *since])
    assert told.exit_code == 0, told.output
    assert "ann has" in told.output
    assert "your audience's activity: 2 accounts reacted 2 times on twitter" in told.output
    data = CliRunner().invoke(app, ["explain", "ann", *options, *since, "--json", "--no-ways"])
    found = json.loads(data.output)
    assert found["why"] == json.loads(json.dumps(as_json(why(lake, AS_OF, "ann", model()))))
    assert found["moved"]["causes"][0]["name"] == "activity"
    assert found["ways"] is None


def test_the_command_refuses_who_is_not_to_be_explained(tmp_path):
    lake = scene(tmp_path / "lake")
    opt_out(lake.root, "ann", ago(3), SMALL)
    model().save(tmp_path / "model")
    options = ["--as-of", f"{AS_OF}", "--lake", str(lake.root), "--model", str(tmp_path / "model")]
    for who, said in (("ann", "opted out"), ("nobody", "is nobody on")):
        refused = CliRunner().invoke(app, ["explain", who, *options])
        assert isinstance(refused.exception, KloutError)
        assert said in str(refused.exception)


def test_answers_are_plain_data(tmp_path):
    found = why(scene(tmp_path / "lake"), AS_OF, "ann", model())
    assert json.loads(json.dumps(as_json(found)))["person"] == "ann"
    assert dataclasses.is_dataclass(found)
