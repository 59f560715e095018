"""A person on one network as it would be if more people reacted, or fewer posts drew nothing.

Each thing asked is a world of its own (see `serving.explain.scenario_signals`), so that many are
computed at once. What new people do is counted apart (`serving.explain.crowds`) and added to what
the person has: figures add up, as new people are nobody who reacts already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from features.catalogue import measures
from features.catalogue.catalogue import HORIZON, WINDOWS
from features.catalogue.declaration import Network
from features.catalogue.figures import QUARTERS, Days, Distinct, Figure, Peak, Sum
from features.lake.contracts import TABLES
from features.lake.retractions import Undone
from features.lake.times import day_number
from features.signals.tiles import IDS, keyed, kinds
from serving.explain.crowds import Crowds, Cycle, Sort
from serving.explain.person_tiles import Keys, PersonTiles
from serving.explain.received import keys_of
from serving.explain.records import PAGES, Records
from serving.explain.requests import SPREAD, FewerPosts, MoreReactors
from serving.explain.scenario_inputs import ScenarioInputs
from serving.explain.scenario_signals import Scenarios, signals
from serving.explain.scenarios import (
    every_world,
    published_columns,
    published_names,
    side_by_side,
)
from serving.explain.typical_actor import contents_of, newest_of, silent, typical_actor
from serving.explain.window_bands import FIRST_OF_BAND, Ints, band

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
        self._sorts: dict[MoreReactors, Sort] = {}

    def signals(self, asks: Sequence[MoreReactors | FewerPosts]) -> pl.DataFrame:
        """Compute the network's signals if what was asked were so: a row each, in order."""
        received = np.repeat(self.now.received, len(asks), axis=0)
        crowded: dict[MoreReactors, list[int]] = {}
        for place, ask in enumerate(asks):
            if isinstance(ask, MoreReactors):
                crowded.setdefault(replace(ask, people=1), []).append(place)
        is_there = np.repeat(self.now.is_there, len(asks))
        for sort, places in crowded.items():
            people = [
                ask.people
                for ask in asks
                if isinstance(ask, MoreReactors) and replace(ask, people=1) == sort
            ]
            received[places] = self._with(sort, people)
            is_there[places] = True
        beside = self.now.beside[np.zeros(len(asks), np.intp)].with_columns(self._published(asks))
        return signals(Scenarios(self.now.network, received, is_there, beside))

    @cached_property
    def now(self) -> Scenarios:
        """The person as it is."""
        return side_by_side(self.life, every_world(()))

    def _sort(self, ask: MoreReactors) -> Sort:
        if ask not in self._sorts:
            kind = typical_actor(self.life, ask.reaction) if ask.kind is None else ask.kind
            contents = contents_of(self.life, ask.reaction)
            self._sorts[ask] = Sort(ask.times, kind, len(contents))
        return self._sorts[ask]

    def _with(self, ask: MoreReactors, people: list[int]) -> Ints:
        """Add to the figures of the reaction, and of any, what crowds of one sort bring."""
        crowds = Cycle.of(self._sort(ask)).crowds(people)
        names = kinds(self.life.records.network)
        found = np.repeat(self.now.received, len(people), axis=0)
        for kind in (names.index(ask.reaction), len(names) - 1):
            for place, figure in enumerate(measures.figures()):
                found[:, place, kind] = self._figure(figure, crowds, place, kind)
        return found

    def _figure(self, figure: Figure, crowds: Crowds, place: int, kind: int) -> Ints:
        """Compute one by crowd and window."""
        now = self.now.received[0, place, kind]
        if isinstance(figure, Sum):
            return np.asarray(now + crowds.sums(figure) @ _WITHIN[:SPREAD])
        if isinstance(figure, Days):
            before = (
                np.zeros(HORIZON, np.int64) if self._tiles is None else self._tiles.active[kind]
            )
            days = np.repeat(before[None, ::-1], len(crowds.often), axis=0)
            days[:, :SPREAD] = np.maximum(days[:, :SPREAD], crowds.active())
            return np.asarray(days @ _WITHIN)
        if isinstance(figure, Distinct) and figure.of == "pairs":
            weight = np.int64(figure.believed(np.array(QUARTERS)))
            return np.asarray(now + weight * crowds.actors(figure.at_least))
        return self._of_contents(figure, crowds, place, kind)

    def _of_contents(self, figure: Figure, crowds: Crowds, place: int, kind: int) -> Ints:
        """Count the newest contents with what they draw besides; the others stay."""
        others = self._settled[place, kind]
        drawn = np.repeat(self._touched[None, :, kind], len(crowds.often), axis=0)
        new = crowds.contents()
        drawn[:, : new.shape[1], :SPREAD] += new
        if isinstance(figure, Distinct):
            inside = (drawn >= figure.at_least).astype(np.int64) @ _WITHIN > 0
            return np.asarray(others + inside.sum(axis=1))
        assert isinstance(figure, Peak)
        last = day_number(self.life.records.as_of) - 1
        band = band_of_ages()
        codes = np.where(drawn > 0, drawn * figure.LATER + last - FIRST_OF_BAND[band], 0)
        most = [codes[:, :, :window].max(axis=(1, 2), initial=0) for window in WINDOWS]
        return np.asarray(np.maximum(others, np.stack(most, axis=1)))

    @cached_property
    def _tiles(self) -> PersonTiles | None:
        return self.life.tiles(networks=True, integrity=True, actors=True, retractions=True)

    @cached_property
    def _newest(self) -> Keys:
        """Keys of the contents to which new people may react, as tiles name them."""
        newest, own = keys_of(newest_of(self.life)), keys_of([self.life.account])
        return np.asarray(newest.to_numpy() ^ own.to_numpy())

    @cached_property
    def _settled(self) -> Ints:
        """The figures of all contents but the newest."""
        if self._tiles is None:
            return np.asarray(self.now.received[0])
        tiles, rows = self._tiles, self._tiles.contents
        stays = ~np.isin(tiles.keys, self._newest)[rows.thing]
        others = replace(tiles, contents=rows.where(stays))
        return others.figures(self.life.bands.now, day_number(self.life.records.as_of) - 1)

    @cached_property
    def _touched(self) -> Ints:
        """Interactions with the newest contents: shape (contents, reactions, ages)."""
        names = kinds(self.life.records.network)
        found = np.zeros((len(self._newest), len(names), HORIZON), np.int64)
        if self._tiles is not None:
            rows = self._tiles.contents
            for place, key in enumerate(self._newest):
                mine = (self._tiles.keys == key)[rows.thing]
                at = rows.kind[mine], HORIZON - 1 - rows.day[mine]
                np.add.at(found[place], at, rows.count[mine])
        return found

    @cached_property
    def _posts(self) -> tuple[list[str], Ints]:
        """Columns of what is published, and a row for each number of posts left out."""
        r, rows = self.life.records, silent(self.life).sort("place", nulls_last=True)
        seen = band(rows["at"].dt.epoch("d").to_numpy().astype(np.int64), r.as_of)
        columns = published_columns(rows["kind"], seen, r.network)
        left_out = np.cumsum(columns[rows["place"].is_not_null().to_numpy()], axis=0)
        nothing = np.zeros((1, columns.shape[1]), np.int64)
        every = columns.sum(axis=0) - np.concatenate([nothing, left_out])
        return published_names(r.network), every

    def _published(self, asks: Sequence[MoreReactors | FewerPosts]) -> pl.DataFrame:
        """Count what is published in each world."""
        names, every = self._posts
        fewer = np.array([ask.posts if isinstance(ask, FewerPosts) else 0 for ask in asks], np.intp)
        return pl.from_numpy(every[fewer.clip(max=len(every) - 1)], names, orient="row")


def band_of_ages() -> Ints:
    """Say in which band each age lies."""
    return np.asarray((np.arange(HORIZON)[:, None] >= np.array(WINDOWS)).sum(axis=1))


_WITHIN = (np.arange(HORIZON)[:, None] < np.array(WINDOWS)).astype(np.int64)
"""Shape (ages, windows): whether a day of an age lies in a window."""
