"""A server that sends made events as Jetstream does, so many a second; ended by its parent.

    python -m benchmarks.follow_server PORT RATE SECONDS

Every event is another record. Of a hundred, 80 are likes, 10 reposts, 5 answers, and 5 take a like
back that was sent before. The last line that it prints is JSON: what was sent.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

PEOPLE = 200_000
POSTS = 50_000
TICK = 0.05
"""Seconds between two bursts."""
RECENT = 100_000
"""Likes of which one may be taken back."""

LIKE, REPOST, POST = (f"app.bsky.feed.{name}" for name in ("like", "repost", "post"))


def did(number: int) -> str:
    """Name somebody."""
    return f"did:plc:{number:024d}"


def events(rng: random.Random, sent: Counter[str]) -> Iterator[str]:
    """Make events, each of the time at which it is asked for."""
    recent: deque[tuple[str, str]] = deque(maxlen=RECENT)
    number = 0
    while True:
        number += 1
        who, draw, key = did(rng.randrange(PEOPLE)), rng.random(), f"3k{number:011d}"
        now, rev = time.time(), key
        if draw < 0.05 and recent:
            place = rng.randrange(len(recent))
            who, key = recent[place]
            del recent[place]
            commit = {"operation": "delete", "collection": LIKE, "rkey": key, "rev": rev}
            sent["retractions"] += 1
        else:
            commit = {"operation": "create", "rkey": key, "rev": rev, **_made(rng, draw, now)}
            if commit["collection"] == LIKE:
                recent.append((who, key))
            sent[str(commit["collection"])] += 1
        event = {"did": who, "time_us": int(now * 1e6), "kind": "commit", "commit": commit}
        yield json.dumps(event)


def _made(rng: random.Random, draw: float, now: float) -> dict[str, object]:
    """Make a record: an answer, a repost or a like of somebody's post."""
    created = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    whose = rng.randrange(POSTS)
    subject = {"uri": f"at://{did(PEOPLE + whose)}/{POST}/3p{whose:011d}", "cid": "bafy"}
    kind = POST if draw < 0.10 else REPOST if draw < 0.20 else LIKE
    record: dict[str, object] = {"$type": kind, "createdAt": created.replace("+00:00", "Z")}
    if kind == POST:
        record |= {"text": "so it is", "reply": {"root": subject, "parent": subject}}
    else:
        record["subject"] = subject
    return {"collection": kind, "record": record, "cid": "bafy"}


def main() -> None:
    """Send to the first who asks, then say what was sent."""
    port, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    sent: Counter[str] = Counter()

    def stream(socket: ServerConnection) -> None:
        sent["connections"] += 1
        made, number, began = events(random.Random(1), sent), 0, time.monotonic()
        try:
            while (passed := time.monotonic() - began) < seconds:
                sent["behind_ms"] = max(sent["behind_ms"], int(1e3 * (passed - number / rate)))
                for _ in range(int(passed * rate) - number):
                    socket.send(next(made))
                    number += 1
                time.sleep(TICK)
            print(json.dumps(dict(sent)), flush=True)
            socket.recv()  # until whoever listens has enough
        except ConnectionClosed:
            print(json.dumps({**sent, "is_cut": True}), flush=True)

    with serve(stream, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
