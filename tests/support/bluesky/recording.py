"""What the real server sends while people live on it, kept beside what is true of them.

    python -m tests.support.bluesky.recording        # makes the files in recorded/ again

So the tests that everybody runs replay what that server sent, and need no node. The accounts and
times are others each time it is made; nothing else is.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.bluesky.life import Fact, Life, lead
from tests.support.bluesky.server import Pds, running

RECORDED = Path(__file__).parent / "recorded"
FRAMES, CARS, TRUTH = "life.frames.gz", "repositories", "truth.json"
QUIET = 3.0
"""Seconds without a frame after which all were sent."""


@dataclass
class Listener:
    """Whoever listens to a firehose from now on.

    Attributes
    ----------
    frames
        As they came: each is two DAG-CBOR values on end.
    """

    pds: Pds
    query: str = ""
    frames: list[bytes] = field(default_factory=list)
    _last: float = 0.0

    def __enter__(self) -> Listener:
        self._last = time.monotonic()
        self._is_over, is_open = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._listen, args=(is_open,), daemon=True)
        self._thread.start()
        assert is_open.wait(60), "the firehose does not open"
        return self

    def __exit__(self, *_: object) -> None:
        while time.monotonic() - self._last < QUIET:
            time.sleep(0.1)
        self._is_over.set()
        self._thread.join()

    def _listen(self, is_open: threading.Event) -> None:
        url = f"{self.pds.firehose}/xrpc/com.atproto.sync.subscribeRepos{self.query}"
        with connect(url, max_size=None, compression=None, ping_interval=None) as socket:
            is_open.set()
            while not self._is_over.is_set():
                try:
                    frame = socket.recv(timeout=0.2)
                except TimeoutError:
                    continue
                except ConnectionClosed:
                    return
                assert isinstance(frame, bytes)
                self.frames.append(frame)
                self._last = time.monotonic()


def truth_of(life: Life) -> dict[str, Any]:
    """Say what stands, in a form that JSON holds."""
    people = {
        name: {"did": each.did, "handle": each.handle, "is_there": each.is_there}
        for name, each in life.accounts.items()
    }
    return {"people": people, "facts": sorted(life.facts())}


def repositories(life: Life) -> dict[str, bytes]:
    """Get the repository of everybody who is there, by name."""
    return {n: life.server.car(each.did) for n, each in life.accounts.items() if each.is_there}


@dataclass(frozen=True)
class Recording:
    """What is in the folder of a recording.

    Attributes
    ----------
    frames
        The file of frames, each after its length as an unsigned varint (LEB128).
    cars
        A file a repository, ``NAME.car``.
    people
        Name to ``did``, ``handle`` and ``is_there``.
    facts
        What stands at its end.
    """

    frames: Path
    cars: list[Path]
    people: dict[str, dict[str, Any]]
    facts: set[Fact]


def recorded(folder: Path = RECORDED) -> Recording:
    """Read a recording's truth, and say where the rest is."""
    truth = json.loads((folder / TRUTH).read_text())
    facts = {(reaction, actor, target, told) for reaction, actor, target, told in truth["facts"]}
    cars = sorted((folder / CARS).glob("*.car"))
    return Recording(folder / FRAMES, cars, truth["people"], facts)


def _length_of(frame: bytes) -> bytes:
    number, out = len(frame), bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def record(folder: Path = RECORDED) -> None:
    """Live a life on a server of its own, and keep what it sent."""
    with tempfile.TemporaryDirectory() as made, running(Path(made)) as pds:
        life = Life(pds)
        with Listener(pds) as heard:
            lead(life)
        (folder / CARS).mkdir(parents=True, exist_ok=True)
        for old in (folder / CARS).glob("*.car"):
            old.unlink()
        for name, car in repositories(life).items():
            (folder / CARS / f"{name}.car").write_bytes(car)
        (folder / FRAMES).write_bytes(
            gzip.compress(b"".join(_length_of(each) + each for each in heard.frames), 9, mtime=0)
        )
        (folder / TRUTH).write_text(json.dumps(truth_of(life), indent=1) + "\n")


if __name__ == "__main__":
    record()
