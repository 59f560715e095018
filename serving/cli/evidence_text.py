"""How much evidence scores rest on, in a line."""

from __future__ import annotations

from math import inf

import numpy as np
import polars as pl

from training.influence.confidence import confidence

GROUPS = {3: "under 3", 10: "3 to 10", 100: "10 to 100", 1000: "100 to 1,000", inf: "1,000 on"}
"""Kinds of evidence, by how many people it is below."""


def evidence(scores: pl.DataFrame) -> str:
    """Say for how many persons how many people reacted, of scores with their ``confidence``.

    >>> people = np.array([0, 1, 2, 2, 40, 5000.0])
    >>> evidence(pl.DataFrame({"confidence": confidence(people)}))
    'people who reacted, mean of 7, 30 and 90 days: none for 1, under 3 for 3, 10 to 100 for 1, \
1,000 on for 1'
    """
    sure = scores["confidence"].to_numpy()
    group = np.searchsorted(confidence(np.array([*GROUPS])), sure, side="right")
    counts = np.bincount(np.where(sure > 0, group + 1, 0), minlength=1 + len(GROUPS)).tolist()
    kinds = zip(("none", *GROUPS.values()), counts, strict=True)
    told = ", ".join(f"{of} for {count:,}" for of, count in kinds if count)
    return f"people who reacted, mean of 7, 30 and 90 days: {told}"
