"""One network, moved on from the run before to this one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from features.audience import last_of_days
from features.catalogue import HORIZON, WINDOWS
from features.graph import page_figures
from features.identity import Owners, day_number, midnight
from features.lake.ledger import whole_days
from features.sliding.accounts import Accounts
from features.sliding.inputs import Inputs
from features.sliding.known import Known, Moved, moved
from features.sliding.pairs import Pairs, known_pairs, with_anew, with_day
from features.sliding.past import put_right
from features.sliding.published import moved_on, published_at
from features.sliding.readings import needed, standings, standings_with_new, with_new
from features.sliding.refigure import refigure
from features.sliding.slide import slide
from features.sliding.state import State
from features.sliding.store import Store
from features.standing import standing_by_account
from features.tiles import fold

Latest = Callable[[int], pl.DataFrame | None]
"""From a day to the standing of people on it: ``person`` and ``standing``."""


@dataclass(frozen=True)
class Advanced:
    """A network's state, and whose figures may be others than at the run before.

    Attributes
    ----------
    state
        As of this run.
    persons
        None: everybody's.
    """

    state: State
    persons: pl.Series | None


def begin(inputs: Inputs, store: Store, known: Known, on_rows: Callable[[int], None]) -> Advanced:
    """Compute a network's state from the lake alone."""
    owners, network = known.owners, known.owners.network
    by_person = inputs.standing(day_number(inputs.as_of) - 1)
    standing = standing_by_account(by_person, owners)
    accounts = _with_ones(Accounts.nobody(), owners)
    files = inputs.lake.files("interactions", [network.name], inputs.start, inputs.as_of)
    for chunk in whole_days(files):
        rows = inputs.lake.scan_files("interactions", chunk)
        accounts = accounts.with_ends(rows)
        tiles = fold(rows, owners, standing, known.authenticity)
        for day, of_day in tiles.by_day():
            store.put(day, of_day, accounts)
        on_rows(sum(file.rows for file in chunk))
    end = day_number(inputs.as_of)
    store.build_blocks(end)
    pairs = known_pairs(store, end)
    contents = inputs.lake.scan("contents", [network.name], inputs.start, inputs.as_of)
    history = inputs.lake.scan("counters", [network.name], until=inputs.as_of)
    readings = needed(last_of_days(history))
    published = published_at(contents, network, inputs.as_of)
    names = pl.concat([published.select("account"), readings.select("account")])
    state = State(
        accounts.with_new(names.lazy()).table,
        refigure(store, end, pairs, accounts, known.authenticity),
        Pairs.of(pairs),
        published.drop("account"),
        readings,
        standings(readings, network),
        _pages(inputs, owners),
        owners.claimed,
        _believed(known),
    )
    return Advanced(state, None)


def advance(
    inputs: Inputs,
    store: Store,
    before: State,
    now: Known,
    latest: Latest,
    on_rows: Callable[[int], None],
) -> Advanced:
    """Move a network's state on.

    Parameters
    ----------
    inputs
        With a run before.
    store
        The tiles that it kept; changed.
    before
        What it computed.
    now
        What is known of the network's people.
    latest
        Standing on the days since.
    on_rows
        Called with the number of interactions of each day.
    """
    was = before.known(now.owners)
    change = moved(was, now)
    known = _with_ones(Accounts(before.accounts), now.owners)
    accounts, stale = put_right(inputs, store, known, before.pairs, was, now, change)
    figures, pairs, touched = before.figures, before.pairs, [stale]
    assert inputs.since is not None
    for day in range(day_number(inputs.since), day_number(inputs.as_of)):
        accounts = _enter(inputs, store, day, accounts, now, latest, on_rows)
        figures, risen = slide(figures, pairs, store, day, accounts, now.authenticity)
        pairs = with_day(pairs, store, day)
        touched.append(risen)
    end = day_number(inputs.as_of)
    if len(stale):
        numbers = accounts.numbered(stale).collect()
        again = known_pairs(store, end, numbers.lazy())
        pairs = with_anew(pairs, numbers, again)
        anew = refigure(store, end, again, accounts, now.authenticity, stale)
        others = figures.filter(~pl.col("receiver").is_in(stale.implode()))
        figures = pl.concat([others, anew], how="vertical_relaxed")
    store.forget(end - HORIZON)
    store.build_blocks(end)
    return _counted(inputs, before, now, was, change, accounts, figures, pairs, pl.concat(touched))


