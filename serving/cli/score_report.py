"""The table at the end of `make`."""

from __future__ import annotations

from typing import Any

import polars as pl
from rich.table import Column, Table

from features.errors import printable
from serving.cli.evidence_text import evidence
from serving.cli.printing import console
from training.evaluation.titles import NAMES
from training.influence.confidence import SAYS

TOP = 10


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
    shown = console(width=140)
    figures = scores.select(mean=pl.col("score").mean(), top=(pl.col("score") >= 63).mean()).row(0)
    shown.print(
        f"\n{len(scores):,} persons scored  by model {champion}:"
        f"  mean {figures[0]:.2f},  {100 * figures[1]:.2f}% at 63 and above\n{evidence(scores)}\n"
    )
    trained = metrics["model_version"]
    if trained != champion:
        shown.print(f"Model {trained} was trained, and did not beat it; its accuracy:\n")
    shown.print(_accuracies(metrics))
    shown.print(_highest(scores))
    shown.print(
        "\nNext: make serve (pages and the API, http://127.0.0.1:3000), "
        "make mlflow (runs and models, http://127.0.0.1:5000)"
    )


def _accuracies(metrics: dict[str, Any]) -> Table:
    """The score among baselines and ceiling, the best first, with 95% intervals by person."""
    title = f"{metrics['judgements']:,} judgements about unseen persons"
    table = Table("who is the more influential?", "accuracy", "the score leads by", title=title)
    baselines = metrics["baselines"]
    for name in sorted(["score", *baselines], key=lambda each: -_accuracy(metrics, each)):
        table.add_row(
            NAMES.get(name, name),
            f"{100 * _accuracy(metrics, name):.1f}%" + _interval(metrics, name),
            _lead(metrics, name),
            style="bold" if name == "score" else None,
        )
    table.caption = "\n".join(_ceilings(metrics)) or None
    return table


def _ceilings(metrics: dict[str, Any]) -> list[str]:
    """What the score reaches of what can be reached, one line for each ceiling known."""
    lines = []
    if "share_of_truth" in metrics:
        low, high = metrics["share_of_truth_low"], metrics["share_of_truth_high"]
        share = f"{100 * metrics['share_of_truth']:.1f}% ({100 * low:.1f} to {100 * high:.1f})"
        lines.append(f"{share} of the accuracy that the hidden truth itself reaches")
    if "noise_ceiling" in metrics:
        ceiling = f"{100 * metrics['noise_ceiling']:.1f}%"
        lines.append(f"{ceiling} is the most that judges who disagree leave to any ranking")
    return lines


def _accuracy(metrics: dict[str, Any], name: str) -> float:
    return float(metrics["accuracy"] if name == "score" else metrics["baselines"][name])


def _interval(metrics: dict[str, Any], name: str) -> str:
    """The score's own interval; the others' are best seen as that of the lead over them."""
    if name != "score":
        return ""
    return f" ({100 * metrics['accuracy_low']:.1f} to {100 * metrics['accuracy_high']:.1f})"


def _lead(metrics: dict[str, Any], name: str) -> str:
    """Points of accuracy that the score is ahead, with the interval of the paired difference."""
    if name not in metrics["lead"]:
        return ""
    lead, low, high = (100 * metrics[key][name] for key in ("lead", "lead_low", "lead_high"))
    return f"{lead:+.1f} ({low:+.1f} to {high:+.1f})"


def _highest(scores: pl.DataFrame) -> Table:
    parts = [name for name in scores.columns if name.startswith("part.")]
    shown = [name for name in parts if scores[name].max() > 0]  # type: ignore[operator]
    headers = [name.removeprefix("part.") for name in shown]
    table = Table(
        "person",
        "score",
        Column(f"{SAYS:.0%} of looks", no_wrap=True),
        *headers,
        title=f"The {TOP} highest, and their networks' parts",
    )
    for row in scores.sort("score", "person", descending=[True, False]).head(TOP).to_dicts():
        cells = [f"{row[name]:.2f}" if row[name] > 0 else "" for name in shown]
        ends = f"{row['low']:.1f} to {row['high']:.1f}"
        table.add_row(printable(row["person"]), f"{row['score']:.1f}", ends, *cells)
    return table
