"""What is undone before `as_of` counts for nothing, from then on and not before."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.lake import Lake
from features.signals.materialize import materialize
from tests.support.command import klout, refused
from tests.support.histories import arrive
from tests.support.naive_people import midnight
from tests.support.worlds import AS_OF, SMALL, Row, lake_of


def ago(days: int) -> Any:
    return midnight(AS_OF - timedelta(days))


def like(actor: str, number: str | None, days: int = 5, **other: Any) -> Row:
    row = {"network": "twitter", "reaction": "like", "actor": actor, "target": "star"}
    return row | {"content": "c1", "at": ago(days), "id": number} | other


def tweet(content: str, days: int = 6) -> Row:
    row = {"network": "twitter", "author": "star", "content": content, "kind": "tweet"}
    return row | {"at": ago(days)}


def undo(number: str | None = None, actor: str | None = None, days: int = 3, **other: Any) -> Row:
    row = {"network": "twitter", "id": number, "actor": actor, "at": ago(days), "restored": None}
    return row | other


def star(lake: Lake, days: int = 0) -> dict[str, float]:
    """The star's signals as of so many days before `AS_OF`; 0 each if it has no row."""
    found = materialize(lake, AS_OF - timedelta(days), SMALL).collect()
    mine = found.filter(person="twitter:star").to_dicts()
    return mine[0] if mine else dict.fromkeys(found.columns, 0)


def world(*retractions: Row, interactions: list[Row] | None = None) -> dict[str, list[Row]]:
    some = [like("ann", "1"), like("ann", "2"), like("bob", "3")]
    contents = [tweet("c1"), tweet("c2")]
    rows = some if interactions is None else interactions
    return {"interactions": rows, "contents": contents, "retractions": [*retractions]}


REACTORS, COUNT = "twitter.like.reactors.7d", "twitter.like.count.7d"


def test_an_actors_only_reaction_takes_the_actor_away_and_one_of_two_does_not(tmp_path):
    one_of_two = star(lake_of(world(undo("1")), tmp_path / "two"))
    assert (one_of_two[REACTORS], one_of_two[COUNT]) == (2, 2)
    only = star(lake_of(world(undo("3")), tmp_path / "only"))
    assert (only[REACTORS], only[COUNT]) == (1, 2)


def test_before_it_was_undone_it_counts(tmp_path):
    lake = lake_of(world(undo("3", days=3)), tmp_path)
    assert [star(lake, days)[REACTORS] for days in (0, 2, 3, 4)] == [1, 1, 2, 2]


def test_contents_withdrawn_are_not_published_and_reactions_to_them_stay(tmp_path):
    found = star(lake_of(world(undo("c2"), undo("c1")), tmp_path))
    assert (found["twitter.tweets"], found[COUNT]) == (0, 3)


def test_an_id_may_be_shared_and_an_actor_says_whose_is_meant(tmp_path):
    shared = [like("ann", "1"), like("bob", "1"), like("bob", "1", reaction="retweet")]
    every = lake_of(world(undo("1"), interactions=shared), tmp_path / "every")
    assert star(every)["twitter.any.count.7d"] == 0
    bobs = lake_of(world(undo("1", "bob"), interactions=shared), tmp_path / "bobs")
    assert (star(bobs)["twitter.any.count.7d"], star(bobs)[REACTORS]) == (1, 1)


@pytest.mark.parametrize("empty", [None, ""])
def test_without_an_id_all_that_an_account_ever_did_is_undone_until_it_is_restored(tmp_path, empty):
    gone, back = undo(empty, "ann", 4), undo(empty, "ann", 2, restored=True)
    lake = lake_of(world(gone, back), tmp_path / "back")
    assert [star(lake, days)[COUNT] for days in (4, 3, 2, 1)] == [3, 1, 1, 3]
    own = lake_of(world(undo(empty, "star")), tmp_path / "own")
    assert (star(own)["twitter.tweets"], star(own)[COUNT]) == (0, 3)


def test_at_one_instant_what_undoes_holds(tmp_path):
    both = undo("3"), undo("3", restored=True)
    assert star(lake_of(world(*both), tmp_path))[REACTORS] == 1


