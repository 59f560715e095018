"""All networks, moved on to a date."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import Network
from features.incremental.accounts import Shard, shards_of
from features.incremental.backfill import Backfilled, backfill, past_days
from features.incremental.cache import Cache
from features.incremental.counters import count, known_of
from features.incremental.executor import Engine, Later
from features.incremental.folding import Actors, Folded, fold_days, standing_on
from features.incremental.inputs import Inputs
from features.incremental.manifest import Manifest
from features.incremental.shard_job import (
    Facts,
    Portion,
    ShardResult,
    ShardUpdate,
    folder,
    run_shard,
)
from features.incremental.state import CountedFrames, ReceivedFrames
from features.incremental.tile_store import TileStore
from features.lake import Lake
from features.lake.ledger import LakeFile, day_of, whole_days
from features.lake.times import day_number, midnight
from features.signals.owners import claims
from features.signals.standing import standing_by_person
from features.signals.tiles import kinds

R = TypeVar("R")

STANDING = "standing"
_SCORED = {"person": pl.String(), "standing": pl.Int64(), "day": pl.Int32()}

StandingOn = Callable[[int], Later[pl.DataFrame | None]]
"""From a day (since 1970) to the standing of people on it: ``person`` and ``standing``."""


@dataclass
class Run:
    """A run in progress: go through `networks`, then `commit`.

    Attributes
    ----------
    inputs
        The lake, beside what the run before had seen of it.
    catalogue
        The networks in force.
    cache
        Held by this run.
    shards
        Into how many a network's people are divided.
    """

    inputs: Inputs
    catalogue: Catalogue
    cache: Cache
    shards: int
    stores: dict[str, TileStore] = field(default_factory=dict)

    @property
    def is_first(self) -> bool:
        """Whether there is nothing to move on from."""
        return self.inputs.since is None

    def networks(
        self,
        engine: Engine,
        look: Callable[[ShardUpdate], R],
        on_rows: Callable[[int], None] = lambda _: None,
    ) -> Generator[tuple[Network, list[ShardResult[R]]], None, None]:
        """Move one network after another on; the next are begun while one is waited for.

        Parameters
        ----------
        engine
            Where the work is done.
        look
            What is made of each shard, done where the shard is.
        on_rows
            Called with numbers of interactions, for a progress bar.

        Yields
        ------
        tuple
            A network, and what has become of each of its shards.
        """
        inputs, claimed = engine.share(self.inputs), engine.share(self._claims())
        standing = self._standing(engine)
        during, after = (_unheard, on_rows) if engine.is_remote else (on_rows, _unheard)
        begun: deque[tuple[Network, list[Later[ShardResult[R]]]]] = deque()
        for network in self.catalogue.networks:
            facts = self._facts(engine, network, inputs, claimed)
            portions = self._portions(engine, network, facts, standing)
            moves = [engine.submit(run_shard, facts, portion, look, during) for portion in portions]
            begun.append((network, moves))
            if len(begun) > engine.ahead:
                yield self._ended(*begun.popleft(), after)
        while begun:
            yield self._ended(*begun.popleft(), after)

    def commit(self, frames: Iterable[str] = (), files: Iterable[Path] = ()) -> None:
        """Make what was computed the cache that the next run starts from.

        Also the frames of these names that were put into the cache, and these files of it.
        """
        inputs, kept = self.inputs, self.cache.kept
        stores = {name: store.runs for name, store in self.stores.items()}
        manifest = Manifest.of(
            kept.run, inputs.lake, inputs.as_of, self.catalogue, self.shards, stores
        )
        used = {kept.path(name, kept.run) for name in (STANDING, *frames)} | {*files}
        for network in self.catalogue.networks:
            used |= {*CountedFrames.paths(kept.root / network.name, kept.run)}
        for name, store in self.stores.items():
            used |= {*store.paths(), *ReceivedFrames.paths(kept.root / name, kept.run)}
        self.cache.commit(manifest, used)

    def _facts(
        self,
        engine: Engine,
        network: Network,
        inputs: Later[Inputs],
        claimed: Later[pl.DataFrame | None],
    ) -> Facts:
        known = engine.submit(known_of, inputs, network, claimed, self.cache.kept)
        return Facts(inputs, known, engine.submit(count, inputs, known, self.cache.kept))

    def _portions(
        self, engine: Engine, network: Network, facts: Facts, standing: StandingOn
    ) -> list[Portion]:
        """Say what each shard of a network goes by; whole days are folded for all of them."""
        shards, kept = shards_of(network, self.shards), self.cache.kept
        days: list[dict[int, list[Later[Folded]]]] = [{} for _ in shards]
        past = self._past(engine, network, facts, shards)
        on = cache(lambda day: engine.submit(standing_on, standing(day), facts.known))
        for day, files in self._to_fold(network):
            stood = on(day_number(self.inputs.as_of) - 1 if self.is_first else day)
            work = (facts.inputs, files, facts.known, stood)
            for actors in Actors.of_days(sum(file.rows for file in files)):
                pieces = engine.pieces(len(shards), fold_days, *work, actors, shards)
                for mine, piece in zip(days, pieces, strict=True):
                    mine.setdefault(day, []).append(piece)
        return [
            Portion(shard, before, of_shard, self._store(network, shard), kept)
            for shard, before, of_shard in zip(shards, past, days, strict=True)
        ]

    def _past(
        self, engine: Engine, network: Network, facts: Facts, shards: list[Shard]
    ) -> list[list[Later[Backfilled | None]]]:
        """Say for each shard what must be changed of days that were counted already."""
        past: list[list[Later[Backfilled | None]]] = [[] for _ in shards]
        if not self.is_first:
            for files in past_days(self.inputs, network.name):
                stores = [self._store(network, shard) for shard in shards]
                work = (facts.inputs, files, facts.beside, stores, shards)
                for mine, piece in zip(
                    past, engine.pieces(len(shards), backfill, *work), strict=True
                ):
                    mine.append(piece)
        return past

    def _to_fold(self, network: Network) -> Iterator[tuple[int, list[LakeFile]]]:
        """Name files to fold together, by the first day in them: some days at first, then each."""
        inputs = self.inputs
        if inputs.since is None:
            files = inputs.lake.files("interactions", [network.name], inputs.start, inputs.as_of)
            for chunk in whole_days(files):
                yield day_of(chunk[0]), chunk
        else:
            since = day_number(inputs.since)
            by_day = inputs.files_by_day(network.name)
            yield from sorted((day, files) for day, files in by_day.items() if day >= since)

    def _store(self, network: Network, shard: Shard) -> TileStore:
        return self.cache.store(folder(network, shard), kinds(network))

    def _ended(
        self, network: Network, moves: list[Later[ShardResult[R]]], after: Callable[[int], None]
    ) -> tuple[Network, list[ShardResult[R]]]:
        """Wait for a network."""
        ended = [moved.get() for moved in moves]
        for shard, moved in zip(shards_of(network, self.shards), ended, strict=True):
            self.stores[folder(network, shard)] = moved.store
            after(moved.rows)
        return network, ended

    def _claims(self) -> pl.DataFrame | None:
        """Resolve who owns what; None if it is as it was."""
        inputs = self.inputs
        if inputs.since is not None and not self._claims_changed(inputs.since):
            return None
        return claims(inputs.lake, inputs.as_of)

    def _claims_changed(self, since: date) -> bool:
        lake = self.inputs.lake
        if any(self.inputs.is_new(file) for file in lake.files("identities")):
            return True
        start, end = midnight(since), midnight(self.inputs.as_of)
        ends = pl.any_horizontal(
            pl.col(name).is_between(start, end, closed="left")
            for name in ("connected_at", "disconnected_at")
        )
        rows = lake.scan("identities").select(ends.fill_null(value=False).any())
        return bool(rows.collect().item())

    def _standing(self, engine: Engine) -> StandingOn:
        """Give what says people's standing on a day."""
        inputs = self.inputs
        kept = self.cache.kept.frame(STANDING)
        known = pl.DataFrame(schema=_SCORED) if kept is None else kept
        later = standing_by_person(inputs.lake, inputs.as_of, None, since=inputs.since)
        history = known if later is None else pl.concat([known, later.select(*_SCORED)])
        latest = history.sort("day").unique("person", keep="last", maintain_order=True)
        self.cache.kept.put_frame(STANDING, latest)

        def on(day: int) -> Later[pl.DataFrame | None]:
            if self.is_first:  # all days at once: the history itself
                return engine.share(later)
            until = history.filter(pl.col("day") <= day)
            of_day = until.sort("day").unique("person", keep="last", maintain_order=True)
            return engine.share(None if until.is_empty() else of_day.drop("day"))

        return cache(on)


