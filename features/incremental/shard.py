"""What a shard of a network's people received, moved on from the run before to this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.incremental.accounts import KnownAccounts
from features.incremental.amend import amended
from features.incremental.backfill import Backfilled
from features.incremental.counters import NetworkContext, differing
from features.incremental.executor import Later
from features.incremental.folding import Folded
from features.incremental.inputs import Inputs
from features.incremental.ownership_diff import Known
from features.incremental.pairs import PairTable, known_pairs, with_day
from features.incremental.recompute import recompute
from features.incremental.slide import slide
from features.incremental.state import ReceivedFrames
from features.incremental.tile_store import TileStore
from features.lake.times import day_number
from features.signals.tallies import tallied_figures


def build_shard(
    inputs: Inputs,
    store: TileStore,
    known: Known,
    tallies: pl.DataFrame,
    named: pl.DataFrame,
    days: Iterable[list[Later[Folded]]],
    on_rows: Callable[[int], None],
) -> ReceivedFrames:
    """Compute what was received from the lake alone, of whole days folded some at a time.

    `named` are the accounts known beside those who took part, as of `features.signals.names.named`;
    `tallies` those of the shard's people, as of `features.signals.tallies.of_receivers`.
    """
    accounts = KnownAccounts.nobody().with_new(named)
    for some in days:
        folded = Folded.together([part.get() for part in some])
        accounts = accounts.with_new(folded.names)
        for day, of_day in folded.tiles.by_day():
            store.put(day, of_day, accounts, folded.took_on(day))
            folded.keep_ids(store, day)
        on_rows(folded.rows)
    end = day_number(inputs.as_of)
    store.build_blocks(end)
    pairs = known_pairs(store, end)
    figures = recompute(store, end, pairs, accounts, known.authenticity)
    tallied = _tallied(store, tallies, end, known)
    return ReceivedFrames(accounts.table, figures, PairTable.of(pairs), tallied)


def _tallied(store: TileStore, tallies: pl.DataFrame, end: int, known: Known) -> pl.DataFrame:
    """Read what tallies say from all of them: a window moves each, so little would be saved."""
    if not known.owners.network.tallies:
        return pl.DataFrame(schema={"receiver": pl.UInt64})
    contents = store.scan("contents", end - HORIZON, end)
    return tallied_figures(tallies, contents, end, known.owners.network)


def update_shard(
    inputs: Inputs,
    store: TileStore,
    before: ReceivedFrames,
    beside: NetworkContext,
    tallies: pl.DataFrame,
    named: pl.DataFrame,
    past: list[Later[Backfilled | None]],
    days: dict[int, list[Later[Folded]]],
    on_rows: Callable[[int], None],
) -> tuple[ReceivedFrames, pl.Series]:
    """Move what was received on.

    Parameters
    ----------
    inputs
        With a run before.
    store
        The tiles that it kept; changed.
    before
        What it computed.
    beside
        What has been learned of the network's people since.
    tallies
        Of the shard's people: `features.signals.tallies.of_receivers`.
    named
        Of the accounts of `beside`, those that belong to the shard by key.
    past
        What it makes other of days before.
    days
        The tiles of the days since, by day since 1970, in parts.
    on_rows
        Called with the number of interactions of each day.

    Returns
    -------
    tuple
        What was received by now, and the receivers (keys) whose figures may be others.
    """
    learned = beside.learned
    assert learned is not None and inputs.since is not None
    believed = learned.now.authenticity
    known = KnownAccounts(before.accounts).with_new(named)
    begun = amended(store, known, before, learned, past, day_number(inputs.since))
    accounts, figures, pairs = begun.accounts, begun.figures, begun.pairs
    stale, touched = begun.stale, [begun.touched]
    for day in range(day_number(inputs.since), day_number(inputs.as_of)):
        if day in days:
            folded = Folded.together([part.get() for part in days[day]])
            accounts = accounts.with_new(folded.names)
            store.put(day, folded.tiles, accounts, folded.took)
            folded.keep_ids(store, day)
            on_rows(folded.rows)
        figures, risen = slide(figures, pairs, store, day, accounts, believed)
        pairs = with_day(pairs, store, day)
        touched.append(risen)
    end = day_number(inputs.as_of)
    if len(stale):
        theirs = pairs.of_receivers(accounts.numbered(stale).collect()["number"])
        anew = recompute(store, end, theirs, accounts, believed, stale)
        others = figures.filter(~pl.col("receiver").is_in(stale.implode()))
        figures = pl.concat([others, anew], how="vertical_relaxed")
    store.forget(end - HORIZON)
    store.build_blocks(end)
    store.keep_patches()
    tallied = _tallied(store, tallies, end, learned.now)
    touched.append(differing(before.tallied, tallied, "receiver"))
    return ReceivedFrames(accounts.table, figures, pairs, tallied), pl.concat(touched)