def test_an_id_of_another_network_is_another(tmp_path):
    assert star(lake_of(world(undo("3", network="wiki")), tmp_path))[REACTORS] == 2


def test_a_retraction_waits_for_what_is_not_known_yet(tmp_path):
    arrive(tmp_path, {"retractions": [undo("3")]}, 0)
    lake = arrive(tmp_path, {"interactions": [like("ann", "1"), like("bob", "3")]}, 1)
    assert star(lake)[REACTORS] == 1


def test_what_has_no_id_is_undone_only_with_its_account(tmp_path):
    nameless = [like("ann", None), like("bob", None)]
    lake = lake_of(world(undo("1"), undo(None, "bob"), interactions=nameless), tmp_path)
    assert star(lake)[COUNT] == 1


# --- through the command line ------------------------------------------------------------------

LIKES = """network,reaction,actor,target,content,at,id
twitter,like,ann,star,c1,2014-02-20T10:00:00Z,1
twitter,like,bob,star,c1,2014-02-20T11:00:00Z,2
twitter,retweet,bob,star,c1,2014-02-20T11:00:00Z,3
"""
UNDONE = """network,id,actor,at,restored
twitter,2,,2014-02-22T10:00:00Z,
twitter,,ann,2014-02-24T10:00:00Z,
twitter,,ann,2014-02-26T10:00:00Z,true
"""


def ingested(folder: Path, name: str, text: str) -> Any:
    (folder / name).write_text(text)
    return klout("ingest", "tables", folder / name, "--lake", folder / "lake")


def likes_as_of(folder: Path, day: str) -> float:
    out = folder / f"{day}.parquet"
    ended = klout("materialize", "--lake", folder / "lake", "--as-of", day, "--out", out)
    assert ended.code == 0, ended.err
    found = pl.read_parquet(out).filter(person="twitter:star")
    return float(found["twitter.like.count.30d"].item())


def test_the_command_reads_retractions_and_signals_obey_them(tmp_path):
    assert ingested(tmp_path, "interactions.csv", LIKES).code == 0
    assert ingested(tmp_path, "retractions.csv", UNDONE).code == 0
    days = ("2014-02-22", "2014-02-23", "2014-02-25", "2014-02-27")
    assert [likes_as_of(tmp_path, day) for day in days] == [2, 1, 0, 1]


def test_the_command_reads_them_as_json_too(tmp_path):
    lines = [
        '{"network": "twitter", "id": 2, "at": "2014-02-22T10:00:00Z"}',
        '{"network": "twitter", "id": "1", "at": "2014-02-22T10:00:00Z", "restored": true}',
        '{"network": "twitter", "actor": "u", "at": "2014-02-22", "restored": false}',
    ]
    assert ingested(tmp_path, "retractions.jsonl", "\n".join(lines)).code == 0
    rows = Lake(tmp_path / "lake").scan("retractions").select("id", "actor", "restored").collect()
    assert sorted(rows.rows(), key=str) == [
        ("1", None, True),
        ("2", None, None),
        (None, "u", False),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("twitter,,,2014-02-22,", "not of an id or an actor"),
        ("twiter,1,,2014-02-22,", "network: not a declared value"),
        ("twitter,1,,soon,", "at: not a time in ISO 8601"),
        ("twitter,1,,2914-02-22,", "in the future"),
        ("twitter,1,,2014-02-22,perhaps", "restored: not true or false"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_kept(tmp_path, row, reason):
    text = f"network,id,actor,at,restored\ntwitter,9,,2014-02-22,\n{row}\n"
    ended = ingested(tmp_path, "retractions.csv", text)
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert f"{tmp_path / 'retractions.csv'}, row 2: {reason}" in ended.err
    assert len(Lake(tmp_path / "lake").scan("retractions").collect()) == 1


def test_a_column_that_is_missing_refuses_the_file(tmp_path):
    (tmp_path / "retractions.csv").write_text("network,id\ntwitter,1\n")
    line = refused("ingest", "tables", tmp_path / "retractions.csv", "--lake", tmp_path / "lake")
    assert "retractions needs the column 'at'" in line
