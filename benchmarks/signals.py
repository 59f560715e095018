"""How fast the signals are made, beside DuckDB making the same: ``make bench-signals``.

Both start from the raw lake's Parquet and end with a Parquet file of signals, each in a process of
its own with all cores; the files are then compared. The last line is JSON, of the largest size.

    python -m benchmarks.signals --sizes 5 20 50
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import signals_sql
from benchmarks.bulk import AS_OF, STANDING, Bulk, generate
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import HORIZON, Catalogue
from features.catalogue.declaration import load_networks
from features.catalogue.measures import MEASURES
from features.lake import Lake
from features.signals.materialize import materialize

DOCUMENT = Path("docs/benchmarks.md")
CLOSE = 1e-12
"""Relative; for shares and ratios. All other signals must be equal to the bit."""
RATIOS = ("inlink_ratio", *(each.name for each in MEASURES if each.per_content))
LEFT_OUT = ("pagerank",)
"""Not in SQL: both would call the same solver."""
COMPARED_TOGETHER = 40
"""Columns read at a time, so that comparing takes little memory."""


@dataclass(frozen=True)
class Run:
    """What one engine took."""

    seconds: float
    peak_gb: float


def by_engine(lake: Path, out: Path) -> None:
    """Make the signals with the engine of the project."""
    standing = pl.read_parquet(lake / STANDING)
    materialize(Lake(lake), AS_OF, Catalogue(load_networks()), standing).sink_parquet(out)


def by_duckdb(lake: Path, out: Path) -> None:
    """Make the signals with DuckDB."""
    signals_sql.run(Lake(lake), AS_OF, Catalogue(load_networks()), lake / STANDING, out)


def fill(lake: Path, out: Path) -> None:
    """Make the lake; the name of ``out`` says of how many interactions."""
    generate(Bulk(int(out.name), Catalogue(load_networks())), lake)


def compare(lake: Path, out: Path) -> None:
    """Assert that both made the same; ``out`` is the folder of the two files.

    Ours is sorted by person. DuckDB is spared that.
    """
    ours, theirs = pl.scan_parquet(out / "klout"), pl.scan_parquet(out / "duckdb")
    names = ours.collect_schema().names()
    assert names == theirs.collect_schema().names(), "columns differ"
    persons = ours.select("person").collect()
    theirs_unsorted = theirs.select("person").collect()
    order = theirs_unsorted["person"].arg_sort()
    assert persons.equals(theirs_unsorted[order]), f"persons differ; the lake is {lake}"
    wanted = [name for name in names[1:] if not name.endswith(LEFT_OUT)]
    for start in range(0, len(wanted), COMPARED_TOGETHER):
        some = wanted[start : start + COMPARED_TOGETHER]
        _assert_equal(ours.select(some).collect(), theirs.select(some).collect()[order])


def _assert_equal(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        off = (mine - other).abs()
        allowed = other.abs() * (CLOSE if mine.name.split(".")[-2:][0] in RATIOS else 0)
        wrong = int((~(off <= allowed)).sum())
        assert not wrong, f"{mine.name}: {wrong} persons differ, by up to {off.max()}"


JOBS: dict[str, Callable[[Path, Path], None]] = {
    "klout": by_engine,
    "duckdb": by_duckdb,
    "fill": fill,
    "compare": compare,
}


def measured(job: str, lake: Path, out: Path) -> Run:
    """Run a job in a process of its own, so that its peak is its own."""
    command = [sys.executable, "-m", "benchmarks.signals", "--job", job, str(lake), str(out)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Run(**json.loads(result.stdout.splitlines()[-1]))


def _job(job: str, lake: Path, out: Path) -> None:
    """Be that process: say what it took, imports apart."""
    began = time.perf_counter()
    JOBS[job](lake, out)
    print(json.dumps({"seconds": time.perf_counter() - began, "peak_gb": _peak_gb()}))


def _peak_gb() -> float:
    """Peak resident memory of this process.

    Not ``ru_maxrss`` where it can be helped: Linux counts in what the parent had at the fork.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        peak = next(line for line in lines if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * 1024 / 1e9
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def bench(millions: float, folder: Path, repeats: int) -> dict[str, Any]:
    """Measure one size: the best of some runs of each engine, in turn."""
    lake, out = folder / "lake", folder / "out"
    out.mkdir()
    made = measured("fill", lake, Path(str(int(millions * 1e6))))
    _say(f"{millions:g} million interactions made in {made.seconds:.0f} s")
    runs: dict[str, list[Run]] = {"klout": [], "duckdb": []}
    for _ in range(repeats):
        for engine, so_far in runs.items():
            so_far.append(measured(engine, lake, out / engine))
            _say(f"  {engine}: {so_far[-1].seconds:.1f} s, {so_far[-1].peak_gb:.2f} GB")
    measured("compare", lake, out)
    _say("  equal")
    return _row(_size(lake), out, *(min(r, key=lambda run: run.seconds) for r in runs.values()))


def _row(size: int, out: Path, ours: Run, theirs: Run) -> dict[str, Any]:
    persons = pl.scan_parquet(out / "klout").select(pl.len()).collect().item()
    return {
        "interactions": size,
        "persons": persons,
        "seconds": ours.seconds,
        "interactions_per_s": round(size / ours.seconds),
        "peak_gb": round(ours.peak_gb, 2),
        "duckdb_seconds": theirs.seconds,
        "duckdb_gb": round(theirs.peak_gb, 2),
        "ratio_duckdb": round(theirs.seconds / ours.seconds, 2),
    }


def _size(lake: Path) -> int:
    first = AS_OF.fromordinal(AS_OF.toordinal() - HORIZON)
    return sum(file.rows for file in Lake(lake).files("interactions", since=first, until=AS_OF))


def table(rows: list[dict[str, Any]]) -> str:
    """Write the figures as Markdown."""
    lines = [
        "| interactions | persons | seconds | interactions/s | peak GB | DuckDB seconds "
        "| DuckDB peak GB | DuckDB's time over ours |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {row['interactions']:,} | {row['persons']:,} | {row['seconds']:.1f} "
        f"| {row['interactions_per_s']:,} | {row['peak_gb']} | {row['duckdb_seconds']:.1f} "
        f"| {row['duckdb_gb']} | {row['ratio_duckdb']} |"
        for row in rows
    ]
    return "\n".join([*lines, "", f"Measured on: {in_a_line()}."])


def _say(text: str) -> None:
    print(text, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write the table, and end with a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[5, 20, 50], help="millions")
    parser.add_argument("--repeats", type=int, default=1, help="runs of each; the best counts")
    parser.add_argument("--folder", type=Path, help="where the lakes are made (and removed)")
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    parser.add_argument("--job", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.job:
        job, lake, out = options.job
        _job(job, Path(lake), Path(out))
        return
    rows = []
    for millions in sorted(options.sizes):
        folder = Path(tempfile.mkdtemp(prefix="bench-signals-", dir=options.folder))
        try:
            rows.append(bench(millions, folder, options.repeats))
        finally:
            shutil.rmtree(folder)
    _say(table(rows))
    put_between_markers(options.document, "bench-signals", table(rows))
    _say(json.dumps({k: rows[-1][k] for k in ("interactions_per_s", "ratio_duckdb", "peak_gb")}))


if __name__ == "__main__":
    main()
