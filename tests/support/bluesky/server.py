"""The real server of Bluesky's protocol, installed once and started for a test.

`@atproto/pds` and `@did-plc/server` come from npm, pinned by the lock beside this file, into
``.node/`` of the project (a folder by the lock's hash; ``KLOUT_NODE`` names another). It takes
minutes once: a module is compiled for want of one that is built.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import httpx

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
KEPT = Path(os.environ.get("KLOUT_NODE", Path(__file__).parents[3] / ".node"))
ADMIN = ("admin", "of the tests")
OLDEST, BELOW = 20, 21
"""Versions of node that this version of the PDS is for, of those it was tried with."""
START, INSTALL = 120, 3600
"""Seconds."""


@cache
def missing() -> str | None:
    """Say why there can be no server here; None: there can."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "no node and npm here, which Bluesky's own server is of"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    major = int("".join(told.strip().lstrip("v").split(".")[:1]) or 0)
    if not OLDEST <= major < BELOW:
        return f"node is {told.strip()}; the pinned server wants {OLDEST}"
    return None


def installed() -> Path:
    """Install what the lock names, if it is not there yet; gives the folder with node_modules."""
    folder = KEPT / hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several workers one installs
        if not (folder / ".ready").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder / name)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=folder, check=True, timeout=INSTALL)
            (folder / ".ready").touch()
    return folder


@dataclass
class Pds:
    """A server that is running: its address, its folder, and what starts it again there."""

    folder: Path
    port: int
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def firehose(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = (self.folder / "log").open("ab")
        command = ["node", HERE / "server.mjs", self.folder, str(self.port)]
        env = {**os.environ, "LOG_ENABLED": "false", **self.settings}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=installed(), env=env, stdin=pipe, stdout=pipe, stderr=log
        )
        log.close()
        line = _first_line(self.process)
        assert line, f"no server: {(self.folder / 'log').read_text()[-2000:]}"
        assert json.loads(line)["pds"] == self.url

    def kill(self) -> None:
        """End it at once, as a machine that loses its power does."""
        assert self.process
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                stream.close()
        self.process = None

    def get(self, method: str, **params: Any) -> httpx.Response:
        return self.client.get(f"{self.url}/xrpc/{method}", params=params)

    def call(self, method: str, body: dict[str, Any] | None, token: str = "") -> dict[str, Any]:
        """Call a procedure, as the account that a token is of."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._post(method, json=body, headers=headers)

    def administer(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call a procedure as whoever runs the server."""
        return self._post(method, json=body, auth=ADMIN)

    def _post(self, method: str, **more: Any) -> dict[str, Any]:
        answer = self.client.post(f"{self.url}/xrpc/{method}", **more)
        assert answer.status_code == 200, f"{method}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else {}

    def car(self, did: str) -> bytes:
        """Get an account's repository."""
        answer = self.get("com.atproto.sync.getRepo", did=did)
        assert answer.status_code == 200, answer.text
        return answer.content


@contextmanager
def running(folder: Path, **settings: object) -> Iterator[Pds]:
    """Run a server in a folder that is empty; settings are the PDS's, without ``PDS_``."""
    named = {f"PDS_{name.upper()}": str(value) for name, value in settings.items()}
    folder.mkdir(parents=True, exist_ok=True)
    pds = Pds(folder, _free_port(), named)
    pds.start()
    try:
        yield pds
    finally:
        if pds.process:
            pds.kill()
        pds.client.close()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """Read what a process says first; nothing if it ends, or takes too long."""
    import threading

    out: IO[bytes] | None = process.stdout
    assert out
    late = threading.Timer(START, process.kill)
    late.start()
    try:
        return out.readline()
    finally:
        late.cancel()


def faults_of(answers: list[tuple[str, Any]]) -> list[str]:
    """Hold answers, each with its method, against the lexicons that come with the server."""
    lines = "".join(f"{json.dumps({'method': m, 'body': b})}\n" for m, b in answers)
    told = subprocess.run(
        ["node", HERE / "lexicons.mjs"],
        cwd=installed(),
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = [json.loads(line) for line in told.splitlines()]
    assert len(found) == len(answers)
    return [f"{each['method']}: {each['wrong']}" for each in found if each["wrong"]]
