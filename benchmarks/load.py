"""Requests from many connections at once, and how long each took.

A process of its own, so that it shares no lock with what it asks. Each connection sends the next
request when it has the answer to the one before (a closed loop, as wrk has it).
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any, cast

import numpy as np
import uvloop

from benchmarks.daily_child import in_child

_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_OK = b"HTTP/1.1 200"


@dataclass(frozen=True)
class Served:
    """How a server stood a load.

    Attributes
    ----------
    per_second
        Good answers.
    p50_ms, p99_ms
        From the last byte of a request to that of its answer.
    failed
        Answers other than 200, and connections that broke.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


@dataclass(frozen=True)
class Request:
    """What is asked: a path, and a body if it is a POST."""

    path: str
    body: str | None = None

    def raw(self, host: str) -> bytes:
        """Write it as HTTP/1.1 has it."""
        content = (self.body or "").encode()
        method = "GET" if self.body is None else "POST"
        kind = "" if self.body is None else "Content-Type: application/json\r\n"
        head = f"{method} {self.path} HTTP/1.1\r\nHost: {host}\r\n{kind}"
        return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


def load(port: int, requests: list[Request], connections: int, seconds: float) -> Served:
    """Ask a server on this machine, in turn, for some seconds after one more to warm up."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([[each.path, each.body] for each in requests], file)
        file.flush()
        what = {"port": port, "file": file.name, "connections": connections, "seconds": seconds}
        return Served(**in_child(run, timeout=seconds + 60, **what).result)


def run(port: int, file: str, connections: int, seconds: float) -> dict[str, Any]:
    """Do what `load` says; a job for a process of its own."""
    plain = json.loads(Path(file).read_text())
    raw = [Request(*each).raw(f"127.0.0.1:{port}") for each in plain]
    uvloop.run(_run(port, raw, connections, 1.0))
    took, failed = uvloop.run(_run(port, raw, connections, seconds))
    p50, p99 = np.percentile(took, [50, 99]) * 1000 if took else (np.nan, np.nan)
    return {
        "per_second": len(took) / seconds,
        "p50_ms": float(p50),
        "p99_ms": float(p99),
        "failed": failed,
    }


async def _run(
    port: int, raw: list[bytes], connections: int, seconds: float
) -> tuple[list[float], int]:
    loop, until = asyncio.get_running_loop(), time.perf_counter() + seconds
    clients = []
    for number in range(connections):
        # Each begins elsewhere in the list, so that not all ask the same at once.
        start = number * len(raw) // connections
        client = _Client(raw[start:] + raw[:start], until, loop.create_future())
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        clients.append(client)
    await asyncio.gather(*(client.done for client in clients))
    return [each for client in clients for each in client.took], sum(c.failed for c in clients)


@dataclass
class _Client(asyncio.Protocol):
    """One connection."""

    raw: list[bytes]
    until: float
    done: asyncio.Future[None]
    took: list[float] = field(default_factory=list)
    failed: int = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none by their class.
        transport = cast(asyncio.Transport, transport)
        self.transport, self.next, self.buffer = transport, cycle(self.raw), b""
        self._send()

    def _send(self) -> None:
        self.buffer, self.began = b"", time.perf_counter()
        self.transport.write(next(self.next))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not _is_whole(self.buffer):
            return
        now = time.perf_counter()
        if self.buffer.startswith(_OK):
            self.took.append(now - self.began)
        else:
            self.failed += 1
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.failed += error is not None or time.perf_counter() < self.until
        self.done.set_result(None)


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(_END)
    if not end:
        return False
    lines = head.lower().split(b"\r\n")
    length = next((line for line in lines if line.startswith(_LENGTH)), None)
    if length is None:
        raise ValueError(f"no Content-Length in {head[:200]!r}")
    return len(body) >= int(length.removeprefix(_LENGTH))
