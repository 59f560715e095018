"""How near scores come to labels, and how far they agree in order."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy.stats import spearmanr

from training.influence.label_scale import are_scores
from training.judgements.label_table import LABEL, LIST, Labels


def label_agreement(labels: Labels, scores: pl.DataFrame, nobody: float) -> dict[str, Any]:
    """Compare scores with labels.

    Parameters
    ----------
    labels
        A table of numbers, or lists.
    scores
        ``person`` and ``score``.
    nobody
        Score of who is without signals.

    Returns
    -------
    dict
        ``persons`` labelled; ``rank_correlation``, Spearman's, of lists the mean by persons; and
        where labels are scores, from 1 to 100, ``mae``, the mean absolute error in points, by
        weight.
    """
    known = labels.rows.join(scores.select("person", "score"), on="person", how="left")
    known = known.with_columns(pl.col("score").fill_null(nobody))
    lists = [own for own in known.partition_by(LIST) if own["value"].n_unique() > 1]
    rhos = [_rank_correlation(own) for own in lists]
    found: dict[str, Any] = {
        "persons": len(labels.persons),
        "rank_correlation": float(np.average(rhos, weights=[len(own) for own in lists])),
    }
    if labels.kind != LABEL:
        return found | {"lists": labels.rows[LIST].n_unique()}
    value = known["value"].to_numpy()
    if are_scores(value):
        off = np.abs(known["score"].to_numpy() - value)
        found["mae"] = float(np.average(off, weights=known["weight"].to_numpy()))
    return found


def _rank_correlation(own: pl.DataFrame) -> float:
    """Spearman's rho; 0 if all have one score."""
    if own["score"].n_unique() < 2:
        return 0.0
    return float(spearmanr(own["score"], own["value"])[0])
