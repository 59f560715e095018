"""What is undone as of a date: interactions and contents taken back, and accounts that left.

A retraction names one of three: an ``id`` (every interaction and content of the network with it),
an id and an ``actor`` (those of the id that the account made), or an actor alone (everything that
the account ever did). From its time on that counts for nothing, until a later row of the same with
``restored``; of two at one instant the one that undoes holds. Rows are left out where they are
read, so a retraction waits for what comes later, and days before it are as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from features.lake.lake import Lake
from features.lake.ledger import LakeFile
from features.lake.times import midnight

_NAMES = ("id", "actor")
_WAYS = (("id",), ("id", "actor"), ("actor",))
"""Which of them a retraction gives."""
_COLUMNS = {"interactions": ("id", "actor"), "contents": ("content", "author")}
"""What they are called in the tables that they are of."""


@dataclass(frozen=True)
class Undone:
    """What of one network counts for nothing.

    Attributes
    ----------
    targets
        ``id`` and ``actor`` (str), each once; null is any.
    """

    targets: pl.DataFrame

    @staticmethod
    def nothing() -> Undone:
        """Nothing is undone."""
        return Undone(pl.DataFrame(schema=dict.fromkeys(_NAMES, pl.String())))

    @staticmethod
    def of(
        lake: Lake, network: str, as_of: date, known: Callable[[LakeFile], bool] = lambda _: True
    ) -> Undone:
        """Read what is undone by retractions from before 00:00 UTC of a day.

        Of the files that are `known`: by default all.
        """
        files = [file for file in lake.files("retractions", [network], until=as_of) if known(file)]
        if not files:
            return Undone.nothing()
        rows = lake.scan_files("retractions", files).filter(pl.col("at") < midnight(as_of))
        undoes = ~pl.col("restored").fill_null(value=False)
        is_last = pl.col("at").filter(undoes).max() == pl.col("at").max()
        targets = rows.group_by(pl.col("id").replace("", None), "actor").agg(undone=is_last)
        return Undone(targets.filter("undone").select(_NAMES).collect(engine="streaming"))

    def left_of(self, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Leave out of a table's rows those that are undone."""
        for named, left, right in self._named(table):
            rows = rows.join(named, left_on=left, right_on=right, how="anti")
        return rows

    def left_of_frame(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Leave out of a table's rows those that are undone, of rows in memory in their order."""
        return rows if self.is_nothing else self.left_of(table, rows.lazy()).collect()

    def taken_from(self, table: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Keep of a table's rows those that are undone."""
        parts, rest = [rows.clear()], rows
        for named, left, right in self._named(table):
            parts.append(rest.join(named, left_on=left, right_on=right, how="semi"))
            rest = rest.join(named, left_on=left, right_on=right, how="anti")
        return pl.concat(parts)

    def _named(self, table: str) -> Iterator[tuple[pl.LazyFrame, list[str], tuple[str, ...]]]:
        """Give what is named in each way, with the table's columns and its own to join it by."""
        columns = dict(zip(_NAMES, _COLUMNS[table], strict=True))
        for way in _WAYS:
            if len(named := self._named_by(way)):
                yield named.lazy(), [columns[name] for name in way], way

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is undone."""
        return self.targets.is_empty()

    @property
    def accounts(self) -> pl.Series:
        """Name the accounts of which everything is undone."""
        return self._named_by(("actor",))["actor"]

    @property
    def of_ids(self) -> Undone:
        """Leave out such accounts."""
        return Undone(self.targets.filter(pl.col("id").is_not_null()))

    def difference(self, other: Undone) -> Undone:
        """Name what one of two has undone, and the other has not."""
        if self.targets is other.targets:
            return Undone.nothing()
        parts = [
            one.targets.join(two.targets, on=_NAMES, how="anti", nulls_equal=True)
            for one, two in ((self, other), (other, self))
        ]
        return Undone(pl.concat(parts))

    def shared_with(self, other: Undone) -> Undone:
        """Name what both have undone."""
        return Undone(self.targets.join(other.targets, on=_NAMES, how="semi", nulls_equal=True))

    def _named_by(self, way: tuple[str, ...]) -> pl.DataFrame:
        given = [pl.col(name).is_not_null() == (name in way) for name in _NAMES]
        return self.targets.filter(given).select(way)


def counted(lake: Lake, table: str, network: str, since: date, as_of: date) -> pl.LazyFrame:
    """Scan what counts as of a date of a table's days ``[since, as_of)``, on one network.

    The table is ``interactions`` or ``contents``.
    """
    rows = lake.scan(table, [network], since, as_of)
    return Undone.of(lake, network, as_of).left_of(table, rows)