def _with_ones(accounts: Accounts, owners: Owners) -> Accounts:
    """Add the accounts that stand for several: they may never have taken part themselves."""
    ones = owners.claimed.lazy().join(owners.merged.lazy().select(key="one"), on="key", how="semi")
    return accounts.with_new(ones.select("account"))


def _enter(
    inputs: Inputs,
    store: Store,
    day: int,
    accounts: Accounts,
    now: Known,
    latest: Latest,
    on_rows: Callable[[int], None],
) -> Accounts:
    """Fold a new day."""
    files = inputs.files_by_day(now.owners.network.name).get(day)
    if files is None:
        return accounts
    rows = inputs.lake.scan_files("interactions", files)
    accounts = accounts.with_ends(rows)
    standing = standing_by_account(latest(day), now.owners)
    store.put(day, fold(rows, now.owners, standing, now.authenticity), accounts)
    on_rows(sum(file.rows for file in files))
    return accounts


def _counted(
    inputs: Inputs,
    before: State,
    now: Known,
    was: Known,
    change: Moved,
    accounts: Accounts,
    figures: pl.DataFrame,
    pairs: Pairs,
    receivers: pl.Series,
) -> Advanced:
    """Add what is counted without tiles, and say whose figures may be others."""
    network = now.owners.network
    assert inputs.since is not None
    left = {window: inputs.left("contents", network.name, window) for window in WINDOWS}
    new = inputs.new("contents", network.name, inputs.start)
    published, authored = moved_on(before.published, left, new, network, inputs.as_of)
    history = inputs.lake.scan("counters", [network.name], until=inputs.as_of)
    readings, counted = with_new(
        before.readings, inputs.new("counters", network.name), history, midnight(inputs.since)
    )
    pages = _pages(inputs, now.owners)
    names = pl.concat([authored["account"], counted]).unique()
    accounts = accounts.with_new(pl.LazyFrame({"account": names}))
    state = State(
        accounts.table,
        figures,
        pairs,
        published,
        readings,
        standings_with_new(before.counters, readings, counted, network),
        pages,
        now.owners.claimed,
        _believed(now),
    )
    receiving = accounts.table.filter(pl.col("key").is_in(receivers.implode()))["account"]
    names = pl.concat([receiving, names, change.claims]).unique()
    owners = [now.owners] if was.owners is now.owners else [was.owners, now.owners]
    persons = [_persons(each, names) for each in owners]
    persons += [_differing(before.pages, pages)]
    return Advanced(state, pl.concat(persons).unique())


def _persons(owners: Owners, accounts: pl.Series) -> pl.Series:
    return owners.with_person(pl.LazyFrame({"account": accounts}), "account").collect()["person"]


def _differing(before: pl.DataFrame, after: pl.DataFrame) -> pl.Series:
    """Name the persons with other rows."""
    parts = [
        one.join(other, on=one.columns, how="anti", nulls_equal=True)
        for one, other in ((before, after), (after, before))
    ]
    return pl.concat(part.select("person") for part in parts)["person"]


def _pages(inputs: Inputs, owners: Owners) -> pl.DataFrame:
    if not owners.network.page_graph:
        return pl.DataFrame(schema={"person": pl.String})
    links = inputs.lake.scan("links", [owners.network.name])
    figures = page_figures(links, owners).collect()
    return figures.with_columns(pl.exclude("person").cast(pl.Float64))


def _believed(known: Known) -> pl.DataFrame:
    if known.authenticity is None:
        return pl.DataFrame(schema={"actor": pl.UInt64, "quarters": pl.UInt8})
    return known.authenticity
