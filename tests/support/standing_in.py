"""A small server that stands in for Bluesky's: streams with cursors, and repositories."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

from tests.support.at_protocol import did, error_frame, frame

Numbered = tuple[int, str | bytes]
"""A message and its cursor."""


@dataclass
class Life:
    """What a server has to tell.

    Attributes
    ----------
    messages
        All of them, in order.
    kept
        Cursor of the first message that is kept; an older cursor is outdated.
    inclusive
        Whether what is at a cursor is sent again, as Jetstream does.
    drop
        Close after so many messages; None: never. Each is said once.
    asked
        Cursors that were asked for.
    """

    messages: list[Numbered] = field(default_factory=list)
    kept: int = 0
    inclusive: bool = False
    drops: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)
    says_slow: bool = False
    more: threading.Condition = field(default_factory=threading.Condition)
    is_over: bool = False

    def add(self, *messages: Numbered) -> None:
        with self.more:
            self.messages += messages
            self.more.notify_all()


@contextmanager
def streaming(life: Life) -> Iterator[str]:
    """Serve a life; gives the URL."""

    def handle(socket: ServerConnection) -> None:
        query = parse_qs(urlsplit(str(socket.request.path)).query)
        cursor = query.get("cursor", [None])[0]
        life.asked.append(cursor)
        with suppress(ConnectionClosed):
            _send(socket, life, None if cursor is None else int(cursor))

    server: Server = serve(handle, "127.0.0.1", 0, compression=None)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        life.is_over = True
        life.add()
        server.shutdown()
        thread.join()


def _send(socket: ServerConnection, life: Life, cursor: int | None) -> None:
    newest = life.messages[-1][0] if life.messages else 0
    if cursor is not None and not life.inclusive:
        if cursor > newest:
            socket.send(error_frame("FutureCursor"))
            socket.close(1008)
            return
        if cursor < life.kept:
            socket.send(frame("#info", {"name": "OutdatedCursor"}))
    place = len(life.messages) if cursor is None else 0
    drop = life.drops.pop(0) if life.drops else None
    sent = 0
    while not life.is_over:
        with life.more:
            if place >= len(life.messages):
                life.more.wait(0.2)
            ready = life.messages[place:]
        for number, message in ready:
            place += 1
            is_due = cursor is None or number > cursor or (life.inclusive and number == cursor)
            if number < life.kept or not is_due:
                continue
            if drop is not None and sent >= drop:
                if life.says_slow:
                    socket.send(error_frame("ConsumerTooSlow"))
                socket.close(1008)
                return
            socket.send(message)
            sent += 1


@contextmanager
def giving(repositories: dict[str, bytes | str], revs: dict[str, str]) -> Iterator[str]:
    """Serve repositories by account; a text is the error that is given instead."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {key: value[0] for key, value in parse_qs(parts.query).items()}
            status, body = self._answer(parts.path.rpartition(".")[2], asked)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _answer(self, method: str, asked: dict[str, str]) -> tuple[int, bytes]:
            if method == "listRepos":
                return 200, json.dumps(_page(asked.get("cursor"))).encode()
            names = {did(name): name for name in repositories}
            found = repositories.get(names.get(asked["did"], ""), "RepoNotFound")
            if isinstance(found, str):
                return 400, json.dumps({"error": found}).encode()
            return 200, found

        def log_message(self, *args: Any) -> None:
            pass

    def _page(cursor: str | None) -> dict[str, Any]:
        names = [name for name, found in repositories.items() if found != "RepoNotFound"]
        place = int(cursor or 0)
        some = names[place : place + 2]
        listed = [
            {
                "did": did(name),
                "rev": revs[name],
                "head": "x",
                "active": isinstance(repositories[name], bytes),
            }
            for name in some
        ]
        more = {"cursor": str(place + 2)} if place + 2 < len(names) else {}
        return {"repos": listed, **more}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
