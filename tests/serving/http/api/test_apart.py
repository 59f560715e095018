"""Large requests are worked off by a process of their own, in fair shares."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from serving.http.api import apart
from serving.http.api.apart import Apart
from serving.http.api.asker import ASKER
from serving.http.api.refusals import Refused

ECHOES = "tests.support.echoes"


def played(play: Callable[[Apart], Awaitable[None]], module: str = ECHOES) -> None:
    """Run a play with a child that ends with it."""

    async def playing() -> None:
        played = Apart(module)
        try:
            await play(played)
        finally:
            if played._starting is not None:
                child = await played._starting
                child.kill()
                await child.wait()

    asyncio.run(playing())


async def told(of: Apart, body: bytes, asker: str = "a") -> tuple[int, bytes]:
    ASKER.set(asker)
    return await of.answer("/score_batch", body)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may have other things to do."""
    for name in ("START_S", "PATIENCE_S", "WORK_S"):
        monkeypatch.setattr(apart, name, 300.0)


def test_each_gets_its_own_answer() -> None:
    async def play(child: Apart) -> None:
        bodies = [bytes([65 + n]) * (n * 200_000) for n in range(6)]
        answers = await asyncio.gather(*(told(child, each) for each in bodies))
        assert answers == [(201, each) for each in bodies]

    played(play)


def test_who_floods_keeps_another_waiting_for_one_at_most() -> None:
    async def play(child: Apart) -> None:
        over: list[str] = []

        async def one(asker: str) -> None:
            try:
                await told(child, b"x", asker)
                over.append(asker)
            except Refused as refused:
                assert (refused.status, refused.scarce) == (503, "large requests")
                assert int(refused.headers["Retry-After"]) > 0

        await told(child, b"x")
        flood = [asyncio.create_task(one("a")) for _ in range(20)]
        await asyncio.sleep(0)
        await asyncio.gather(one("b"), *flood)
        assert "b" in over[:2]
        assert len(over) == 1 + apart.WAITING

    played(play)


def test_a_child_that_dies_is_followed_by_another() -> None:
    async def play(child: Apart) -> None:
        with pytest.raises(Refused):
            await told(child, b"die")
        assert await told(child, b"x") == (201, b"x")

    played(play)


def test_a_child_that_takes_long_to_start_is_waited_for_and_not_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def play(child: Apart) -> None:
        monkeypatch.setattr(apart, "START_S", 0.0)
        with pytest.raises(Refused):
            await told(child, b"x")
        starting = child._starting
        assert starting is not None
        monkeypatch.setattr(apart, "START_S", 300.0)
        assert await told(child, b"x") == (201, b"x")
        assert child._starting is starting

    played(play)


def test_who_leaves_leaves_no_answer_for_the_next() -> None:
    async def play(child: Apart) -> None:
        await told(child, b"first")
        leaving = asyncio.create_task(told(child, b"left"))
        await asyncio.sleep(0.01)
        leaving.cancel()
        assert await told(child, b"next") == (201, b"next")

    played(play)


def test_it_answers_as_the_service_does(
    model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLOUT_MODEL", str(model_folder))

    async def play(child: Apart) -> None:
        ASKER.set("a")
        good = {"people": [{"person": "ann", "signals": {"twitter.connected": 1}}, {"signals": {}}]}
        status, content = await child.answer("/score_batch", json.dumps(good).encode())
        assert (status, [each["person"] for each in json.loads(content)]) == (200, ["ann", None])
        like = {"network": "twitter", "reaction": "like", "actor": "a", "target": "b"}
        rows = {"as_of": "2014-10-01", "interactions": [like | {"at": "2014-09-30T12:00:00Z"}]}
        status, content = await child.answer("/score", json.dumps(rows).encode())
        assert (status, json.loads(content)["score"] >= 1) == (200, True)
        for path, body, field in (
            (
                "/score_batch",
                b'{"people": [{"signals": {}}, {"signals": {"x.y": 1}}]}',
                "people[1]",
            ),
            ("/score", b"[", "body"),
        ):
            status, content = await child.answer(path, body)
            assert (status, json.loads(content)["status"]) == (400, 400)
            assert json.loads(content)["field"].startswith(field)

    played(play, "serving.http.api.apart_child")
