"""Worlds between two dates: which switches matter, and what each world is made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import WINDOWS
from features.catalogue.declaration import Network
from features.lake.retractions import KEYED
from features.lake.times import day_number
from features.signals.person_table import counter_sums
from serving.explain.person_fold import changed_of
from serving.explain.records import Records
from serving.explain.scenario_inputs import (
    FOLDED_BY,
    STATES,
    SWITCHES,
    ScenarioInputs,
    SwitchState,
)
from serving.explain.scenario_signals import Scenarios, no_figures
from serving.explain.window_bands import OUTSIDE, Bands, Ints, Mask

Places = NDArray[np.intp]


def at_work(life: ScenarioInputs) -> tuple[str, ...]:
    """Name the switches that may make a difference, in the order of `SWITCHES`."""
    r = life.records
    if r.since == r.as_of:
        return ()
    days = life.rows.day[life.rows.is_received] + life.days.start
    received = Bands.of(np.unique(days), r.since, r.as_of)
    published = Bands.of(r.contents["at"].dt.epoch("d").to_numpy(), r.since, r.as_of)
    found = {
        "networks": not (life.same_claims or _own(r, 0).equals(_own(r, 1))),
        "integrity": _integrity_moved(life),
        "actors": r.standing[0] is not r.standing[1]
        or not (life.same_claims or _others(r, 0).equals(_others(r, 1))),
        "retractions": _anything_undone(r),
        "activity": bool(received.came.any()),
        "posts": bool(published.came.any()),
        "window": bool(received.left.any() or published.left.any()),
        "counters": not (
            _stand(life, 0).equals(_stand(life, 1)) and life.tallied[0].equals(life.tallied[1])
        ),
    }
    return tuple(switch for switch in SWITCHES if found[switch])


@lru_cache(maxsize=256)
def every_world(active: tuple[str, ...]) -> pl.DataFrame:
    """List all settings of some switches; the others stay on.

    Returns
    -------
    DataFrame
        ``world`` (u64) and a Boolean column per switch. Bit i of the world's number is the setting
        of the i-th active switch: 0 is as at the first date, the last as at the second.
    """
    settings = [
        dict(zip(reversed(active), each, strict=True))
        for each in product(STATES, repeat=len(active))
    ]
    rows = [dict.fromkeys(SWITCHES, True) | each for each in settings]
    return pl.DataFrame(rows).with_row_index("world").cast({"world": pl.UInt64})


def side_by_side(life: ScenarioInputs, worlds: pl.DataFrame) -> Scenarios:
    """Make worlds of their settings, from `every_world`."""
    network = life.records.network
    received, is_there = _received(life, worlds)
    beside, counted = [_published(life, worlds)], [_counters(life, worlds)]
    if network.page_graph:
        counted.append(_pages(life, worlds))
    if network.tallies:
        counted.append(_tallied(life, worlds))
    claimed = np.array([life.is_claimed(state) for state in STATES])
    is_there = is_there | claimed[worlds["networks"].to_numpy().astype(np.intp)]
    for each in counted:
        is_there = is_there | each[_FOUND].is_not_null().to_numpy()
        beside.append(each.select(name for name in each.columns if name != _FOUND))
    return Scenarios(network, received, is_there, pl.concat(beside, how="horizontal"))


_FOUND = "found"
"""The column that says whether there was anything."""


def _states(worlds: pl.DataFrame, switches: Sequence[str]) -> tuple[list[list[bool]], Places]:
    """List each setting of some switches once, and say which of them each world has."""
    settings = np.stack([worlds[name].to_numpy() for name in switches], axis=1)
    each, which = np.unique(settings, axis=0, return_inverse=True)
    return each.tolist(), which.reshape(-1)


def _received(life: ScenarioInputs, worlds: pl.DataFrame) -> tuple[Ints, Mask]:
    states, which = _states(worlds, (*FOLDED_BY, "activity", "window"))
    network, last = life.records.network, day_number(life.records.as_of) - 1
    found, is_there = no_figures(network, len(states)), np.zeros(len(states), np.bool_)
    # A network without reactions has nothing to read.
    for number, (*folded, came, left) in enumerate(states if network.reactions else []):
        tiles, seen = life.tiles(*folded), life.bands.seen(came=came, left=left)
        if tiles is not None and tiles.is_seen(seen):
            found[number], is_there[number] = tiles.figures(seen, last), True
    return found[which], is_there[which]


def _published(life: ScenarioInputs, worlds: pl.DataFrame) -> pl.DataFrame:
    states, which = _states(worlds, ("networks", "retractions", "posts", "window"))
    counts = []
    for networks, retractions, came, left in states:
        rows = life.contents[networks, retractions]
        seen = Bands(rows["then"].to_numpy(), rows["now"].to_numpy()).seen(came=came, left=left)
        counts.append(published_columns(rows["kind"], seen, life.records.network).sum(axis=0))
    names = published_names(life.records.network)
    return pl.from_numpy(np.stack(counts)[which], names, orient="row")


def published_names(network: Network) -> list[str]:
    """Name the columns of `published_columns`."""
    kinds = [each.signal for each in network.contents]
    return [*kinds, *(f"published.{window}d" for window in sorted(WINDOWS))]


def published_columns(kind: pl.Series, seen: Ints, network: Network) -> Ints:
    """Say of contents of which kind each is, and in which windows.

    Sums are what `features.signals.person_table.contents_by_account` counts.
    """
    is_in = seen < OUTSIDE
    kinds = [(kind == each.name).to_numpy() & is_in for each in network.contents]
    windows = [seen <= place for place in range(OUTSIDE)]
    return np.stack([*kinds, *windows], axis=1).astype(np.int64)


def _counters(life: ScenarioInputs, worlds: pl.DataFrame) -> pl.DataFrame:
    states, which = _states(worlds, ("networks", "counters", "integrity"))
    sums = counter_sums(life.records.network)
    if life.readings[True].is_empty():
        nothing = pl.LazyFrame(schema=VALUES).group_by("world").agg(sums)
        return _each(nothing, which)
    found = []
    for number, (networks, counters, integrity) in enumerate(states):
        values = _values(life, counters, integrity)
        if life.counting(networks) != list(life.records.accounts):
            values = values.filter(pl.col("account").is_in(life.counting(networks)))
        numbered = values.lazy().with_columns(world=pl.lit(number, pl.UInt32))
        found.append(numbered.select(*VALUES))
    # In order of account, as `features.signals.person_table.counters_by_person` sums them.
    every = pl.concat(found).sort("world", "account")
    return _each(every.group_by("world", maintain_order=True).agg(sums), which)


VALUES = {
    "world": pl.UInt32,
    "account": pl.String,
    "counter": pl.String,
    "value": pl.Float64,
    "grown": pl.Float64,
}


def _tallied(life: ScenarioInputs, worlds: pl.DataFrame) -> pl.DataFrame:
    """Say what tallies say as at the date that the counters are of, named reactions and all."""
    states, which = _states(worlds, ("counters",))
    return _by_state([life.tallied[state] for (state,) in states], which)


def _pages(life: ScenarioInputs, worlds: pl.DataFrame) -> pl.DataFrame:
    states, which = _states(worlds, ("networks",))
    return _by_state([life.pages[state] for (state,) in states], which)


def _by_state(rows: list[pl.DataFrame], which: Places) -> pl.DataFrame:
    numbered = [
        each.lazy().with_columns(world=pl.lit(number, pl.UInt32))
        for number, each in enumerate(rows)
    ]
    return _each(pl.concat(numbered, how="vertical_relaxed"), which)


def _each(rows: pl.LazyFrame, which: Places) -> pl.DataFrame:
    """Give each world the row of its state (``world``), nulls if there is none."""
    worlds = pl.LazyFrame({"world": which.astype(np.uint32)})
    found = rows.with_columns(pl.lit(value=True).alias(_FOUND))
    return worlds.join(found, on="world", how="left", maintain_order="left").drop("world").collect()


def _values(life: ScenarioInputs, counters: SwitchState, integrity: SwitchState) -> pl.DataFrame:
    """Say what counters stand at, of which a share is plausible as at one of the dates.

    A counter without a reading then was not doubted then.
    """
    stand, shares = life.readings[counters], life.readings[integrity]
    if counters == integrity:
        return stand
    share = pl.when(pl.col("value") > 0).then(pl.col("grown") / pl.col("value")).otherwise(1.0)
    known = shares.select("account", "counter", share=share)
    both = stand.join(known, on=["account", "counter"], how="left")
    grown = pl.col("value") * pl.col("share").fill_null(1.0)
    return both.select("account", "counter", "value", grown=grown)


def _anything_undone(r: Records) -> bool:
    """Whether a row counts at one of the dates only, but for the windows."""
    tables, undone = {KEYED: r.interactions, "contents": r.contents}, r.undone_between
    return not undone.is_nothing and any(
        len(undone.taken_from(table, rows.lazy()).collect()) for table, rows in tables.items()
    )


def _own(r: Records, which: int) -> pl.DataFrame:
    own = r.claimed[which].filter(pl.col("account").is_in(r.accounts))
    mine = own.select("account", "page", mine=pl.col("person").eq_missing(pl.lit(r.person)))
    return mine.sort("account")


def _others(r: Records, which: int) -> pl.DataFrame:
    return r.claimed[which].filter(~pl.col("account").is_in(r.accounts)).sort("account")


def _stand(life: ScenarioInputs, which: int) -> pl.DataFrame:
    return life.readings[which].select("account", "counter", "value")


def _integrity_moved(life: ScenarioInputs) -> bool:
    r = life.records
    if changed_of(r.believed, life.rows.actor):
        return True
    if life.readings[True].is_empty():
        return False
    both = life.readings[0].join(life.readings[1], on=["account", "counter"], how="full")
    audience = both.filter(pl.col("counter_right").is_in(r.network.audiences))
    share, later = (pl.col(f"grown{end}") / pl.col(f"value{end}") for end in ("", "_right"))
    moved = share.fill_nan(1.0).fill_null(1.0) != later.fill_nan(1.0).fill_null(1.0)
    return bool(audience.select(moved.any()).item()) if len(audience) else False
