"""The rules that the lake's rows must keep: a dataframely schema for each table.

The allowed networks, reactions, counters and kinds come from the catalogue in force, and the
latest allowed time from the run, so a schema is made for each of these. It takes as long as
checking some ten thousand rows, so only that of a table that has rows is made.
"""

# ruff: noqa: N805 (dataframely's rules are class methods, without the decorator)

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

import dataframely as dy
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake.record_schemas import RECORDS
from features.lake.rules import Allowed, AnyRow, among, number, pair, prose, text, time
from features.lake.times import EARLIEST, end_of_times


@lru_cache(maxsize=128)
def schema_of(table: str, catalogue: Catalogue, now: datetime) -> type[dy.Schema]:
    """Make the schema of a table.

    Parameters
    ----------
    table
        Its name.
    catalogue
        Its networks, reactions, counters and content kinds are the allowed ones.
    now
        Nothing may have happened at or after it, and no time may be later than the day after it.

    Returns
    -------
    type
        The schema. It also has ``row`` (the row's number in its source) and ``damaged`` (why a
        value could not be read; null where all could).
    """
    # Polars reads a time for each literal by a query of its own, so each is made once.
    times = (pl.lit(EARLIEST), pl.lit(end_of_times(now)))
    return _MAKERS[table](Allowed(catalogue, pl.lit(now), times))


def _interactions(allowed: Allowed) -> type[dy.Schema]:
    reactions = allowed.declared("reactions")

    class Interactions(AnyRow):
        network = among(allowed.networks)
        reaction = text()
        actor = text()
        target = text()
        content = text(nullable=True)
        at = time(allowed.times)
        id = text(nullable=True)

        @dy.rule()
        def declared_reaction(cls) -> pl.Expr:
            return pair("network", "reaction").is_in(reactions)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return Interactions


def _contents(allowed: Allowed) -> type[dy.Schema]:
    kinds = allowed.declared("contents")

    class Contents(AnyRow):
        network = among(allowed.networks)
        author = text()
        content = text()
        kind = text()
        at = time(allowed.times)

        @dy.rule()
        def declared_kind(cls) -> pl.Expr:
            return pair("network", "kind").is_in(kinds)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return Contents


def _counters(allowed: Allowed) -> type[dy.Schema]:
    counters = allowed.declared("counters")

    class Counters(AnyRow):
        network = among(allowed.networks)
        account = text()
        counter = text()
        value = number(min=0.0)
        at = time(allowed.times)

        @dy.rule()
        def declared_counter(cls) -> pl.Expr:
            return pair("network", "counter").is_in(counters)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return Counters


def _links(allowed: Allowed) -> type[dy.Schema]:
    graphs = [network.name for network in allowed.catalogue.networks if network.page_graph]

    class Links(AnyRow):
        network = among(graphs)
        source = text()
        target = text()

    return Links


def _identities(allowed: Allowed) -> type[dy.Schema]:
    class Identities(AnyRow):
        person = text()
        network = among(allowed.networks)
        account = text()
        kind = among(["personal", "page"])
        connected_at = time(allowed.times)
        disconnected_at = time(allowed.times, nullable=True)

        @dy.rule()
        def disconnected_after_connected(cls) -> pl.Expr:
            return pl.col("disconnected_at") >= pl.col("connected_at")

    return Identities


def _judgements(allowed: Allowed) -> type[dy.Schema]:
    class Judgements(AnyRow):
        a = text()
        b = text()
        preference = number(min=0.0, max=1.0)
        judged_at = time(allowed.times)
        judge = text()

        @dy.rule()
        def two_persons(cls) -> pl.Expr:
            return pl.col("a") != pl.col("b")

    return Judgements


def _scores(allowed: Allowed) -> type[dy.Schema]:
    class Scores(AnyRow):
        person = text()
        score = number(min=1.0, max=100.0)
        as_of = time(allowed.times)

    return Scores


def _retractions(allowed: Allowed) -> type[dy.Schema]:
    class Retractions(AnyRow):
        network = among(allowed.networks)
        id = text(nullable=True, shortest=0)
        actor = text(nullable=True)
        at = time(allowed.times)
        restored = dy.Bool(nullable=True)

        @dy.rule()
        def of_an_id_or_an_actor(cls) -> pl.Expr:
            return (pl.col("id") != "").fill_null(value=False) | pl.col("actor").is_not_null()

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return Retractions


def _tallies(allowed: Allowed) -> type[dy.Schema]:
    tallied = allowed.declared("tallies")

    class Tallies(AnyRow):
        network = among(allowed.networks)
        account = text()
        content = text(nullable=True)
        reaction = text()
        value = number(min=0.0)
        at = time(allowed.times)

        @dy.rule()
        def declared_tally(cls) -> pl.Expr:
            return pair("network", "reaction").is_in(tallied)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return Tallies


def _profile_links(allowed: Allowed) -> type[dy.Schema]:
    class ProfileLinks(AnyRow):
        network = among(allowed.networks)
        account = text()
        url = text()
        verified = dy.Bool(nullable=True)
        at = time(allowed.times)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return ProfileLinks


def _profiles(allowed: Allowed) -> type[dy.Schema]:
    class Profiles(AnyRow):
        network = among(allowed.networks)
        account = text()
        name = text()
        url = prose()
        about = prose()
        at = time(allowed.times)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened()

    return Profiles


def _topics(allowed: Allowed) -> type[dy.Schema]:
    class Topics(AnyRow):
        network = among(allowed.networks)
        content = text()
        topic = text()
        author = text(nullable=True)

    return Topics


_MAKERS: dict[str, Callable[[Allowed], type[dy.Schema]]] = {
    "interactions": _interactions,
    "contents": _contents,
    "counters": _counters,
    "links": _links,
    "identities": _identities,
    "judgements": _judgements,
    "scores": _scores,
    "retractions": _retractions,
    "tallies": _tallies,
    "profile_links": _profile_links,
    "profiles": _profiles,
    "topics": _topics,
    **RECORDS,
}
"""By table."""