def _unheard(_: int) -> None:
    """Where a job can't call back."""


def start(
    lake: Lake, as_of: date, catalogue: Catalogue, cache: Cache, shards: int | None = None
) -> Run:
    """Begin a run: from the run before if what it kept still holds, else from the lake alone.

    Parameters
    ----------
    lake, as_of, catalogue, cache
        What is run.
    shards
        Into how many a network's people are divided; another number than the cache has makes it
        void. None: as many as it has, or else one.
    """
    manifest = cache.manifest
    count = shards or (1 if manifest is None else manifest.shards)
    if manifest is not None and not _holds(manifest, lake, as_of, catalogue, count):
        cache.drop()
        manifest = None
    since = None if manifest is None else manifest.as_of
    seen = frozenset() if manifest is None else manifest.seen
    return Run(Inputs(lake, as_of, since, seen), catalogue, cache, count)


def _holds(manifest: Manifest, lake: Lake, as_of: date, catalogue: Catalogue, shards: int) -> bool:
    """Whether a cache can be moved on: also, scores of days gone by must be those it counted."""
    if manifest.shards != shards or not manifest.holds(lake, as_of, catalogue):
        return False
    new = [file for file in lake.every_file() if file.path not in manifest.seen]
    return not any(
        file.table == "scores" and date.fromisoformat(str(file.day)) < manifest.as_of
        for file in new
    )
