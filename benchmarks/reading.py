"""How fast logs are read into a lake, beside parsing them with orjson: ``make bench-reading``.

Hours of GitHub events, a month of Reddit comments and events of Bluesky, made of a real hour, a
month and a sample by other ids: into a new lake, and line by line into a list, both from the packed
files and in processor time of a process of their own. The last line is JSON.

    python -m benchmarks.reading --shared ../shared/data --times 12
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from backports import zstd

from benchmarks.daily_child import in_child
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.sources.ingest import ingest
from features.sources.lines import opened

DOCUMENT = Path("docs/benchmarks.md")
REAL = {
    "gharchive": "github/2015-01-01-0.json.gz",
    "reddit": "reddit/RC_2005-12.zst",
    "bluesky": "bluesky/jetstream_v1.jsonl",
}
TIMES = {"gharchive": 1, "reddit": 100, "bluesky": 100}
"""How much more often a log is taken, since it is so small."""

IDS = frozenset({"id", "parent_id", "rkey"})
HEAD = "log | lines | rows | CPU s | lines/s of CPU | peak MiB | orjson CPU s | its time over ours"


def made(form: str, source: Path, folder: Path, times: int) -> Path:
    """Write the log several times over, each time with other ids."""
    folder.mkdir()
    with opened(source) as stream:
        events = [orjson.loads(line) for line in stream]
    copies = (lines(events, place) for place in range(times * TIMES[form]))
    if form == "gharchive":
        for hour, text in enumerate(copies):
            (folder / f"2015-01-{1 + hour // 24:02d}-{hour % 24}.json.gz").write_bytes(
                gzip.compress(text, 6)
            )
    else:
        name = Path(REAL[form]).with_suffix(".zst").name
        with zstd.open(folder / name, "wb") as out:
            for text in copies:
                out.write(text)
    return folder


def lines(events: list[dict[str, Any]], place: int) -> bytes:
    """Write events as lines, with ids of this copy; what they say of each other stays true."""
    return b"".join(orjson.dumps(renamed(each, place)) + b"\n" for each in events)


def renamed(event: dict[str, Any], place: int) -> dict[str, Any]:
    """Give an event, and the commit in it, other ids."""
    named = {key: f"{event[key]}{place:x}" for key in IDS & event.keys()}
    if "commit" in event:
        named["commit"] = renamed(event["commit"], place)
    return event | named


def by_lake(form: str, folder: str) -> int:
    """Read into a lake; give the rows that came of it. A job for a process of its own."""
    with tempfile.TemporaryDirectory() as lake:
        receipt = ingest(Path(lake) / "L", form, Path(folder), Catalogue(load_networks()))
    return sum(receipt.entry.rows.values())


def by_orjson(folder: str) -> int:
    """Parse into a list; give its length. A job for a process of its own."""
    return len([orjson.loads(line) for file in sorted(Path(folder).iterdir()) for line in of(file)])


def of(file: Path) -> Iterator[bytes]:
    """Give the lines of a packed file."""
    with opened(file) as stream:
        yield from stream


def compared(form: str, source: Path, times: int) -> tuple[str, dict[str, float]]:
    """Measure a format; give a row of the table, and the figures."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = made(form, source, Path(scratch) / form, times)
        ours = in_child(by_lake, form=form, folder=str(folder))
        plain = in_child(by_orjson, folder=str(folder))
    speed, ratio = plain.result / ours.cpu, plain.cpu / ours.cpu
    peak = ours.peak_gb * 1e9 / 2**20
    cells = [form, f"{plain.result:,}", f"{ours.result:,}", f"{ours.cpu:.1f}", f"{speed:,.0f}"]
    row = f"| {' | '.join([*cells, f'{peak:,.0f}', f'{plain.cpu:.1f}', f'{ratio:.2f}'])} |"
    return row, {"lines_per_cpu_second": round(speed), "over_orjson": round(ratio, 2)}


def main() -> None:
    """Measure, print a table and a line of JSON, and put the table into the documentation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--times", type=int, default=24)
    given = parser.parse_args()
    found = {form: compared(form, given.shared / REAL[form], given.times) for form in REAL}
    rows = [f"| {HEAD} |", f"|---|{'---:|' * HEAD.count('|')}", *(row for row, _ in found.values())]
    text = "\n".join([*rows, "", f"Measured on: {in_a_line(('polars', 'orjson'))}."])
    put_between_markers(DOCUMENT, "bench-reading", text)
    print(text)
    print(json.dumps({form: figures for form, (_, figures) in found.items()}))


if __name__ == "__main__":
    main()
