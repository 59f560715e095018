"""Networks that a command knows nothing of are named, and never all there is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Piece, Source, write
from tests.support.command import Ended, klout, refused
from tests.support.populations import quick_model

AS_OF = "2024-05-02"
HUB = '[reactions]\nstar = "stars"\n'
UNDECLARED = "no declaration names it: give --networks DIR"
UNTRAINED = "the model was not trained on it, and nothing declares its reactions"


def stars(network: str, reaction: str) -> pl.DataFrame:
    """Reactions of some to others, the first of whom receive the most."""
    rows = [
        {"network": network, "reaction": reaction, "actor": f"fan{n}", "target": f"one{n % m}"}
        for n in range(40)
        for m in (1, 2, 5)
    ]
    return pl.DataFrame(rows).with_columns(at=pl.lit("2024-05-01T10:00:00Z"))


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A model of the built-in networks; a lake of another network, and one of both."""
    home = tmp_path_factory.mktemp("left_out")
    quick_model(Catalogue(load_networks()), 1).save(home / "model")
    (home / "networks").mkdir()
    (home / "networks" / "hub.toml").write_text(HUB)
    hub, both = stars("hub", "star"), [stars("hub", "star"), stars("twitter", "like")]
    for name, frame in (("alone", hub), ("both", pl.concat(both))):
        (home / name).mkdir()
        frame.write_csv(home / name / "interactions.csv")
        write_bare(home / f"bare-{name}", frame, Catalogue(load_networks(home / "networks")))
        done = klout("ingest", "tables", home / name / "interactions.csv", "--lake",
                     home / f"lake-{name}", "--networks", home / "networks")  # fmt: skip
        assert done.code == 0, done.err
        scores = pl.DataFrame({"person": ["hub:one0"], "score": [50.0]})
        scores.write_parquet(home / "scores")
        done = klout("materialize", "--lake", home / f"lake-{name}", "--as-of", AS_OF, "--networks",
                     home / "networks", "--out", home / f"{name}.parquet")  # fmt: skip
        assert (done.code, done.err) == (0, "")
        signals = pl.read_parquet(home / f"{name}.parquet")
        bare = signals.drop(pl.selectors.starts_with("hub.any."))
        bare.write_parquet(home / f"bare-{name}.parquet")
    return home


def lake(home: Path, name: str) -> list[object]:
    return ["--lake", home / f"lake-{name}", "--as-of", AS_OF]


def write_bare(root: Path, frame: pl.DataFrame, catalogue: Catalogue) -> None:
    """Write a lake that keeps no declarations, as no command does."""
    rows = frame.with_columns(
        pl.col("at").str.to_datetime("%+", time_unit="us"),
        *(pl.lit(None, pl.String).alias(empty) for empty in ("content", "id")),
    )
    numbered = rows.with_row_index("row").cast({"row": pl.UInt64})
    piece = Piece("interactions", numbered, "interactions.test")
    write(
        root, [piece], Source("test", "test", "0" * 12), catalogue, datetime(2024, 6, 1, tzinfo=UTC)
    )


def bare(home: Path, name: str) -> list[object]:
    return ["--lake", home / f"bare-{name}", "--as-of", AS_OF]


def lines(ended: Ended) -> list[str]:
    """What a command says on stderr, but for where scores lie on the scale."""
    return [line for line in ended.err.splitlines() if "klout calibrate" not in line]


