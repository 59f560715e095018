"""Worlds between two dates: which switches matter, and what each world is made of."""

from __future__ import annotations

from itertools import product

import polars as pl

from features.lake.retractions import KEYED
from features.signals.correction import changed
from features.signals.tiles import Tiles
from serving.explain.received import keys_of
from serving.explain.records import Records
from serving.explain.scenario_inputs import (
    FOLDED_BY,
    STATES,
    SWITCHES,
    ScenarioInputs,
    SwitchState,
)
from serving.explain.scenario_signals import (
    PAGES,
    VALUES,
    Scenarios,
    ScenarioTiles,
    published_by_world,
)
from serving.explain.window_bands import placed, with_bands


def at_work(life: ScenarioInputs) -> tuple[str, ...]:
    """Name the switches that may make a difference, in the order of `SWITCHES`."""
    r = life.records
    if r.since == r.as_of:
        return ()
    received = r.interactions.filter(pl.col("target").is_in(keys_of([*r.accounts]).implode()))
    days = (
        received.select(pl.col("day").cast(pl.Int64)),
        r.contents.select(day=pl.col("at").dt.epoch("d")),
    )
    received, published = (with_bands(each.unique(), r.since, r.as_of) for each in days)
    found = {
        "networks": not _own(r, 0).equals(_own(r, 1)),
        "integrity": _integrity_moved(life),
        "actors": not _others(r, 0).equals(_others(r, 1)) or r.standing[0] is not r.standing[1],
        "retractions": _anything_undone(r),
        "activity": _came(received),
        "posts": _came(published),
        "window": _left(received) or _left(published),
        "counters": not (
            _stand(life, 0).equals(_stand(life, 1)) and life.tallied[0].equals(life.tallied[1])
        ),
    }
    return tuple(switch for switch in SWITCHES if found[switch])


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


def side_by_side(
    life: ScenarioInputs,
    worlds: pl.DataFrame,
    received: list[ScenarioTiles] | None = None,
    published: pl.DataFrame | None = None,
) -> Scenarios:
    """Make worlds of their settings, from `every_world`.

    With ``received`` and ``published``, that is what came in and was published; else what the
    person received and published, as the settings say.
    """
    r = life.records
    groups = worlds.group_by("networks", maintain_order=True)
    by_networks = [(bool(state), group) for (state,), group in groups]
    return Scenarios(
        network=r.network,
        as_of=r.as_of,
        count=len(worlds),
        received=_received(life, worlds) if received is None else received,
        published=_published(life, by_networks) if published is None else published,
        counters=pl.concat(_counters(life, state, group) for state, group in by_networks),
        pages=pl.concat(_pages(life, state, group) for state, group in by_networks),
        claimed=pl.concat(
            group["world"] if life.is_claimed(state) else group["world"].clear()
            for state, group in by_networks
        ),
        tallied=_tallied(life, worlds) if r.network.tallies else None,
    )


def _received(life: ScenarioInputs, worlds: pl.DataFrame) -> list[ScenarioTiles]:
    found: list[ScenarioTiles] = []
    for states, group in worlds.group_by(*FOLDED_BY, maintain_order=True):
        networks, integrity, actors, retractions = map(bool, states)
        tiles = life.tiles(networks, integrity, actors, retractions)
        if tiles is not None:
            found.append((_placed(tiles, group, life.records), life.records.believed[integrity]))
    return found


def _placed(tiles: Tiles, worlds: pl.DataFrame, r: Records) -> Tiles:
    frames = (tiles.days, tiles.doubted, tiles.contents, tiles.pairs)
    there = (placed(frame, worlds, "activity", r.as_of) for frame in frames)
    return Tiles(*(frame.rename({"world": "receiver"}) for frame in there))


def _published(
    life: ScenarioInputs, by_networks: list[tuple[SwitchState, pl.DataFrame]]
) -> pl.DataFrame:
    r = life.records
    every = [
        placed(life.contents[state, bool(retractions)], some, "posts", r.as_of)
        for state, each in by_networks
        for (retractions,), some in each.group_by("retractions", maintain_order=True)
    ]
    at = pl.from_epoch("day", "d").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    rows = pl.concat(every).select("world", "kind", at=at)
    return published_by_world(rows, r.network, r.as_of)


def _counters(life: ScenarioInputs, networks: SwitchState, worlds: pl.DataFrame) -> pl.DataFrame:
    found = [pl.DataFrame(schema=VALUES)]
    for (counters, integrity), group in worlds.group_by("counters", "integrity"):
        values = _values(life, bool(counters), bool(integrity)).lazy()
        mine = life.of_person(values, "account", networks).collect()
        found.append(group.select("world").join(mine, how="cross").select(*VALUES))
    return pl.concat(found)


def _tallied(life: ScenarioInputs, worlds: pl.DataFrame) -> pl.DataFrame:
    """Say what tallies say as at the date that the counters are of, named reactions and all."""
    by_state = worlds.group_by("counters", maintain_order=True)
    return pl.concat(
        group.select("world").join(life.tallied[bool(state)], how="cross")
        for (state,), group in by_state
    )


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


def _pages(life: ScenarioInputs, networks: SwitchState, worlds: pl.DataFrame) -> pl.DataFrame:
    if not life.records.network.page_graph:
        return pl.DataFrame(schema=PAGES)
    rows = worlds.select("world").join(life.pages[networks], how="cross")
    return rows.select(pl.col(name).cast(dtype) for name, dtype in PAGES.items())


def _anything_undone(r: Records) -> bool:
    """Whether a row counts at one of the dates only, but for the windows."""
    tables, undone = {KEYED: r.interactions, "contents": r.contents}, r.undone_between
    return not undone.is_nothing and any(
        len(undone.taken_from(table, rows.lazy()).collect()) for table, rows in tables.items()
    )


def _came(days: pl.DataFrame) -> bool:
    """Whether anything lies in a narrower window than it did."""
    return bool((days["now"] < days["then"]).any())


def _left(days: pl.DataFrame) -> bool:
    return bool((days["now"] > days["then"]).any())


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
    actors = r.interactions["actor"].unique()
    if changed(*r.believed).is_in(actors.implode()).any():
        return True
    both = life.readings[0].join(life.readings[1], on=["account", "counter"], how="full")
    audience = both.filter(pl.col("counter_right").is_in(r.network.audiences))
    share, later = (pl.col(f"grown{end}") / pl.col(f"value{end}") for end in ("", "_right"))
    moved = share.fill_nan(1.0).fill_null(1.0) != later.fill_nan(1.0).fill_null(1.0)
    return bool(audience.select(moved.any()).item()) if len(audience) else False
