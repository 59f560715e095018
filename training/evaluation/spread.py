"""Whether users with higher scores spread information further: what came after the score."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.retractions import Undone
from features.signals.owners import Owners, claims
from features.storage.hashing import hashed


def spread(
    lake: Lake, scores: pl.DataFrame, as_of: date, days: int, catalogue: Catalogue
) -> pl.DataFrame:
    """How many people what a person publishes moves to react, by decile of score.

    How the first score was validated (Rao, Spasojevic, Li and DSouza, Klout Score: measuring
    influence across multiple social networks, 2015, arXiv:1510.08487): users with higher scores
    spread information further.

    Looks at ``[as_of, as_of + days)`` only, which the score has not seen. The reach of a content
    published then is the number of distinct persons who reacted to it; silent contents have 0.
    Where reactions name no content, as in the Higgs log, there is still the reach of a person:
    the distinct persons who reacted to anything of it.

    Parameters
    ----------
    lake
        Its contents and interactions.
    scores
        ``person`` and ``score`` as of ``as_of``. What others publish is left out.
    as_of
        The date of the scores.
    days
        How long to look.
    catalogue
        The networks to look at.

    Returns
    -------
    DataFrame
        ``decile`` (1 to 10, the highest scores), ``persons``, ``contents``, ``reach_mean`` and
        ``reach_median`` per content (null without contents), ``person_reach_mean`` and
        ``person_reach_median``.

    Raises
    ------
    KloutError
        If nothing happened in these days.
    """
    if not reaches(lake, as_of, days):
        raise KloutError(f"{lake.root}: no interactions in the {days} days from {as_of}")
    ranked = scores.select("person", decile=decile()).lazy()
    contents, pairs = _after(lake, as_of, days, catalogue)
    of_contents = _by_decile(contents.join(ranked, on="person"), "contents", "reach")
    reached = pairs.unique().group_by("person").agg(reach=pl.len())
    everybody = ranked.join(reached, on="person", how="left").fill_null(0)
    of_persons = _by_decile(everybody, "persons", "person_reach")
    table = of_persons.join(of_contents, on="decile", how="left").sort("decile")
    return table.select(
        "decile",
        "persons",
        pl.col("contents").fill_null(0),
        pl.col("reach_mean", "reach_median", "person_reach_mean", "person_reach_median"),
    ).collect()


def reaches(lake: Lake, as_of: date, days: int) -> bool:
    """Whether a lake has interactions in ``[as_of, as_of + days)``."""
    return bool(lake.files("interactions", None, as_of, as_of + timedelta(days)))


def decile() -> pl.Expr:
    """Tenth of the population by ``score``, 1 to 10.

    Ties are broken by a hash of ``person``, not by the id itself, which may say something: in the
    Higgs log the smaller ids are the more active.
    """
    rank = pl.struct("score", hashed(pl.col("person"))).rank("ordinal").cast(pl.Int64) - 1
    return (rank * 10 // pl.len().cast(pl.Int64) + 1).alias("decile")


def _after(
    lake: Lake, as_of: date, days: int, catalogue: Catalogue
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Contents published, with ``person`` and ``reach``; and who (``actor``) reacted to whom."""
    claimed, until = claims(lake, as_of), as_of + timedelta(days)
    contents, pairs = [], []
    for network in catalogue.networks:
        owners = Owners.of(network, claimed)
        undone, window = Undone.of(lake, network.name, until), ([network.name], as_of, until)
        log = undone.left_of("interactions", lake.scan("interactions", *window))
        published = undone.left_of("contents", lake.scan("contents", *window))
        reactions = _by_person(log, owners)
        contents.append(_reach(published, reactions, owners))
        pairs.append(reactions.select("person", "actor"))
    return pl.concat(contents), pl.concat(pairs)


def _by_person(log: pl.LazyFrame, owners: Owners) -> pl.LazyFrame:
    """Reactions of others: ``target`` and its ``person``, ``actor`` (a person), ``content``."""
    rows = log.select("actor", "target", "content").unique()
    received = owners.with_person(rows, "target").rename({"person": "receiver"})
    given = owners.with_person(received, "actor").drop("actor").rename({"person": "actor"})
    return given.filter(pl.col("actor") != pl.col("receiver")).rename({"receiver": "person"})


def _reach(published: pl.LazyFrame, reactions: pl.LazyFrame, owners: Owners) -> pl.LazyFrame:
    """Distinct persons who reacted to each content: ``person`` (its author), ``reach``."""
    drew = reactions.drop_nulls("content").group_by(author="target", content="content")
    counted = drew.agg(reach=pl.col("actor").n_unique())
    mine = owners.with_person(published.select("author", "content").unique(), "author")
    joined = mine.join(counted, on=["author", "content"], how="left")
    return joined.select("person", pl.col("reach").fill_null(0))


def _by_decile(rows: pl.LazyFrame, counted: str, name: str) -> pl.LazyFrame:
    """Count the rows of each decile, and take the mean and the median of their ``reach``."""
    return rows.group_by("decile").agg(
        pl.len().alias(counted),
        pl.col("reach").mean().alias(f"{name}_mean"),
        pl.col("reach").median().alias(f"{name}_median"),
    )
