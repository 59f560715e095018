"""A person on one network as it would be if more people reacted, or fewer posts drew nothing.

Each thing asked is a world of its own (see `serving.explain.worlds`), so that many are computed at
once. What new people do is folded apart and added to what the person has: sums of tiles add up, as
new people are nobody who reacts already.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from features.declaration import Network
from features.identity import Owners, account_key
from features.lake.contracts import TABLES
from features.standing import DOUBLING, MICRO, micro_standing, standing_by_account
from features.tiles import Tiles, fold
from serving.explain.asked import FewerPosts, Kind, People, interactions_of
from serving.explain.life import Life
from serving.explain.placing import band
from serving.explain.reading import Records
from serving.explain.switches import every_world, side_by_side
from serving.explain.worlds import signals

LATEST = 10
"""Contents to which new people react in turn, newest first."""

NEW_ACCOUNT = "(new)"
"""The account on a network that would be connected."""


def not_connected(network: Network, person: str, as_of: date) -> Records:
    """Make the records of a network with an account that has drawn nothing yet."""
    empty = {name: pl.DataFrame(schema=dict(TABLES[name].columns)) for name in TABLES}
    row = {"network": network.name, "account": NEW_ACCOUNT, "person": person, "page": False}
    claimed = pl.DataFrame([row])
    return Records(
        network=network,
        person=person,
        since=as_of,
        as_of=as_of,
        accounts=(NEW_ACCOUNT,),
        interactions=empty["interactions"],
        contents=empty["contents"],
        counters=empty["counters"],
        links=empty["links"],
        claimed=(claimed, claimed),
        believed=(None, None),
        standing=(None, None),
    )


def imagined(life: Life, asks: Sequence[People | FewerPosts]) -> pl.DataFrame:
    """Compute the network's signals if what was asked were so: a row each, in order."""
    numbers = pl.int_range(len(asks), dtype=pl.UInt64, eager=True).alias("world")
    worlds = every_world(()).drop("world").join(numbers.to_frame(), how="cross")
    tiles = _added(_in_each(life, numbers), _new(life, asks))
    received = [] if tiles is None else [(tiles, life.records.believed[True])]
    there = side_by_side(life, worlds, received)
    return signals(replace(there, published=_published(life, asks)))


def usual(life: Life, reaction: str) -> Kind:
    """Say what those are like who react in one way, or in any if nobody does in this."""
    r = life.records
    rows = r.interactions.with_columns(day=pl.col("at").dt.date())
    received = rows.filter(pl.col("target").is_in(r.accounts))
    alike = received.filter(reaction=reaction)
    theirs = (alike if len(alike) else received).select("actor", "day", "reaction").unique()
    if theirs.is_empty():
        return Kind()
    made = rows.join(theirs, on=["actor", "day", "reaction"], how="semi")
    each = made.group_by("actor", "day", "reaction").agg(busy=pl.len()).select("actor", "busy")
    busy = each.select(pl.col("busy").cast(pl.Float64).median().round()).item()
    return Kind(_score(life, each), int(busy))


def _score(life: Life, actors: pl.DataFrame) -> float | None:
    """Say what score has the standing that half of some actors have at least; None: not known."""
    owners = life.owners(networks=True, actors=True)
    standing = standing_by_account(life.records.standing[True], owners)
    if standing is None:
        return None
    ordered = standing.sort("day") if "day" in standing.columns else standing
    latest = ordered.unique("actor", keep="last", maintain_order=True)
    named = actors.select(account_key("actor").alias("actor")).unique()
    known = named.join(latest, on="actor", how="left")["standing"].fill_null(MICRO)
    median = known.cast(pl.Float64).median()
    return round(DOUBLING * math.log2(float(str(median)) / MICRO), 1)


def account_of(life: Life) -> str:
    """Name the account to which new people react."""
    mine = life.owners(networks=True, actors=True).persons.filter(person=life.records.person)
    connected = mine["account"].sort().to_list()
    return str((connected or life.accounts(networks=True))[0])


def contents_of(life: Life, reaction: str) -> list[str]:
    """Name the contents to which new people react: none, if those of today react to none."""
    r, account = life.records, account_of(life)
    alike = r.interactions.filter(reaction=reaction, target=account)
    if alike["content"].null_count() * 2 > len(alike):
        return []
    newest = r.contents.filter(author=account).sort("at", "content", descending=True)
    return newest["content"].head(LATEST).to_list()


