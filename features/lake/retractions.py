"""What is undone as of a date: interactions and contents taken back, and accounts that left.

A retraction names one of three: an ``id`` (every interaction and content of the network with it),
an id and an ``actor`` (those of the id that the account made), or an actor alone (everything that
the account ever did). From its time on that counts for nothing, until a later row of the same with
``restored``; of two at one instant the one that undoes holds. Rows are left out where they are
read, so a retraction waits for what comes later, and days before it are as they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from features.lake.contracts import TIME
from features.lake.lake import Lake
from features.lake.remembering import remembered
from features.lake.times import midnight
from features.storage.hashing import key

_NAMES = ("id", "actor")
_WAYS = (("id",), ("id", "actor"), ("actor",))
"""Which of them a retraction gives."""
KEYED = "interactions by keys"
"""Stands for interactions whose ids are keys, as `features.signals.tiles.keyed` gives them."""
_COLUMNS = {
    "interactions": ("id", "actor"),
    KEYED: ("id", "actor"),
    "contents": ("content", "author"),
}
"""What they are called in the tables that they are of."""
STATE = {"id": pl.UInt64(), "actor": pl.UInt64(), "at": TIME, "undone": pl.Boolean()}


def state_of(retractions: pl.LazyFrame) -> pl.LazyFrame:
    """Read rows of one network: the last of each ``id`` and ``actor`` (keys), and what it says."""
    keys = key(pl.col("id").replace("", None)), key(pl.col("actor"))
    undoes = ~pl.col("restored").fill_null(value=False)
    return latest(retractions.select(*keys, "at", undone=undoes))


def latest(states: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the last state of each; at one instant, what undoes."""
    return states.sort("at", "undone").unique(_NAMES, keep="last")


@dataclass(frozen=True)
class Undone:
    """What of one network counts for nothing.

    Attributes
    ----------
    targets
        ``id`` and ``actor`` (u64, keys as of accounts), each once; null is any.
    """

    targets: pl.DataFrame

    @staticmethod
    def nothing() -> Undone:
        """Nothing is undone."""
        return Undone(pl.DataFrame(schema=dict.fromkeys(_NAMES, pl.UInt64())))

    @staticmethod
    def by(state: pl.DataFrame) -> Undone:
        """Take what is undone of a state, from `state_of`."""
        return Undone(state.filter("undone").select(_NAMES))

    @staticmethod
    def of(lake: Lake, network: str, as_of: date) -> Undone:
        """Read what is undone by retractions from before 00:00 UTC of a day."""
        return _undone(lake, network, as_of)

    def left_of(self, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Leave out of a table's rows those that are undone."""
        for named, keys in self._named(table):
            rows = rows.join(named.lazy(), left_on=keys, right_on=named.columns, how="anti")
        return rows

    def left_of_frame(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Leave out of a table's rows those that are undone, of rows in memory."""
        if self.is_nothing:
            return rows
        column = pl.col(_COLUMNS[table][0])
        ids = rows.select(column if table == KEYED else key(column)).to_series()
        return self.among(ids).left_of(table, rows.lazy()).collect()

    def taken_from(self, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Keep of a table's rows those that are undone."""
        parts, rest = [rows.clear()], rows
        for named, keys in self._named(table):
            parts.append(rest.join(named.lazy(), left_on=keys, right_on=named.columns, how="semi"))
            rest = rest.join(named.lazy(), left_on=keys, right_on=named.columns, how="anti")
        return pl.concat(parts)

    def among(self, ids: pl.Series) -> Undone:
        """Leave out what names another id than some (keys): of few rows that is nearly all."""
        is_theirs = pl.col("id").is_null() | pl.col("id").is_in(ids.implode())
        return Undone(self.targets.filter(is_theirs))

    def named_by(self, ids: pl.DataFrame) -> pl.DataFrame:
        """Keep what is named by id, or by id and actor: keys ``key`` (of the id) and ``actor``."""
        by_id, by_both = self._ways[("id",)], self._ways[("id", "actor")]
        return ids.filter(pl.col("key").is_in(by_id["id"].implode())).vstack(
            ids.join(by_both, left_on=["key", "actor"], right_on=["id", "actor"], how="semi")
        )

    def _named(self, table: str) -> Iterator[tuple[pl.DataFrame, list[pl.Expr]]]:
        """Give what is named in each way, and the keys of the table's columns to join it by."""
        columns = dict(zip(_NAMES, _COLUMNS[table], strict=True))
        for way, named in self._ways.items():
            if len(named):
                own = (pl.col(columns[name]) for name in way)
                yield named, [each if table == KEYED else key(each) for each in own]

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is undone."""
        return self.targets.is_empty()

    @property
    def accounts(self) -> pl.Series:
        """Name the accounts (keys) of which everything is undone."""
        return self._ways[("actor",)]["actor"]

    @property
    def of_ids(self) -> Undone:
        """Leave out such accounts."""
        return Undone(self.targets.filter(pl.col("id").is_not_null()))

    def difference(self, other: Undone) -> Undone:
        """Name what one of two has undone, and the other has not."""
        if self is other or (self.is_nothing and other.is_nothing):
            return Undone.nothing()
        parts = [
            one.targets.join(two.targets, on=_NAMES, how="anti", nulls_equal=True)
            for one, two in ((self, other), (other, self))
        ]
        return Undone(pl.concat(parts))

    def shared_with(self, other: Undone) -> Undone:
        """Name what both have undone."""
        if self is other or self.is_nothing:
            return self
        return Undone(self.targets.join(other.targets, on=_NAMES, how="semi", nulls_equal=True))

    @cached_property
    def _ways(self) -> dict[tuple[str, ...], pl.DataFrame]:
        """Tell apart in which of `_WAYS` each is named."""
        given = {way: [pl.col(n).is_not_null() == (n in way) for n in _NAMES] for way in _WAYS}
        return {way: self.targets.filter(each).select(way) for way, each in given.items()}


@remembered
def _undone(lake: Lake, network: str, as_of: date) -> Undone:
    files = lake.files("retractions", [network], until=as_of)
    if not files:
        return Undone.nothing()
    rows = lake.scan_files("retractions", files).filter(pl.col("at") < midnight(as_of))
    return Undone.by(state_of(rows).collect(engine="streaming"))


def counted(lake: Lake, network: str, since: date, as_of: date) -> pl.LazyFrame:
    """Scan the interactions of the days ``[since, as_of)`` that count as of a date."""
    rows = lake.scan("interactions", [network], since, as_of)
    return Undone.of(lake, network, as_of).left_of("interactions", rows)
