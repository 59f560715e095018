"""What a day's run takes, in Markdown."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.daily_days import Day, Days
from benchmarks.daily_lakes import Shape
from benchmarks.daily_peers import PART, Peer
from benchmarks.machine import in_a_line

LIBRARIES = ("polars", "duckdb", "pandas", "numpy")


@dataclass(frozen=True)
class Measured:
    """A shape's lake, its days and the peers of the last of them."""

    shape: Shape
    days: Days
    peers: list[Peer]

    @property
    def duckdb(self) -> Peer | None:
        """The peer that counts for the ratio; None if it did not finish."""
        done = [peer for peer in self.peers if peer.name == "DuckDB" and not peer.failure]
        return done[0] if done else None


def document(shapes: dict[str, Measured], load: float) -> str:
    """Write everything down."""
    facts = (
        f"Measured on: {in_a_line(LIBRARIES)}; programs running at the start, by the load "
        f"average: {load:.1f}."
    )
    blocks = [_days(shapes), _around(shapes), _steps(shapes)]
    blocks += [_peers(shapes)] * any(each.peers for each in shapes.values())
    return "\n\n".join([*blocks, facts])


def table(head: list[str], rows: list[list[str]]) -> str:
    """Write a table; all columns but the first are numbers."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _days(shapes: dict[str, Measured]) -> str:
    head = ["day", "new interactions", "seconds", "interactions/s", "CPU seconds"]
    head += ["people rescored", "people in all"]
    rows = []
    for name, measured in shapes.items():
        first = measured.days.first
        if first is not None:
            rows.append([f"{name}: first run, 90 days from scratch", *_cells(first)])
        rows += [[f"{name}: {day.as_of}", *_cells(day)] for day in measured.days.days]
        rows.append([f"**{name}: median day**", *_median(measured.days)])
    return table(head, rows)


def _cells(day: Day) -> list[str]:
    numbers = [f"{day.interactions:,}", f"{day.seconds:.2f}", f"{day.rate:,.0f}"]
    return [*numbers, f"{day.cpu:.2f}", f"{day.rescored:,}", f"{day.people:,}"]


def _median(days: Days) -> list[str]:
    return ["", f"**{days.seconds:.2f}**", f"**{days.rate:,.0f}**", f"{days.cpu:.2f}", "", ""]


def _around(shapes: dict[str, Measured]) -> str:
    head = ["", "people", "interactions a day", "peak GB of the days", "of the first run"]
    head += ["start-up, seconds"]
    rows = [
        [
            name,
            f"{measured.shape.people:,}",
            f"{measured.shape.daily:,}",
            f"{measured.days.peak_gb:.2f}",
            f"{measured.days.first_gb:.2f}" if measured.days.first else "",
            f"{measured.days.start_up:.1f}",
        ]
        for name, measured in shapes.items()
    ]
    text = (
        "The days are run in a row in one process, without the first run: its peak memory is "
        "theirs. Start-up is Python, the imports and loading the model, once for all of them."
    )
    return f"{table(head, rows)}\n\n{text}"


def _steps(shapes: dict[str, Measured]) -> str:
    """Median seconds; what no step counts is the reading of the ledger, and the like."""
    by_shape = {name: measured.days.steps for name, measured in shapes.items()}
    for name, measured in shapes.items():
        rest = measured.days.seconds - sum(by_shape[name].values())
        by_shape[name]["the rest"] = max(0.0, rest)
    every = dict.fromkeys(step for steps in by_shape.values() for step in steps)
    rows = [
        [step, *(f"{steps.get(step, 0.0):.2f}" for steps in by_shape.values())] for step in every
    ]
    head = ["step, median seconds", *by_shape]
    jobs = {name: measured.days.jobs for name, measured in shapes.items()}
    every = dict.fromkeys(kind for of_shape in jobs.values() for kind in of_shape)
    rows += [
        [
            f"within networks, added up: {kind}",
            *(f"{each.get(kind, 0.0):.2f}" for each in jobs.values()),
        ]
        for kind in every
    ]
    return table(head, rows)


def _peers(shapes: dict[str, Measured]) -> str:
    head = ["from scratch, for the last day", "interactions", "seconds", "CPU seconds", "peak GB"]
    head += ["over our median day"]
    rows = [
        [f"{name}: {peer.name}", f"{peer.interactions:,}", *_fared(peer, measured.days)]
        for name, measured in shapes.items()
        for peer in measured.peers
    ]
    text = (
        "DuckDB and Polars compute all signals, but no scores; where DuckDB came to an end, its "
        f"signals were compared with ours and are equal. pandas is given 1 in {PART} of the people "
        f"and of the interactions, and {PART} times its seconds are compared. Our day ends with "
        "published scores."
    )
    return f"{table(head, rows)}\n\n{text}"


def _fared(peer: Peer, days: Days) -> list[str]:
    if peer.failure:
        return [f"none: {peer.failure}", "", "", ""]
    cells = [f"{peer.seconds:.1f}", f"{peer.cpu:.1f}", f"{peer.peak_gb:.2f}"]
    return [*cells, f"{peer.whole / days.seconds:.1f}"]
