"""The rules that the lake's rows must keep: a dataframely schema for each table.

The allowed networks, reactions, counters and kinds come from the catalogue in force, and the
latest allowed time from the run, so a schema is made for each of these. It takes as long as
checking some ten thousand rows, so only that of a table that has rows is made.
"""

# ruff: noqa: N805 (dataframely's rules are class methods, without the decorator)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import dataframely as dy
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake.rules import Times, among, number, pair, prose, step, text, time
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
    return _MAKERS[table](_Allowed(catalogue, pl.lit(now), times))


@dataclass(frozen=True)
class _Allowed:
    """What is allowed.

    Attributes
    ----------
    catalogue
        What is declared.
    past
        Nothing may have happened at or after it.
    times
        Between which every time is.
    """

    catalogue: Catalogue
    past: pl.Expr
    times: Times

    @property
    def networks(self) -> list[str]:
        """Names of all networks."""
        return [network.name for network in self.catalogue.networks]

    def declared(self, kind: str) -> list[str]:
        """Name the reactions, contents, counters or tallies, each as ``twitter.like``."""
        every = self.catalogue.networks
        return [f"{n.name}.{each.name}" for n in every for each in getattr(n, kind)]

    def happened(self, column: str = "at") -> pl.Expr:
        """Say that it was in the past."""
        return pl.col(column) < self.past


class AnyRow(dy.Schema):
    """What every row has beside its table's columns."""

    row = dy.UInt64(nullable=False)
    damaged = dy.String(nullable=True)

    @dy.rule()
    def readable(cls) -> pl.Expr:
        """Refuse a row of which a value could not be read."""
        return pl.col("damaged").is_null()


def _interactions(allowed: _Allowed) -> type[dy.Schema]:
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


def _contents(allowed: _Allowed) -> type[dy.Schema]:
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


def _counters(allowed: _Allowed) -> type[dy.Schema]:
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


def _links(allowed: _Allowed) -> type[dy.Schema]:
    graphs = [network.name for network in allowed.catalogue.networks if network.page_graph]

    class Links(AnyRow):
        network = among(graphs)
        source = text()
        target = text()

    return Links


def _identities(allowed: _Allowed) -> type[dy.Schema]:
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


def _judgements(allowed: _Allowed) -> type[dy.Schema]:
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


def _scores(allowed: _Allowed) -> type[dy.Schema]:
    class Scores(AnyRow):
        person = text()
        score = number(min=1.0, max=100.0)
        as_of = time(allowed.times)

    return Scores


def _retractions(allowed: _Allowed) -> type[dy.Schema]:
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


def _tallies(allowed: _Allowed) -> type[dy.Schema]:
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


def _profile_links(allowed: _Allowed) -> type[dy.Schema]:
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


def _profiles(allowed: _Allowed) -> type[dy.Schema]:
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


def _authenticity(allowed: _Allowed) -> type[dy.Schema]:
    class Authenticity(AnyRow):
        network = among(allowed.networks)
        account = text()
        authenticity = step()
        as_of = time(allowed.times)
        reasons = text(nullable=True, shortest=0)  # belief that came back has none

    return Authenticity


def _overrides(allowed: _Allowed) -> type[dy.Schema]:
    class Overrides(AnyRow):
        network = among(allowed.networks)
        account = text()
        authenticity = step()
        why = text()
        decided_at = time(allowed.times)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return allowed.happened("decided_at")

    return Overrides


def _optouts(allowed: _Allowed) -> type[dy.Schema]:
    class Optouts(AnyRow):
        person = text()
        opted_out_at = time(allowed.times)
        opted_in_at = time(allowed.times, nullable=True)

        @dy.rule()
        def in_after_out(cls) -> pl.Expr:
            return pl.col("opted_in_at") >= pl.col("opted_out_at")

    return Optouts


def _topics(allowed: _Allowed) -> type[dy.Schema]:
    class Topics(AnyRow):
        network = among(allowed.networks)
        content = text()
        topic = text()
        author = text(nullable=True)

    return Topics


def _hidden_topics(allowed: _Allowed) -> type[dy.Schema]:
    class HiddenTopics(AnyRow):
        person = text()
        topic = text()
        kind = among(["hidden", "disputed"])
        hidden_at = time(allowed.times)
        shown_at = time(allowed.times, nullable=True)

        @dy.rule()
        def shown_after_hidden(cls) -> pl.Expr:
            return pl.col("shown_at") >= pl.col("hidden_at")

    return HiddenTopics


class _Ontology(AnyRow):
    topic = text()
    id = text()
    name = text()
    wikidata = text(nullable=True)


class _OntologyEdges(AnyRow):
    parent = text()
    child = text()


class _OntologyNames(AnyRow):
    topic = text()
    language = text()
    name = text()
    kind = among(["name", "synonym"])


class _TopicMap(AnyRow):
    tag = text()
    topic = text()


_MAKERS: dict[str, Callable[[_Allowed], type[dy.Schema]]] = {
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
    "authenticity": _authenticity,
    "overrides": _overrides,
    "optouts": _optouts,
    "topics": _topics,
    "hidden_topics": _hidden_topics,
    "ontology": lambda _: _Ontology,
    "ontology_edges": lambda _: _OntologyEdges,
    "ontology_names": lambda _: _OntologyNames,
    "topic_map": lambda _: _TopicMap,
}
"""By table."""
