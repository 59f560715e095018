"""One person on one network, folded as the switches of a world say.

Between two dates eight things may change; each has a switch, on as at the second date:

===============  =================================================================
switch           what it changes
===============  =================================================================
``networks``     which accounts are the person's
``integrity``    how far actors are believed, and what share of counters is plausible
``actors``       who owns the actors' accounts, and the standing given for them
``retractions``  what is undone of interactions and contents
``activity``     interactions that came into the windows
``posts``        contents that came into the windows
``window``       interactions and contents that left the windows
``counters``     what the person's counters stand at, and what tallies say
===============  =================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import product

import numpy as np
import polars as pl

from features.catalogue.catalogue import HORIZON
from features.catalogue.network import PAGE_FIGURES
from features.lake.retractions import KEYED
from features.lake.times import day_number, midnight
from features.signals.audience import last_of_days
from features.signals.owners import Owners
from features.signals.page_graph import figures_by_person
from features.signals.person_table import counter_values
from features.signals.standing import standing_by_account
from features.signals.tallies import needed, of_receivers, tallied_figures
from features.signals.tiles import Tiles, fold_keyed
from serving.explain.person import accounts_of
from serving.explain.person_fold import Actors, fold_person
from serving.explain.person_rows import PersonRows
from serving.explain.person_tiles import PersonTiles
from serving.explain.received import keys_of
from serving.explain.records import Records
from serving.explain.window_bands import Bands

SWITCHES = (
    "networks",
    "integrity",
    "actors",
    "retractions",
    "activity",
    "posts",
    "window",
    "counters",
)

SwitchState = bool
"""Of a switch: off is False."""

STATES = (False, True)

FoldStates = tuple[SwitchState, SwitchState, SwitchState, SwitchState]
"""Of the switches by which interactions are folded: `FOLDED_BY`."""

FOLDED_BY = ("networks", "integrity", "actors", "retractions")


@dataclass
class ScenarioInputs:
    """What `Records` come to, each way of looking computed once."""

    records: Records

    def __post_init__(self) -> None:
        self._tiles: dict[FoldStates, PersonTiles | None] = {}
        self._accounts: dict[SwitchState, list[str]] = {}
        self._standing: dict[tuple[int, int], pl.DataFrame | None] = {}
        self._claimed: dict[SwitchState, bool] = {}
        self._counting: dict[SwitchState, list[str]] = {}
        self._owners: dict[tuple[SwitchState, SwitchState], Owners] = {}
        r = self.records
        self.same_claims = r.claimed[0] is r.claimed[1] or r.claimed[0].equals(r.claimed[1])
        self._same_undone = r.undone[0] is r.undone[1]

    def accounts(self, networks: SwitchState) -> list[str]:
        """Name the person's accounts."""
        if networks not in self._accounts:
            r = self.records
            own = accounts_of(r.claimed[networks], r.person, r.network.name)
            self._accounts[networks] = own
        return self._accounts[networks]

    def counting(self, networks: SwitchState) -> list[str]:
        """Name those of the person's accounts that count, of both dates' accounts."""
        if networks not in self._counting:
            names = pl.LazyFrame({"account": self.records.accounts}, {"account": pl.String})
            mine = self._owners_of_person(names, networks)
            self._counting[networks] = mine.collect()["account"].to_list()
        return self._counting[networks]

    def _owners_of_person(self, names: pl.LazyFrame, networks: SwitchState) -> pl.LazyFrame:
        owned = self.owners(networks, actors=True).with_person(names, "account")
        return owned.filter(person=self.records.person)

    @cached_property
    def account(self) -> str:
        """The account to which new people would react."""
        mine = self.owners(networks=True, actors=True).persons.filter(person=self.records.person)
        connected = mine["account"].sort().to_list()
        return str((connected or self.accounts(networks=True))[0])

    @cached_property
    def posts(self) -> list[str]:
        """What that account published, newest first."""
        mine = self.records.contents.lazy().filter(author=self.account)
        ordered = mine.sort("at", "content", descending=True).select("content")
        return ordered.collect()["content"].to_list()

    @cached_property
    def rows(self) -> PersonRows:
        """The interactions as arrays, undone or not."""
        return PersonRows.of(self.records, self.days.start)

    def owners(self, networks: SwitchState, actors: SwitchState) -> Owners:
        """Say who owns the accounts: the person's own and the others' by a switch each."""
        key = (True, True) if self.same_claims else (networks, actors)
        if key not in self._owners:
            self._owners[key] = self._owned(*key)
        return self._owners[key]

    def _owned(self, networks: SwitchState, actors: SwitchState) -> Owners:
        r = self.records
        if networks == actors:
            return Owners.of(r.network, r.claimed[networks])
        own = pl.col("account").is_in(r.accounts)
        rows = [r.claimed[networks].filter(own), r.claimed[actors].filter(~own)]
        return Owners.of(r.network, pl.concat(rows))

    def standing(self, networks: SwitchState, actors: SwitchState) -> pl.DataFrame | None:
        """Say what standing the actors' accounts have."""
        owners = self.owners(networks, actors)
        key = id(owners), id(self.records.standing[actors])
        if key not in self._standing:
            self._standing[key] = standing_by_account(self.records.standing[actors], owners)
        return self._standing[key]

    @property
    def days(self) -> range:
        """The days since 1970 that count at one of the dates."""
        r = self.records
        return range(day_number(r.since - timedelta(HORIZON)), day_number(r.as_of))

    @cached_property
    def bands(self) -> Bands:
        """The bands of `days`."""
        return Bands.of(np.array(self.days), self.records.since, self.records.as_of)

    def tiles(
        self,
        networks: SwitchState,
        integrity: SwitchState,
        actors: SwitchState,
        retractions: SwitchState,
    ) -> PersonTiles | None:
        """Fold what the person received; None: nothing, or it has no account."""
        key = networks, integrity, actors, retractions
        if key not in self._tiles:
            self._tiles[key] = self._fold(*key)
        return self._tiles[key]

    def _fold(
        self,
        networks: SwitchState,
        integrity: SwitchState,
        actors: SwitchState,
        retractions: SwitchState,
    ) -> PersonTiles | None:
        r, accounts = self.records, self.accounts(networks)
        rows = r.undone[retractions].left_of_frame(KEYED, r.interactions)
        if not accounts or rows.is_empty():
            return None
        owners = self.owners(networks, actors)
        known = Actors(self.standing(networks, actors), r.believed[integrity])
        return fold_person(rows, owners, known, keys_of(accounts).to_numpy(), self.days)

    def folded(self, state: SwitchState) -> Tiles | None:
        """Fold what the person received as at a date, without naming the receiver; None: nothing.

        Of networks with tallies alone, whose contents are looked at one by one.
        """
        r, accounts = self.records, self.accounts(state)
        rows = r.undone[state].left_of_frame(KEYED, r.interactions)
        if not accounts or rows.is_empty():
            return None
        owners = self.owners(state, state)
        tiles = fold_keyed(rows.lazy(), owners, None, r.believed[state])
        mine = pl.col("receiver").is_in(keys_of(accounts).implode())
        every = (tiles.days, tiles.doubted, tiles.contents, tiles.pairs)
        return Tiles(*(frame.filter(mine).drop("receiver") for frame in every))

    @cached_property
    def contents(self) -> dict[tuple[SwitchState, SwitchState], pl.DataFrame]:
        """What the person's accounts published: ``kind``, ``day`` and its bands.

        By `networks` and `retractions`.
        """
        r = self.records
        found: dict[tuple[SwitchState, SwitchState], pl.DataFrame] = {}
        for networks, retractions in product(reversed(STATES), reversed(STATES)):
            same = networks or self.same_claims, retractions or self._same_undone
            if same in found:
                found[networks, retractions] = found[same]
                continue
            rows = r.undone[retractions].left_of_frame("contents", r.contents)
            if self.counting(networks) != list(r.accounts):
                rows = rows.filter(pl.col("author").is_in(self.counting(networks)))
            days = rows["at"].dt.epoch("d").cast(pl.Int32)
            bands = Bands.of(days.to_numpy().astype(np.int64), r.since, r.as_of)
            found[networks, retractions] = pl.DataFrame(
                {"kind": rows["kind"], "day": days, "then": bands.then, "now": bands.now}
            )
        return found

    @cached_property
    def pages(self) -> dict[SwitchState, pl.DataFrame]:
        """Sum the figures of the person's pages, by `networks`."""
        r = self.records
        if r.pages.is_empty():
            nothing = pl.DataFrame(schema=dict.fromkeys(PAGE_FIGURES, pl.Float64))
            return {True: nothing, False: nothing}

        def mine(networks: SwitchState) -> pl.DataFrame:
            every = figures_by_person(r.pages, self.owners(networks, actors=True))
            return every.filter(person=r.person).drop("person").collect()

        now = mine(networks=True)
        return {True: now, False: now if self.same_claims else mine(networks=False)}

    @cached_property
    def readings(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What the accounts' counters stood at, and how much was plausible, at both dates."""
        r = self.records

        if r.counters.is_empty():
            nothing = r.counters.select("account", "counter", "value", grown="value")
            return nothing, nothing

        def until(day: date) -> pl.DataFrame:
            days = last_of_days(r.counters.lazy().filter(pl.col("at") < midnight(day)))
            return counter_values(days).sort("account", "counter").collect()

        now = until(r.as_of)
        return now if r.since == r.as_of else until(r.since), now

    @cached_property
    def tallied(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What tallies say at both dates, a row with the columns of `tallied_figures` or none."""
        r = self.records
        if not r.network.tallies:
            return pl.DataFrame(), pl.DataFrame()
        return self._tallied(r.since, state=False), self._tallied(r.as_of, state=True)

    def _tallied(self, as_of: date, *, state: SwitchState) -> pl.DataFrame:
        r, end = self.records, day_number(as_of)
        rows = r.tallies.lazy().filter(pl.col("at") < midnight(as_of))
        every = of_receivers(needed(rows, end - HORIZON).lazy(), self.owners(state, state))
        one = pl.lit(0, pl.UInt64).alias("receiver")
        mine = every.filter(person=r.person).with_columns(one)
        tiles = self.folded(state)
        within = pl.col("day").is_between(end - HORIZON, end, closed="left")
        drawn = None if tiles is None else tiles.contents.lazy().filter(within).with_columns(one)
        return tallied_figures(mine, drawn, end, r.network).drop("receiver")

    def is_claimed(self, networks: SwitchState) -> bool:
        """Whether an account is connected, rather than being a person of its own."""
        if networks not in self._claimed:
            persons = self.owners(networks, actors=True).persons["person"].to_list()
            self._claimed[networks] = self.records.person in persons
        return self._claimed[networks]
