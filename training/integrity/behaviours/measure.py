"""From the lake to behaviours: one row per account of a network, as known at `as_of`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.catalogue.network import Network
from features.lake import Lake
from features.lake.ledger import LakeFile, whole_days
from features.lake.times import day_number
from features.signals.names import named as keyed_names
from features.signals.owners import Owners, claims
from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.behaviours.crowds import crowds, devoted
from training.integrity.behaviours.day_tiles import (
    LATEST_DELAY_DAYS,
    BehaviourTiles,
    fold_behaviour,
)
from training.integrity.behaviours.lockstep import lockstep
from training.integrity.behaviours.publications import (
    audiences,
    latest_audiences,
    posts,
    publishing,
)
from training.integrity.behaviours.reciprocity import (
    cliques,
    edges,
    inward,
    mutual,
    outward,
    reciprocity,
)
from training.integrity.behaviours.rhythm import rhythm

_ENDS = ("actor", "target")


def behaviours(
    lake: Lake,
    as_of: date,
    network: Network,
    on_rows: Callable[[int], None] = lambda _: None,
) -> pl.DataFrame:
    """Measure every behaviour of every account of a network.

    Parameters
    ----------
    lake
        What happened.
    as_of
        Only what happened before 00:00 UTC of this day, in the 90 days before, counts.
    network
        Whose accounts.
    on_rows
        Called with the number of interactions of each piece, for a progress bar.

    Returns
    -------
    DataFrame
        One row per account that gave or received an interaction or published: ``account`` (str,
        ascending), ``given`` (i64), then a Float64 column per `BEHAVIOURS`, never null or NaN.
    """
    tiles = fold_window(lake, as_of, network, on_rows)
    contents = lake.scan("contents", [network.name], as_of - timedelta(HORIZON), as_of)
    counters = lake.scan("counters", [network.name], until=as_of)
    measured = put_together(_sides(tiles, contents, counters, network), as_of)
    counted = latest_audiences(counters, network).select("account")
    names = keyed_names(pl.concat([seen(lake, as_of, network), counted]))
    return named(measured, names.select(name="account", account="key"))


def fold_window(
    lake: Lake, as_of: date, network: Network, on_rows: Callable[[int], None] = lambda _: None
) -> BehaviourTiles:
    """Fold the 90 days before `as_of`, some days at a time."""
    owners = Owners.of(network, claims(lake, as_of))
    files = lake.files("interactions", [network.name], as_of - timedelta(HORIZON), as_of)
    parts = [fold_behaviour(*_empty(lake), owners)]
    for chunk in whole_days(files):
        parts.append(_fold_chunk(lake, chunk, as_of, owners))
        on_rows(sum(file.rows for file in chunk))
    return BehaviourTiles.concat(parts)


def _empty(lake: Lake) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    return lake.scan_files("interactions", []), lake.scan_files("contents", [])


def _fold_chunk(lake: Lake, chunk: list[LakeFile], as_of: date, owners: Owners) -> BehaviourTiles:
    first, last = (date.fromisoformat(str(chunk[end].day)) for end in (0, -1))
    since = max(first - timedelta(LATEST_DELAY_DAYS), as_of - timedelta(HORIZON))
    contents = lake.scan("contents", [owners.network.name], since, last + timedelta(1))
    return fold_behaviour(lake.scan_files("interactions", chunk), contents, owners)


def _sides(
    tiles: BehaviourTiles, contents: pl.LazyFrame, counters: pl.LazyFrame, network: Network
) -> Sides:
    deeds = tiles.deeds.lazy()
    edge = edges(deeds).collect(engine="streaming").lazy()
    lone = [
        rhythm(tiles.acts.lazy()),
        outward(edge),
        inward(edge),
        publishing(posts(contents), deeds),
        audiences(latest_audiences(counters, network)),
    ]
    acts, given, received, published, counted = pl.collect_all(lone)
    both = mutual(edge).collect()
    company = [
        reciprocity(both.lazy()).collect(),
        cliques(both),
        crowds(deeds, devoted(given)).collect(),
        lockstep(tiles.together, acts.select("account", "given")),
    ]
    first = [edge.group_by(account=end).agg(pl.col("first").min()).collect() for end in _ENDS]
    return Sides(first, published, [acts, given, received, counted, *company])


@dataclass(frozen=True)
class Sides:
    """What accounts do, from several sides; each a table by ``account`` (key).

    Attributes
    ----------
    first
        ``account`` and ``first``: a day on which it was seen; some tables.
    published
        As of `training.integrity.behaviours.publications.publishing`.
    others
        With the columns that `put_together` reads.
    """

    first: list[pl.DataFrame]
    published: pl.DataFrame
    others: list[pl.DataFrame]


def put_together(sides: Sides, as_of: date) -> pl.DataFrame:
    """Give every behaviour, by ``account`` (key), of whoever was seen on some day."""
    every = pl.concat([*sides.first, sides.published.select("account", "first")])
    since = every.lazy().group_by("account").agg(since=pl.col("first").min())
    aged = since.select("account", age=day_number(as_of) - pl.col("since")).collect()
    tables = [*sides.others, sides.published.drop("first")]
    table = reduce(lambda left, right: left.join(right, on="account", how="left"), tables, aged)
    return _measured(table.fill_null(0)).with_columns(
        pl.col(each.name).cast(pl.Float64) for each in BEHAVIOURS
    )


def named(measured: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Give accounts their names (``name`` by ``account``, a key), as `behaviours` returns them."""
    columns = ["given", *(each.name for each in BEHAVIOURS)]
    both = measured.join(names, on="account")
    return both.select(pl.col("name").alias("account"), *columns).sort("account")


def _measured(table: pl.DataFrame) -> pl.DataFrame:
    """Set what one side of an account says against another."""
    given, received, partners = pl.col("given"), pl.col("received"), pl.col("partners")

    def share(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
        return part / pl.max_horizontal(whole, 1)

    claimed = ((1 + pl.col("audience")) / (1 + pl.col("reactors"))).log(2)
    return table.with_columns(
        new_targets=share(pl.col("targets"), given),
        giving=share(given, given + received),
        reciprocity=share(partners, pl.col("targets")),
        to_partners=share(pl.col("to_partners"), given),
        from_partners=share(pl.col("from_partners"), received),
        in_crowds=share(pl.col("in_crowds"), given),
        contents_per_day=share(pl.col("published"), pl.col("age")),
        silent_share=share(pl.col("silent"), pl.col("published")),
        idle_audience=pl.when(pl.col("audience") > 0).then(claimed).otherwise(0.0),
    )


def seen(lake: Lake, as_of: date, network: Network) -> pl.LazyFrame:
    """Name each ``account`` (str) that gave, received or published in the 90 days."""
    window = ([network.name], as_of - timedelta(HORIZON), as_of)
    deeds, contents = lake.scan("interactions", *window), lake.scan("contents", *window)
    ids = [deeds.select(account=end) for end in _ENDS] + [contents.select(account="author")]
    return pl.concat([each.unique() for each in ids]).unique()