def silent(life: Life) -> pl.DataFrame:
    """List what the person published: ``kind``, ``at``, and ``place``, the newest silent one 0.

    ``place`` is null of what drew something.
    """
    r = life.records
    rows = life.of_person(r.contents.lazy(), "author", networks=True).collect()
    drew = r.interactions.select("content", author="target").drop_nulls().unique()
    quiet = rows.join(drew, on=["author", "content"], how="anti")
    places = quiet.sort("at", "author", "content", descending=True).with_row_index("place")
    keys = ["author", "content"]
    return rows.join(places.select(*keys, "place"), on=keys, how="left").select(
        "kind", "at", "place"
    )


def _published(life: Life, asks: Sequence[People | FewerPosts]) -> pl.DataFrame:
    fewer = [ask.posts if isinstance(ask, FewerPosts) else 0 for ask in asks]
    worlds = pl.DataFrame({"world": range(len(asks)), "fewer": fewer})
    each = worlds.cast({"world": pl.UInt64}).join(silent(life), how="cross")
    kept = each.filter(pl.col("place").is_null() | (pl.col("place") >= pl.col("fewer")))
    return kept.select("world", "kind", "at")


def _new(life: Life, asks: Sequence[People | FewerPosts]) -> Tiles | None:
    """Fold what new people do, the receiver being the world's number."""
    people = [(world, ask) for world, ask in enumerate(asks) if isinstance(ask, People)]
    if not people:
        return None
    reactions = {ask.reaction for _, ask in people}
    usuals = {reaction: usual(life, reaction) for reaction in reactions}
    drawn = {reaction: contents_of(life, reaction) for reaction in reactions}
    parts, standings = [], []
    for world, ask in people:
        kind = usuals[ask.reaction] if ask.kind is None else ask.kind
        contents = drawn[ask.reaction]
        rows = interactions_of(ask, kind, life.records.as_of, _target(world), contents, f"{world}")
        parts.append(rows)
        actors = rows.select(account_key("actor").alias("actor")).unique()
        score = pl.lit(0.0 if kind.score is None else kind.score)
        standings.append(actors.select("actor", standing=micro_standing(score)))
    nobody = pl.DataFrame(schema=_CLAIMED)
    owners = Owners.of(life.records.network, nobody)
    tiles = fold(pl.concat(parts).lazy(), owners, pl.concat(standings))
    return _numbered(tiles, [world for world, _ in people], account_of(life))


def _numbered(tiles: Tiles, worlds: list[int], account: str) -> Tiles:
    """Put worlds' numbers in the place of receivers, and the account into the contents' keys."""
    names = pl.DataFrame({"world": worlds, "name": [_target(world) for world in worlds]})
    own = pl.DataFrame({"name": [account]}).select(account_key("name")).item()
    known = names.select(
        pl.col("world").cast(pl.UInt64),
        receiver=account_key("name"),
        mix=account_key("name") ^ pl.lit(own, pl.UInt64),
    )

    def numbered(frame: pl.DataFrame) -> pl.DataFrame:
        there = frame.join(known, on="receiver", maintain_order="left")
        if "content" in frame.columns:
            there = there.with_columns(pl.col("content") ^ pl.col("mix"))
        columns = [name for name in frame.columns if name != "receiver"]
        return there.select(pl.col("world").alias("receiver"), *columns)

    return _each(tiles, numbered)


def _in_each(life: Life, numbers: pl.Series) -> Tiles | None:
    """Repeat what the person received in each world."""
    tiles = life.folded(networks=True, integrity=True, actors=True)
    if tiles is None:
        return None
    receivers = numbers.alias("receiver").to_frame()
    # Of a pair only the last day within each window matters.
    last = tiles.pairs.group_by("actor", band=band(life.records.as_of))
    pairs = last.agg(pl.col("day").max(), pl.col("reactions").bitwise_or()).drop("band")
    few = replace(tiles, pairs=pairs)
    return _each(few, lambda frame: receivers.join(frame, how="cross"))


def _added(one: Tiles | None, other: Tiles | None) -> Tiles | None:
    """Add tiles up whose actors are different ones."""
    if one is None or other is None:
        return other if one is None else one

    def summed(first: pl.DataFrame, second: pl.DataFrame, key: list[str]) -> pl.DataFrame:
        both = pl.concat([first, second.select(first.columns)])
        return both.group_by(key).agg(pl.all().sum()).select(first.columns)

    by_day = ["receiver", "day"]
    return Tiles(
        summed(one.days, other.days, by_day),
        one.doubted,
        summed(one.contents, other.contents, ["receiver", "content", "day"]),
        pl.concat([one.pairs, other.pairs.select(one.pairs.columns)]),
    )


def _each(tiles: Tiles, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Tiles:
    return Tiles(
        change(tiles.days), change(tiles.doubted), change(tiles.contents), change(tiles.pairs)
    )


def _target(world: int) -> str:
    return f"world {world}"


_CLAIMED = {"network": pl.String, "account": pl.String, "person": pl.String, "page": pl.Boolean}
