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


def show(scores: pl.DataFrame, metrics: dict[str, Any], champion: str) -> None:
    """Print who was scored, how well, and where to look next.

    Parameters
    ----------
    scores
        What the champion gave.
    metrics
        Of the model trained last, which is the champion unless it did not beat it.
    champion
        The champion's version.
    """
    console = Console(width=140)
    figures = scores.select(mean=pl.col("score").mean(), top=(pl.col("score") >= 63).mean()).row(0)
    console.print(
        f"\n[bold]{len(scores):,} persons scored[/bold]  by model {champion}:"
        f"  mean {figures[0]:.2f},  {100 * figures[1]:.2f}% at 63 and above\n"
    )
    trained = metrics["model_version"]
    if trained != champion:
        console.print(f"Model {trained} was trained, and did not beat it; its accuracy:\n")
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
