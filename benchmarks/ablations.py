"""What would be lost without a network or a measure, in the documentation: ``make ablations``.

Trains once with everything and then once without each, so it takes a few minutes on the default
world. The last line is JSON.

    python -m benchmarks.ablations --signals data/signals.parquet
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.documents import put_between_markers
from training.evaluation.ablations import ablations
from training.evaluation.evaluate_job import ablate_files, read_trial

DOCUMENT = Path("docs/benchmarks.md")
NAME = "ablations"
SHOWN = 10
"""Signals in the table, those of the greatest gain."""


def run(arguments: argparse.Namespace) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Ablate, with a line of progress each; returns the ablations and the signals' importance."""
    trial = read_trial(
        arguments.signals, arguments.judgements, arguments.test, None, arguments.params
    )
    steps, out = len(ablations(trial.catalogue)), arguments.out / "ablations.csv"
    done = iter(range(1, steps + 1))
    weighed = ablate_files(
        trial,
        out,
        arguments.out / "signals.csv",
        lambda row: _say(f"{next(done)}/{steps} without {row['kind']} {row['without']}"),
    )
    return pl.read_csv(out), weighed


def document(rows: pl.DataFrame, weighed: pl.DataFrame) -> str:
    """Markdown tables of what was found."""
    lines = [
        "| without | signals | accuracy | log-loss |",
        "|---|---:|---:|---:|",
        *(_line(row) for row in rows.iter_rows(named=True)),
        "",
        "How accuracy (in points) and log-loss (in nats) change when trained without it, with 95%",
        "intervals by person.",
        "",
        "| signal | gain | splits | persons who have it |",
        "|---|---:|---:|---:|",
    ]
    lines += [
        f"| `{row['signal']}` | {row['gain']:,.0f} | {row['splits']} | {row['coverage']:.0%} |"
        for row in weighed.head(SHOWN).iter_rows(named=True)
    ]
    return "\n".join([*lines, "", _unused(weighed)])


def figures(rows: pl.DataFrame, weighed: pl.DataFrame) -> dict[str, Any]:
    """The last line: change of log-loss without each, and how many signals are never used."""
    changed = rows.select("kind", "without", "log_loss_change").iter_rows()
    changes = {f"{kind}.{without}": change for kind, without, change in changed}
    return {"log_loss_change": changes, "signals": len(weighed), "unused": _count_unused(weighed)}


def _line(row: dict[str, Any]) -> str:
    accuracy = _interval(row, "accuracy_change", 100, 1)
    loss = _interval(row, "log_loss_change", 1, 4)
    return f"| {row['kind']} {row['without']} | {row['signals']} | {accuracy} | {loss} |"


def _interval(row: dict[str, Any], name: str, factor: float, digits: int) -> str:
    value, low, high = (factor * row[name + end] for end in ("", "_low", "_high"))
    return f"{value:+.{digits}f} ({low:+.{digits}f} to {high:+.{digits}f})"


def _unused(weighed: pl.DataFrame) -> str:
    return f"{_count_unused(weighed)} of {len(weighed)} signals are never used by the trees."


def _count_unused(weighed: pl.DataFrame) -> int:
    return len(weighed.filter(pl.col("splits") == 0))


def _say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """Run, write the tables into the documentation, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signals", type=Path, default=Path("data/signals.parquet"))
    parser.add_argument("--judgements", type=Path, default=Path("data/judgements/train.parquet"))
    parser.add_argument("--test", type=Path, default=Path("data/judgements/test.parquet"))
    parser.add_argument("--params", type=Path, default=Path("params.yaml"))
    parser.add_argument("--out", type=Path, default=Path("reports/ablations"))
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    arguments = parser.parse_args()
    found = run(arguments)
    put_between_markers(arguments.document, NAME, document(*found))
    _say(json.dumps(figures(*found)))


if __name__ == "__main__":
    main()
