"""Files take the place of others in one instant."""

import fcntl
import json
import shutil
from datetime import datetime

import polars as pl
import pytest

from features.errors import KloutError
from features.lake import Lake
from features.lake.ledger import Entry, LakeFile, present
from features.lake.rewriting import holding, rewriting
from features.storage.folders import CACHE, claim
from features.storage.waiting import patience
from tests.support.killing import contents, kills, strays


def interaction(id=None, day=1, **other):
    row = {"network": "twitter", "reaction": "reply", "actor": "a", "target": "b", "content": None}
    return row | {"at": datetime(2024, 3, day, 12).isoformat(), "id": id} | other


@pytest.fixture
def add(put, take):
    number = iter(range(100))

    def add(*rows):
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return take("tables", put(f"{next(number)}/interactions.jsonl", data))

    return add


def without(actor):
    return lambda rows: rows.filter(pl.col("actor") != actor)


def drop(root, actor):
    with rewriting(root, "test") as work:
        for file in holding(work.lake, "interactions", pl.col("actor") == actor):
            work.replace([file], without(actor))
        return work.commit()


def file(path):
    return LakeFile("interactions", path, 1)


def entry(*files, removed=()):
    return Entry("s", "f", "d", tuple(map(file, files)), 0, 0, removed=tuple(removed))


def test_a_file_is_present_until_a_later_entry_removes_it():
    entries = [entry("a", "b"), entry("c", removed=["a"]), entry("a", removed=["c"])]
    assert [f.path for f in present(entries[:1])] == ["a", "b"]
    assert [f.path for f in present(entries[:2])] == ["b", "c"]
    assert [f.path for f in present(entries)] == ["b", "a"]


def test_only_files_that_hold_concerned_rows_are_rewritten(add, root, rows):
    add(interaction("1"), interaction("2", actor="x"), interaction("3", day=2))
    untouched = Lake(root).files("interactions")[1]
    done = drop(root, "x")
    assert [f.rows for f in done.files] == [1]
    assert untouched in Lake(root).every_file()
    assert sorted(rows("interactions")["id"]) == ["1", "3"]
    assert not strays(root)


def test_a_partition_that_loses_its_last_row_is_gone(add, root, rows):
    add(interaction("1", actor="x"), interaction("2", day=2))
    assert drop(root, "x").files == ()
    assert rows("interactions")["id"].to_list() == ["2"]
    assert not (root / "interactions/network=twitter/day=2024-03-01").exists()


def test_what_was_rewritten_and_what_was_not_are_read_together(add, root, rows):
    add(interaction("1"), interaction("2", actor="x"))
    add(interaction("3"))
    drop(root, "x")
    assert sorted(rows("interactions")["id"]) == ["1", "3"]
    files = Lake(root).files("interactions")
    schemas = {tuple(pl.read_parquet_schema(root / f.path)) for f in files}
    assert len({frozenset(names) for names in schemas}) == 1


def test_sources_and_ids_are_known_after_a_rewriting(add, take, put, root):
    first = json.dumps(interaction("1")) + "\n" + json.dumps(interaction("2", actor="x"))
    path = put("interactions.jsonl", first.encode())
    take("tables", path)
    drop(root, "x")
    assert take("tables", path).already
    again = add(interaction("1"), interaction("2"))
    assert (again.entry.repeated, again.entry.rows) == (1, {"interactions": 1})


def test_nothing_is_committed_where_nothing_changed(add, root):
    add(interaction())
    assert drop(root, "nobody") is None
    assert len(Lake(root).entries) == 1


def test_what_was_computed_from_the_files_goes_with_them(add, root):
    add(interaction(), interaction(actor="x"))
    claim(root / "cache", CACHE)
    (root / "cache" / "tiles-1.parquet").write_bytes(b"tiles")
    drop(root, "nobody")
    assert (root / "cache").exists()
    drop(root, "x")
    assert not (root / "cache").exists()


def test_a_change_that_fails_leaves_the_lake_as_it_was(add, root):
    add(interaction(), interaction(actor="x"))
    before = contents(root)
    with pytest.raises(pl.exceptions.ColumnNotFoundError), rewriting(root, "test") as work:
        work.replace(work.lake.files("interactions"), lambda rows: rows.filter(pl.col("absent")))
        work.commit()
    assert contents(root) == before
    assert not strays(root)


def test_there_must_be_a_lake(tmp_path):
    with pytest.raises(KloutError, match="no lake here"), rewriting(tmp_path / "absent", "test"):
        pass
    assert not (tmp_path / "absent").exists()


def test_a_daily_run_is_not_disturbed(add, root):
    add(interaction(actor="x"))
    with (root / ".daily.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with patience(0), pytest.raises(KloutError, match="another run is at work on this lake"):
            drop(root, "x")
    assert drop(root, "x")


def test_a_kill_between_any_two_operations_leaves_the_lake_before_or_after(
    add, root, monkeypatch, tmp_path
):
    add(interaction("1"), interaction("2", actor="x"), interaction("3", actor="x", day=2))
    before = contents(root)
    first = tmp_path / "first"
    shutil.copytree(root, first)
    drop(root, "x")
    after = contents(root)

    def fresh():
        shutil.rmtree(root)
        shutil.copytree(first, root)
        return lambda: drop(root, "x")

    seen = []
    for _ in kills(monkeypatch, fresh):
        seen.append(contents(root))
        drop(root, "x")  # whatever is done next tidies up
        assert contents(root) == after
        assert not strays(root)
    assert seen[0] == before
    assert seen[-1] == after
    assert all(state in (before, after) for state in seen)
