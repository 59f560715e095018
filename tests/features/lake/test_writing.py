import fcntl
import json
import os
import threading
import time
from contextlib import suppress
from datetime import date, timedelta

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake, lock
from features.lake.lock import writing
from features.sources.ingest import ingest
from features.storage.waiting import patience

NOW = "2024-03-01T12:00:00"


def interaction(id=None, at=NOW, **other):
    row = {"network": "twitter", "reaction": "reply", "actor": "a", "target": "b"}
    return row | {"content": None, "at": at, "id": id} | other


@pytest.fixture
def add(put, take):
    """Ingest rows of a table as a file of their own."""
    number = iter(range(100))

    def add(table, *rows):
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return take("tables", put(f"{next(number)}/{table}.jsonl", data))

    return add


def tree(root):
    return {
        path.relative_to(root): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def test_the_same_file_twice_changes_nothing(put, take, root):
    path = put("interactions.jsonl", json.dumps(interaction()).encode())
    first = take("tables", path)
    before = tree(root)
    again = take("tables", path)
    assert (first.already, again.already) == (False, True)
    assert again.entry == first.entry
    assert tree(root) == before


def test_rows_without_an_id_are_each_an_interaction(add, rows):
    add("interactions", interaction(), interaction())
    add("interactions", interaction(), interaction(), interaction(actor="c"))
    assert len(rows("interactions")) == 5


def test_the_same_id_twice_in_a_file_is_one_interaction_the_first(add, rows):
    first, again = interaction("1", content="p"), interaction("1", content="q")
    receipt = add("interactions", first, again, interaction("2"))
    assert receipt.entry.repeated == 1
    assert rows("interactions").sort("id")["content"].to_list() == ["p", None]


@pytest.mark.parametrize("other", [{"actor": "z"}, {"target": "z"}, {"reaction": "mention"}])
def test_the_same_id_of_another_reaction_actor_or_target_is_another_interaction(other, add, rows):
    receipt = add("interactions", interaction("1"), interaction("1", **other))
    assert receipt.entry.repeated == 0
    again = add("interactions", interaction("1", **other, content="p"), interaction("2"))
    assert again.entry.repeated == 1
    assert sorted(rows("interactions")["id"]) == ["1", "1", "2"]


def test_the_same_id_in_another_file_or_on_another_day_is_one_interaction(add, rows):
    add("interactions", interaction("1"))
    receipt = add("interactions", interaction("1", at="2023-01-01"), interaction("2"))
    assert receipt.entry.repeated == 1
    assert rows("interactions")["id"].sort().to_list() == ["1", "2"]


def test_the_same_id_on_another_network_is_another_interaction(add, rows):
    other = interaction("1", network="facebook", reaction="like")
    add("interactions", interaction("1"), other)
    add("interactions", interaction("1", network="instagram", reaction="like"))
    assert len(rows("interactions")) == 3


def test_a_content_is_one_however_often_it_comes(add, rows):
    post = {"network": "twitter", "author": "a", "content": "p", "kind": "tweet", "at": NOW}
    add("contents", post, post | {"at": "2024-01-01"}, post | {"author": "b"})
    receipt = add("contents", post)
    assert (receipt.entry.repeated, receipt.entry.files) == (1, ())
    assert sorted(rows("contents")["author"].to_list()) == ["a", "b"]


def test_files_are_parted_by_network_and_day(add, root):
    facebook = interaction(network="facebook", reaction="like", at="2024-03-02T00:00:00+01:00")
    add("interactions", interaction(), facebook, interaction(at="2024-02-29T23:59:59.999Z"))
    assert {str(path.parent.relative_to(root)) for path in root.rglob("*.parquet")} == {
        "interactions/network=twitter/day=2024-03-01",
        "interactions/network=facebook/day=2024-03-01",
        "interactions/network=twitter/day=2024-02-29",
    }


def test_many_days_are_put_on_disk_at_once(add, monkeypatch, rows):
    """Each sync is a turn of the disk: 90,000 rows of 5,600 days took seven times those of 90."""
    synced, real = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    days = [date(2024, 3, 1) - timedelta(days) for days in range(90)]
    add("interactions", *(interaction(str(day), at=day.isoformat()) for day in days))
    assert len(rows("interactions")) == 90
    assert len(synced) < 12


def test_what_is_partitioned_in_parts_is_whole(add, monkeypatch, rows, root):
    monkeypatch.setattr("features.lake.placing.PART_ROWS", 3)
    days = [date(2024, 3, 1 + number % 7) for number in range(20)]
    add("interactions", *(interaction(str(n), at=f"{day}") for n, day in enumerate(days)))
    assert rows("interactions")["id"].cast(pl.Int32).sort().to_list() == list(range(20))
    assert len(Lake(root).files("interactions")) == 7


def test_tables_without_a_time_or_network_are_one_file(add, root, rows):
    add("links", {"network": "wikipedia", "source": "a", "target": "b"})
    add("judgements", {"a": "x", "b": "y", "preference": 1, "judged_at": NOW, "judge": "j"})
    folders = {str(path.parent.relative_to(root)) for path in root.rglob("*.parquet")}
    assert folders == {"links/network=wikipedia", "judgements"}
    assert (len(rows("links")), len(rows("judgements"))) == (1, 1)


def test_a_scan_reads_only_the_networks_and_days_asked_for(add, root):
    add("interactions", *(interaction(at=f"2024-03-0{day}") for day in (1, 2, 3)))
    days = [file.day for file in Lake(root).files("interactions", None, date(2024, 3, 2))]
    assert days == ["2024-03-02", "2024-03-03"]
    assert not Lake(root).files("interactions", ["facebook"])
    assert len(Lake(root).files("interactions", ["twitter"], until=date(2024, 3, 2))) == 1


def test_the_receipt_counts_every_row(add):
    receipt = add("interactions", interaction("1"), interaction("1"), interaction(reaction="x"))
    assert receipt.entry.rows == {"interactions": 1}
    assert (receipt.entry.repeated, receipt.entry.quarantined) == (1, 1)
    assert receipt.first_reason.endswith("interactions.jsonl, row 3: not declared reaction")


def test_two_writers_at_once_are_told(put, take, root):
    take("higgs", put("a.txt", b"1 2 1341100972 RT"))
    with (root / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with patience(0), pytest.raises(KloutError, match="another run is writing"):
            take("higgs", put("b.txt", b"1 2 1341100973 RT"))
    assert take("higgs", put("b.txt", b"1 2 1341100973 RT")).entry.rows == {"interactions": 1}


def test_a_lake_is_no_file(put, tmp_path, catalogue):
    with pytest.raises(KloutError, match="a lake is a directory, this is a file"):
        ingest(put("lake.txt", b"x"), "higgs", put("a.txt", b"1 2 3 RT"), catalogue)


def test_an_unknown_format_is_told_the_known_ones(put, take):
    with pytest.raises(KloutError, match=r"unknown format 'xml'; there are \['activitystreams', "):
        take("xml", put("a.xml", b"<a/>"))


def test_there_is_no_lake_before_the_first_ingest(tmp_path):
    with pytest.raises(KloutError, match="no lake here"):
        Lake(tmp_path / "absent").scan("interactions")


def test_a_damaged_ledger_entry_is_named(put, take, root):
    take("higgs", put("a.txt", b"1 2 1341100972 RT"))
    entry = next(root.glob("ledger/*.json"))
    entry.write_text("{")
    with pytest.raises(KloutError, match=r"000000-.*\.json: damaged ledger entry"):
        _ = Lake(root).entries


def test_a_network_declared_in_a_file_of_its_own_is_taken(put, tmp_path):
    put("networks/quora.toml", b'title = "Quora"\n[reactions]\nupvote = "upvotes"\n')
    row = json.dumps(interaction(network="quora", reaction="upvote")).encode()
    known = Catalogue(load_networks(tmp_path / "networks"))
    receipt = ingest(tmp_path / "lake", "tables", put("interactions.jsonl", row), known)
    assert receipt.entry.rows == {"interactions": 1}


def test_a_lakes_path_is_no_pattern(put, tmp_path, catalogue):
    root = tmp_path / "network=x" / "la[k]e*"
    receipt = ingest(root, "higgs", put("a.txt", b"1 2 1341100972 RT\n1 2 3 XX"), catalogue)
    assert (receipt.entry.rows, receipt.entry.quarantined) == ({"interactions": 1}, 1)
    assert Lake(root).scan("interactions").collect()["network"].to_list() == ["twitter"]


def test_a_refused_first_ingest_leaves_nothing(put, tmp_path, catalogue):
    path = put("interactions.jsonl", b'{"network": "twitter"\n')
    for root in (tmp_path / "new" / "deep" / "lake", tmp_path / "empty"):
        if root.name == "empty":
            root.mkdir()
        with pytest.raises(KloutError, match=r"interactions\.jsonl"):
            ingest(root, "tables", path, catalogue)
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_refused_ingest_leaves_what_others_brought(put, take, root):
    take("tables", put("1/interactions.jsonl", json.dumps(interaction("1")).encode()))
    before = tree(root)
    with pytest.raises(KloutError, match=r"interactions\.jsonl"):
        take("tables", put("2/interactions.jsonl", b'{"network": "twitter"\n'))
    assert tree(root) == before


def test_who_waited_for_a_refused_first_ingest_makes_the_lake(put, take, root, monkeypatch):
    waits, refused = threading.Event(), threading.Event()
    monkeypatch.setattr(lock, "_holder", lambda _file: waits.set() or "")

    def first():
        with suppress(KloutError), writing(root):
            waits.wait()
            raise KloutError("damaged")
        refused.set()

    other = threading.Thread(target=first)
    other.start()
    while not (root / ".lock").exists():
        time.sleep(0.01)
    with patience(60):
        take("tables", put("interactions.jsonl", json.dumps(interaction("1")).encode()))
    other.join()
    assert refused.is_set()
    assert Lake(root).id
    assert len(Lake(root).scan("interactions").collect()) == 1
    with patience(0), writing(root), pytest.raises(KloutError, match="another run"), writing(root):
        pass
