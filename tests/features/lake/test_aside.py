"""What a compaction takes out stays until the next, and nothing is taken out by a slip."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from features.lake.compacting import compact, discard, restore
from features.lake.lock import clear
from features.lake.times import midnight
from features.people.forgetting import forget
from serving.cli.app import app
from tests.support.killing import contents
from tests.support.worlds import AS_OF, SMALL, big_world, lake_of

WORLD = big_world(1, 200)
NEWEST = max(row["at"].date() for table in ("interactions", "contents") for row in WORLD[table])


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    world = {name: rows for name, rows in WORLD.items() if name != "scores"}
    lake_of(world, tmp_path / "lake", parts=2)
    return tmp_path / "lake"


def run(lake: Path, *words: object) -> str:
    result = CliRunner().invoke(app, ["compact", "--lake", str(lake), *map(str, words)])
    assert result.exit_code == 0, result.exception
    return result.output


def publish(lake: Path, day: date) -> None:
    rows = pl.DataFrame({"person": ["p1"], "score": [40.0], "as_of": [midnight(day)]})
    numbered = rows.with_row_index("row").cast({"row": pl.UInt64})
    now = datetime(2200, 1, 1, tzinfo=UTC)
    write(lake, [Piece("scores", numbered, "x")], Source("x", "test", "ab" * 32), SMALL, now)


@pytest.mark.parametrize("words", [["--dry-run"], []])
def test_a_wrong_clock_empties_no_lake(words: list[str], lake: Path) -> None:
    before = contents(lake)
    day = ["compact", "--lake", str(lake), "--as-of", "2104-09-28", *words]
    result = CliRunner().invoke(app, day)
    assert isinstance(result.exception, KloutError)
    last = NEWEST + timedelta(1)
    assert f"2104-09-28 is after {last}, the day after the newest row" in str(result.exception)
    assert contents(lake) == before


def test_it_goes_up_to_the_last_published_day_and_no_further(lake: Path) -> None:
    published = AS_OF - timedelta(2)
    publish(lake, published)
    with pytest.raises(KloutError, match=f"after {published}, the last published day; expected"):
        compact(lake, published + timedelta(1))
    compact(lake, published, 90)


def test_nor_past_today_where_a_later_day_was_published(lake: Path) -> None:
    publish(lake, date(2104, 9, 28))
    with pytest.raises(KloutError, match="today; expected"):
        compact(lake, date(2104, 9, 28))


def test_a_dry_run_says_what_goes_and_does_nothing(lake: Path) -> None:
    before = contents(lake)
    said = run(lake, "--as-of", NEWEST, "--keep-days", 90, "--dry-run")
    assert contents(lake) == before
    assert said.startswith("would take out ") and " of " in said
    done = run(lake, "--as-of", NEWEST, "--keep-days", 90)
    assert done.startswith(said.replace("would take", "taking"))
    assert "kept aside until the next run" in done


def test_what_was_taken_out_comes_back(lake: Path) -> None:
    before = contents(lake)
    run(lake, "--as-of", NEWEST, "--keep-days", 90)
    assert contents(lake) != before
    clear(lake)  # as whoever writes next after a kill
    assert " are back" in run(lake, "--restore")
    assert contents(lake) == before
    with pytest.raises(KloutError, match="nothing is kept aside"):
        CliRunner().invoke(
            app, ["compact", "--lake", str(lake), "--restore"], catch_exceptions=False
        )


def test_the_next_run_ends_it_and_so_does_discard(lake: Path) -> None:
    for end in (lambda: compact(lake, NEWEST, 90), lambda: discard(lake)):
        compact(lake, NEWEST, 90)
        kept = Lake(lake).aside or _put_aside(lake)
        assert all((lake / file.path).exists() for file in kept)
        end()
        assert not Lake(lake).aside
        assert not any((lake / file.path).exists() for file in kept)
        if end is not discard:
            lake_of({"interactions": WORLD["interactions"]}, lake, parts=1)


def _put_aside(lake: Path):
    compact(lake, NEWEST, 90)
    return Lake(lake).aside


def test_forgetting_reaches_what_is_kept_aside(lake: Path) -> None:
    compact(lake, NEWEST, 90)
    known = Lake(lake)
    rows = known.scan_files("interactions", [f for f in known.aside if f.table == "interactions"])
    account = rows.select("network", "target").collect().row(0)
    owner = known.scan("identities").filter(network=account[0], account=account[1]).collect()
    person = owner["person"][0] if len(owner) else f"{account[0]}:{account[1]}"
    forget(lake, person)
    restore(lake)
    left = Lake(lake).scan("interactions").filter(network=account[0]).collect()
    assert not left.filter(pl.col("target") == account[1]).height
