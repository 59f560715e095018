"""A shard of a network, moved on and looked at: the job of which a run has most."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import polars as pl

from features.catalogue.declaration import Network
from features.incremental.accounts import Shard
from features.incremental.backfill import Backfilled
from features.incremental.counters import NetworkContext
from features.incremental.executor import Later
from features.incremental.folding import Folded
from features.incremental.inputs import Inputs
from features.incremental.ownership_diff import Known
from features.incremental.shard import build_shard, update_shard
from features.incremental.state import CountedFrames, FrameStore, ReceivedFrames
from features.incremental.tile_store import TileStore
from features.signals.owners import Owners
from features.signals.tallies import of_receivers

R = TypeVar("R")


@dataclass(frozen=True)
class ShardResult(Generic[R]):
    """What has become of a shard.

    Attributes
    ----------
    store
        Its tiles.
    rows
        Interactions folded for it.
    seconds
        That it took to move it on.
    seen
        What was made of it.
    """

    store: TileStore
    rows: int
    seconds: float
    seen: R


@dataclass(frozen=True)
class ShardUpdate:
    """A shard as of a run, and whose figures may be others than at the run before.

    Attributes
    ----------
    owners
        Who owns the network's accounts.
    shard
        Which of the network's.
    received, counted
        Its state; what is counted is the whole network's.
    persons
        None: everybody's. Others than the shard's may be among them.
    kept
        Where something can be kept of it, under `name`.
    """

    owners: Owners
    shard: Shard
    received: ReceivedFrames
    counted: CountedFrames
    persons: pl.Series | None
    kept: FrameStore

    @property
    def name(self) -> str:
        """The folder of the shard."""
        return folder(self.owners.network, self.shard)

    def of_everybody(self) -> ShardUpdate:
        """The same, with nobody's figures taken as they were."""
        return replace(self, persons=None)


def folder(network: Network, shard: Shard) -> str:
    """Name a shard's folder."""
    return f"{network.name}/{shard.number}"


@dataclass(frozen=True)
class Facts:
    """What all shards of a network go by."""

    inputs: Later[Inputs]
    known: Later[Known]
    beside: Later[NetworkContext]


@dataclass(frozen=True)
class Portion:
    """What only one shard goes by: its days since the run before, and where it is kept.

    Attributes
    ----------
    shard
        Which.
    past
        What must be changed of days that were counted already.
    days
        What is folded of days since, in parts.
    store, kept
        Its tiles, and the frames beside them.
    """

    shard: Shard
    past: list[Later[Backfilled | None]]
    days: dict[int, list[Later[Folded]]]
    store: TileStore
    kept: FrameStore


def run_shard(
    facts: Facts,
    portion: Portion,
    look: Callable[[ShardUpdate], R],
    on_rows: Callable[[int], None],
) -> ShardResult[R]:
    """Move a shard on, keep it, and look at it."""
    began = time.perf_counter()
    inputs, known, beside = facts.inputs.get(), facts.known.get(), facts.beside.get()
    shard, store, kept, days = portion.shard, portion.store, portion.kept, portion.days
    where, rows = folder(known.owners.network, shard), _Sum(on_rows)
    persons, named = None, beside.accounts.filter(shard.has("key"))
    tallies = of_receivers(beside.counted.tallies.lazy(), known.owners)
    mine = tallies.filter(shard.has("receiver"))
    if inputs.since is None:
        received = build_shard(inputs, store, known, mine, named, days.values(), rows)
    else:
        before = kept.load(ReceivedFrames, where)
        received, receivers = update_shard(
            inputs, store, before, beside, mine, named, portion.past, days, rows
        )
        persons = _persons(beside, received, receivers)
    kept.save(received, where)
    done = ShardUpdate(known.owners, shard, received, beside.counted, persons, kept)
    seconds = time.perf_counter() - began
    return ShardResult(store, rows.total, seconds, look(done))


class _Sum:
    """Adds up what is counted, and passes it on."""

    def __init__(self, on_rows: Callable[[int], None]) -> None:
        self.total, self.on_rows = 0, on_rows

    def __call__(self, rows: int) -> None:
        self.total += rows
        self.on_rows(rows)


def _persons(beside: NetworkContext, received: ReceivedFrames, receivers: pl.Series) -> pl.Series:
    """Name whose figures may be others."""
    assert beside.learned is not None
    receiving = received.accounts.filter(pl.col("key").is_in(receivers.implode()))["account"]
    accounts = pl.LazyFrame(
        {"account": pl.concat([receiving, beside.accounts["account"]]).unique()}
    )
    named = [
        owners.with_person(accounts, "account").collect()["person"]
        for owners in beside.learned.owners
    ]
    return pl.concat([*named, beside.persons]).unique()
