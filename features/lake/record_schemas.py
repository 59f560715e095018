"""The rules of what was found out or decided, and of hierarchies of topics."""

# ruff: noqa: N805 (dataframely's rules are class methods, without the decorator)

from __future__ import annotations

from collections.abc import Callable

import dataframely as dy
import polars as pl

from features.lake.rules import Allowed, AnyRow, among, step, text, time


def _authenticity(allowed: Allowed) -> type[dy.Schema]:
    class Authenticity(AnyRow):
        network = among(allowed.networks)
        account = text()
        authenticity = step()
        as_of = time(allowed.times)
        reasons = text(nullable=True, shortest=0)  # belief that came back has none

    return Authenticity


def _overrides(allowed: Allowed) -> type[dy.Schema]:
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


def _optouts(allowed: Allowed) -> type[dy.Schema]:
    class Optouts(AnyRow):
        person = text()
        opted_out_at = time(allowed.times)
        opted_in_at = time(allowed.times, nullable=True)

        @dy.rule()
        def in_after_out(cls) -> pl.Expr:
            return pl.col("opted_in_at") >= pl.col("opted_out_at")

    return Optouts


def _hidden_topics(allowed: Allowed) -> type[dy.Schema]:
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


RECORDS: dict[str, Callable[[Allowed], type[dy.Schema]]] = {
    "authenticity": _authenticity,
    "overrides": _overrides,
    "optouts": _optouts,
    "hidden_topics": _hidden_topics,
    "ontology": lambda _: _Ontology,
    "ontology_edges": lambda _: _OntologyEdges,
    "ontology_names": lambda _: _OntologyNames,
    "topic_map": lambda _: _TopicMap,
}
"""By table."""
