"""Figures and pairs made those of days that were counted already, and are others now.

What a correction makes other of a day is known row by row, so only that is looked at. Of what adds
up by day the difference is added. Of distinct things the last day is looked up, as it was and as it
is. The peaks of the receivers concerned are looked up. Windows end where the run before ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.figures import QUARTERS, Days, Distinct, Figure, Sum, TileTable
from features.catalogue.measures import figures_of
from features.incremental.accounts import KnownAccounts, actor_of, receiver_of
from features.incremental.backfill import Backfilled
from features.incremental.distinct_delta import DayNumbers, quarters_of, receivers_of
from features.incremental.executor import Later
from features.incremental.ownership_diff import Learned, OwnershipDiff
from features.incremental.pairs import PairTable, corrected
from features.incremental.repair import Repaired, repair
from features.incremental.slide import PRESENT, look_all_peaks_up
from features.incremental.state import ReceivedFrames
from features.incremental.tile_store import KEYS, NEVER, TileStore
from features.incremental.window_state import WindowState
from features.signals.correction import Changed
from features.signals.owners import Owners
from features.signals.windows import figure_columns


@dataclass(frozen=True)
class Amended:
    """What was received by the end of the run before, of days as they are now.

    Attributes
    ----------
    accounts, figures, pairs
        As of `features.incremental.state.ReceivedFrames`.
    stale
        Receivers (keys) of whom figures say nothing: they must be read anew.
    touched
        Receivers (keys) whose figures may be others; the stale too.
    """

    accounts: KnownAccounts
    figures: pl.DataFrame
    pairs: PairTable
    stale: pl.Series
    touched: pl.Series


def amended(
    store: TileStore,
    accounts: KnownAccounts,
    before: ReceivedFrames,
    learned: Learned,
    past: Iterable[Later[Backfilled | None]],
    end: int,
) -> Amended:
    """Change what is kept of days that were counted already.

    Parameters
    ----------
    store
        The tiles that the run before kept; changed.
    accounts
        All that it knew, at least.
    before
        What it computed.
    learned
        Of the network's people since.
    past
        From `features.incremental.backfill.backfill`.
    end
        The day (since 1970) before which its windows ended.
    """
    figures, pairs = before.figures, before.pairs
    stale = _stale(learned, pairs, accounts)
    touched = [stale]
    for later in past:
        if (redone := later.get()) is None:
            continue
        accounts = accounts.with_new(redone.names)
        was = store.as_it_is()
        made = repair(store, accounts, redone)
        rows = pl.concat(rows.select("pair", "day") for rows in (made.pairs.was, made.pairs.now))
        right = corrected(pairs, store, rows, end)
        met = _met(rows, pairs, right, accounts, learned.now.authenticity)
        drawn = _drawn(made.contents, was, store, end)
        figures, others = _figures(figures, made, met, drawn, store, end)
        pairs = right
        touched.append(others)
    return Amended(accounts, figures, pairs, stale, pl.concat(touched))


def _stale(learned: Learned, pairs: PairTable, accounts: KnownAccounts) -> pl.Series:
    """Name (keys) who received for others than before, or from somebody believed otherwise."""
    change = learned.moved
    ones = (_one(known.owners, change) for known in (learned.was, learned.now))
    return pl.concat([change.targets, *ones, _gave_to(pairs, change.believed, accounts)]).unique()


def _one(owners: Owners, change: OwnershipDiff) -> pl.Series:
    """Name what stands for the accounts that receive for somebody else."""
    mine = owners.merged.filter(pl.col("key").is_in(change.targets.implode()))
    return mine["one"]


def _gave_to(pairs: PairTable, actors: pl.Series, accounts: KnownAccounts) -> pl.Series:
    """Name everybody (keys) to whom some actors gave, also on a day that leaves."""
    if actors.is_empty():
        return actors
    met = pairs.lazy().select(actor=actor_of(), number=receiver_of())
    theirs = accounts.numbered(actors)
    found = met.join(theirs, left_on="actor", right_on="number", how="semi")
    keyed = accounts.keyed(found.select("number").unique(), "number", "key")
    return keyed.collect(engine="streaming")["key"]


@dataclass(frozen=True)
class _Things:
    """Distinct things, and when each last met or drew: as it was, and as it is.

    Attributes
    ----------
    receivers
        Keys, in the order of the things.
    was, now
        By figure and reaction, each thing's last day, or `NEVER`.
    quarters
        How far each thing is believed.
    """

    receivers: pl.Series
    was: DayNumbers
    now: DayNumbers
    quarters: NDArray[np.uint8]


def _met(
    rows: pl.DataFrame,
    was: PairTable,
    now: PairTable,
    accounts: KnownAccounts,
    authenticity: pl.DataFrame | None,
) -> _Things:
    """Look up pairs of which some rows are others."""
    pairs = rows["pair"].unique().sort().to_numpy()
    quarters = quarters_of(pairs, accounts, authenticity)
    return _Things(receivers_of(pairs, accounts), was.found(pairs), now.found(pairs), quarters)


def _drawn(rows: Changed, was: TileStore, now: TileStore, end: int) -> _Things:
    """Look up contents of which some rows are others.

    The last day as it was is the later of the last day now and those of rows that are others; but
    where that of now only came, it is looked up.
    """
    contents = pl.concat([rows.was, rows.now]).select(KEYS["contents"]).unique()
    gone, come = (_last(contents, _latest(now, each)) for each in (rows.was, rows.now))
    after = _last(contents, _of_store(now, contents, end))
    before = {name: np.maximum(days, gone[name]) for name, days in after.items()}
    only_came = np.zeros(len(contents), np.bool_)
    for name, days in after.items():
        only_came |= (come[name] > gone[name]) & (come[name] == days)
    if only_came.any():
        some = contents.filter(pl.Series(only_came))
        for name, days in _last(some, _of_store(was, some, end)).items():
            before[name][only_came] = days
    quarters = np.full(len(contents), QUARTERS, np.uint8)
    return _Things(contents["receiver"], before, after, quarters)


def _of_store(store: TileStore, contents: pl.DataFrame, end: int) -> pl.LazyFrame:
    return store.latest("contents", end - HORIZON, end, contents.lazy())


def _latest(store: TileStore, rows: pl.DataFrame) -> pl.LazyFrame:
    """Say of some rows of contents when each last drew."""
    return store.last("contents", rows.lazy()).group_by(KEYS["contents"]).agg(pl.all().max())


def _last(contents: pl.DataFrame, known: pl.LazyFrame) -> DayNumbers:
    """Give the last days of contents, in their order; `NEVER` of those that are not known."""
    key = KEYS["contents"]
    rows = contents.lazy().join(known, on=key, how="left", maintain_order="left")
    found = rows.fill_null(NEVER).drop(key).collect(engine="streaming")
    return {name: found[name].to_numpy() for name in found.columns}


def _figures(
    figures: pl.DataFrame, made: Repaired, met: _Things, drawn: _Things, store: TileStore, end: int
) -> tuple[pl.DataFrame, pl.Series]:
    """Make figures those of the days as they are now; also name (keys) whose may be others."""
    sums = (made.days, made.doubted)
    keys = [rows["receiver"] for each in sums for rows in (each.was, each.now)]
    keys += [met.receivers, drawn.receivers]
    board = WindowState(figures, keys, figure_columns(store.names))
    for each, kinds in zip(sums, ((Sum, Days), (Sum,)), strict=True):
        summed = [(n, figure) for n in store.names for kind in kinds for figure in figures_of(kind)]
        _add_difference(board, each, summed, end)
    _count_difference(board, met, store.names, "pairs", end)
    _count_difference(board, drawn, store.names, "contents", end)
    look_all_peaks_up(board, store, made.peaked, end)
    return board.frame(PRESENT), board.touched


def _add_difference(
    board: WindowState, rows: Changed, summed: list[tuple[str, Figure]], end: int
) -> None:
    """Add to what adds up by day, and take from it."""
    signed = [
        each.select(
            "receiver",
            "day",
            *((sign * f.of_day(n).cast(pl.Int64)).alias(f.column(n)) for n, f in summed),
        )
        for each, sign in ((rows.now, 1), (rows.was, -1))
    ]
    for window in WINDOWS:
        inside = pl.concat(signed).filter(pl.col("day") >= end - window).drop("day")
        change = inside.group_by("receiver").agg(pl.all().sum())
        place = board.find(change["receiver"])
        for name, figure in summed:
            board.add(figure.column(name, window), place, change[figure.column(name)].to_numpy())


def _count_difference(
    board: WindowState, things: _Things, names: list[str], table: TileTable, end: int
) -> None:
    """Count the things that come into windows, and those that leave them."""
    place = board.find(things.receivers)
    for name in names:
        for figure in figures_of(Distinct, table):
            was, now = (days[figure.column(name)] for days in (things.was, things.now))
            weights = figure.believed(things.quarters)
            for window in WINDOWS:
                for some, sign in figure.changes(was, now, end - window):
                    board.count(figure.column(name, window), place[some], weights[some], sign)
