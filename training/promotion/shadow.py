"""A shadow score: everybody by the champion and by the candidate, side by side.

The shadow score as a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib import pyplot as plt
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.influence.model import Model

NOWHERE = "base"
"""Stands among the networks for the score of somebody who is on none of them."""


@dataclass(frozen=True)
class Shadow:
    """Scores of the same people by two models.

    Attributes
    ----------
    table
        One row per person: ``person``, ``old``, ``new``, ``change`` (points), ``network`` (whose
        points changed most) and ``points`` (by how many).
    """

    table: pl.DataFrame

    @staticmethod
    def of(old: Model, before: pl.DataFrame, new: Model, after: pl.DataFrame) -> Shadow:
        """Compare scores of the same people in the same order, from `Model.score`."""
        changes = _changes(points_by_network(old, before), points_by_network(new, after))
        values = changes.to_numpy()
        most = np.abs(values).argmax(axis=1)
        table = pl.DataFrame(
            {
                "person": after["person"],
                "old": before["score"],
                "new": after["score"],
                "change": after["score"] - before["score"],
                "network": [changes.columns[place] for place in most],
                "points": values[np.arange(len(values)), most],
            }
        )
        return Shadow(table)

    def figures(self, moved_points: float) -> dict[str, float]:
        """Sum up the changes.

        Returns
        -------
        dict
            In points: ``mean_change``, ``median_change``, ``p95_change`` and ``most_change`` (all
            of sizes) and ``mean_shift`` (signed); ``moved``, the share of people who move by more
            than ``moved_points``; ``rank_correlation`` (Spearman's).
        """
        change = self.table["change"].to_numpy()
        size = np.abs(change)
        old, new = self.table["old"].to_numpy(), self.table["new"].to_numpy()
        return {
            "mean_change": float(size.mean()),
            "median_change": float(np.median(size)),
            "p95_change": float(np.quantile(size, 0.95)),
            "most_change": float(size.max()),
            "mean_shift": float(change.mean()),
            "moved": float((size > moved_points).mean()),
            "rank_correlation": rank_correlation(old, new),
        }

    def movers(self, persons: int) -> pl.DataFrame:
        """Those who move most, the farthest first."""
        order = [pl.col("change").abs(), pl.col("person")]
        return self.table.sort(order, descending=[True, False]).head(persons)

    def by_network(self) -> pl.DataFrame:
        """Persons and their mean ``change`` by the network that moves them most."""
        rows = self.table.group_by("network").agg(persons=pl.len(), change=pl.col("change").mean())
        return rows.sort("persons", "network", descending=[True, False])


def points_by_network(model: Model, scores: pl.DataFrame) -> pl.DataFrame:
    """Divide each score over the networks.

    Two models' influences are in units of their own, so that parts can't be compared; points can.
    What a score has above that of somebody who is nowhere is divided as the parts of influence.

    Parameters
    ----------
    model
        What gave the scores.
    scores
        From `Model.score`.

    Returns
    -------
    DataFrame
        A column per network and `NOWHERE` (f64, points); a row's sum is its score.
    """
    parts = {name: f"part.{name}" for name in (n.name for n in model.catalogue.networks)}
    nowhere = float(model.points(np.array([model.base]))[0])
    whole = pl.sum_horizontal(parts.values())
    share = pl.when(whole > 0).then((pl.col("score") - nowhere) / whole).otherwise(0.0)
    return scores.select(
        pl.lit(nowhere).alias(NOWHERE),
        *((pl.col(part) * share).alias(name) for name, part in parts.items()),
    )


def rank_correlation(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Spearman's rank correlation, ties sharing their ranks; 0 if one of the two is constant."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def _changes(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Subtract point by point; a network that one model does not know gave no points."""
    names = dict.fromkeys([*new.columns, *old.columns])
    zeros = pl.zeros(len(new), eager=True)
    return pl.DataFrame(
        {
            name: (new[name] if name in new.columns else zeros)
            - (old[name] if name in old.columns else zeros)
            for name in names
        }
    )


mpl.use("Agg")


def draw_shadow(shadow: Shadow, file: Path) -> None:
    """Draw how far people move, and from where to where."""
    old, new, change = (shadow.table[name].to_numpy() for name in ("old", "new", "change"))
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), constrained_layout=True)
    left.hist(change, bins=60, color="tab:blue")
    left.set_yscale("log")
    left.set(title="Change of score", xlabel="points", ylabel="persons")
    right.plot([0, 100], [0, 100], color="black", linestyle=":", linewidth=1)
    right.plot(old, new, ".", markersize=2, alpha=0.4, color="tab:blue", rasterized=True)
    right.set(title="Score by both models", xlabel="by the champion", ylabel="by the candidate")
    figure.savefig(file, dpi=100, metadata={"Software": None})
    plt.close(figure)
