"""Connections that never finish keep nobody out: uvicorn with our bounds, and 1,024 files."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.serving.conftest import ROOT, free_port

FILES, SILENT = 1_024, 1_100
SOON_S = 5.0
OTHER = "127.0.0.2"
"""Another client on this machine."""
SERVER = """
import asyncio, sys
import uvicorn
from serving.http import connections
from serving.http.api.bodies import InFlight, body_of
from serving.http.api.refusals import Refused
from starlette.requests import Request
from starlette.responses import PlainTextResponse

connections.HEAD_S, connections.UNREAD_S, connections.LINGER_S = map(float, sys.argv[2:5])
room = InFlight()

async def app(scope, receive, send):
    request = Request(scope, receive)
    if scope["path"] == "/long":
        await PlainTextResponse(b"x" * 50_000_000)(scope, receive, send)
        return
    if scope["path"] == "/unwanted":
        await PlainTextResponse("no", 401)(scope, receive, send)
        return
    try:
        async with body_of(request, room) as body:
            await PlainTextResponse(str(len(body)))(scope, receive, send)
    except Refused as refused:
        await refused.answer()(scope, receive, send)

connections.bound(lambda what: print("refused", what, flush=True))
config = uvicorn.Config(app, port=int(sys.argv[1]), log_config=None, lifespan="off")
print(config.http, connections.DOOR.bounds, flush=True)
uvicorn.run(app, port=int(sys.argv[1]), log_config=None, lifespan="off", timeout_keep_alive=5)
"""


def few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))


@pytest.fixture(autouse=True)
def files() -> Iterator[None]:
    """The clients of this process need more files than the server has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8_192), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Site:
    """A running server, and clients of it."""

    def __init__(self, port: int, stack: ExitStack, log: Path) -> None:
        self.port, self.stack, self.log = port, stack, log

    def open(self, source: str = "127.0.0.1") -> socket.socket:
        return self.stack.enter_context(
            socket.create_connection(("127.0.0.1", self.port), 30, (source, 0))
        )

    def ask(self, path: str = "/", content: bytes = b"") -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{self.port}{path}", content=content, timeout=30)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[type]:
    with ExitStack() as stack:

        def start(head: float = 10.0, unread: float = 20.0, linger: float = 5.0) -> Site:
            port, log = free_port(), tmp_path / "log"
            command = [sys.executable, "-c", SERVER, *map(str, (port, head, unread, linger))]
            out = stack.enter_context(log.open("wb"))
            process = subprocess.Popen(
                command,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=out,
                preexec_fn=few_files,
            )
            stack.callback(process.wait, 20)
            stack.callback(process.terminate)
            end = time.monotonic() + 120
            while time.monotonic() < end and process.poll() is None:
                with socket.socket() as one:
                    if one.connect_ex(("127.0.0.1", port)) == 0:
                        return Site(port, stack, log)
                time.sleep(0.1)
            raise AssertionError(log.read_text())

        yield start


def ended(one: socket.socket) -> bytes:
    """Read until the other side closes."""
    try:
        return b"".join(iter(lambda: one.recv(65_536), b""))
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("source", [OTHER, "127.0.0.1"])
def test_whoever_asks_is_answered_while_connections_of_others_say_nothing(
    serve: type, source: str
) -> None:
    site = serve()
    for number in range(SILENT):
        one = site.open(source)
        if number % 2:
            one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
    for _ in range(5):
        began = time.monotonic()
        assert site.ask(content=b"12345").text == "5"
        assert time.monotonic() - began < SOON_S
    assert "refused connections" in site.log.read_text()
    assert "of_one=192, open_files=1024" in site.log.read_text()


def test_a_head_that_does_not_come_in_time_is_408_and_silence_is_closed(serve: type) -> None:
    site = serve(head=1.0)  # time to send the letters, whatever else the machine does
    begun, silent = site.open(), site.open()
    for letter in b"GET / HTTP/1.1\r\nHo":
        begun.sendall(bytes([letter]))
        time.sleep(0.01)
    began = time.monotonic()
    answer = ended(begun)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert ended(silent) == b""
    assert time.monotonic() - began < SOON_S


def test_a_second_request_has_a_deadline_too(serve: type) -> None:
    site = serve(head=0.5)
    one = site.open()
    one.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\nPOST / HT")
    assert ended(one).count(b"HTTP/1.1 ") == 2


def test_who_goes_on_sending_what_nobody_wants_is_closed(serve: type) -> None:
    site = serve(linger=0.5)
    one = site.open()
    one.sendall(b"POST /unwanted HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n")
    assert one.recv(65_536).startswith(b"HTTP/1.1 401 ")
    began = time.monotonic()
    with pytest.raises(OSError):
        while time.monotonic() - began < SOON_S:
            one.sendall(b"x")
            time.sleep(0.05)


def test_what_was_sent_of_an_unwanted_body_spoils_nothing(serve: type) -> None:
    site = serve()
    with httpx.Client(base_url=f"http://127.0.0.1:{site.port}", timeout=30) as client:
        for _ in range(3):
            assert client.post("/unwanted", content=b"x" * 5_000_000).status_code == 401
            assert client.post("/", content=b"123").text == "3"


def test_an_answer_that_nobody_reads_is_given_up(serve: type) -> None:
    site = serve(unread=0.5, linger=0.5)
    one = site.open()
    one.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
    time.sleep(2.0)
    assert len(ended(one)) < 50_000_000


def test_there_is_no_websocket_and_an_answer_all_the_same(serve: type) -> None:
    site = serve()
    one = site.open()
    one.sendall(
        b"GET /unwanted HTTP/1.1\r\nHost: x\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert one.recv(65_536).startswith(b"HTTP/1.1 401 ")
    assert site.ask(content=b"1").text == "1"
