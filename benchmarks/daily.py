"""The day's run, from raw Parquet to published scores: ``make bench-daily``.

For each shape a lake of 120 days is made. The first run begins from the lake alone; the days after
it are run in one process, as `klout daily --from … --to …` does. Beside them, for the last day,
those who compute its signals from scratch. The last line is JSON.

The lakes are made in a temporary folder and removed, the dense one needs some 22 GB there (with its
cache; 60 bytes an interaction). Under ``--lakes`` they are kept, and found there they are run on
from their last published day: a lake has six days to be run.

    python -m benchmarks.daily --scale 0.01
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.daily_days import days_of
from benchmarks.daily_lakes import SHAPES, Shape, made
from benchmarks.daily_peers import peers_of
from benchmarks.daily_tables import Measured, document
from benchmarks.documents import put_between_markers
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from training.influence.model import Model

DOCUMENT, NAME, RETRACTED = Path("docs/benchmarks.md"), "bench-daily", "bench-daily-retracted"
MODEL = Path("models/champion")
LEDGER = "ledger"


def measured(
    name: str, shape: Shape, model: Path, folder: Path, lakes: Path | None, days: int, peers: bool
) -> Measured:
    """Measure one shape."""
    lake = (lakes or folder).resolve() / name
    if not (lake / LEDGER).is_dir():
        _say(f"{name}: {shape.interactions:,} interactions of {shape.people:,} people …")
        _say(f"  made in {made(shape, lake):.0f} s")
    done = days_of(lake, model.resolve(), days)
    _say(f"{name}: {done.rate:,.0f} interactions/s, {done.peak_gb:.2f} GB")
    last = done.days[-1].as_of
    theirs = peers_of(lake, shape, last, folder / f"{name}-peers") if peers else []
    return Measured(shape, done, theirs)


def figures(shapes: dict[str, Measured]) -> dict[str, Any]:
    """Give what the last line says; the ratio is of the first shape that DuckDB came through."""
    rates = {name: round(each.days.rate) for name, each in shapes.items()}
    ratios = {
        name: round(each.duckdb.seconds / each.days.seconds, 2)
        for name, each in shapes.items()
        if each.duckdb is not None
    }
    ratio_of = next((name for name in SHAPES if name in ratios), None)
    return {
        "interactions_per_s": rates.get("dense"),
        "interactions_per_s_sparse": rates.get("sparse"),
        "ratio_duckdb": None if ratio_of is None else ratios[ratio_of],
        "ratio_duckdb_of": ratio_of,
        "peak_gb": round(max(each.days.peak_gb for each in shapes.values()), 2),
    }


def retracted(shapes: dict[str, Measured], share: float) -> dict[str, Any]:
    """Give what the last line says of days with retractions, beside days without."""
    pairs = [
        (name, each.days, shapes[_with(name, share)].days)
        for name, each in shapes.items()
        if _with(name, share) in shapes
    ]
    return {
        "retracted": share,
        "seconds_ratio": {name: round(b.seconds / a.seconds, 2) for name, a, b in pairs},
        "cpu_ratio": {name: round(b.cpu / a.cpu, 2) for name, a, b in pairs},
    }


def _with(name: str, share: float) -> str:
    return f"{name}, {share:.0%} retracted"


def check(model: Path) -> None:
    """Refuse a model that isn't there, or of networks that the lakes are not made of."""
    if not model.is_dir():
        raise KloutError(f"{model}: no model here; run `make` first")
    if Model.load(model).catalogue != Catalogue(load_networks()):
        raise KloutError(f"{model}: a model of other networks than the built-in; run `make` first")


def bench(options: argparse.Namespace) -> dict[str, Measured]:
    """Measure the shapes, one after another; a lake that was made here is removed at once."""
    check(options.model)
    shapes = {}
    for name, shape in _wanted(options):
        folder = Path(tempfile.mkdtemp(prefix="bench-daily-", dir=options.folder))
        try:
            has_peers = name in options.peers and options.retracted is None
            shapes[name] = measured(
                name, shape, options.model, folder, options.lakes, options.days, has_peers
            )
        finally:
            shutil.rmtree(folder)
    return shapes


def _wanted(options: argparse.Namespace) -> Iterator[tuple[str, Shape]]:
    """Name the shapes; to measure retractions, each without and with."""
    for name in options.shapes:
        shape, share = SHAPES[name].scaled(options.scale), options.retracted
        yield name, shape if share is None else replace(shape, retracted=0.0)
        if share is not None:
            yield _with(name, share), replace(shape, retracted=share)


def _say(text: str) -> None:
    print(text, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--days", type=int, default=5, help="after the first run")
    parser.add_argument("--lakes", type=Path, help="folder of lakes dense/ and sparse/, kept")
    parser.add_argument(
        "--peers", nargs="*", choices=SHAPES, default=list(SHAPES), help="shapes to run peers on"
    )
    parser.add_argument(
        "--retracted", type=float, help="share of a day's rows; each shape without and with them"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="0.01 for trying")
    parser.add_argument("--folder", type=Path, help="where temporary files go")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write the tables, and end with a line of JSON."""
    options, load = _options(arguments), os.getloadavg()[0]
    try:
        shapes = bench(options)
    except KloutError as error:
        sys.exit(f"error: {error}")
    text = document(shapes, load)
    _say(text)
    share = options.retracted
    put_between_markers(options.document, NAME if share is None else RETRACTED, text)
    _say(json.dumps(figures(shapes) if share is None else retracted(shapes, share)))


if __name__ == "__main__":
    main()
