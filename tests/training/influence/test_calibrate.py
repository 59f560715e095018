"""`klout calibrate`: the scale on one's own people."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from tests.support.command import klout, refused
from tests.support.populations import quick_model
from tests.support.worlds import SMALL
from training.influence.model import Model

HUB = '[reactions]\nstar = "stars"\n'


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A model of two networks, and people of a third one, to whom few react."""
    home = tmp_path_factory.mktemp("calibrate")
    quick_model(SMALL, 1).save(home / "model")
    (home / "networks").mkdir()
    (home / "networks" / "hub.toml").write_text(HUB)
    random = np.random.default_rng(1)
    people = random.geometric(0.2, 500).astype(float)
    hub = {f"hub.any.reactors.{window}d": people for window in (7, 30, 90)}
    nothing = dict.fromkeys(hub_columns() - hub.keys() - set(SMALL.names), np.zeros(500))
    others = dict.fromkeys(SMALL.names, np.zeros(500))
    names = {"person": [f"hub:p{number}" for number in range(500)]}
    pl.DataFrame(names | others | nothing | hub).write_parquet(home / "signals.parquet")
    return home


def hub_columns() -> set[str]:
    from features.catalogue.declaration import network_from_dict

    return set(Catalogue((network_from_dict("hub", {"reactions": {"star": "stars"}}, ""),)).names)


def scored(home: Path, model: Path, out: Path) -> tuple[str, pl.DataFrame]:
    """What `klout score` says on stderr, and the scores."""
    done = klout("score", "--model", model, "--signals", home / "signals.parquet", "--out", out)
    assert done.code == 0, done.err
    return done.err, pl.read_parquet(out)


def calibrated(home: Path, out: Path, *more: object) -> Path:
    done = klout("calibrate", "--model", home / "model", "--signals", home / "signals.parquet",
                 "--out", out, *more)  # fmt: skip
    assert done.code == 0, done.err
    assert "its scale fitted to 500 persons" in done.out
    return out


def test_scores_in_a_corner_of_the_scale_are_said_to_be(home, tmp_path):
    said, scores = scored(home, home / "model", tmp_path / "scores.parquet")
    mean = scores["score"].mean()
    assert mean < 30
    assert f"the mean score is {mean:.1f}" in said
    assert "klout calibrate fits it to yours" in said
    assert said.count("\n") == 1


def test_it_fits_the_scale_and_lets_nobody_pass_anybody(home, tmp_path):
    _, before = scored(home, home / "model", tmp_path / "before.parquet")
    said, after = scored(home, calibrated(home, tmp_path / "mine"), tmp_path / "after.parquet")
    assert said == ""
    assert after["score"].mean() == pytest.approx(40, abs=0.01)
    assert (after["score"] >= 63 - 1e-9).mean() == pytest.approx(0.05, abs=0.02)
    assert after["influence"].equals(before["influence"])
    assert after["score"].rank().equals(before["score"].rank())
    assert after["percentile"].max() == 100


def test_it_is_another_model_that_says_where_it_is_from(home, tmp_path):
    old = Model.load(home / "model")
    new = Model.load(calibrated(home, tmp_path / "mine"))
    assert new.version != old.version
    assert new.facts["calibrated"] == {"of": old.version, "people": 500}
    assert (new.trees, new.link, new.catalogue) == (old.trees, old.link, old.catalogue)


def test_the_anchors_may_be_others(home, tmp_path):
    params = tmp_path / "params.yaml"
    params.write_text("scale: {mean: 20.0, top_share: 0.01, top_score: 50.0}")
    mine = calibrated(home, tmp_path / "mine", "--params", params)
    _, scores = scored(home, mine, tmp_path / "scores.parquet")
    assert scores["score"].mean() == pytest.approx(20, abs=0.01)


def test_too_few_or_too_alike_are_refused_in_a_line(home, tmp_path):
    few, alike = tmp_path / "few.parquet", tmp_path / "alike.parquet"
    signals = pl.read_parquet(home / "signals.parquet")
    signals.head(19).write_parquet(few)
    signals.with_columns(pl.col("^hub.*$") * 0).write_parquet(alike)
    out = ["--model", home / "model", "--out", tmp_path / "mine"]
    error = refused("calibrate", "--signals", few, *out)
    assert "few.parquet" in error
    assert "at least 20 persons, has 19" in error
    error = refused("calibrate", "--signals", alike, *out)
    assert "alike.parquet" in error
    assert "the scale needs a top" in error
    assert not (tmp_path / "mine").exists()
