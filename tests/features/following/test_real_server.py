"""`klout follow` of the real server: what stands in the lake is what is true of its people."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.bluesky import server as bluesky_server
from tests.support.bluesky.facts import standing
from tests.support.bluesky.jetstream import in_front_of
from tests.support.bluesky.life import Life, lead
from tests.support.bluesky.server import Pds, running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bluesky_server.missing() is not None, reason=str(bluesky_server.missing())),
]

KLOUT = Path(sys.executable).with_name("klout")
PATIENCE = 240
"""Seconds until what is true must be in the lake."""
KILLS = 10


def follow(lake: Path, form: str, url: str, *more: object) -> subprocess.Popen[bytes]:
    words = ["follow", "bluesky", "--lake", lake, "--from", form, "--url", url, "--every", "0.5"]
    lake.parent.mkdir(exist_ok=True)
    with (lake.parent / f"{lake.name}.log").open("ab") as log:
        return subprocess.Popen([KLOUT, *map(str, [*words, *more])], stdout=log, stderr=log)


def log_of(lake: Path) -> str:
    return (lake.parent / f"{lake.name}.log").read_text()


@contextmanager
def following(lake: Path, form: str, url: str, *more: object) -> Iterator[None]:
    """Follow for as long as the block lasts, and end in good order."""
    process = follow(lake, form, url, *more)
    try:
        yield
        assert process.poll() is None, log_of(lake)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log_of(lake)
    finally:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], bool], what: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < until, what()
        time.sleep(1)


def wait_for(lake: Path, life: Life) -> None:
    """Wait until the lake says what is true; say what differs if it never does."""

    def differs() -> object:
        found, true = standing(lake), Counter(life.facts())
        return f"missing {true - found}, too many {found - true}\n{log_of(lake)[-3000:]}"

    wait_until(lambda: _has(lake) and standing(lake) == Counter(life.facts()), differs)


def _has(lake: Path) -> bool:
    return (lake / "ledger").exists()


def begin(pds: Pds, *lakes: Path) -> Life:
    """Have somebody speak until all that follow have heard of it."""
    life, until = Life(pds), time.monotonic() + PATIENCE
    life.join("zoe", "yan")
    while True:
        like = life.like("yan", life.post("zoe", "does anybody hear me?"))
        time.sleep(2)
        if all(_has(lake) and standing(lake) for lake in lakes):
            return life
        life.undo(like)  # what was before they listened they can't know
        assert time.monotonic() < until, [log_of(lake) for lake in lakes]


def test_followed_live_in_all_forms_and_killed_ten_times(tmp_path: Path) -> None:
    lakes = {form: tmp_path / "lakes" / form for form in ("firehose", "jetstream", "jetstream-v2")}
    killed = tmp_path / "lakes" / "killed"
    with running(tmp_path / "pds") as pds, in_front_of(pds) as jetstream:
        urls = dict.fromkeys(lakes, jetstream.url) | {"firehose": pds.firehose}
        streams = [following(lakes[form], form, urls[form]) for form in lakes]
        with streams[0], streams[1], streams[2]:
            process = follow(killed, "firehose", pds.firehose)
            life = begin(pds, *lakes.values(), killed)
            living = threading.Thread(target=lead, args=(life,))
            living.start()
            for _ in range(KILLS):
                time.sleep(random.uniform(0.2, 6))
                process.kill()
                process.wait()
                process = follow(killed, "firehose", pds.firehose)
            living.join()
            for lake in (*lakes.values(), killed):
                wait_for(lake, life)
            process.kill()
            process.wait()
        for lake in (*lakes.values(), killed):
            assert standing(lake) == Counter(life.facts())


def test_a_gap_is_said_and_refilled_from_repositories(tmp_path: Path) -> None:
    lake = tmp_path / "lakes" / "gap"
    with running(tmp_path / "pds", repo_backfill_limit_ms=2000) as pds:
        with following(lake, "firehose", pds.firehose):
            life = begin(pds, lake)
            undone = [life.like("zoe", life.post("yan", f"{n}")) for n in range(3)]
            wait_for(lake, life)
        for like in undone:
            life.undo(like)
        lead(life)
        time.sleep(4)
        life.like("zoe", life.post("yan", "after the gap"))
        with following(lake, "firehose", pds.firehose):
            wait_for(lake, life)
        assert "a gap" in log_of(lake)


def test_a_server_that_was_made_again_is_followed_from_its_beginning(tmp_path: Path) -> None:
    lake = tmp_path / "lakes" / "again"
    with running(tmp_path / "pds") as pds:
        with following(lake, "firehose", pds.firehose):
            before = begin(pds, lake)
            wait_for(lake, before)
        pds.kill()
        pds.folder = tmp_path / "new"
        pds.folder.mkdir()
        pds.start()
        life = Life(pds)
        life.join("ann")
        with following(lake, "firehose", pds.firehose):
            life.join("bob")
            life.like("bob", life.post("ann", "hello"))
            true = Counter(life.facts() | before.facts())
            wait_until(lambda: standing(lake) == true, lambda: (standing(lake), true, log_of(lake)))
        assert "FutureCursor" in log_of(lake) or "made again" in log_of(lake)
