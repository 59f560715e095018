"""How much evidence scores rest on, in a line."""

from __future__ import annotations

import numpy as np
import polars as pl

from training.influence.confidence import confidence

GROUPS = {0: "none", 1: "1 to 2", 3: "3 to 9", 10: "10 to 99", 100: "100 to 999", 1000: "1,000 on"}
"""From how many people on evidence is told apart. Of one who is half believed there is none."""


def evidence(scores: pl.DataFrame) -> str:
    """Say for how many persons how many people reacted, of scores with their ``confidence``.

    >>> people = np.array([0, 1, 2, 2, 40, 5000.0])
    >>> evidence(pl.DataFrame({"confidence": confidence(people)}))
    'people who reacted: none for 1 person, 1 to 2 for 3, 10 to 99 for 1, 1,000 on for 1'
    """
    edges = confidence(np.array([*GROUPS], dtype=np.float64))
    group = np.searchsorted(edges, scores["confidence"].to_numpy(), side="right") - 1
    counts = np.bincount(group, minlength=len(GROUPS)).tolist()
    told = [f"{of} for {n:,}" for of, n in zip(GROUPS.values(), counts, strict=True) if n]
    if not told:
        return "people who reacted: there is nobody to count them for"
    persons = " person" if told[0].endswith(" for 1") else " persons"
    return f"people who reacted: {', '.join([told[0] + persons, *told[1:]])}"
