"""Bodies are read of those who were let in, up to a bound, and in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request

from serving.http.api import bodies
from serving.http.api.asker import ASKER
from serving.http.api.bodies import MB, InFlight, body_of
from serving.http.api.refusals import Refused


def request(*chunks: bytes | None, length: int | None = None, kind: str = "") -> Request:
    """A request whose body comes in chunks; None: nothing more ever comes."""
    coming = iter(chunks)
    left = len(chunks)

    async def receive() -> dict[str, Any]:
        nonlocal left
        chunk, left = next(coming), left - 1
        if chunk is None:
            await asyncio.sleep(1_000)
        return {"type": "http.request", "body": chunk, "more_body": left > 0}

    headers = [(b"content-type", kind.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


def read(of: Request, room: InFlight | None = None, most: int = MB) -> bytes | Refused:
    async def reading() -> bytes:
        async with body_of(of, room or InFlight(), most) as body:
            return body

    try:
        return asyncio.run(reading())
    except Refused as refused:
        return refused


def test_a_body_is_read_whole() -> None:
    assert read(request(b"ab", b"", b"c")) == b"abc"
    assert read(request(b"abc", length=3, kind="Application/JSON; charset=utf-8")) == b"abc"


@pytest.mark.parametrize(
    ("asked", "status", "word"),
    [
        (request(None, length=MB + 1), 413, "1 MiB"),
        (request(b"x" * MB, b"x", None), 413, "1 MiB"),
        (request(None, kind="text/plain"), 415, "text/plain"),
    ],
)
def test_what_is_not_taken_is_refused_before_it_is_read(
    asked: Request, status: int, word: str
) -> None:
    refused = read(asked)
    assert isinstance(refused, Refused)
    assert (refused.status, word in refused.detail) == (status, True)


def test_a_body_that_does_not_come_in_time_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "WITHIN_S", 0.05)
    refused = read(request(b"{", None))
    assert isinstance(refused, Refused)
    assert (refused.status, refused.blamed, refused.scarce) == (408, "body", "time")
    assert refused.answer().media_type == "application/problem+json"


async def held(room: InFlight, asker: str, size: int, *, declared: bool) -> AsyncIterator[None]:
    """Hold a body until the iterator is closed."""
    ASKER.set(asker)
    of = request(b"x" * size, length=size) if declared else request(b"x" * size)
    async with body_of(of, room, 100 * MB):
        yield


@pytest.mark.parametrize("declared", [True, False])
def test_what_all_hold_together_is_bounded_and_what_one_holds_is_too(declared: bool) -> None:
    room = InFlight(most=8 * MB, of_one=4 * MB)

    async def taking(asker: str, size: int) -> Any:
        made = held(room, asker, size, declared=declared)
        await anext(made)
        return made

    async def all_together() -> None:
        first = await taking("a", 3 * MB)
        with pytest.raises(Refused) as refused:
            await taking("a", 2 * MB)
        assert refused.value.status == 503
        assert int(refused.value.headers["Retry-After"]) > 0
        await taking("b", 4 * MB)
        with pytest.raises(Refused):
            await taking("c", 2 * MB)
        await taking("c", 1_000)  # small ones find room always
        await first.aclose()
        await taking("c", 2 * MB)

    asyncio.run(all_together())


def test_nothing_stays_counted_once_answers_are_given() -> None:
    room = InFlight(most=2 * MB, of_one=2 * MB)
    for asked in (request(b"x" * MB), request(b"x" * MB, b"x" * MB)):
        read(asked, room)
    assert not room.held
