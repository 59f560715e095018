"""A lake on object storage is as one in a directory; the server here is moto's."""

from dataclasses import replace
from itertools import count

import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake, Piece, Source, write, writer
from features.lake.ledger import Entry, commit
from features.lake.networks import keep
from features.lake.rewriting import rewriting
from features.storage import lease
from features.storage.atomic import replacing
from features.storage.lease import BusyError, leased
from features.storage.objects import create
from features.storage.paths import bytes_of, exists, found, location, read_all
from features.storage.waiting import patience
from tests.features.lake.test_atomic import NOW
from tests.support.buckets import GoneError, changes, serving
from tests.support.killing import contents

COLUMNS = {"network": "twitter", "actor": "a", "target": "b"}


@pytest.fixture(scope="module")
def bucket():
    with serving("klout") as url:
        yield url


@pytest.fixture
def root(bucket, request, number=count()):  # noqa: B008 (each test's own lake)
    return location(f"{bucket}/lakes/{next(number)}")


def pieces(name, days=2):
    """Make a piece a day with two good rows and a bad one."""
    for day in range(1, days + 1):
        at, ids = f"2024-01-0{day}", [f"{name}{day}{n}" for n in range(3)]
        reactions = ["reply", "retweet", "nonsense"]
        frame = pl.DataFrame({"row": [1, 2, 3], "reaction": reactions, "id": ids})
        rows = frame.with_columns(pl.col("row").cast(pl.UInt64), at=pl.lit(at))
        literals = {column: pl.lit(value) for column, value in COLUMNS.items()}
        yield Piece("interactions", rows.with_columns(**literals), name)


def add(root, name, catalogue, rows=None):
    rows = pieces(name) if rows is None else rows
    return write(root, rows, Source(name, "test", name * 64), catalogue, NOW)


def ids(root):
    return sorted(Lake(root).scan("interactions").collect()["id"])


def objects(root):
    """Name all there is but the lock, with what is in it."""
    files = [file for file in found(root, "*", deep=True) if file.name != ".lock"]
    return dict(zip(map(str, files), read_all(files), strict=True))


def strays(root):
    """Name the objects of tables that the ledger does not name, and the other way round."""
    named = {str(root / file.path) for file in Lake(root).every_file()}
    tables = (root / "interactions", root / "keys")
    there = [file for table in tables for file in found(table, "*.*", deep=True)]
    return named ^ set(map(str, there))


def test_the_same_source_twice_changes_nothing(root, catalogue):
    assert not add(root, "a", catalogue).already
    before = objects(root)
    assert add(root, "a", catalogue).already
    assert objects(root) == before
    assert not found(root, ".lock")


def test_rows_that_are_there_already_are_left_out(root, catalogue):
    add(root, "a", catalogue)
    again = write(root, pieces("a"), Source("b", "test", "b" * 64), catalogue, NOW)
    assert again.entry.repeated == 4
    assert ids(root) == ["a10", "a11", "a20", "a21"]


def test_what_was_refused_comes_again_once_it_is_declared(root, catalogue):
    add(root, "a", catalogue)
    assert add(root, "a", catalogue).first_reason
    twitter = next(network for network in catalogue.networks if network.name == "twitter")
    nonsense = replace(twitter.reactions[0], name="nonsense")
    mended = Catalogue((replace(twitter, reactions=(*twitter.reactions, nonsense)),))
    again = add(root, "a", mended)
    assert (again.entry.rows, again.first_reason) == ({"interactions": 2}, "")
    assert ids(root) == ["a10", "a11", "a12", "a20", "a21", "a22"]
    assert not found(root / "quarantine", "*")


def test_what_is_refused_lies_in_the_quarantine(root, catalogue, tmp_path):
    add(root, "a", catalogue)
    add(tmp_path, "a", catalogue)
    (there,), (here,) = (found(lake / "quarantine", "*") for lake in (root, tmp_path))
    assert there.name == here.name
    assert pl.read_parquet(str(there)).equals(pl.read_parquet(here))
    assert len(pl.read_parquet(here)) == 2


def test_a_reader_sees_a_commit_whole_or_not_at_all(root, catalogue, monkeypatch):
    add(root, "a", catalogue)
    seen = []
    real = commit

    def looking(*args):
        seen.append(ids(root))
        real(*args)
        seen.append(ids(root))

    monkeypatch.setattr(writer, "commit", looking)
    add(root, "b", catalogue)
    assert [len(rows) for rows in seen] == [4, 8]


def test_a_run_that_fails_leaves_the_lake_as_it_was(root, catalogue, monkeypatch):
    add(root, "a", catalogue)
    before = objects(root)

    def fail(*args):
        raise KloutError("no")

    monkeypatch.setattr(writer, "commit", fail)
    with pytest.raises(KloutError, match="no"):
        add(root, "b", catalogue)
    assert objects(root) == before


def test_a_run_killed_at_any_request_leaves_a_lake_that_the_next_run_mends(
    root, catalogue, monkeypatch
):
    for number in count():
        lake = root / str(number)
        with monkeypatch.context() as patched:
            changes(patched, most=number)
            try:
                add(lake, "b", catalogue, pieces("b", 1))
            except GoneError:
                killed = True
            else:
                killed = False
        assert not exists(lake / "ledger") or ids(lake) in ([], ["b10", "b11"])
        if not killed:
            break
        with monkeypatch.context() as patched:
            patched.setattr(lease, "LEASE", -1.0)
            add(lake, "b", catalogue, pieces("b", 1))
        assert ids(lake) == ["b10", "b11"]
        assert not strays(lake)
        assert len(found(lake / "quarantine", "*")) == 1
    assert number >= 5, "there was nothing to kill"


