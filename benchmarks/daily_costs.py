"""What a day costs, by history, traffic and people: ``make bench-daily-costs``.

One of the three grows at a time, from a lake in common. For each size a lake is made, a first run
builds the cache, and the median of the days after it counts. The lakes of a series take turns, some
days each, so that what else the machine does falls on all of them. The last line is JSON.

Three million interactions a day take half an hour more, and 17 GB of disk:

    python -m benchmarks.daily_costs --traffic 0.1 0.3 1 3
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from math import log
from pathlib import Path
from typing import Any

from benchmarks.daily import MODEL, check
from benchmarks.daily_days import Days, days_of, together
from benchmarks.daily_lakes import Shape, made
from benchmarks.daily_tables import table
from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.catalogue.catalogue import HORIZON
from features.errors import KloutError

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-daily-costs"
COMMON = Shape(people=100_000, daily=300_000, before=HORIZON)
"""What does not grow is of this size."""
HISTORY = (30, 60, 90, 180)
TRAFFIC = (0.1, 0.3, 1.0)
PEOPLE = (0.1, 0.3, 1.0)
MILLION = 1_000_000


@dataclass(frozen=True)
class Series:
    """Lakes that differ in one size.

    Attributes
    ----------
    name
        What grows.
    shapes
        The lakes by that size, ascending.
    """

    name: str
    shapes: dict[int, Shape]

    def cpu(self, days: dict[Shape, Days]) -> dict[int, float]:
        """Give the processor's seconds of the median day by size."""
        return {size: days[shape].cpu for size, shape in self.shapes.items()}


def series_of(options: argparse.Namespace) -> list[Series]:
    """Give the lakes to measure; one may stand in several series."""
    common = replace(COMMON, after=options.days * options.rounds).scaled(options.scale)
    traffic = [int(each * MILLION * options.scale) for each in sorted(options.traffic)]
    people = [int(each * MILLION * options.scale) for each in sorted(options.people)]
    history = sorted(options.history)
    return [
        Series("days of history", {size: replace(common, before=size) for size in history}),
        Series("interactions a day", {size: replace(common, daily=size) for size in traffic}),
        Series("people", {size: replace(common, people=size) for size in people}),
    ]


def measured(
    shapes: list[Shape], model: Path, within: Path | None, days: int, rounds: int
) -> dict[Shape, Days]:
    """Measure the days of some lakes, which take turns; they are made, and removed."""
    folder = Path(tempfile.mkdtemp(prefix="bench-daily-costs-", dir=within)).resolve()
    try:
        lakes = {shape: folder / str(number) for number, shape in enumerate(shapes)}
        for shape, lake in lakes.items():
            _say(f"{_named(shape)}: made in {made(shape, lake):.0f} s")
        turns: dict[Shape, list[Days]] = {shape: [] for shape in lakes}
        for _ in range(rounds):
            for shape, lake in lakes.items():
                done = days_of(lake, model.resolve(), days)
                turns[shape].append(done)
                _say(f"{_named(shape)}: a day takes {done.cpu:.2f} CPU seconds")
    finally:
        shutil.rmtree(folder)
    return {shape: together(of_turns) for shape, of_turns in turns.items()}


def _named(shape: Shape) -> str:
    return f"{shape.people:,} people, {shape.daily:,} a day, {shape.before} days of history"


def growth(cpu: dict[int, float]) -> float:
    """Give the exponent of the cost in the size, from the least to the largest: 1 is linear."""
    sizes = sorted(cpu)
    if len(sizes) < 2:
        return 0.0
    return log(cpu[sizes[-1]] / cpu[sizes[0]]) / log(sizes[-1] / sizes[0])


def spread(cpu: dict[int, float]) -> float:
    """Give how much more the dearest costs than the cheapest, of the whole windows: 0 is flat."""
    whole = [seconds for days, seconds in cpu.items() if days >= HORIZON]
    return max(whole) / min(whole) - 1 if whole else 0.0


def figures(series: list[Series], days: dict[Shape, Days]) -> dict[str, Any]:
    """Give what the last line says."""
    history, traffic, people = (each.cpu(days) for each in series)
    return {
        "history_spread_from_90": round(spread(history), 3),
        "traffic_exponent": round(growth(traffic), 3),
        "people_exponent": round(growth(people), 3),
    }


def document(series: list[Series], days: dict[Shape, Days], load: float) -> str:
    """Write a table of all series, what it says in words, and the machine."""
    head = ["", "CPU seconds", "seconds", "interactions/s", "CPU seconds of the first run"]
    rows = [
        [f"{size:,} {each.name}", *_cells(days[shape])]
        for each in series
        for size, shape in each.shapes.items()
    ]
    numbers = figures(series, days)
    common = replace(COMMON, **_common(series))
    text = (
        f"The median day of {len(next(iter(days.values())).days)}, in turns of some days, each a "
        f"process of its own. What does not grow is "
        f"{common.people:,} people, {common.daily:,} interactions a day and {common.before} days "
        f"of history. From {HORIZON} days of history on, CPU seconds differ by "
        f"{numbers['history_spread_from_90']:.1%}. They grow with the power "
        f"{numbers['traffic_exponent']:.2f} of the interactions a day, and "
        f"{numbers['people_exponent']:.2f} of the people at the same traffic (1 is linear)."
    )
    facts = f"Measured on: {in_a_line()}; load average at the start: {load:.1f}."
    return "\n\n".join([table(head, rows), text, facts])


def _common(series: list[Series]) -> dict[str, int]:
    """Give the sizes that do not grow, each from a series in which another does."""
    history, traffic, _ = (next(iter(each.shapes.values())) for each in series)
    return {"people": history.people, "daily": history.daily, "before": traffic.before}


def _cells(days: Days) -> list[str]:
    first = "" if days.first is None else f"{days.first.cpu:.1f}"
    return [f"{days.cpu:.2f}", f"{days.seconds:.2f}", f"{days.rate:,.0f}", first]


def _say(text: str) -> None:
    print(text, flush=True)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--history", type=int, nargs="+", default=HISTORY, help="days")
    parser.add_argument("--traffic", type=float, nargs="+", default=TRAFFIC, help="millions a day")
    parser.add_argument("--people", type=float, nargs="+", default=PEOPLE, help="millions")
    parser.add_argument("--days", type=int, default=3, help="of each turn, one process each")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each lake")
    parser.add_argument("--scale", type=float, default=1.0, help="0.01 for trying")
    parser.add_argument("--folder", type=Path, help="where the lakes are made (and removed)")
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write the table, and end with a line of JSON."""
    options, load = _options(arguments), os.getloadavg()[0]
    series = series_of(options)
    days: dict[Shape, Days] = {}
    how = (options.model, options.folder, options.days, options.rounds)
    try:
        check(options.model)
        for each in series:
            days |= measured([s for s in each.shapes.values() if s not in days], *how)
    except KloutError as error:
        sys.exit(f"error: {error}")
    text = document(series, days, load)
    _say(text)
    put_between_markers(options.document, NAME, text)
    _say(json.dumps(figures(series, days)))


if __name__ == "__main__":
    main()
