"""Which rows are repeats: those alike in the whole key, found by hashes and told by the keys."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import polars as pl
import pytest

from features.incremental.manifest import Manifest
from features.lake import TABLES, Lake, Piece, Source, write
from features.lake.compacting import compact
from features.lake.contracts import KEYS
from features.lake.key_index import hash_of, runs_of
from serving.daily.arrivals import arrivals

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
NOW = datetime(2024, 6, 1, tzinfo=UTC)
KEY = ("network", "reaction", "actor", "target", "id")

REACTIONS = {"twitter": "reply", "googleplus": "comment"}


def anything(random):
    """Draw a few sources of a few pieces of few rows, so that much is alike."""
    return [
        [
            [drawn(random) for _ in range(random.randrange(3, 9))]
            for _ in range(random.randrange(1, 4))
        ]
        for _ in range(3)
    ]


def drawn(random):
    network = random.choice(list(REACTIONS))
    return {
        "network": network,
        "reaction": REACTIONS[network],
        "actor": random.choice("ab"),
        "target": random.choice("ab"),
        "content": random.choice("pqr"),
        "at": NOON - timedelta(random.randrange(4)),
        "id": random.choice([None, *"123"]),
    }


def take(root, number, frames, catalogue):
    schema = dict(TABLES["interactions"].columns)
    frames = [pl.DataFrame(rows, schema).with_row_index("row") for rows in frames]
    pieces = [Piece("interactions", frame, str(number)) for frame in frames]
    source = Source(str(number), "test", f"{number:012d}" * 5)
    return write(root, pieces, source, catalogue, NOW)


def naive(sources):
    """Give the rows that stay, and how many of each source are repeats."""
    seen, kept, repeated = set(), [], []
    for rows in sources:
        repeated.append(0)
        for row in rows:
            key = tuple(row[column] for column in KEY)
            if row["id"] is not None and key in seen:
                repeated[-1] += 1
            else:
                kept.append(row)
            seen.add(key)
    return kept, repeated


def in_order(rows):
    return sorted((tuple(row.items()) for row in rows), key=repr)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("is_crowded", [False, True], ids=["hashes differ", "many share a hash"])
def test_the_rows_that_stay_are_those_of_the_naive_twin(
    seed, is_crowded, root, catalogue, monkeypatch
):
    monkeypatch.setattr("features.lake.repeats.BUCKET", 3)
    if is_crowded:
        for module in ("staging", "repeats"):
            monkeypatch.setattr(f"features.lake.{module}.hash_of", three_hashes)
    sources = anything(Random(seed))
    receipts = [take(root, number, frames, catalogue) for number, frames in enumerate(sources)]
    kept, repeated = naive([[row for piece in source for row in piece] for source in sources])
    assert [receipt.entry.repeated for receipt in receipts] == repeated
    assert sum(repeated) > 1
    assert in_order(Lake(root).scan("interactions").collect().to_dicts()) == in_order(kept)


def three_hashes(table):
    thirds = hash_of(table) % 3 * (2**62)
    return thirds.alias("key")


def row(id, day=0, **other):
    at = NOON - timedelta(day)
    pair = {"network": "twitter", "reaction": "reply", "actor": "a", "target": "b"}
    return pair | {"content": None, "at": at, "id": id} | other


def index_of(root):
    return Lake(root).scan(KEYS).collect()


INGEST = """
import sys
from pathlib import Path
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.sources.ingest import ingest
entry = ingest(Path(sys.argv[2]), "tables", Path(sys.argv[1]), Catalogue(load_networks())).entry
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(entry.rows["interactions"], status["VmHWM"].split()[0])  # `ru_maxrss` is the parent's too
"""


def test_runs_of_the_index_double_and_hold_every_key(root, catalogue, monkeypatch):
    monkeypatch.setattr("features.lake.key_index.FILE_KEYS", 5)
    for number in range(21):
        take(root, number, [[row(f"{number}")]], catalogue)
        runs = [run.rows for run in runs_of(Lake(root))]
        assert sum(runs) == number + 1
        assert all(2 * small <= large for small, large in pairwise(runs))
    every = pl.DataFrame([row(f"{number}") for number in range(21)])
    wanted = every.select(hash_of(TABLES["interactions"])).to_series()
    assert sorted(index_of(root)["key"]) == sorted(wanted)
    assert {path.name for path in (root / KEYS).iterdir()} == {
        file.path.rpartition("/")[2] for file in Lake(root).files(KEYS)
    }
    again = take(root, 99, [[row(f"{number}") for number in range(30)]], catalogue)
    assert (again.entry.repeated, again.entry.rows) == (21, {"interactions": 9})


def test_merged_runs_leave_what_a_day_has_kept(root, catalogue):
    take(root, 0, [[row("1")]], catalogue)
    kept = Manifest.of(1, Lake(root), NOON.date(), catalogue, 1, {})
    take(root, 1, [[row("2")]], catalogue)
    assert len(Lake(root).files(KEYS)) == 1
    assert kept.is_of(Lake(root))
    assert (
        arrivals(Lake(root).entries, 1, None, NOON.date() + timedelta(1)).rows["interactions"] == 1
    )


@pytest.mark.slow
def test_memory_does_not_grow_with_the_ids(root, tmp_path):
    peaks = []
    for thousands in (2_000, 8_000):
        numbers = pl.int_range(1000 * thousands, eager=True).alias("n").to_frame()
        day = pl.lit(NOON) - pl.duration(hours=pl.col("n") % 2000)
        source = numbers.select(
            network=pl.lit("twitter"),
            reaction=pl.lit("reply"),
            actor=pl.format("u{}", pl.col("n") % 99_991),
            target=pl.format("t{}", pl.col("n") % 9_973),
            at=day.dt.cast_time_unit("us"),
            id=pl.format("15{}{}", pl.lit(thousands), pl.col("n") + 10**12),
        )
        (tmp_path / str(thousands)).mkdir()
        path = tmp_path / str(thousands) / "interactions.parquet"
        source.write_parquet(path)
        call = [sys.executable, "-c", INGEST, str(path), str(root)]
        said = subprocess.run(call, capture_output=True, check=True, text=True).stdout.split()
        assert said[0] == str(1000 * thousands)
        peaks.append(int(said[1]) / 1024)
    assert peaks[1] < 1024
    assert peaks[1] < peaks[0] + 250


def test_a_stored_hash_never_changes():
    """The index of a lake would find nothing any more, and repeats would be taken in."""
    frame = pl.DataFrame([row("1"), row(None)])
    assert frame.select(hash_of(TABLES["interactions"])).to_series().to_list() == [
        1581215337445480826,
        None,
    ]


def test_the_index_holds_each_key_once_with_its_day(root, catalogue):
    take(root, 0, [[row("1"), row("2", 1)], [row("1"), row(None)]], catalogue)
    take(root, 1, [[row("2", 1), row("3", 2)]], catalogue)
    assert sorted(index_of(root)["day"].to_list()) == [
        NOON.date() - timedelta(days) for days in (2, 1, 0)
    ]


def test_rows_without_an_id_have_no_index(root, catalogue):
    take(root, 0, [[row(None)]], catalogue)
    assert not (root / KEYS).exists()
    assert Lake(root).entries[0].rows == {"interactions": 1}


def test_compacting_joins_the_index_and_drops_what_is_too_old(root, catalogue):
    for number in range(3):
        take(root, number, [[row(f"{number}"), row(f"old {number}", 120)]], catalogue)
    for _ in range(2):  # what is put aside by the first may come back until the second
        compact(root, NOON.date() + timedelta(1), 90)
    assert len(Lake(root).files(KEYS)) == 1
    index = index_of(root)
    assert index["day"].to_list() == [NOON.date()] * 3
    assert index["key"].is_sorted()
    again = take(root, 4, [[row("0"), row("1"), row("old 2", 120)]], catalogue)
    assert (again.entry.repeated, again.entry.rows) == (2, {"interactions": 1})
    for _ in range(2):
        compact(root, NOON.date() + timedelta(1), 90)
    before = len(Lake(root).entries)
    compact(root, NOON.date() + timedelta(1), 90)
    assert len(Lake(root).entries) == before


def test_what_a_content_is_about_is_kept_once_though_it_has_no_day(tmp_path, catalogue):
    root, rows = tmp_path / "lake", [("a", "x"), ("a", "y"), ("a", "x"), ("b", "x")]
    for number in range(3):
        frame = pl.DataFrame(
            [("twitter", *row, None) for row in [*rows, (str(number), "x")]],
            dict(TABLES["topics"].columns),
            orient="row",
        ).with_row_index("row")
        source = Source(str(number), "test", f"{number:012d}" * 5)
        receipt = write(root, [Piece("topics", frame, "f")], source, catalogue, NOW)
        assert receipt.entry.repeated == (4 if number else 1)
        if number:
            compact(root, NOW.date())
    kept = Lake(root).scan("topics").select("content", "topic").sort(pl.all()).collect()
    assert kept.rows() == [*[(str(number), "x") for number in range(3)], *sorted({*rows})]
