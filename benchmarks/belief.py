"""What weighing by authenticity costs, and what it gives: accuracy with it and without.

Two models, trained alike on the same judgements: one on signals weighed by authenticity, one on
signals in which every actor is believed. They are compared on the same pairs of unseen persons of
the default world of ``dvc repro``, by how much of what either person received is of accounts that
don't act for themselves. That is known from the world's labels, which no model sees.

    python -m benchmarks.belief
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.documents import put_between_markers
from benchmarks.machine import in_a_line
from benchmarks.stability import read_as_of
from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake import Lake
from features.signals.materialize import materialize
from features.signals.owners import claims
from features.simulator import LABELS
from training.influence import train_job
from training.influence.lessons import Lessons
from training.influence.model import Model
from training.judgements import read_judgements

DOCUMENT, NAME = Path("docs/benchmarks.md"), "bench-belief"
DATA, PARAMS = Path("data"), Path("params.yaml")
SUPPORTED = 0.05
"""Share of what somebody received that is of false accounts, from which on it is support."""
RESAMPLES = 1000


def support(lake: Lake, labels: pl.DataFrame) -> pl.DataFrame:
    """Say of each ``person`` what ``share`` of what it received is of false accounts."""
    false = labels.filter(~pl.col("authentic")).select("network", actor="account", false=True)
    received = (
        lake.scan("interactions")
        .join(false.lazy(), on=["network", "actor"], how="left")
        .group_by("network", account="target")
        .agg(pl.len(), pl.col("false").sum())
        .collect(engine="streaming")
    )
    owners = claims(lake, read_as_of(PARAMS)).select("network", "account", "person")
    unclaimed = pl.format("{}:{}", "network", "account")
    return (
        received.join(owners, on=["network", "account"], how="left")
        .group_by(pl.coalesce("person", unclaimed).alias("person"))
        .agg(share=pl.col("false").sum() / pl.col("len").sum())
    )


def right(model: Model, signals: pl.DataFrame, pairs: pl.DataFrame) -> np.ndarray:
    """Say of each pair whether the model agrees with the judge: 1, 0, or ½ for a tie."""
    scores = model.score(signals).select("person", "influence")
    found = pairs
    for side in ("a", "b"):
        mine = scores.rename({"person": side, "influence": f"influence {side}"})
        found = found.join(mine, on=side, how="left", maintain_order="left")
    ahead = (found["influence a"] - found["influence b"]).fill_null(0.0).to_numpy()
    said = found["preference"].to_numpy() - 0.5
    return np.where(ahead * said == 0, 0.5, (ahead * said > 0).astype(float))


def compared(with_: np.ndarray, without: np.ndarray) -> dict[str, float]:
    """Accuracy of both, and the 95% interval of the difference over pairs drawn again."""
    draws = np.random.default_rng(1).integers(0, len(with_), (RESAMPLES, len(with_)))
    difference = (with_ - without)[draws].mean(axis=1)
    return {
        "pairs": len(with_),
        "with": float(with_.mean()),
        "without": float(without.mean()),
        "low": float(np.quantile(difference, 0.025)),
        "high": float(np.quantile(difference, 0.975)),
    }


def answers(pairs: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Train on signals with authenticity and without, as ``dvc repro`` does: what each gets right.

    Each of shape (pairs,).
    """
    lake, catalogue = Lake(DATA / "lake"), Catalogue(load_networks(None))
    standing = pl.read_parquet(DATA / "cold" / "scores.parquet")
    judgements = DATA / "judgements" / "train.parquet"
    with tempfile.TemporaryDirectory() as folder:
        believing = Path(folder) / "signals.parquet"
        materialize(lake, read_as_of(PARAMS), catalogue, standing).sink_parquet(believing)
        taught = Lessons(judgements)
        with_, without = (
            right(
                train_job.train(file, taught, None, PARAMS),
                pl.read_parquet(file),
                pairs,
            )
            for file in (DATA / "signals.parquet", believing)
        )
    return with_, without


def most_supported(pairs: pl.DataFrame) -> np.ndarray:
    """Share of false accounts in what either of a pair received, the larger; shape (pairs,)."""
    shares = support(Lake(DATA / "lake"), pl.read_parquet(DATA / "lake" / LABELS))
    of = dict(shares.iter_rows())
    return np.array([max(of.get(a, 0.0), of.get(b, 0.0)) for a, b in pairs["a", "b"].iter_rows()])


def document(rows: dict[str, dict[str, float]]) -> str:
    """A table in Markdown, and the machine."""
    lines = ["| pairs | | with | without | difference |", "|---|---:|---:|---:|---:|"]
    for name, row in rows.items():
        ends = f"{100 * row['low']:+.2f} to {100 * row['high']:+.2f}"
        figures = f"{row['pairs']:,.0f} | {row['with']:.4f} | {row['without']:.4f}"
        lines.append(f"| {name} | {figures} | {ends} points |")
    lines += ["", f"Support: {SUPPORTED:.0%} or more of what either person received."]
    lines += ["", f"Measured on: {in_a_line(('lightgbm', 'polars'))}."]
    return "\n".join(lines)


def main() -> None:
    """Train both, compare, and write the table to docs/benchmarks.md."""
    argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0]).parse_args()
    test = read_judgements(DATA / "judgements" / "test.parquet")
    pairs = test.filter(pl.col("preference") != 0.5)
    (one, other), most = answers(pairs), most_supported(pairs)
    groups = {"honest": most < SUPPORTED, "inauthentic support": most >= SUPPORTED}
    rows = {name: compared(one[which], other[which]) for name, which in groups.items()}
    text = document(rows)
    put_between_markers(DOCUMENT, NAME, text)
    print(text)
    gains = {name: round(row["with"] - row["without"], 4) for name, row in rows.items()}
    print(json.dumps(gains))


if __name__ == "__main__":
    main()
