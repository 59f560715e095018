"""Whether `klout follow` keeps up with a live network: ``make bench-follow``.

A server on this machine sends made events as Jetstream does (`benchmarks.follow_server`), and
``klout follow`` puts them into a lake, a process of its own. Once a second its memory and its lag
are read, at the end its CPU, and what is in the lake is compared with what was sent. The last line
is JSON.

    python -m benchmarks.follow --minutes 5 --rate 2000
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.lake import Lake

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-follow"
BEHIND = 60.0
"""Seconds without an event, at the end, after which no more are waited for."""


@dataclass
class Taken:
    """What following took, second by second.

    Attributes
    ----------
    memory, lag
        MiB of the process, and seconds that the last event was behind.
    cpu
        Seconds by the processor in all.
    seconds
        By the clock, in all.
    """

    memory: list[float] = field(default_factory=list)
    lag: list[float] = field(default_factory=list)
    cpu: float = 0.0
    seconds: float = 0.0


def followed(lake: Path, rate: float, seconds: float, every: float) -> tuple[dict[str, Any], Taken]:
    """Follow so many seconds; give what was sent, and what it took."""
    port, metrics = _free(), _free()
    sender = [sys.executable, "-m", "benchmarks.follow_server", str(port), str(rate), str(seconds)]
    reader = [
        *(sys.executable, "-m", "serving.cli", "follow", "bluesky", "--lake", str(lake)),
        *("--url", f"ws://127.0.0.1:{port}", "--every", str(every), "--metrics", str(metrics)),
    ]
    with subprocess.Popen(sender, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        _wait_for(port)
        with subprocess.Popen(reader) as client:
            taken = _watched(client, metrics, seconds)
            sent = json.loads(server.stdout.readline())
            _wait_until_read(metrics, sent)
            cpu = psutil.Process(client.pid).cpu_times()
            client.send_signal(signal.SIGTERM)
            client.wait(BEHIND + 60)
        server.kill()
    taken.cpu = cpu.user + cpu.system
    return sent, taken


def _watched(client: subprocess.Popen[bytes], metrics: int, seconds: float) -> Taken:
    process, taken = psutil.Process(client.pid), Taken()
    while not _figures(metrics).get("events_total") and client.poll() is None:
        time.sleep(0.2)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        if client.poll() is not None:
            sys.exit(f"error: klout follow ended after {passed:.0f} s")
        figures = _figures(metrics)
        taken.memory.append(process.memory_info().rss / 2**20)
        if figures:
            taken.lag.append(figures["lag_seconds"])
        time.sleep(1.0)
    taken.seconds = time.monotonic() - began
    return taken


def _figures(port: int) -> dict[str, float]:
    """Ask for the figures for Prometheus; none, if it does not answer yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except OSError:
        return {}
    found = re.findall(r"^klout_follow_(\w+) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in found}


def _wait_until_read(metrics: int, sent: dict[str, Any]) -> None:
    """Wait until all that was sent has been folded, or nothing comes any more."""
    wanted, known, ends = sum(rows_of(sent).values()), 0.0, time.monotonic() + BEHIND
    while known < wanted and time.monotonic() < ends:
        time.sleep(0.5)
        if (read := _figures(metrics).get("events_total", 0)) > known:
            known, ends = read, time.monotonic() + BEHIND


def rows_of(sent: dict[str, Any]) -> dict[str, int]:
    """Give the rows that are to be in the lake, by kind: each event is one."""
    kinds = {"app.bsky.feed.like": "like", "app.bsky.feed.repost": "repost"}
    kinds |= {"app.bsky.feed.post": "reply", "retractions": "retractions"}
    return {name: int(sent.get(kind, 0)) for kind, name in kinds.items()}


def rows_in(lake: Lake) -> dict[str, int]:
    """Count what is in a lake, as `rows_of`."""
    acts = lake.scan("interactions").group_by("reaction").len().collect()
    back = lake.scan("retractions").collect().height
    return {"like": 0, "repost": 0, "reply": 0, "retractions": back} | dict(acts.iter_rows())


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("error: the server does not answer")


def result(sent: dict[str, Any], taken: Taken, lake: Lake) -> dict[str, Any]:
    """Give what the last line says."""
    wanted, found = rows_of(sent), rows_in(lake)
    # What starting took is no growth: the first minute, or tenth, is left out.
    steady = taken.memory[min(60, len(taken.memory) // 10) :]
    part = max(1, len(steady) // 5)
    files = [file for file in lake.every_file() if file.table == "interactions"]
    return {
        "minutes": round(taken.seconds / 60, 1),
        "sent": sum(wanted.values()),
        "lost": sum(max(0, number - found[kind]) for kind, number in wanted.items()),
        "twice": sum(max(0, found[kind] - number) for kind, number in wanted.items()),
        "sent_behind_ms": sent["behind_ms"],
        "cores": round(taken.cpu / taken.seconds, 2),
        "cpu_per_100_000": round(taken.cpu / max(1, sum(found.values())) * 1e5, 2),
        "lag_median": round(float(np.median(taken.lag)), 2),
        "lag_99": round(float(np.quantile(taken.lag, 0.99)), 2),
        "lag_most": round(max(taken.lag), 2),
        "mib_before": round(float(np.median(steady[:part]))),
        "mib_after": round(float(np.median(steady[-part:]))),
        "mib_most": round(max(taken.memory)),
        "files": len(files),
    }


def table(found: dict[str, Any], rate: float, load: float) -> str:
    """Write it down."""
    lag = ", ".join(str(found[f"lag_{name}"]) for name in ("median", "99", "most"))
    rows = {
        "events sent": f"{found['sent']:,} in {found['minutes']} minutes, {rate:,.0f} a second",
        "rows lost, rows twice": f"{found['lost']:,}, {found['twice']:,}",
        "cores; CPU s for 100,000 events": f"{found['cores']}; {found['cpu_per_100_000']}",
        "how far the server was behind, s": f"{found['sent_behind_ms'] / 1e3:.1f}",
        "lag, s: median, 99%, most": lag,
        "MiB: first fifth, last fifth, most": (
            f"{found['mib_before']:,}, {found['mib_after']:,}, {found['mib_most']:,}"
        ),
        "files of interactions": f"{found['files']:,}",
    }
    lines = ["| | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows.items())]
    machine = f"{in_a_line(('polars', 'websockets'))}; load average at the start: {load:.1f}"
    return "\n".join([*lines, "", f"Measured on: {machine}."])


def main(arguments: list[str] | None = None) -> None:
    """Measure, print a table and a line of JSON, and put the table into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=2_000.0, help="events a second")
    parser.add_argument("--every", type=float, default=60.0, help="seconds between two commits")
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    given, load = parser.parse_args(arguments), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-follow-") as folder:
        lake = Path(folder) / "lake"
        sent, taken = followed(lake, given.rate, 60 * given.minutes, given.every)
        found = result(sent, taken, Lake(lake))
    text = table(found, given.rate, load)
    put_between_markers(given.document, NAME, text)
    print(text)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
