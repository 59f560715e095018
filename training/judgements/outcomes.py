"""Judgements from what came after: who drove more distinct people to act."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betainc

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import TABLES, Lake
from features.lake.times import midnight
from training.judgements.candidates import candidates
from training.judgements.sampling import People, default_pairs, sample

JUDGE = "outcome"


def judge_outcomes(
    lake: Lake,
    as_of: date,
    horizon: int,
    catalogue: Catalogue,
    pairs: int | None = None,
    seed: int = 1,
) -> pl.DataFrame:
    """Judge pairs of persons by how many people reacted to each in the days from `as_of` on.

    Parameters
    ----------
    lake
        What happened.
    as_of
        The day of the signals that the judgements are to be explained by.
    horizon
        Days that are looked at: ``[as_of, as_of + horizon)``.
    catalogue
        The networks to look at.
    pairs
        How many judgements; None: two per person with an outcome, at most 200,000.
    seed
        Of the choice of pairs, which is the same whatever the order of the lake's rows.

    Returns
    -------
    DataFrame
        ``a``, ``b``, ``preference`` (see `preference`), ``judged_at`` (the end of the horizon)
        and ``judge`` (`JUDGE`), as in the lake's table; ascending by a and b.

    Raises
    ------
    KloutError
        If nobody known at `as_of` drew a reaction in the horizon, or all drew as many.
    """
    known = candidates(lake, as_of, horizon, catalogue)
    people = People(known["before"].to_numpy(), known["after"].to_numpy())
    until = as_of + timedelta(horizon)
    if not people.after.any():
        raise KloutError(
            f"{lake.root}: nobody known at {as_of} drew a reaction before {until}; "
            f"the last day with interactions is {last_day(lake)}"
        )
    a, b = sample(people, default_pairs(people) if pairs is None else pairs, seed)
    if not len(a):
        raise KloutError(
            f"{lake.root}: all {len(known)} persons known at {as_of} drew as many people before "
            f"{until}; judgements need two who differ"
        )
    table = TABLES["judgements"].columns
    return pl.DataFrame(
        {
            "a": known["person"].gather(a),
            "b": known["person"].gather(b),
            "preference": preference(people.after[a], people.after[b]),
        }
    ).select(
        "a", "b", "preference", judged_at=pl.lit(midnight(until), table["judged_at"]),
        judge=pl.lit(JUDGE),
    ).sort("a", "b")  # fmt: skip


def preference(count_a: NDArray[Any], count_b: NDArray[Any]) -> NDArray[np.float64]:
    """Say how sure two counts are that a's rate is above b's.

    A count n of a Poisson variable leaves, under Jeffreys' prior, the posterior
    rate ~ Gamma(n + ½, 1) (Jeffreys, 1946). For independent rates x of a and y of b,
    y / (x + y) ~ Beta(n_b + ½, n_a + ½), and x > y where this is below ½. So
    P(x > y) = I_½(n_b + ½, n_a + ½), the regularised incomplete beta function.

    >>> preference(np.array([1, 0, 3, 100]), np.array([0, 0, 3, 50])).round(3).tolist()
    [0.818, 0.5, 0.5, 1.0]
    """
    return np.asarray(betainc(count_b + 0.5, count_a + 0.5, 0.5))


def last_day(lake: Lake) -> date | None:
    """Give the last day on which anybody reacted; None if nobody ever did."""
    days = [file.day for file in lake.files("interactions") if file.day]
    return date.fromisoformat(max(days)) if days else None
