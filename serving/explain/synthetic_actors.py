"""Many new people who are alike: one of each sort is folded, and taken as often as they are.

Where new people react in turn over 30 days and to ten contents, the 31st does what the first does.
So thirty are a *cycle*: a crowd of any size is so many times each of them. Sums of tiles are
multiplied, and are to the last bit what a fold of all their rows would be. Distinct people are told
by no sum of tiles, and are counted apart: nobody of the crowd reacted before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate
from math import lcm

import polars as pl

from features.signals.owners import Owners, account_key
from features.signals.standing import micro_standing
from features.signals.tiles import Tiles, fold, kinds
from features.signals.windows import figure_columns, figures
from serving.explain.requests import SPREAD, MoreReactors, ReactorKind, interactions_of, name_of
from serving.explain.scenario_inputs import ScenarioInputs

PLACE = "place"
"""The column that says which of the cycles' people it is."""

_APART = pl.concat_str(pl.lit("to "), "actor")
"""The account that one reacts to, while what each brings is told apart."""


@dataclass(frozen=True)
class Sort:
    """New people who are alike.

    Attributes
    ----------
    ask, kind
        How they react, and what they are like; how many are asked for does not matter.
    contents
        To which of the account's contents they react in turn; none: to no content.
    """

    ask: MoreReactors
    kind: ReactorKind
    contents: tuple[str, ...]

    @property
    def size(self) -> int:
        """After how many the next does what the first did."""
        return lcm(SPREAD, max(1, len(self.contents)))


@dataclass(frozen=True)
class ActorCycles:
    """A cycle of each of some sorts, one after the other.

    Attributes
    ----------
    sizes
        Of the cycles.
    days, contents
        Tiles with ``place`` (u64) instead of the receiver: what each of them brings.
    pairs
        A tile of nobody: new people are counted apart.
    actors
        ``place`` and the figures of distinct people (i64): in which each counts as one.
    """

    sizes: tuple[int, ...]
    days: pl.DataFrame
    contents: pl.DataFrame
    pairs: pl.DataFrame
    actors: pl.DataFrame


def cycles_of(life: ScenarioInputs, account: str, sorts: Sequence[Sort]) -> ActorCycles:
    """Fold a cycle of each sort; all of them react to one account."""
    network, as_of = life.records.network, life.records.as_of
    rows = pl.concat(_rows(sort, as_of, account, f"{n}") for n, sort in enumerate(sorts))
    persons = pl.concat(_persons(sort, f"{n}") for n, sort in enumerate(sorts)).with_row_index(
        PLACE
    )
    standing = persons.select(account_key("actor").alias("actor"), "standing")
    tiles = fold(rows.lazy(), Owners.of(network, pl.DataFrame(schema=_CLAIMED)), standing)
    placed = _placed(tiles, persons.select(PLACE, name=_APART), account)
    found = figures(placed, as_of, kinds(network))
    columns = figure_columns(kinds(network)).items()
    actors = [name for name, figure in columns if figure.table == "pairs"]
    return ActorCycles(
        tuple(sort.size for sort in sorts),
        placed.days.rename({"receiver": PLACE}),
        placed.contents.rename({"receiver": PLACE}),
        tiles.pairs.clear(),
        found.select(pl.col("receiver").alias(PLACE), *actors),
    )


def _rows(sort: Sort, as_of: date, account: str, prefix: str) -> pl.DataFrame:
    """Write down a cycle, each of whom reacts to an account of its own."""
    ask = replace(sort.ask, people=sort.size)
    rows = interactions_of(ask, sort.kind, as_of, account, list(sort.contents), prefix)
    is_mine = pl.col("target") == account
    return rows.with_columns(target=pl.when(is_mine).then(_APART).otherwise("target"))


def _persons(sort: Sort, prefix: str) -> pl.DataFrame:
    score = 0.0 if sort.kind.score is None else sort.kind.score
    places = pl.int_range(sort.size, eager=True).alias("person")
    return places.to_frame().select(actor=name_of(prefix), standing=micro_standing(pl.lit(score)))


def _placed(tiles: Tiles, persons: pl.DataFrame, account: str) -> Tiles:
    """Put places instead of receivers, and the account into the contents' keys."""
    own = pl.DataFrame({"name": [account]}).select(account_key("name")).item()
    known = persons.select(
        pl.col(PLACE).cast(pl.UInt64),
        receiver=account_key("name"),
        mix=account_key("name") ^ pl.lit(own, pl.UInt64),
    )

    def placed(frame: pl.DataFrame) -> pl.DataFrame:
        there = frame.join(known, on="receiver", maintain_order="left")
        if "content" in frame.columns:
            there = there.with_columns(pl.col("content") ^ pl.col("mix"))
        columns = [name for name in frame.columns if name != "receiver"]
        return there.select(pl.col(PLACE).alias("receiver"), *columns)

    every = (tiles.days, tiles.doubted, tiles.contents, tiles.pairs)
    return Tiles(*(placed(frame) for frame in every))


@dataclass(frozen=True)
class SyntheticActors:
    """What the new people of some worlds bring, the receiver being the world's number.

    Attributes
    ----------
    days, contents, pairs
        Tiles.
    actors
        Figures of distinct people.
    """

    days: pl.DataFrame
    contents: pl.DataFrame
    pairs: pl.DataFrame
    actors: pl.DataFrame


def synthetic_actors(cycles: ActorCycles, people: Sequence[Mapping[int, int]]) -> SyntheticActors:
    """Multiply cycles.

    Parameters
    ----------
    people
        Of each sort, by world, how many there are.
    """
    starts = [0, *accumulate(cycles.sizes)]
    parts = zip(starts, cycles.sizes, people, strict=False)
    there = pl.concat(_often(start, size, each) for start, size, each in parts)
    return SyntheticActors(
        _multiplied(cycles.days, there, ["day"]),
        _multiplied(cycles.contents, there, ["content", "day"]),
        cycles.pairs,
        _multiplied(cycles.actors, there, []),
    )


def _often(start: int, size: int, people: Mapping[int, int]) -> pl.DataFrame:
    """Say how many are like each of a cycle: ``receiver``, ``place``, ``often`` (above 0)."""
    worlds = pl.DataFrame(
        {"receiver": list(people), "people": list(people.values())},
        schema={"receiver": pl.UInt64, "people": pl.Int64},
    )
    places = pl.int_range(size, eager=True).alias("number").to_frame()
    is_left = (pl.col("number") < pl.col("people") % size).cast(pl.Int64)
    every = worlds.join(places, how="cross").select(
        "receiver",
        (pl.col("number") + start).cast(pl.UInt64).alias(PLACE),
        often=pl.col("people") // size + is_left,
    )
    return every.filter(pl.col("often") > 0)


def _multiplied(each: pl.DataFrame, often: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Sum what each brings as often as there are such, by receiver and key, in whole numbers."""
    summed = [name for name in each.columns if name not in (PLACE, *key)]
    total = [
        (pl.col(name).cast(pl.Int64) * pl.col("often")).sum().cast(each.schema[name])
        for name in summed
    ]
    rows = often.lazy().join(each.lazy(), on=PLACE)
    return rows.group_by("receiver", *key).agg(total).collect()


_CLAIMED = {"network": pl.String, "account": pl.String, "person": pl.String, "page": pl.Boolean}
