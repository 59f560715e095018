"""How much an actor's attention is worth: its standing, from the score of the day before.

Standing is ``2 ** (score / 10)``: it doubles every 10 points, so an actor at 70 counts eight times
one at 40. It is kept in whole millionths, since what is summed over days is an integer. An actor
who was never scored has standing 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.declaration import Network
from features.catalogue.figures import MICRO
from features.lake import Lake
from features.lake.spans import spans
from features.signals.owners import Owners, account_key

DOUBLING = 10.0
"""Points of score that double the standing."""


def micro_standing(score: pl.Expr) -> pl.Expr:
    """Standing of a score in millionths (i64)."""
    return (2.0 ** (score / DOUBLING) * MICRO).round().cast(pl.Int64)


def standing_by_person(
    lake: Lake,
    as_of: date,
    given: pl.DataFrame | None,
    persons: pl.Series | None = None,
    since: date | None = None,
) -> pl.DataFrame | None:
    """Collect what is known of people's standing.

    Parameters
    ----------
    lake
        Its ``scores`` before `as_of` count, if there are any.
    as_of
        The date of the run.
    given
        ``person`` and ``score``, for a lake without a history; None: everybody has standing 1.
    persons
        Whose history is wanted; None: everybody's.
    since
        The first day of the history that is wanted; None: all of it.

    Returns
    -------
    DataFrame or None
        ``person``, ``standing`` (millionths) and, of a history, ``day`` (i32, days since 1970):
        the first day that standing holds.
    """
    scores = lake.scan("scores", since=since, until=as_of)
    if persons is not None:
        scores = scores.filter(pl.col("person").is_in(persons.implode()))
    history = (
        scores.group_by("person", day=pl.col("as_of").dt.epoch("d").cast(pl.Int32))
        .agg(micro_standing(pl.col("score").max()).alias("standing"))
        .collect()
    )
    if len(history):
        return history
    if given is None:
        return None
    return given.select(
        pl.col("person").cast(pl.String),
        standing=micro_standing(pl.col("score").cast(pl.Float64)),
    )


@dataclass(frozen=True)
class StandingHistory:
    """Everybody's standing on all days before a date, found by person or by account.

    Attributes
    ----------
    persons
        Each once, in order.
    start
        Where each person's rows begin, and the end.
    day, standing
        As of `standing_by_person`.
    """

    persons: pl.Series
    start: NDArray[np.int64]
    day: NDArray[np.int32]
    standing: NDArray[np.int64]

    @staticmethod
    def of(lake: Lake, as_of: date) -> StandingHistory | None:
        """Read it; None: there is none before the date."""
        rows = standing_by_person(lake, as_of, None)
        if rows is None:
            return None
        rows = rows.sort("person", "day")
        counts = rows.group_by("person", maintain_order=True).len()
        start = np.append(0, counts["len"].cast(pl.Int64).cum_sum().to_numpy())
        return StandingHistory(
            counts["person"], start, rows["day"].to_numpy(), rows["standing"].to_numpy()
        )

    def of_actors(self, network: str, actors: pl.Series, owners: pl.Series) -> pl.DataFrame | None:
        """Find whoever some actors may be: accounts that are persons of their own, and owners.

        Parameters
        ----------
        actors
            Keys of accounts of the network.
        owners
            Persons, none of them null.

        Returns
        -------
        DataFrame or None
            As `standing_by_person` gives it; None: none of them has a history.
        """
        there = self.persons.search_sorted(owners).to_numpy().clip(max=len(self.persons) - 1)
        claimed = there[(self.persons.gather(there) == owners).to_numpy()]
        keys, places = self._unclaimed(network)
        first, last = (keys.searchsorted(actors.to_numpy(), side) for side in ("left", "right"))
        alone = places[spans(first, last)]
        place = np.unique(np.concatenate([claimed, alone])).astype(np.int64)
        if not len(place):
            return None
        rows = spans(self.start[place], self.start[place + 1])
        counts = self.start[place + 1] - self.start[place]
        return pl.DataFrame(
            {
                "person": self.persons.gather(np.repeat(place, counts)),
                "day": self.day[rows],
                "standing": self.standing[rows],
            }
        )

    def _unclaimed(self, network: str) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Give the keys of accounts that are persons of their own, ascending, and their places."""
        if network not in self._by_network:
            prefix = f"{network}:"
            places = self.persons.alias("person").to_frame().with_row_index("place")
            own = places.filter(pl.col("person").str.starts_with(prefix))
            named = own.with_columns(account=pl.col("person").str.strip_prefix(prefix))
            keyed = named.select(account_key("account").alias("key"), pl.col("place")).sort("key")
            self._by_network[network] = (
                keyed["key"].to_numpy(),
                keyed["place"].cast(pl.Int64).to_numpy(),
            )
        return self._by_network[network]

    @cached_property
    def _by_network(self) -> dict[str, tuple[NDArray[np.uint64], NDArray[np.int64]]]:
        return {}


def standing_by_account(by_person: pl.DataFrame | None, owners: Owners) -> pl.DataFrame | None:
    """Spread people's standing over their accounts on one network.

    Returns
    -------
    DataFrame or None
        ``actor`` (key), its ``account`` (str), ``standing`` and, of a history, ``day``; None of
        None.
    """
    if by_person is None:
        return None
    persons, claimed = by_person.lazy(), owners.claimed.lazy()
    columns = ["actor", "account", *by_person.drop("person").columns]
    own = claimed.drop_nulls("person").select("person", "account", actor="key")
    of_claimed = persons.join(own, on="person")
    alone = _unclaimed(persons, owners.network).join(claimed, on="account", how="anti")
    return pl.concat([of_claimed.select(columns), alone.select(columns)]).collect()


def _unclaimed(by_person: pl.LazyFrame, network: Network) -> pl.LazyFrame:
    prefix = f"{network.name}:"
    return (
        by_person.filter(pl.col("person").str.starts_with(prefix))
        .with_columns(account=pl.col("person").str.strip_prefix(prefix))
        .with_columns(actor=account_key("account"))
    )
