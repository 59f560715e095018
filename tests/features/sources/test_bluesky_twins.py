"""A like counts once, however many records state it, and as long as one of them stands."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from features.sources.bluesky import twins
from features.sources.bluesky.reader import BLUESKY
from features.sources.reader import Options
from tests.support.at_protocol import LIKE, SEEN, Op, commit, did, like, lines, recording, v1

KEYS, POSTS = ("3a", "3b", "3c"), ("p", "q")

Step = tuple[str, str | None]
"""A key, and the post that its record is of from then on; None: it is deleted."""

LIVES = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from((*POSTS, None))), max_size=12)


def operations(steps: list[Step]) -> tuple[list[Op], set[str]]:
    """Say what was done, a minute after another, and which posts are liked in the end."""
    now: dict[str, str] = {}
    done = []
    for minute, (key, post) in enumerate(steps):
        at = SEEN + timedelta(minutes=minute)
        if post is not None:
            action = "update" if key in now else "create"
            done.append(Op("bob", action, LIKE, key, like("ann", post), at))
            now[key] = post
        elif key in now:
            done.append(Op("bob", "delete", LIKE, key, None, at))
            del now[key]
    return done, set(now.values())


def standing(data: bytes, name: str) -> Counter[str]:
    """Read a recording, and count what stands at its end by content."""
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / name).write_bytes(data)
        pieces = list(BLUESKY.read(file, Options()))
    acts = pl.concat([p.frame for p in pieces if p.table == "interactions"], how="diagonal")
    back = [p.frame for p in pieces if p.table == "retractions"]
    undone: dict[str, tuple[object, bool]] = {}
    for name, at, restored in (
        pl.concat(back).select("id", "at", "restored").iter_rows() if back else ()
    ):
        # The last says; of two at one instant, what undoes.
        undone[name] = max(undone.get(name, (at, not restored)), (at, not restored))
    rows = acts.unique(["id", "content"]).select("id", "content").iter_rows()
    return Counter(content for name, content in rows if not undone.get(name, (0, False))[1])


@given(LIVES)
def test_what_is_liked_counts_once_in_lines(steps: list[Step]) -> None:
    done, liked = operations(steps)
    found = standing(lines(*map(v1, done)), "a.jsonl") if done else Counter()
    assert found == Counter({f"at://{did('ann')}/app.bsky.feed.post/{post}": 1 for post in liked})


@given(LIVES)
def test_what_is_liked_counts_once_in_frames(steps: list[Step]) -> None:
    done, liked = operations(steps)
    found = (
        standing(recording(*(commit(seq, op) for seq, op in enumerate(done))), "a.frames")
        if done
        else Counter()
    )
    assert found == Counter({f"at://{did('ann')}/app.bsky.feed.post/{post}": 1 for post in liked})


def test_the_order_in_which_two_records_are_read_makes_no_difference() -> None:
    def counted(*names: str) -> str:
        found = twins.Twins()
        undone = [found.states(7, name, lambda _name: True) for name in names]
        (left,) = set(names) - set(undone)
        return left

    assert counted("a", "b", "c") == counted("c", "a", "b") == counted("b", "c", "a") == "a"


def test_memory_is_bounded(monkeypatch) -> None:
    monkeypatch.setattr(twins, "KEPT", 10)
    found = twins.Twins()
    for number in range(1000):
        assert found.states(number, str(number), lambda _name: True) is None
    assert len(found.recent) + len(found.older) <= 20
    assert found.states(999, "again", lambda _name: True) == "again"
