"""Days of a few made-up people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from serving.store import Day
from serving.store.day import ACCOUNTS
from training.influence.confidence import FIGURES

FIRST = date(2014, 10, 1)
NETWORKS = ("twitter", "wiki")


def after(days: int) -> date:
    return FIRST + timedelta(days)


def scores_of(people: Mapping[str, float], networks: tuple[str, ...] = NETWORKS) -> pl.DataFrame:
    """Give people of these scores; influence is all from their first network."""
    rows = [
        {"person": person, "influence": score / 7, "score": score, "percentile": score / 2}
        | {"confidence": score / 100, "low": score - score / 9, "high": score + score / 8}
        | {f"part.{each}": score / 7 if each == networks[0] else 0.0 for each in networks}
        for person, score in people.items()
    ]
    numbers = [*FIGURES, *(f"part.{each}" for each in networks)]
    return pl.DataFrame(rows, {"person": pl.String, **dict.fromkeys(numbers, pl.Float64)})


def day(
    number: int,
    people: Mapping[str, float],
    accounts: Mapping[tuple[str, str], str] | None = None,
    model: str = "m1",
) -> Day:
    """Make the day so many days after the first."""
    owned = None if accounts is None else accounts_of(accounts)
    return Day(after(number), model, "c1", scores_of(people).lazy(), owned)


def accounts_of(owners: Mapping[tuple[str, str], str]) -> pl.DataFrame:
    rows = [(*account, person) for account, person in owners.items()]
    return pl.DataFrame(rows, ACCOUNTS, orient="row")
