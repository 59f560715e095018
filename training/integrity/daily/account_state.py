"""What is kept of one network from one judgement to the next, and how it is moved on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.incremental.accounts import KnownAccounts
from features.incremental.inputs import Inputs
from features.incremental.state import Frames
from features.lake.times import day_number
from features.signals.names import both_ends, named
from features.signals.owners import Owners
from training.integrity.behaviours.crowds import DEVOTED_TARGETS
from training.integrity.behaviours.day_tiles import LATEST_DELAY_DAYS, in_order, keyed, with_delay
from training.integrity.behaviours.lockstep import together
from training.integrity.behaviours.publications import latest_audiences, posts
from training.integrity.daily.day_files import NOT_KNOWN, Day, Days, Mask, about, every_row

Counts = NDArray[np.int64]
"""By number of account."""

Numbers = NDArray[np.uint32]
"""Of accounts."""


@dataclass(frozen=True)
class State(Frames):
    """A network as of a date, beside its days.

    Attributes
    ----------
    accounts
        As of `features.incremental.accounts.KnownAccounts`: all who were seen since days are kept,
        or have an audience.
    given
        By number: ``given`` (i64), interactions given in the 90 days; ``social`` (i32), a day since
        1970 on which it is known to have reacted to more accounts than one who is devoted does in
        all of them (`training.integrity.behaviours.crowds`), the latest if there are several; 0:
        none is.
    merged
        `Owners.merged`, by which ``given`` and who met whom were counted.
    audiences
        As of `latest_audiences`.
    """

    accounts: pl.DataFrame
    given: pl.DataFrame
    merged: pl.DataFrame
    audiences: pl.DataFrame

    @staticmethod
    def empty(owners: Owners) -> State:
        """Begin with nothing."""
        text = {"account": pl.String(), "counter": pl.String(), "value": pl.Float64()}
        return State(
            KnownAccounts.nobody().table,
            pl.DataFrame(schema={"given": pl.Int64(), "social": pl.Int32()}),
            owners.merged,
            pl.DataFrame(schema={**text, "at": pl.Datetime("us", "UTC")}),
        )


def update_state(
    before: State,
    days: Days,
    inputs: Inputs,
    owners: Owners,
    on_rows: Callable[[int], None] = lambda _: None,
) -> State:
    """Take in what has happened, or become known, since the judgement before.

    Parameters
    ----------
    before
        As of then.
    days
        The days kept then; changed.
    inputs
        The lake, beside what was known then.
    owners
        Who owns the network's accounts.
    on_rows
        Called with numbers of interactions folded.
    """
    given, social = (column.to_numpy(writable=True) for column in before.given)
    moving = _Moving(days, inputs, owners, KnownAccounts(before.accounts), given, social)
    moving.forget_what_left(before.merged)
    for day in sorted(moving.to_fold() | moving.owned_otherwise(before.merged)):
        on_rows(moving.fold(day, before.merged))
    fresh = latest_audiences(inputs.new("counters", owners.network.name), owners.network)
    moving.meet(fresh)
    both = pl.concat([before.audiences.lazy(), fresh])
    audiences = latest_audiences(both, owners.network).collect()
    counts = pl.DataFrame({"given": moving.given, "social": moving.social})
    return State(moving.accounts.table, counts, owners.merged, audiences)


@dataclass
class _Moving:
    """A network on its way to a date."""

    days: Days
    inputs: Inputs
    owners: Owners
    accounts: KnownAccounts
    given: Counts
    social: NDArray[np.int32]

    def __post_init__(self) -> None:
        name = self.owners.network.name
        self.files = self.inputs.files_by_day(name)
        self.posts = self.inputs.files_by_day(name, "contents")

    def forget_what_left(self, merged: pl.DataFrame) -> None:
        """Take out the days before the window."""
        start = day_number(self.inputs.start)
        for day in [day for day in self.days.runs if day < start]:
            self.given -= self.counted(day, merged)
        self.days.forget(start)

    def to_fold(self) -> set[int]:
        """Name the days that are new, or of which something came late."""
        fresh, late = (
            {
                day
                for day, files in of.items()
                if day not in self.days.runs or any(map(self.inputs.is_new, files))
            }
            for of in (self.files, self.posts)
        )
        after = {day + delay for day in late for delay in range(LATEST_DELAY_DAYS + 1)}
        return fresh | late | (after & self.files.keys())

    def owned_otherwise(self, merged: pl.DataFrame) -> set[int]:
        """Name the days of which other rows than before pass between accounts of one person."""
        both = self.owners.merged.join(merged, on="key", how="full", coalesce=True, suffix=".was")
        moved = both.filter(pl.col("one").ne_missing(pl.col("one.was")))["key"]
        if moved.is_empty():
            return set()
        mask = self.accounts.table["key"].is_in(moved.implode()).to_numpy()
        rows = self.days.rows("deeds", about(mask, "actor", "target"))
        was, now = (self.own(rows, each) for each in (merged, self.owners.merged))
        return set(rows["day"].filter(was != now).to_list())

    def fold(self, day: int, merged: pl.DataFrame) -> int:
        """Fold a day anew; returns how many interactions it has."""
        if day in self.days.runs:
            self.given -= self.counted(day, merged)
            self.social[self.social == day] = 0
        lake, files = self.inputs.lake, self.files.get(day, [])
        contents = lake.scan_files("contents", self.posts.get(day, []))
        interactions = lake.scan_files("interactions", files)
        rows = keyed(interactions).collect(engine="streaming")
        self.meet(pl.concat([both_ends(interactions), contents.select(account="author")]))
        published = posts(contents).rename({"account": "author"}).collect(engine="streaming")
        self._put(day, in_order(rows), numbered(published, self.accounts, "author"))
        return sum(file.rows for file in files)

    def meet(self, accounts: pl.LazyFrame) -> None:
        """Know more accounts (``account``)."""
        self.accounts = self.accounts.with_new(named(accounts))
        more = len(self.accounts.table) - len(self.given)
        self.given = np.concatenate([self.given, np.zeros(more, np.int64)])
        self.social = np.concatenate([self.social, np.zeros(more, np.int32)])

    def _put(self, day: int, rows: pl.DataFrame, published: pl.DataFrame) -> None:
        earlier = range(day - LATEST_DELAY_DAYS, day)
        known = self.days.rows("posts", every_row, earlier)
        posted = pl.concat([each.select("thing", "at") for each in (known, published)])
        at = posted.select(content="thing", published="at").sort("content")
        timed = with_delay(rows, at).with_columns(pl.col("delay").fill_null(NOT_KNOWN))
        # In order of the actors' keys, by which it is decided who is compared with whom.
        deeds = numbered(timed, self.accounts, "actor", "target")
        apart = deeds.filter(~self.own(deeds, self.owners.merged))
        self.days.put(day, Day(deeds, published, together(apart)))
        actor = apart["actor"].to_numpy()
        self.given += np.bincount(actor, minlength=len(self.given))
        social = _targets(actor, apart["target"].to_numpy(), len(self.given)) > DEVOTED_TARGETS
        self.social[social] = np.maximum(self.social[social], day)

    def counted(self, day: int, merged: pl.DataFrame) -> Counts:
        """Count what each account gave on a day that is kept."""
        deeds = self.days.columns("deeds", day)
        passed = own(deeds["actor"], deeds["target"], persons(self.accounts, merged))
        return np.bincount(deeds["actor"][~passed], minlength=len(self.given))

    def own(self, rows: pl.DataFrame, merged: pl.DataFrame) -> pl.Series:
        """Tell which rows pass between accounts of one person."""
        actor, target = rows["actor"].to_numpy(), rows["target"].to_numpy()
        return pl.Series(own(actor, target, persons(self.accounts, merged)), dtype=pl.Boolean)


def persons(accounts: KnownAccounts, merged: pl.DataFrame) -> Counts:
    """Number the persons who own several accounts, from 1, by number of account; 0: any other."""
    if merged.is_empty():
        return np.zeros(len(accounts.table), np.int64)
    ones = accounts.table.join(merged, on="key", how="left", maintain_order="left")["one"]
    return ones.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()


def own(actor: Numbers, target: Numbers, persons: Counts) -> Mask:
    """Tell which interactions pass between two accounts of one of `persons`."""
    if not persons.any():
        return np.zeros(len(actor), np.bool_)
    return np.asarray((persons[actor] == persons[target]) & (persons[actor] > 0))


def _targets(actor: Numbers, target: Numbers, accounts: int) -> Counts:
    """Count the accounts that each account reacted to."""
    pairs = np.unique(actor.astype(np.uint64) << np.uint64(32) | target)
    return np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=accounts)


def numbered(rows: pl.DataFrame, accounts: KnownAccounts, *columns: str) -> pl.DataFrame:
    """Put numbers in the place of keys."""
    numbers = accounts.table.select("key", "number")
    for column in columns:
        found = rows.select(key=column).join(numbers, on="key", how="left", maintain_order="left")
        rows = rows.with_columns(found["number"].alias(column))
    return rows
