"""`klout split`, `klout judge` and `klout judgements`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import TABLES, Piece, Source, write
from serving.cli.judgements import app
from tests.support.worlds import NOW, SMALL, big_world, lake_of
from training.judgements import persons_of, read_judgements

run = CliRunner()


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    return lake_of(big_world(4, 300), tmp_path_factory.mktemp("lake")).root


def judge(lake, out, *more):
    words = ["judge", "--lake", lake, "--as-of", "2014-02-10", "--horizon", "14", "--out", out]
    return run.invoke(app, [str(word) for word in (*words, *more)])


def test_judge_writes_judgements_that_can_be_read_as_any_others(lake, tmp_path):
    done = judge(lake, tmp_path / "j.parquet", "--pairs", 40)
    assert done.exit_code == 0
    assert "40 judgements of what came from 2014-02-10 to before 2014-02-24" in done.stdout
    assert "left out wiki (75 rows)" in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(read_judgements(tmp_path / "j.parquet")) == 40
    assert pl.read_parquet_schema(tmp_path / "j.parquet") == TABLES["judgements"].columns


def test_judge_warns_where_the_lake_ends_before_the_horizon(lake, tmp_path):
    done = judge(lake, tmp_path / "j.parquet", "--quiet", "--horizon", 60)
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "the horizon ends 2014-04-11, after the lake's last day 2014-03-03" in done.stderr


def test_judge_fails_where_nothing_happened_and_writes_nothing(lake, tmp_path):
    done = judge(lake, tmp_path / "j.parquet", "--as-of", "2015-02-10")
    assert isinstance(done.exception, KloutError)
    assert "last day with interactions is 2014-03-03" in str(done.exception)
    assert not (tmp_path / "j.parquet").exists()


def test_split_says_how_many_were_about_two_accounts_of_one_person(tmp_path):
    moment = datetime(2014, 1, 5, tzinfo=UTC)
    named = {"twitter:x": "p", "twitter:y": "p"}
    pairs = [("twitter:x", "twitter:y"), *((f"r{n}", f"s{n}") for n in range(40))]
    judged = [(a, b, 1.0, moment, "j") for a, b in pairs]
    owned = [
        (person, "twitter", account.removeprefix("twitter:"), "personal", moment, None)
        for account, person in named.items()
    ]
    pieces = []
    for table, rows in (("judgements", judged), ("identities", owned)):
        frame = pl.DataFrame(rows, schema=dict(TABLES[table].columns), orient="row")
        numbered = frame.with_row_index("row").cast({"row": pl.UInt64})
        pieces.append(Piece(table, numbered, "test"))
    write(tmp_path / "lake", pieces, Source("test", "test", "0" * 64), SMALL, NOW)
    files = [tmp_path / "train.parquet", tmp_path / "test.parquet"]
    words = ["split", "--lake", tmp_path / "lake", "--train", files[0], "--test", files[1]]
    done = run.invoke(app, [str(word) for word in words])
    assert "1 left out: a and b are accounts of one person" in done.stdout
    train, test = map(read_judgements, files)
    assert not set(persons_of(train)) & set(persons_of(test))
    assert "p" not in persons_of(pl.concat([train, test]))


@pytest.fixture
def odd(tmp_path, judged):
    lines = ["a > b by x", "b > c by x", "c > a by x", "a > b by y", "c > b by y", "a = d by y"]
    judged(*lines).write_parquet(tmp_path / "odd.parquet")
    return tmp_path / "odd.parquet"


def test_judgements_says_in_words_what_is_odd(odd):
    said = run.invoke(app, ["judgements", str(odd)]).stdout
    assert "6 judgements of 4 persons, 2 judges; 1 undecided" in said
    assert "2 pairs judged more than once, 1 of them both ways" in said
    assert "agree in 50.0%" in said
    assert "the best ranking agrees with 50.0% to 50.0% of judgements" in said


def test_judgements_gives_the_same_as_json(odd):
    figures = json.loads(run.invoke(app, ["judgements", str(odd), "--format", "json"]).stdout)
    assert figures["repeated_pairs"] == 2
    assert figures["noise_ceiling"]["repeats"] == 2
    assert [judge["judge"] for judge in figures["judges"]] == ["x", "y"]


def test_judgements_shows_cycles_and_contrary_judges_by_name(tmp_path, panel):
    panel([0.9] * 8 + [0.1])[0].write_parquet(tmp_path / "j.parquet")
    said = run.invoke(app, ["judgements", str(tmp_path / "j.parquet")]).stdout
    assert "judge j08 agrees with the others in" in said
    assert " > " in said


def test_an_unknown_format_is_refused(odd):
    assert run.invoke(app, ["judgements", str(odd), "--format", "sonnet"]).exit_code == 2
