"""A person on one network as it would be if more people reacted, or fewer posts drew nothing.

Each thing asked is a world of its own (see `serving.explain.scenario_signals`), so that many are
computed at once. What new people do is folded apart (`serving.explain.synthetic_actors`) and added
to what the person has: sums of tiles add up, as new people are nobody who reacts already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

import polars as pl

from features.catalogue.declaration import Network
from features.lake.contracts import TABLES
from features.lake.retractions import Undone
from features.signals.owners import account_key
from features.signals.tiles import IDS, Tiles, keyed, kinds
from features.signals.windows import figure_columns, figures
from serving.explain.records import PAGES, Records
from serving.explain.requests import FewerPosts, MoreReactors
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_signals import published_by_world, signals
from serving.explain.scenarios import every_world, side_by_side
from serving.explain.synthetic_actors import (
    ActorCycles,
    Sort,
    SyntheticActors,
    cycles_of,
    synthetic_actors,
)
from serving.explain.typical_actor import account_of, contents_of, newest_of, silent, typical_actor

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
        interactions=keyed(empty["interactions"].lazy(), network, IDS).collect(),
        contents=empty["contents"],
        counters=empty["counters"],
        tallies=empty["tallies"],
        pages=pl.DataFrame(schema=PAGES),
        claimed=(claimed, claimed),
        believed=(None, None),
        standing=(None, None),
        undone=(Undone.nothing(), Undone.nothing()),
    )


class CounterfactualSignals:
    """A person on one network, to be imagined otherwise again and again.

    What no new people touch is read once: who reacts already, and all contents but the newest.
    """

    def __init__(self, life: ScenarioInputs) -> None:
        self.life = life
        self._asked: list[MoreReactors] = []
        self._cycles: ActorCycles | None = None

    def signals(self, asks: Sequence[MoreReactors | FewerPosts]) -> pl.DataFrame:
        """Compute the network's signals if what was asked were so: a row each, in order."""
        numbers = pl.int_range(len(asks), dtype=pl.UInt64, eager=True).alias("receiver")
        worlds = every_world(()).drop("world").join(numbers.to_frame("world"), how="cross")
        crowded = self._crowds(asks)
        tiles = _added(self._touched(numbers), crowded)
        there = side_by_side(
            self.life,
            worlds,
            [] if tiles is None else [(tiles, self.life.records.believed[True])],
            self._published(asks),
        )
        besides = [self._besides(numbers), *([crowded.actors] if crowded else [])]
        return signals(replace(there, besides=pl.concat(besides, how="diagonal")))

    def _crowds(self, asks: Sequence[MoreReactors | FewerPosts]) -> SyntheticActors | None:
        """Multiply out the new people of each world; None: there are none in any."""
        people: dict[MoreReactors, dict[int, int]] = {}
        for world, ask in enumerate(asks):
            if isinstance(ask, MoreReactors):
                people.setdefault(replace(ask, people=1), {})[world] = ask.people
        if not people:
            return None
        if not people.keys() <= set(self._asked):
            self._asked = [*dict.fromkeys([*self._asked, *people])]
            sorts = [self._sort(ask) for ask in self._asked]
            self._cycles = cycles_of(self.life, account_of(self.life), sorts)
        assert self._cycles is not None
        return synthetic_actors(self._cycles, [people.get(ask, {}) for ask in self._asked])

    def _sort(self, ask: MoreReactors) -> Sort:
        kind = typical_actor(self.life, ask.reaction) if ask.kind is None else ask.kind
        return Sort(ask, kind, tuple(contents_of(self.life, ask.reaction)))

    @cached_property
    def _received(self) -> Tiles | None:
        return self.life.folded(networks=True, integrity=True, actors=True, retractions=True)

    @cached_property
    def _is_newest(self) -> pl.Expr:
        """Whether a content is one to which new people may react."""
        names = pl.DataFrame({"content": newest_of(self.life)}, schema={"content": pl.String})
        own = pl.lit(account_of(self.life)).alias("own")
        keys = names.with_columns(own).select(account_key("content") ^ account_key("own"))
        return pl.col("content").is_in(keys.to_series().implode())

    def _touched(self, numbers: pl.Series) -> Tiles | None:
        """Repeat in each world what new people add to: days, and the newest contents."""
        if self._received is None:
            return None
        contents = self._received.contents.filter(self._is_newest)
        few = replace(self._received, contents=contents, pairs=self._received.pairs.clear())
        return _each(few, lambda frame: numbers.to_frame().join(frame, how="cross"))

    def _besides(self, numbers: pl.Series) -> pl.DataFrame:
        """Repeat in each world the figures of what new people don't touch."""
        settled = self._settled
        worlds = numbers.to_frame()
        return worlds.clear() if settled is None else worlds.join(settled, how="cross")

    @cached_property
    def _settled(self) -> pl.DataFrame | None:
        if self._received is None:
            return None
        others = self._received.contents.filter(~self._is_newest)
        alone = _each(
            replace(self._received, contents=others),
            lambda frame: frame.with_columns(receiver=pl.lit(0, pl.UInt64)),
        )
        r = self.life.records
        names = kinds(r.network)
        found = figures(alone, r.as_of, names, r.believed[True])
        return found.select(c for c, figure in figure_columns(names).items() if not figure.adds_up)

    @cached_property
    def _posts(self) -> pl.DataFrame:
        return silent(self.life)

    def _published(self, asks: Sequence[MoreReactors | FewerPosts]) -> pl.DataFrame:
        """Count what is published in each world, once for each number of posts left out."""
        fewer = [ask.posts if isinstance(ask, FewerPosts) else 0 for ask in asks]
        worlds = pl.DataFrame({"fewer": fewer}).with_row_index("world").cast(pl.UInt64)
        # A number of posts stands for the worlds that leave out so many.
        each = worlds.select(world=pl.col("fewer").unique()).join(self._posts, how="cross")
        kept = each.filter(pl.col("place").is_null() | (pl.col("place") >= pl.col("world")))
        counted = published_by_world(kept, self.life.records.network, self.life.records.as_of)
        return worlds.join(counted.rename({"world": "fewer"}), on="fewer").drop("fewer")


def _added(tiles: Tiles | None, new: SyntheticActors | None) -> Tiles | None:
    """Add to tiles what crowds bring; distinct people are counted apart."""
    if new is None:
        return tiles
    if tiles is None:
        nobody = new.days.clear()
        return Tiles(new.days, nobody, new.contents, new.pairs)
    return replace(
        tiles,
        days=_summed([tiles.days, new.days], ["receiver", "day"]),
        contents=_summed([tiles.contents, new.contents], ["receiver", "content", "day"]),
    )


def _summed(parts: list[pl.DataFrame], key: list[str]) -> pl.DataFrame:
    every = pl.concat(part.select(parts[0].columns) for part in parts)
    return every.group_by(key).agg(pl.all().sum()).select(parts[0].columns)


def _each(tiles: Tiles, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Tiles:
    every = (tiles.days, tiles.doubted, tiles.contents, tiles.pairs)
    return Tiles(*(change(frame) for frame in every))
