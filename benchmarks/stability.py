"""How far scores move when a model is trained again, and from one day to the next.

Retraining: with another seed, and with nine tenths of the judgements (and another seed), on the
same signals. Time: the same model on the signals of a day and of a week before. The bounds of the
second are what 30 real Klout profiles did. Needs the default world of ``dvc repro``.

    python -m benchmarks.stability
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from scipy.stats import spearmanr

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from features.lake import Lake
from features.signals.materialize import materialize
from training.influence.fit import fit
from training.influence.model import Model, read_signals
from training.influence.params import TrainingParams, read_scale
from training.judgements import read_judgements

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-stability"
DATA, PARAMS = Path("data"), Path("params.yaml")
HIGH = 50.0
"""Above this score nobody is to move by more than five points when a model is trained again."""


def retrained(model: Model, people: pl.DataFrame, judgements: pl.DataFrame) -> dict[str, pl.Series]:
    """Scores of everybody by models trained again, by what was different."""
    params, scale = TrainingParams.read(PARAMS), read_scale(PARAMS)
    other = replace(params, seed=params.seed + 1)
    tenths = judgements.sample(fraction=0.9, seed=other.seed)
    variants = {
        "another seed": (judgements, other),
        "90% of the judgements": (tenths, params),
        "90% of them, another seed": (tenths, other),
    }
    return {
        name: fit(people, judged, model.catalogue, settings, scale).score(people)["score"]
        for name, (judged, settings) in variants.items()
    }


def of_retraining(before: pl.Series, after: pl.Series) -> dict[str, float]:
    """Rank correlation, mean change, and the largest change of who is above `HIGH` in either."""
    old, new = before.to_numpy(), after.to_numpy()
    moved, high = np.abs(new - old), np.maximum(old, new) > HIGH
    return {
        "rank_correlation": float(spearmanr(old, new)[0]),
        "mean_change": float(moved.mean()),
        "most_above_50": float(moved[high].max()),
    }


def of_time(model: Model, as_of: date, days: int, now: pl.DataFrame) -> dict[str, float]:
    """Median and 90th percentile of the change of score over some days, of who was there then."""
    standing = pl.read_parquet(DATA / "cold" / "scores.parquet", columns=["person", "score"])
    lake, then = Lake(DATA / "lake"), as_of - timedelta(days)
    # As believed on the last day: steps are held, so that they hardly change in a week.
    believed = pl.read_parquet(DATA / "authenticity.parquet")
    earlier = materialize(lake, then, model.catalogue, standing, believed).collect()
    old = model.score(earlier).select("person", before="score")
    both = model.score(now).join(old, on="person")
    moved = (both["score"] - both["before"]).abs()
    return {"median": float(moved.median()), "p90": float(moved.quantile(0.9))}  # type: ignore[arg-type]


def document(retraining: dict[str, dict[str, float]], time: dict[int, dict[str, float]]) -> str:
    """Two tables in Markdown, and the machine."""
    lines = ["| trained again with | rank correlation | mean change | largest above 50 |"]
    lines.append("|---|---:|---:|---:|")
    for name, row in retraining.items():
        values = row["rank_correlation"], row["mean_change"], row["most_above_50"]
        lines.append("| {} | {:.4f} | {:.2f} | {:.1f} |".format(name, *values))
    lines += ["| wanted | 0.99 | 1 | 5 |", "", "| same model, days | median change | 90% below |"]
    lines.append("|---|---:|---:|")
    for days, row in time.items():
        lines.append(f"| {days} | {row['median']:.2f} | {row['p90']:.2f} |")
    lines += [
        "| wanted: 1 | 0.1 | 0.5 |",
        "| wanted: 7 | 0.6 | 2.3 |",
        "",
        f"Measured on: {in_a_line(('lightgbm', 'polars'))}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    model = Model.load(Path("models/candidate"))
    people = pl.concat(read_signals(DATA / "signals.parquet", model.catalogue))
    judgements = read_judgements(DATA / "judgements" / "train.parquet")
    scores = model.score(people)["score"]
    again = {
        name: of_retraining(scores, other)
        for name, other in retrained(model, people, judgements).items()
    }
    as_of = read_as_of(PARAMS)
    time = {days: of_time(model, as_of, days, people) for days in (1, 7)}
    text = document(again, time)
    put_between_markers(DOCUMENT, NAME, text)
    print(text)
    worst = {
        "rank_correlation": min(row["rank_correlation"] for row in again.values()),
        "mean_change": max(row["mean_change"] for row in again.values()),
        "most_above_50": max(row["most_above_50"] for row in again.values()),
        "day_median": time[1]["median"],
        "day_p90": time[1]["p90"],
        "week_median": time[7]["median"],
        "week_p90": time[7]["p90"],
    }
    print(json.dumps({name: round(value, 4) for name, value in worst.items()}))


def read_as_of(params: Path) -> date:
    """Read the date of the default world."""
    return date.fromisoformat(yaml.safe_load(params.read_text())["as_of"])


if __name__ == "__main__":
    main()
