"""Following a live network: nothing lost, nothing twice, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from features.following.figures import Figures
from features.following.follow import Follower, Plan
from features.following.memory import Memory
from features.following.repositories import Repositories
from features.following.streams import STREAMS, where
from features.lake import Lake
from features.lake.lock import writing
from features.lake.retractions import Undone
from features.storage.folders import LAKE, claim
from features.storage.waiting import patience
from tests.support.at_protocol import (
    LIKE,
    POST,
    SEEN,
    Op,
    account,
    commit,
    did,
    follow,
    frame,
    like,
    mention,
    micros,
    post,
    repository,
    tid,
    v1,
    v2,
)
from tests.support.command import klout
from tests.support.standing_in import Life, giving, streaming

MINUTE = timedelta(minutes=1)
NAMES = {did(name): name for name in ("ann", "bob", "cat", "dan", "eve")}


def standing(root: Path) -> list[tuple[str, str, str]]:
    """The interactions that stand: (reaction, actor, target), sorted."""
    lake = Lake(root)
    day = datetime.now(UTC).date() + timedelta(days=1)
    left = Undone.of(lake, "bluesky", day).left_of("interactions", lake.scan("interactions"))
    rows = left.select("reaction", "actor", "target").collect().rows()
    return sorted((r, NAMES.get(a, a), NAMES.get(t, t)) for r, a, t in rows)


def at(minutes: float) -> datetime:
    return SEEN + minutes * MINUTE


@contextmanager
def following(root: Path, url: str, form: str = "firehose", **more: Any) -> Iterator[list[str]]:
    """Follow in a thread while the block runs; gives what is said."""
    said: list[str] = []
    stop = threading.Event()
    stream = STREAMS[form]
    more.setdefault("seconds", 0.1)
    root.mkdir(exist_ok=True, parents=True)
    claim(root, LAKE)
    memory_file = more.pop("memory", root / "followed" / "bluesky.db")
    failed: list[BaseException] = []

    def run() -> None:
        memory = Memory(memory_file)
        wait = more.pop("wait", 60.0)
        try:
            plan = Plan(stream, where(stream, url), **more)
            with patience(wait):
                Follower(root, plan, memory, stop, Figures(), said.append).run()
        except BaseException as error:
            failed.append(error)
        finally:
            memory.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield said
    finally:
        stop.set()
        thread.join(120)
        assert not thread.is_alive()
    if failed:
        raise failed[0]


def wait_for(is_so: Callable[[], bool], seconds: float = 120) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if is_so():
                return
        except Exception:
            pass
        time.sleep(0.1)
    assert is_so()


def numbered(*ops: Op, first: int = 1) -> list[tuple[int, bytes]]:
    """Frames of operations, each a commit of its own."""
    frames, last = [], {}
    for seq, op in enumerate(ops, first):
        frames.append((seq, commit(seq, op, since=last.get(op.who))))
        last[op.who] = op.revision
    return frames


LIFE = [
    Op("bob", "create", LIKE, "1", like("ann", "p"), at(0)),
    Op("bob", "update", LIKE, "1", like("cat", "q"), at(1)),
    Op("cat", "create", LIKE, "1", like("ann", "p"), at(2)),
    Op("bob", "create", POST, "2", post(facets=mention("ann", "dan")), at(3)),
    Op("cat", "delete", LIKE, "1", at=at(4)),
    Op("cat", "create", LIKE, "1", like("dan", "r"), at(5)),
    Op("bob", "delete", POST, "2", at=at(6)),
    Op("dan", "create", "app.bsky.graph.follow", "3", follow("ann"), at(7)),
]
OUTCOME = [("follow", "dan", "ann"), ("like", "bob", "cat"), ("like", "cat", "dan")]


def told(form: str, ops: list[Op] = LIFE) -> list[tuple[int, str | bytes]]:
    if form == "firehose":
        return numbered(*ops)
    if form == "jetstream":
        return [(micros(op.at), json.dumps(v1(op))) for op in ops]
    return [(seq, json.dumps(v2(op, seq))) for seq, op in enumerate(ops, 1)]


@pytest.mark.parametrize("form", ["firehose", "jetstream", "jetstream-v2"])
def test_a_life_is_followed_and_another_run_goes_on_where_the_first_ended(form, tmp_path) -> None:
    root, messages = tmp_path / "L", told(form)
    life = Life(inclusive=form != "firehose")
    with streaming(life) as url:
        with following(root, url, form):
            wait_for(lambda: len(life.asked) == 1)
            time.sleep(0.3)
            life.add(*messages[:5])
            wait_for(lambda: len(Lake(root).scan("retractions").collect()) == 2)
        life.add(*messages[5:])
        with following(root, url, form):
            wait_for(lambda: standing(root) == OUTCOME)
    assert life.asked[0] is None
    assert int(life.asked[1] or 0) > 0
    assert len(Lake(root).scan("interactions").collect()) == 7
    assert len(Lake(root).scan("retractions").collect()) == 3


@pytest.mark.parametrize("form", ["firehose", "jetstream", "jetstream-v2"])
@pytest.mark.parametrize("says_slow", [False, True])
def test_connections_that_end_lose_nothing_and_count_nothing_twice(
    form, says_slow, tmp_path
) -> None:
    root, life = tmp_path / "L", Life(inclusive=form != "firehose", drops=[3, 2, 1, 4])
    life.says_slow = says_slow and form == "firehose"
    life.add((0, told(form, LIFE[:1])[0][1]))
    with streaming(life) as url, following(root, url, form):
        wait_for(lambda: len(life.asked) == 1)
        time.sleep(0.3)
        life.add(*told(form))
        wait_for(lambda: standing(root) == OUTCOME)
    assert len(Lake(root).scan("retractions").collect()) == 3
    assert len(life.asked) >= 4


def test_a_cursor_of_a_server_that_was_made_again_is_told_and_begun_anew(tmp_path) -> None:
    root, life = tmp_path / "L", Life()
    life.add((7000, commit(7000, LIFE[0])))
    with streaming(life) as url:
        with following(root, url):
            wait_for(lambda: len(life.asked) == 1)
            time.sleep(0.3)
            life.add((7001, commit(7001, LIFE[2])))
            wait_for(lambda: len(standing(root)) == 1)
        life.messages[:] = numbered(LIFE[-1])
        with following(root, url) as said:
            wait_for(lambda: len(standing(root)) == 2)
    assert any("knows no cursor 7001" in line for line in said)
    assert life.asked[1:] == ["7001", "0"]


def test_a_gap_is_told_and_mended_from_repositories(tmp_path) -> None:
    root, life = tmp_path / "L", Life()
    records = {f"{LIKE}/1": like("cat", "q"), f"{LIKE}/9": like("dan", "r")}
    dans = {"app.bsky.graph.follow/3": follow("ann"), f"{LIKE}/5": like("ann", "p")}
    repositories: dict[str, bytes | str] = {
        "bob": repository("bob", tid(at(50)), records),
        "cat": "RepoDeactivated",
        "dan": repository("dan", tid(at(60)), dans),
    }
    revs = {"bob": tid(at(50)), "cat": tid(at(5)), "dan": tid(at(60))}
    eve = Op("eve", "create", LIKE, "1", like("ann", "p"), at(8))
    with streaming(life) as url, giving(repositories, revs) as host:
        more = {"repositories": Repositories(host)}
        with following(root, url, **more):
            wait_for(lambda: len(life.asked) == 1)
            time.sleep(0.3)
            life.add(*numbered(*LIFE[:4], eve))
            wait_for(lambda: len(Lake(root).scan("interactions").collect()) == 6)
        life.kept = 100
        life.add((100, commit(100, Op("dan", "create", LIKE, "5", like("ann", "p"), at(60)))))
        with following(root, url, **more) as said:
            wait_for(
                lambda: (
                    standing(root)
                    == [
                        ("follow", "dan", "ann"),
                        ("like", "bob", "cat"),
                        ("like", "bob", "dan"),
                        ("like", "dan", "ann"),
                    ]
                )
            )
    assert any("a gap: events since 2026-07-04T14:46" in line for line in said)


def test_a_revision_that_is_missing_has_its_repository_read(tmp_path) -> None:
    root, life = tmp_path / "L", Life()
    stands = {f"{LIKE}/2": like("cat", "q"), f"{LIKE}/3": like("dan", "r")}
    repositories: dict[str, bytes | str] = {"bob": repository("bob", tid(at(3)), stands)}
    third = Op("bob", "create", LIKE, "3", like("dan", "r"), at(3))
    with (
        streaming(life) as url,
        giving(repositories, {"bob": tid(at(3))}) as host,
        following(root, url, repositories=Repositories(host)),
    ):
        wait_for(lambda: len(life.asked) == 1)
        time.sleep(0.3)
        life.add(*numbered(LIFE[0]), (2, commit(2, third, since=tid(at(2)))))
        wait_for(lambda: standing(root) == [("like", "bob", "cat"), ("like", "bob", "dan")])
        life.add((3, frame("#sync", {"did": did("bob"), "seq": 3, "time": "2026-07-04T14:50:00Z"})))


def test_what_is_malformed_or_unknown_is_passed_by(tmp_path) -> None:
    root, life = tmp_path / "L", Life()
    with streaming(life) as url, following(root, url):
        wait_for(lambda: len(life.asked) == 1)
        time.sleep(0.3)
        bad = Op("bob", "create", LIKE, "8", {"$type": LIKE, "createdAt": "now"}, at(1))
        life.add(
            (1, b"\xa1no frame"),
            (2, frame("#unheard-of", {"seq": 2})),
            (3, commit(3, bad)),
            (4, frame("#account", account("cat", False, at(2)))),
            (5, commit(5, Op("bob", "create", LIKE, "1", like("ann", "p"), at(3)))),
        )
        wait_for(lambda: standing(root) == [("like", "bob", "ann")])
    assert sum(entry.quarantined for entry in Lake(root).entries) == 2


def test_a_memory_that_was_lost_is_made_again_of_the_lake(tmp_path) -> None:
    root, life = tmp_path / "L", Life()
    with streaming(life) as url:
        with following(root, url, memory=tmp_path / "m.db"):
            wait_for(lambda: len(life.asked) == 1)
            time.sleep(0.3)
            life.add(*numbered(*LIFE[:5]))
            wait_for(lambda: len(Lake(root).scan("retractions").collect()) == 2)
        (tmp_path / "m.db").unlink()
        life.add(
            *numbered(*LIFE[5:], Op("bob", "delete", LIKE, "1", at=at(9)), first=6),
        )
        with following(root, url, memory=tmp_path / "m.db"):
            wait_for(lambda: standing(root) == [("follow", "dan", "ann"), ("like", "cat", "dan")])


def test_a_line_and_prometheus_say_how_it_goes(tmp_path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    figures = Figures(port)
    try:
        figures.add("events", 12_345)
        figures.add("gaps")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            said = answer.read().decode()
    finally:
        figures.close()
    assert "klout_follow_events_total 12345.0" in said
    assert "klout_follow_gaps_total 1.0" in said
    assert "12,345 events" in figures.line()
    assert "1 gaps" in figures.line()


def test_another_run_that_writes_is_waited_for(tmp_path) -> None:
    root, life = tmp_path / "L", Life()
    with streaming(life) as url, following(root, url, wait=0.0) as said:
        wait_for(lambda: len(life.asked) == 1)
        time.sleep(0.3)
        with writing(root):
            life.add(*numbered(*LIFE))
            wait_for(lambda: any("another run is writing" in line for line in said))
        wait_for(lambda: standing(root) == OUTCOME)


def test_bad_usage_is_one_line(tmp_path) -> None:
    lake = ["--lake", tmp_path / "L"]
    assert klout("follow", "mastodon", *lake).code == 2
    assert klout("follow", "bluesky", *lake, "--from", "x").code == 2
    ended = klout("follow", "bluesky", *lake, "--url", "https://example.org")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "expected the URL of a websocket" in ended.err


def test_until_a_time_and_no_longer(tmp_path) -> None:
    root, life = tmp_path / "L", Life(inclusive=True)
    life.add((0, told("jetstream", LIFE[:1])[0][1]))
    with streaming(life) as url, following(root, url, "jetstream", until=at(7)):
        wait_for(lambda: len(life.asked) == 1)
        time.sleep(0.3)
        life.add(*told("jetstream"))
        wait_for(lambda: standing(root) == OUTCOME)


def many(number: int) -> tuple[list[Op], list[tuple[str, str, str]]]:
    """A life of so many likes, of which every third is taken back and every fifth moved."""
    ops, stands = [], {}
    for n in range(number):
        when = SEEN + timedelta(seconds=n)
        ops.append(Op("bob", "create", LIKE, f"k{n}", like("ann", f"p{n}"), when))
        stands[n] = "ann"
        if n % 3 == 2:
            ops.append(Op("bob", "delete", LIKE, f"k{n - 1}", at=when + timedelta(seconds=0.3)))
            del stands[n - 1]
        if n % 5 == 4:
            moved = like("cat", f"q{n}")
            ops.append(Op("bob", "update", LIKE, f"k{n}", moved, when + timedelta(seconds=0.6)))
            stands[n] = "cat"
    return ops, sorted(("like", "bob", target) for target in stands.values())


@pytest.fixture
def start() -> Iterator[Callable[[list[str]], subprocess.Popen[bytes]]]:
    """Start a run; none is left when the test ends."""
    runs: list[subprocess.Popen[bytes]] = []

    def start(words: list[str]) -> subprocess.Popen[bytes]:
        runs.append(subprocess.Popen([sys.executable, "-m", "serving.cli", *words]))
        return runs[-1]

    yield start
    for run in runs:
        run.kill()
        run.wait()


@pytest.mark.parametrize("form", ["firehose", "jetstream"])
@pytest.mark.parametrize("kills", [3, pytest.param(10, marks=pytest.mark.slow)])
def test_kill_9_at_any_moment_loses_nothing_and_counts_nothing_twice(
    form, kills, tmp_path, start
) -> None:
    root, chance = tmp_path / "L", random.Random(kills)
    ops, wanted = many(60 * kills)
    life = Life(inclusive=form != "firehose")
    messages = told(form, ops)
    with streaming(life) as url:
        words = ["follow", "bluesky", "--lake", str(root), "--from", form, "--url", url]
        words += ["--every", "0.1", "--quiet"]
        place = 0
        for number in range(kills):
            run = start(words)
            wait_for(lambda: len(life.asked) > number)  # noqa: B023
            time.sleep(0.3)
            part = len(messages) // (kills + 1)
            for _ in range(part // 20):
                life.add(*messages[place : place + 20])
                place += 20
                time.sleep(0.02)
            if number == 0:
                wait_for(lambda: len(Lake(root).entries) > 0)
            time.sleep(chance.uniform(0, 0.5))
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
        life.add(*messages[place:])
        run = start(words)
        wait_for(lambda: standing(root) == wanted)
        run.send_signal(signal.SIGTERM)
        assert run.wait(120) == 0
    lake = Lake(root)
    for table in ("interactions", "retractions"):
        rows = lake.scan(table).collect()
        assert len(rows) == rows.n_unique()
    assert len(lake.scan("interactions").collect()) == sum(op.action != "delete" for op in ops)
    assert len(lake.scan("retractions").collect()) == sum(op.action != "create" for op in ops)
