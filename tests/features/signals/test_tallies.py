"""Reactions that were counted without names: exact, monotone, and not counted twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from hypothesis import given

from tests.support.command import klout
from tests.support.doubts import doubted_worlds
from tests.support.naive import midnight, naive
from tests.support.retractions import retracted
from tests.support.steps import examples, signals_of
from tests.support.tallies import TALLYING, tallied
from tests.support.worlds import AS_OF, Row, World

NOTHING: World = {
    name: [] for name in ("interactions", "contents", "counters", "links", "identities", "scores")
}
REACH = "twitter.any.reach.90d"
TALLIED = "twitter.like.tallied"


def at(days: int) -> datetime:
    return midnight(AS_OF - timedelta(days)) + timedelta(hours=3)


def tally(value: float, days: int, content: str | None = "1", account: str = "a") -> Row:
    row = {"network": "twitter", "account": account, "content": content, "reaction": "like"}
    return row | {"value": value, "at": at(days)}


def like(actor: str, days: int = 3, content: str | None = "1") -> Row:
    row = {"network": "twitter", "reaction": "like", "actor": actor, "target": "a"}
    return row | {"content": content, "at": at(days), "id": None}


def of_a(rows: list[Row], likes: list[Row] = []) -> dict[str, float]:  # noqa: B006
    signals = signals_of(NOTHING | {"tallies": rows, "interactions": likes}, catalogue=TALLYING)
    return signals.filter(person="twitter:a").row(0, named=True)


@given(tallied(retracted(doubted_worlds())))
@examples(12)
def test_tallies_equal_the_naive_twin(world: World) -> None:
    found = signals_of(world, catalogue=TALLYING)
    wanted = naive(world, AS_OF, TALLYING)
    assert found["person"].to_list() == sorted(wanted)
    names = [name for name in TALLYING.names if "tallied" in name or ".reach." in name]
    for row in found.iter_rows(named=True):
        assert {n: row[n] for n in names} == {n: wanted[row["person"]][n] for n in names}


def test_only_counts_give_a_row_and_a_first_reading_counts_on_its_day() -> None:
    found = of_a([tally(40, 5)])
    assert [found[f"{TALLIED}.{w}d"] for w in (7, 30, 90)] == [40, 40, 40]
    assert found[REACH] == 10
    assert found["twitter.any.reactors.90d"] == found["twitter.like.count.90d"] == 0


def test_growth_is_spread_evenly_over_the_days_between_two_readings() -> None:
    """Of 100 in ten days, the last on the fifth day before, three days lie in the last seven."""
    found = of_a([tally(0, 15), tally(100, 5)])
    assert [found[f"{TALLIED}.{w}d"] for w in (7, 30, 90)] == [30, 100, 100]


def test_named_reactions_that_are_in_the_tally_are_not_counted_twice() -> None:
    likes = [like(actor) for actor in "bcd"]
    found = of_a([tally(3, 2)], likes)
    assert found[f"{TALLIED}.90d"] == 3
    assert found[REACH] == found["twitter.any.reactors.90d"] == 3


def test_names_count_where_they_are_there_and_the_tally_for_the_rest() -> None:
    found = of_a([tally(11, 2), tally(2, 2, "2")], [like(actor) for actor in "bcd"])
    assert found[f"{TALLIED}.90d"] == 13
    assert found["twitter.like.tallied_peak.90d"] == 11
    assert found[REACH] == 3 + 10 / 4


def test_more_names_than_the_tally_says_all_count() -> None:
    found = of_a([tally(1, 2)], [like(actor) for actor in "bcd"])
    assert found[f"{TALLIED}.90d"] == 3


def test_a_single_export_is_believed_up_to_a_thousand() -> None:
    assert of_a([tally(1e9, 2)])[f"{TALLIED}.90d"] == 1_000
    steady = [tally(500 * (30 - day), day) for day in range(29, 0, -1)]
    assert of_a(steady)[f"{TALLIED}.90d"] == 500 * 29


def test_of_an_account_as_a_whole_and_of_its_contents_the_larger_counts() -> None:
    assert of_a([tally(7, 2, None), tally(3, 2), tally(2, 2, "2")])[f"{TALLIED}.90d"] == 7
    assert of_a([tally(4, 2, None), tally(3, 2), tally(2, 2, "2")])[f"{TALLIED}.90d"] == 5


def test_a_table_of_counts_is_all_that_somebody_needs(tmp_path: Path) -> None:
    """That a network tallies is seen of the table; of others nothing changes."""
    table, lake, out = tmp_path / "tallies.csv", tmp_path / "L", tmp_path / "s.parquet"
    table.write_text(
        "network,account,content,reaction,value,at\n"
        "twitter,ann,1,like,40,2024-05-01T00:00:00Z\n"
        "twitter,ann,,retweet,8,2024-05-01T00:00:00Z\n"
        "twitter,ann,1,follow,8,2024-05-01T00:00:00Z\n"
    )
    ended = klout("ingest", "tables", table, "--lake", lake)
    assert ended.code == 1 and "row 3: not declared tally" in ended.err
    assert "networks: twitter: tally retweet is new, tally like is new" in ended.err
    made = klout("materialize", "--lake", lake, "--as-of", "2024-05-03", "--out", out)
    assert made.code == 0, made.err
    ann = pl.read_parquet(out).row(0, named=True)
    assert (ann["person"], ann["twitter.any.reach.90d"]) == ("twitter:ann", 12)
    assert [name for name in ann if ".reach." in name and "twitter" not in name] == []
