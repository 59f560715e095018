"""What is around some accounts: all that their behaviours depend on, and no more.

Of an account are needed what it gave and received; of its closest partners the same, for who is
close to whom; of those who came when it came, whether they care for few; and who it is held
together with, one by one. From these rows `measure_accounts` says of it what `behaviours` says,
which reads everything; of others it may say less, so they are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date

import numpy as np
import polars as pl

from features.catalogue.catalogue import HORIZON
from features.incremental.accounts import KnownAccounts
from features.lake.times import day_number
from training.integrity.behaviours.crowds import (
    DEVOTED_TARGETS,
    MOMENT,
    bought,
    crowds,
    likely,
    visits,
)
from training.integrity.behaviours.day_tiles import LATEST_DELAY_DAYS, acts, in_order
from training.integrity.behaviours.lockstep import PAIR, held_together, lockstep
from training.integrity.behaviours.measure import Sides, named, put_together
from training.integrity.behaviours.publications import audiences, publishing
from training.integrity.behaviours.reciprocity import (
    cliques,
    closest,
    edges,
    inward,
    mutual,
    outward,
    reciprocity,
)
from training.integrity.behaviours.rhythm import rhythm
from training.integrity.daily.account_state import State, own, persons
from training.integrity.daily.day_files import NOT_KNOWN, Columns, Days, Mask, about, every_row


def measure_accounts(state: State, days: Days, as_of: date, who: pl.Series) -> pl.DataFrame:
    """Measure every behaviour of some accounts.

    Parameters
    ----------
    state, days
        What is kept of a network, as of the date.
    as_of
        The date.
    who
        Keys (u64) of accounts.

    Returns
    -------
    DataFrame
        As `training.integrity.behaviours.measure.behaviours`, of those among them who were seen.
    """
    around = Around(state, days, as_of)
    theirs = state.accounts.filter(pl.col("key").is_in(who.implode()))
    names = theirs.select("number", account="key", name="account")
    table = put_together(_sides(around, names), as_of)
    return named(table.join(names, on="account", how="semi"), names.drop("number"))


class Around:
    """Looks up what is kept of a network, by number of account."""

    def __init__(self, state: State, days: Days, as_of: date) -> None:
        self.state, self.days = state, days
        self.start = day_number(as_of) - HORIZON
        self.keys = state.accounts["key"]
        self.persons = persons(KnownAccounts(state.accounts), state.merged)

    def mask(self, who: pl.Series) -> Mask:
        """Mark accounts."""
        mask = np.zeros(len(self.keys), np.bool_)
        mask[who.to_numpy()] = True
        return mask

    def keyed(self, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
        """Put keys in the place of numbers."""
        return rows.with_columns(self.keys[rows[name]].alias(name) for name in columns)

    def deeds(self, who: Mask, but: Mask | None = None) -> pl.DataFrame:
        """Take what accounts gave and received; not what is also of some others."""
        rows = self.days.rows("deeds", _but(who, but, "actor", "target"))
        return self._in_time(self._apart(rows))

    def met(self, who: Mask, but: Mask) -> pl.DataFrame:
        """Take the meetings of some accounts, and not of some others."""
        return self.days.rows("met", _but(who, but, *PAIR)).drop("day")

    def posts(self, who: Mask) -> pl.DataFrame:
        """Take what accounts published.

        As of `training.integrity.behaviours.publications.posts`, by number.
        """
        return self.days.rows("posts", about(who, "author")).select("thing", "at", account="author")

    def visits_at(self, moments: pl.DataFrame) -> pl.DataFrame:
        """Take all visits to each ``target`` on a ``day``."""
        targets = {day: self.mask(of["target"]) for (day,), of in moments.group_by("day")}
        rows = self.days.rows("deeds", lambda day, of: targets[day][of["target"]], targets.keys())
        return self._apart(rows).select("actor", *MOMENT).unique()

    def devoted(self, visits: pl.DataFrame) -> pl.Series:
        """Name who cares for few, as far as it decides on whether a crowd was bought.

        Most who visit are known to care for more; of the others it shows after some days.
        """
        social = self.state.given["social"] >= self.start
        visits = likely(likely(visits), (~social).arg_true())
        who = visits.filter("devoted")["actor"].unique()
        targets = visits.select("actor", "target").unique()
        for some in _lately(self.days.runs):
            if who.is_empty():
                break
            rows = self.days.rows("deeds", about(self.mask(who), "actor"), some)
            more = self._apart(rows).select("actor", "target").unique()
            targets = pl.concat([targets, more]).unique()
            few = targets.group_by("actor").len().filter(pl.col("len") <= DEVOTED_TARGETS)
            visits = likely(visits, few["actor"])
            who = visits.filter("devoted")["actor"].unique()
            targets = targets.filter(pl.col("actor").is_in(who.implode()))
        return who

    def _apart(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Drop what passes between accounts of one person."""
        own_ = own(rows["actor"].to_numpy(), rows["target"].to_numpy(), self.persons)
        return rows.filter(~own_) if own_.any() else rows

    def _in_time(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Forget the delay after contents that were published before the 90 days."""
        first = range(self.start, self.start + LATEST_DELAY_DAYS)
        things = self.days.rows("posts", every_row, first)["thing"]
        is_early = pl.col("day") < first.stop
        early, late = rows.filter(is_early), rows.filter(~is_early)
        inside = pl.when(pl.col("thing").is_in(things.implode())).then("delay")
        both = pl.concat([early.with_columns(delay=inside), late])
        return both.with_columns(delay=pl.when(pl.col("delay") != NOT_KNOWN).then("delay"))


def _but(who: Mask, but: Mask | None, *ends: str) -> Callable[[int, Columns], Mask]:
    mine = about(who, *ends)
    if but is None or not but.any():
        return mine
    theirs = about(but, *ends)

    def wanted(day: int, columns: Columns) -> Mask:
        found = mine(day, columns)
        some = np.flatnonzero(found)  # few, so that these alone are looked up
        found[some] = ~theirs(day, {end: columns[end][some] for end in ends})
        return found

    return wanted


def _lately(days: Iterable[int]) -> Iterator[list[int]]:
    """Give days from the latest on: one, two, four, ..."""
    left, size = sorted(days, reverse=True), 1
    while left:
        yield left[:size]
        left, size = left[size:], 2 * size


def _sides(around: Around, names: pl.DataFrame) -> Sides:
    who = around.mask(names["number"])
    rows = around.deeds(who)
    near = around.keyed(rows, "actor", "target")
    by_actor = in_order(near.filter(who[rows["actor"].to_numpy()]))
    edge = edges(near.lazy()).collect()
    mine = {end: pl.col(end).is_in(names["account"].implode()) for end in ("actor", "target")}
    given, received = edge.filter(mine["actor"]).lazy(), edge.filter(mine["target"]).lazy()
    both = mutual(edge.lazy()).filter(mine["actor"]).collect()
    known = around.state.audiences.filter(pl.col("account").is_in(names["name"].implode()))
    wrote = around.keyed(around.posts(who), "account")
    lone = [
        rhythm(acts(by_actor.lazy())),
        outward(given),
        inward(received),
        reciprocity(both.lazy()),
        audiences(known.lazy()),
        publishing(wrote.lazy(), near.lazy()),
        *(
            each.group_by(account=end).agg(pl.col("first").min())
            for each, end in ((given, "actor"), (received, "target"))
        ),
    ]
    *others, published, gave, got = pl.collect_all(lone)
    company = [
        _cliques(around, who, edge, both),
        _crowds(around, who, rows),
        _lockstep(around, who),
    ]
    return Sides([gave, got], published, [*others, *company])


def _cliques(around: Around, who: Mask, edge: pl.DataFrame, both: pl.DataFrame) -> pl.DataFrame:
    """Find who is close to whom; of closest partners, too, it is needed who is close to them."""
    partners = around.keys.is_in(closest(both)["target"].implode()).to_numpy() & ~who
    if partners.any():
        more = around.keyed(around.deeds(partners, but=who), "actor", "target")
        edge = pl.concat([edge, edges(more.lazy()).collect()])
    return cliques(mutual(edge.lazy()).collect())


def _crowds(around: Around, who: Mask, near: pl.DataFrame) -> pl.DataFrame:
    """Look at the moments at which somebody came, then at all of who came with a crowd."""
    mine = near.select("actor", *MOMENT).filter(who[near["actor"].to_numpy()])
    began = mine.group_by("actor").agg(pl.col("day").min())
    came = mine.join(began, on=["actor", "day"], how="semi").unique()
    first = around.visits_at(came.select(MOMENT).unique())
    devoted = around.devoted(first)
    crowded = bought(visits(first.lazy(), devoted)).collect()
    with_it = came.join(crowded, on=MOMENT, how="semi")["actor"].unique()
    theirs = mine.filter(pl.col("actor").is_in(with_it.implode()))
    rest = around.visits_at(theirs.select(MOMENT).unique().join(first, on=MOMENT, how="anti"))
    also = around.devoted(rest)
    inside = pl.concat([first, rest]).join(theirs, on=MOMENT, how="semi")
    others = inside.join(theirs, on=["actor", *MOMENT], how="anti")
    every = pl.concat([theirs, others.select(theirs.columns)])
    found = crowds(every.lazy(), pl.concat([devoted, also]).unique()).collect()
    return around.keyed(found.filter(pl.col("account").is_in(with_it.implode())), "account")


def _lockstep(around: Around, who: Mask) -> pl.DataFrame:
    """Follow from one account to the next who is held together with it."""
    given = around.state.given.with_row_index("account").filter(pl.col("given") > 0)
    known, coming = np.zeros_like(who), who
    parts = [around.met(known, known)]
    while coming.any():
        rows = around.met(coming, known)
        held, _ = held_together(rows, given)
        parts.append(rows.join(held, on=PAIR, how="semi"))
        known = known | coming
        coming = around.mask(pl.concat([held[end] for end in PAIR])) & ~known
    return around.keyed(lockstep(pl.concat(parts), given), "account")