def test_the_second_of_two_writers_is_told_who_is_first(root, catalogue):
    add(root, "a", catalogue)
    with leased(root / ".lock", "held"), patience(0):  # noqa: SIM117
        with pytest.raises(BusyError, match=r"writing.*process \d+ on"):
            add(root, "b", catalogue)
    assert not add(root, "b", catalogue).already


@pytest.mark.parametrize("days", [2, 9], ids=["index put together", "index stays"])
def test_a_writer_that_lost_its_lock_commits_nothing_and_harms_nobody(
    days, root, catalogue, expired
):
    add(root, "a", catalogue, pieces("a", days))
    before = ids(root)

    def sleeping():
        yield from pieces("b", 1)
        expired()
        add(root, "c", catalogue)
        yield from pieces("b")

    with pytest.raises(BusyError, match="another run wrote to this lake"):
        add(root, "b", catalogue, sleeping())
    assert ids(root) == [*before, "c10", "c11", "c20", "c21"]
    assert [entry.source for entry in Lake(root).entries] == ["a", "c"]
    # Whoever misses a file of the index has put nothing into place yet.
    assert bool(strays(root)) == (days == 9)
    with rewriting(root, "test"):
        assert not strays(root)
    assert not add(root, "b", catalogue).already
    assert len(ids(root)) == len(before) + 8


def test_a_number_of_the_ledger_is_given_once(root, catalogue):
    add(root, "a", catalogue)
    seen = Lake(root)
    assert seen.number == 1
    add(root, "b", catalogue)
    with pytest.raises(BusyError):
        commit(seen.ledger, Entry("s", "f", "d", (), 0, 0), seen.number)
    assert [entry.source for entry in Lake(root).entries] == ["a", "b"]


def test_files_take_the_place_of_others_in_one_instant(root, catalogue, monkeypatch):
    add(root, "a", catalogue)
    before = contents(root)
    with pytest.raises(KloutError, match="midway"), rewriting(root, "test") as work:
        work.drop(work.lake.files("interactions"))
        raise KloutError("midway")
    assert contents(root) == before
    with rewriting(root, "test") as work:
        files = work.lake.files("interactions")
        work.replace(files[:1], lambda rows: rows.filter(pl.col("id") == "a10"))
        work.drop(files[1:])
        work.commit()
    assert ids(root) == ["a10"]
    assert not strays(root)
    assert not found(root, ".*")


def test_a_file_beside_the_tables_appears_whole(root):
    with pytest.raises(ValueError, match="midway"), replacing(root / "runs/x.json") as draft:
        draft.write_text("half")
        raise ValueError("midway")
    assert not found(root, "*", deep=True)
    with replacing(root / "runs/x.json") as draft:
        draft.write_text("whole")
    assert read_all([root / "runs/x.json"]) == [b"whole"]
    assert bytes_of(root, ["runs/x.json"]) == {"runs/x.json": 5}


def test_listing_a_folder_leaves_out_those_within(root):
    for name in ("b.json", "a.json", "c.txt", "in/d.json"):
        create(root / name, b"")
    assert [file.name for file in found(root, "*.json")] == ["a.json", "b.json"]
    assert [file.name for file in found(root, "*.json", deep=True)] == [
        "a.json",
        "b.json",
        "d.json",
    ]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://klout/absent", "no lake here"),
        ("s3://no-such-bucket/lake", "object storage can't be used: .*bucket does not exist"),
        ("gs://klout/lake", "expected a directory or s3://bucket/prefix"),
        ("s3://klout/l*ke", "expected a directory or s3://bucket/prefix, without"),
        ("s3://", "expected a directory or s3://bucket/prefix"),
    ],
)
def test_a_lake_that_is_not_there_is_said_in_one_line(url, said, bucket):
    with pytest.raises(KloutError, match=said) as raised:
        Lake(url).entries  # noqa: B018
    assert "\n" not in str(raised.value)


def test_a_bucket_that_is_not_there_can_not_be_written_to(bucket, catalogue):
    with pytest.raises(KloutError, match="bucket does not exist"):
        add(location("s3://no-such-bucket/lake"), "a", catalogue)


def test_missing_credentials_are_said_in_one_line(bucket, monkeypatch):
    s3fs = pytest.importorskip("s3fs")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")  # s3fs keeps what it has of the same options
    with pytest.raises(KloutError, match=r"can't be used: Unable to locate credentials$"):
        Lake("s3://klout/lake").entries  # noqa: B018
    s3fs.S3FileSystem.clear_instance_cache()


def test_without_s3fs_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(KloutError, match=r"needs s3fs: install klout-score\[cluster\]"):
        location("s3://klout/lake")


def test_networks_are_kept_on_object_storage(root, tmp_path):
    (tmp_path / "newt.toml").write_text('[reactions]\nwave = "waves at the person"\n')
    assert keep(root, tmp_path)[1] == "newt added"
    assert keep(root, tmp_path)[1] == ""
    assert Lake(root).catalogue.network("newt").reactions[0].name == "wave"
