"""From a labelled world to steps: learned, decided, remembered, explained, appealed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from features.simulator import LABELS, simulate
from serving.cli.app import app
from training.integrity import integrity_jobs
from training.integrity.assess import assess
from training.integrity.classifier import Classifier
from training.integrity.report.account_reasons import explain

CATALOGUE = Catalogue(
    tuple(network for network in load_networks(None) if network.name in ("twitter", "instagram"))
)
END = date(2014, 10, 1)
FALSE = ~pl.col("authentic")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world of 600 persons and 60 days; some are bots, rings and pods."""
    root = tmp_path_factory.mktemp("world")
    simulate(root, 600, 60, 4, CATALOGUE, END)
    return root


@pytest.fixture(scope="module")
def classifier(world: Path) -> Classifier:
    return integrity_jobs.train(Lake(world), END, world / LABELS, CATALOGUE)[0]


@pytest.fixture(scope="module")
def rows(world: Path, classifier: Classifier) -> pl.DataFrame:
    return assess(Lake(world), END, CATALOGUE, classifier)


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """The world's lake, to be written to."""
    import shutil

    shutil.copytree(world, tmp_path / "lake")
    return tmp_path / "lake"


def test_who_is_doubted_is_false_and_most_who_are_false_are_doubted(world, rows):
    labels = pl.read_parquet(world / LABELS)
    doubted = labels.join(rows.filter(pl.col("authenticity") < 0.5), on=["network", "account"])
    assert doubted["authentic"].mean() < 0.2
    assert len(doubted.filter(FALSE)) > 100


def test_only_accounts_whose_step_changes_are_named_each_with_its_reasons(rows):
    assert (rows["authenticity"] < 1).all()
    assert rows["reasons"].str.len_chars().min() > 0
    assert not rows.select("network", "account").is_duplicated().any()


def test_the_next_day_names_only_who_changes(copy, classifier, rows):
    assert integrity_jobs.remember(copy, rows, CATALOGUE) == len(rows)
    assert integrity_jobs.remember(copy, rows, CATALOGUE) == len(rows)
    assert len(Lake(copy).scan("authenticity").collect()) == len(rows)
    after = assess(Lake(copy), END + timedelta(1), CATALOGUE, classifier)
    assert len(after) < 0.2 * len(rows)


def test_without_labels_the_strangest_are_doubted(world):
    rows = assess(Lake(world), END, CATALOGUE, None)
    assert set(rows["reasons"]) == {"among the strangest of its network"}
    labels = pl.read_parquet(world / LABELS)
    doubted = labels.join(rows.filter(pl.col("authenticity") < 0.5), on=["network", "account"])
    assert 0 < len(doubted) < 0.015 * len(labels)
    assert (~doubted["authentic"]).mean() > 1.3 * (~labels["authentic"]).mean()


def test_an_account_is_explained_with_its_history_and_what_speaks_against_it(
    copy, classifier, rows
):
    integrity_jobs.remember(copy, rows, CATALOGUE)
    worst = rows.sort("authenticity", "account").row(0, named=True)
    who = (worst["network"], worst["account"])
    said = explain(Lake(copy), END, CATALOGUE, *who, classifier)
    assert said["authenticity"] == worst["authenticity"]
    assert said["probability"] < 0.5
    assert [each["authenticity"] for each in said["history"]] == [worst["authenticity"]]
    assert said["against"][0]["contribution"] < 0
    assert all(each["meaning"] for each in said["against"])
    json.dumps(said)


def test_an_override_wins_from_the_next_day_on_and_is_shown(copy, classifier, rows):
    integrity_jobs.remember(copy, rows, CATALOGUE)
    worst = rows.sort("authenticity", "account").row(0, named=True)
    who = (worst["network"], worst["account"])
    integrity_jobs.override(copy, *who, 1.0, "called them up", CATALOGUE)
    said = explain(Lake(copy), END, CATALOGUE, *who, classifier)
    assert said["override"] is None  # decided after that day
    decided = Lake(copy).scan("overrides").collect().row(0, named=True)
    assert (decided["account"], decided["why"]) == (worst["account"], "called them up")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("twitter", "a", 0.3, "why"), "expected one of"),
        (("twitter", "a", 0.5, " "), "needs a reason"),
        (("friendster", "a", 0.5, "why"), "no declared network"),
    ],
)
def test_a_bad_override_is_refused(copy, arguments, says):
    with pytest.raises(KloutError, match=says):
        integrity_jobs.override(copy, *arguments, CATALOGUE)


LABEL = {"network": "twitter", "account": "a", "authentic": True}


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ([{"network": "twitter", "account": "a"}], "the column 'authentic' is missing"),
        ([LABEL | {"authentic": "yes"}], "authentic must be true or false"),
        ([LABEL | {"network": "friendster"}], "'friendster' is no declared network"),
        ([LABEL, LABEL], "'a' of twitter is there twice"),
        ([LABEL | {"account": None}, LABEL], "a label is missing"),
        ([LABEL | {"account": 1.5}], "account: a column of Float64; ids are texts or whole"),
        ([LABEL | {"group": True}], "group: a column of Boolean; ids are texts or whole numbers"),
    ],
)
def test_bad_labels_are_refused(tmp_path, labels, says):
    pl.DataFrame(labels).write_parquet(tmp_path / "labels.parquet")
    with pytest.raises(KloutError, match=says):
        integrity_jobs.read_labels(tmp_path / "labels.parquet", CATALOGUE)


def test_labels_may_be_a_csv_file(tmp_path):
    (tmp_path / "labels.csv").write_text("network,account,authentic\ntwitter,a,true\n")
    labels = integrity_jobs.read_labels(tmp_path / "labels.csv", CATALOGUE)
    assert labels.rows() == [("twitter", "a", True, None)]
    (tmp_path / "labels.csv").write_text("network,account,authentic\ntwitter,007,true\n")
    labels = integrity_jobs.read_labels(tmp_path / "labels.csv", CATALOGUE)
    assert labels["account"].to_list() == ["007"]


def test_the_command_line_explains_and_overrides(copy):
    run = CliRunner().invoke
    account = Lake(copy).scan("interactions").select("actor").head(1).collect().item()
    network = Lake(copy).scan("interactions").filter(pl.col("actor") == account)
    name = f"{network.select('network').head(1).collect().item()}:{account}"
    at = ["--lake", str(copy), "--as-of", "2014-10-01"]
    done = run(app, ["integrity", "explain", name, *at])
    assert json.loads(done.stdout)["account"] == account
    done = run(app, ["integrity", "override", name, "0.5", "--lake", str(copy), "--why", "seen"])
    assert "is believed 0.5" in done.stdout
    done = run(app, ["integrity", "explain", "nobody", *at])
    assert "expected network:account" in str(done.exception)
