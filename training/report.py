"""The table at the end of `make`."""

from __future__ import annotations

from typing import Any

import polars as pl
from rich.console import Console
from rich.table import Table

TOP = 10
NAMES = {
    "truth": "hidden true influence (the ceiling)",
    "followers": "followers, friends and connections",
    "interactions": "interactions received",
    "reactors": "distinct reactors",
    "pagerank": "PageRank of who reacts to whom",
}


def show(scores: pl.DataFrame, metrics: dict[str, Any]) -> None:
    """Print who was scored, how well, and where to look next."""
    console = Console(width=140)
    people = metrics["population"]
    console.print(
        f"\n[bold]{people['persons']:,} persons scored[/bold]  by model {metrics['model_version']}:"
        f"  mean {people['mean_score']:.2f},"
        f"  {100 * people['share_at_63']:.2f}% at 63 and above\n"
    )
    console.print(_accuracies(metrics))
    console.print(_highest(scores))
    console.print(
        "\nNext: [bold]make serve[/bold] (the scoring API, http://127.0.0.1:3000), "
        "[bold]make mlflow[/bold] (runs and models, http://127.0.0.1:5000)"
    )


def _accuracies(metrics: dict[str, Any]) -> Table:
    table = Table(
        "who is the more influential?", "accuracy", title="Judgements about unseen persons"
    )
    rows = {"the score": metrics["accuracy"]}
    rows |= {NAMES.get(name, name): value for name, value in metrics["baselines"].items()}
    for name, value in sorted(rows.items(), key=lambda row: -row[1]):
        style = "bold" if name == "the score" else None
        table.add_row(name, f"{100 * value:.1f}%", style=style)
    return table


def _highest(scores: pl.DataFrame) -> Table:
    parts = [name for name in scores.columns if name.startswith("part.")]
    shown = [name for name in parts if scores[name].max() > 0]  # type: ignore[operator]
    headers = [name.removeprefix("part.") for name in shown]
    table = Table(
        "person", "score", *headers, title=f"The {TOP} highest, and their networks' parts"
    )
    for row in scores.sort("score", "person", descending=[True, False]).head(TOP).to_dicts():
        cells = [f"{row[name]:.2f}" if row[name] > 0 else "" for name in shown]
        table.add_row(row["person"], f"{row['score']:.1f}", *cells)
    return table
