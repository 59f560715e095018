"""Several commands at once on one lake: whoever comes second waits, and says for whom."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.lake import Lake
from features.lake.lock import locked
from features.storage.waiting import BusyError, patience
from serving.cli.app import app

HOLDER = """
import sys
from pathlib import Path
from features.lake.lock import writing
with writing(Path(sys.argv[1])):
    print("writing", flush=True)
    sys.stdin.readline()
"""
WRITING = {
    "ingest": ["ingest", "tables", "interactions.csv"],
    "connect": ["connect", "ann", "twitter", "ann_too"],
    "disconnect": ["disconnect", "ann", "twitter", "ann_tw"],
    "optout": ["optout", "ann"],
    "forget": ["forget", "ann", "--yes"],
    "compact": ["compact", "--as-of", "2014-02-21"],
    "override": ["integrity", "override", "twitter:bob", "0.5", "--why", "a bot"],
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    at = "2014-02-20T12:00:00Z"
    Path("interactions.csv").write_text(
        f"network,reaction,actor,target,at\ntwitter,retweet,bob,ann_tw,{at}\n"
    )
    done = CliRunner().invoke(app, ["ingest", "tables", "interactions.csv", "--lake", "L"])
    assert done.exit_code == 0, done.exception
    done = CliRunner().invoke(
        app, ["connect", "ann", "twitter", "ann_tw", "--lake", "L", "--at", "2014-01-01"]
    )
    assert done.exit_code == 0, done.exception
    Path("interactions.csv").write_text(
        f"network,reaction,actor,target,at\ntwitter,retweet,cy,ann_tw,{at}\n"
    )
    return tmp_path / "L"


def klout(*arguments):
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "serving.cli", *map(str, arguments)]
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_a_writer_waits_for_another_and_says_for_whom(root):
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLDER, str(root)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as first:
        assert first.stdout.readline() == "writing\n"
        with klout("optout", "ann", "--lake", root, "--wait", 50) as second:
            said = second.stderr.readline()
            assert said.startswith(
                f"{root}: another run is writing to this lake (process {first.pid} on "
            )
            assert said.endswith("; waiting up to 50 s\n")
            assert Lake(root).scan("optouts").collect().is_empty()
            first.communicate("\n")
            out, more = second.communicate()
    assert (second.returncode, more) == (0, "")
    assert "ann has opted out" in out
    assert len(Lake(root).scan("optouts").collect()) == 1


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_every_command_that_writes_waits_as_long_as_it_is_told(root, command):
    before = len(Lake(root).entries)
    with locked(root / ".lock", "held"):
        began = time.monotonic()
        said = CliRunner().invoke(app, [*command, "--lake", "L", "--wait", "0.3"])
        waited = time.monotonic() - began
    assert said.exit_code == 1
    assert isinstance(said.exception, BusyError), said.exception
    assert str(said.exception).startswith("L: another run is writing to this lake (process ")
    assert str(said.exception).endswith("; waited 0.3 s")
    assert waited >= 0.3
    assert len(Lake(root).entries) == before
    assert CliRunner().invoke(app, [*command, "--lake", "L", "--wait", "0.3"]).exit_code == 0


def test_a_lock_that_a_killed_run_left_is_free_and_names_nobody(root):
    (root / ".lock").write_text('{"host": "db", "pid": 1, "at": "2014"}')
    with locked(root / ".lock", "held"):
        assert "2014" not in (root / ".lock").read_text()
    assert (root / ".lock").read_bytes() == b""


def test_another_tool_that_holds_the_lock_is_waited_for_without_a_name(root):
    with (root / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with patience(0), pytest.raises(BusyError, match=r"^held$"), locked(root / ".lock", "held"):
            pass
