"""A write is all or nothing, whatever moment it ends at."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from features.errors import KloutError
from features.lake import Lake, Piece, Source, write
from features.storage.folders import MARKER

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def pieces(name, days=3):
    """Make one piece a day, each with two good rows and a bad one, and the same ids by name."""
    for day in range(1, days + 1):
        frame = pl.DataFrame(
            {
                "row": [1, 2, 3],
                "network": "twitter",
                "reaction": ["reply", "retweet", "nonsense"],
                "actor": "a",
                "target": "b",
                "at": f"2024-01-0{day}",
                "id": [f"{name}{day}{n}" for n in range(3)],
            },
            schema_overrides={"row": pl.UInt64},
        )
        yield Piece("interactions", frame, name)


def add(root, name, catalogue, rows=None):
    rows = pieces(name) if rows is None else rows
    return write(root, rows, Source(name, "test", name * 64), catalogue, NOW)


def state(root):
    """All that counts in a lake: every file but the lock and the marker, and what a reader sees."""
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name not in (".lock", ".draft", MARKER)
    }
    return files, Lake(root).scan("interactions").collect().sort("id").rows()


def broken(error):
    yield from pieces("b")
    raise error


@pytest.mark.parametrize("error", [KloutError("damaged"), OSError("disk"), KeyboardInterrupt()])
def test_a_reader_that_fails_midway_leaves_the_lake_as_it_was(error, root, catalogue):
    add(root, "a", catalogue)
    before = state(root)
    with pytest.raises(type(error)):
        add(root, "b", catalogue, broken(error))
    assert state(root) == before


@pytest.mark.parametrize("step", ["place_quarantine", "commit"])
def test_a_failure_while_publishing_leaves_the_lake_as_it_was(step, root, catalogue, monkeypatch):
    add(root, "a", catalogue)
    before = state(root)

    def fail(*args):
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(f"features.lake.writer.{step}", fail)
        with pytest.raises(OSError, match="no space"):
            add(root, "b", catalogue)
    assert state(root) == before
    assert len(Lake(root).entries) == 1


KILLED = """
import os, signal, sys
sys.path[:0] = [{here!r}, {project!r}]
from pathlib import Path
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import lock, placing, writer
import test_atomic

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def before(module, name, call=1):
    calls, real = [], getattr(module, name)
    def wrapped(*args, **kwargs):
        calls.append(name)
        return die() if len(calls) == call else real(*args, **kwargs)
    setattr(module, name, wrapped)

{moment}
test_atomic.add(Path({root!r}), "b", Catalogue(load_networks()))
"""

MOMENTS = {
    "while it reads": "before(writer, 'check', 2)",
    "before it looks for repeats": "before(writer, 'take_out_repeats')",
    "before anything is in place": "before(writer, 'place')",
    "while partitions are being put into place": "before(placing, 'sync_all')",
    "between placing and the commit": "before(writer, 'commit')",
    "in the commit, before it shows": "before(Path, 'rename', 2)",
    "after the commit, before it tidies up": "before(lock.shutil, 'rmtree')",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_kill_leaves_the_lake_as_it_was_and_the_next_write_works(moment, root, catalogue):
    add(root, "a", catalogue)
    before = state(root)
    here = Path(__file__).resolve()
    code = KILLED.format(
        here=str(here.parent), project=str(here.parents[3]), moment=MOMENTS[moment], root=str(root)
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.returncode == -9, ended.stderr.decode()
    committed = moment.startswith("after")
    assert state(root)[1] == before[1] or committed
    assert len(Lake(root).entries) == 1 + committed

    receipt = add(root, "b", catalogue)
    assert receipt.already == committed
    assert state(root) == state_of_both(root.parent / "untroubled", catalogue)


def state_of_both(root, catalogue):
    add(root, "a", catalogue)
    add(root, "b", catalogue)
    return state(root)


def test_what_a_killed_run_left_is_cleared_by_whatever_is_written_next(root, catalogue):
    add(root, "a", catalogue)
    (root / ".staging").mkdir()
    left = [
        root / "interactions/network=twitter/day=2024-01-01/bbbbbbbbbbbb-0000.parquet",
        root / "quarantine/interactions-bbbbbbbbbbbb.parquet",
    ]
    for path in left:
        path.write_bytes(b"half written")
    assert len(state(root)[1]) == 6
    add(root, "c", catalogue)
    assert not [path for path in left if path.exists()]
    assert len(state(root)[1]) == 12
