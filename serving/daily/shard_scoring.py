"""What a run makes of each shard of a network: the parts of its people, computed where it is."""

from __future__ import annotations

import time
from dataclasses import dataclass

import polars as pl

from features.incremental.executor import Later
from features.incremental.shard_job import ShardUpdate
from features.incremental.shard_table import table_of
from features.storage.hashing import hashed
from serving.daily.scoring import PARTS, figures_read, parts_of, with_changed
from serving.daily.totals import Totals, totals_of
from training.influence.model import Model


@dataclass(frozen=True)
class ShardScores:
    """What a shard came to.

    Attributes
    ----------
    parts
        `serving.daily.scoring.PARTS` of everybody in it.
    anew
        Hashes (u64) of the people whose part was computed anew.
    totals
        Main signals.
    seconds
        By step.
    """

    parts: pl.DataFrame
    anew: pl.Series
    totals: Totals
    seconds: dict[str, float]


def score_shard(model: Later[Model], done: ShardUpdate) -> ShardScores:
    """Compute the parts of a shard's people, and keep them."""
    scorer, network = model.get(), done.owners.network
    name = parts_name(done.name, scorer)
    before = done.kept.frame(name)
    if before is None:
        done = done.of_everybody()
    began = time.perf_counter()
    table = table_of(done, figures_read(network, scorer))
    read = time.perf_counter()
    anew = parts_of(table, network, scorer)
    parts = with_changed(PARTS.to_frame() if before is None else before, done.persons, anew)
    done.kept.put_frame(name, parts)
    seconds = {"signals": read - began, "score": time.perf_counter() - read}
    published = done.counted.published
    totals = totals_of(
        done.received.figures, published if done.shard.number == 0 else published.clear()
    )
    # Eight bytes for each, since the same people come on many networks.
    return ShardScores(parts, anew.select(hashed(pl.col("person"))).to_series(), totals, seconds)


def parts_name(folder: str, model: Model) -> str:
    """Name what is kept of a shard's parts: another model's are others."""
    return f"{folder}/parts-{model.version}"