COMMANDS = {
    "score": (
        lambda home, name: ["--model", home / "model", "--signals", home / f"bare-{name}.parquet",
                            "--out", "made"],
        UNTRAINED,
    ),
    "daily": (lambda home, name: [*bare(home, name), "--model", home / "model"], UNTRAINED),
    "explain": (
        lambda home, name: ["twitter:one0", *bare(home, name), "--model", home / "model"],
        UNTRAINED,
    ),
    "materialize": (lambda home, name: [*bare(home, name), "--out", "made"], UNDECLARED),
    "judge": (
        lambda home, name: ["--lake", home / f"bare-{name}", "--as-of", "2024-05-01",
                            "--horizon", "1", "--out", "made"],
        UNDECLARED,
    ),
    "spread": (
        lambda home, name: [*bare(home, name), "--scores", home / "scores", "--out", "made"],
        UNDECLARED,
    ),
    "integrity assess": (lambda home, name: bare(home, name), UNDECLARED),
    "integrity report": (lambda home, name: bare(home, name), UNDECLARED),
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "judge"])
def test_where_nothing_else_is_left_it_is_an_error(home, command):
    words, why = COMMANDS[command]
    error = refused(*command.split(), *words(home, "alone"))
    assert "nothing is left without hub (" in error
    assert why in error
    assert not Path("made").exists()
    assert not (home / "bare-alone" / "published").exists()


@pytest.mark.parametrize(
    "command", ["score", "materialize", "explain", "integrity assess", "daily"]
)
def test_beside_others_they_are_named(home, command):
    words, why = COMMANDS[command]
    ended: Ended = klout(*command.split(), *words(home, "both"))
    assert ended.code == 0, ended.err
    said = lines(ended)
    assert said[0].startswith("klout: ")
    assert "left out hub (" in said[0]
    assert why in said[0]
    assert len(said) == 1
    if command not in ("daily", "integrity assess"):  # they don't do the same twice
        assert klout(*command.split(), *words(home, "both"), "--quiet").err == ""


def in_order(scores: pl.DataFrame) -> bool:
    """Whether people of the hub are told apart, as more react to them."""
    there = scores.filter(pl.col("person").str.starts_with("hub:")).sort("score")
    assert there["score"].n_unique() == 3  # 8, 20 and 40 people react to them
    return there["person"].to_list()[-2:] == ["hub:one1", "hub:one0"]


@pytest.mark.parametrize("name", ["alone", "both"])
@pytest.mark.parametrize("more", [[], ["--networks", "networks"]])
def test_a_network_that_no_judgement_named_is_scored_by_its_evidence(home, name, more):
    more = [home / each if each == "networks" else each for each in more]
    done = klout("score", "--model", home / "model", "--signals", home / f"{name}.parquet",
                 "--out", "made", *more)  # fmt: skip
    assert (done.code, lines(done)) == (0, [])
    scores = pl.read_parquet("made")
    assert in_order(scores)
    assert scores.filter(person="hub:one0")["part.hub"].item() > 0


def test_its_day_is_published_and_explained(home):
    done = klout("daily", *lake(home, "both"), "--model", home / "model", "--quiet")
    assert (done.code, done.err) == (0, "")
    told = klout("explain", "hub:one0", *lake(home, "both"), "--model", home / "model", "--json")
    assert told.code == 0, told.err
    why = json.loads(told.out)["why"]
    published = pl.read_parquet(home / "lake-both" / "published" / f"{AS_OF}.parquet")
    assert in_order(published)
    assert why["score"] == published.filter(person="hub:one0")["score"].item()


def test_who_is_asked_for_on_such_a_network_is_told_so(home):
    error = refused("explain", "hub:one0", *bare(home, "both"), "--model", home / "model",
                    "--quiet")  # fmt: skip
    assert f"hub:one0: hub is left out; {UNTRAINED}" in error


def test_a_lake_in_which_nobody_is_yet_gives_no_signals_and_no_scores(home):
    before = ["--lake", home / "lake-alone", "--as-of", "2024-01-01"]
    assert "nobody to compute signals of" in refused("materialize", *before, "--out", "made")
    assert "nobody has a score" in refused("daily", *before, "--model", home / "model")
    assert not Path("made").exists()


def test_judgements_that_can_not_be_divided_are_no_success(home):
    parts = ["--train", "train", "--test", "test"]
    error = refused("split", "--lake", home / "lake-both", *parts)
    assert "0 judgements are too few to divide by person" in error
    assert not Path("train").exists()
