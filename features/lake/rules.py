"""The rules that the lake's rows must keep, as dataframely schemas.

The allowed networks, reactions, counters and kinds come from the catalogue in force, and the
latest allowed time from the run, so the schemas are made for each of these.
"""

# ruff: noqa: N805 (dataframely's rules are class methods, without the decorator)

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

import dataframely as dy
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.lake.contracts import STEPS
from features.lake.times import EARLIEST, end_of_times

MAX_ID_LENGTH = 512
"""Characters. No id comes near it; a field of megabytes is damage. Reasons are kept as short."""
MAX_PROSE_LENGTH = 10_000
"""Characters of what an account says of itself."""

REASONS = {
    "nullability": "missing",
    "min_length": "empty",
    "max_length": f"longer than {MAX_ID_LENGTH} characters",
    "min": "below its minimum",
    "max": "above its maximum",
    "nan": "not a number",
    "inf": "not finite",
    "check__is_in": "not a declared value",
    "check__plausible": "before 1970 or later than tomorrow",
    "check__prose": f"longer than {MAX_PROSE_LENGTH:,} characters",
    "check__step": f"not one of {', '.join(f'{step:g}' for step in STEPS)}",
}
"""Dataframely's names of column rules, in words."""


_Times = tuple[pl.Expr, pl.Expr]
"""The first time that is plausible, and the first after it that is not."""


class AnyRow(dy.Schema):
    """What every row has beside its table's columns."""

    row = dy.UInt64(nullable=False)
    damaged = dy.String(nullable=True)

    @dy.rule()
    def readable(cls) -> pl.Expr:
        """Refuse a row of which a value could not be read."""
        return pl.col("damaged").is_null()


@lru_cache(maxsize=16)
def schemas(catalogue: Catalogue, now: datetime) -> dict[str, type[dy.Schema]]:
    """Make the schema of each table.

    Parameters
    ----------
    catalogue
        Its networks, reactions, counters and content kinds are the allowed ones.
    now
        Nothing may have happened at or after it, and no time may be later than the day after it.

    Returns
    -------
    dict
        Table name to schema. Each schema also has ``row`` (the row's number in its source) and
        ``damaged`` (why a value could not be read; null where all could).
    """
    networks = [network.name for network in catalogue.networks]
    graphs = [network.name for network in catalogue.networks if network.page_graph]
    reactions = [f"{n.name}.{r.name}" for n in catalogue.networks for r in n.reactions]
    kinds = [f"{n.name}.{k.name}" for n in catalogue.networks for k in n.contents]
    counters = [f"{n.name}.{c.name}" for n in catalogue.networks for c in n.counters]
    # Polars reads a time for each literal by a query of its own, so each is made once.
    past, times = pl.lit(now), (pl.lit(EARLIEST), pl.lit(end_of_times(now)))

    class Interactions(AnyRow):
        network = _among(networks)
        reaction = _text()
        actor = _text()
        target = _text()
        content = _text(nullable=True)
        at = _time(times)
        id = _text(nullable=True)

        @dy.rule()
        def declared_reaction(cls) -> pl.Expr:
            return _pair("network", "reaction").is_in(reactions)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    class Contents(AnyRow):
        network = _among(networks)
        author = _text()
        content = _text()
        kind = _text()
        at = _time(times)

        @dy.rule()
        def declared_kind(cls) -> pl.Expr:
            return _pair("network", "kind").is_in(kinds)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    class Counters(AnyRow):
        network = _among(networks)
        account = _text()
        counter = _text()
        value = _number(min=0.0)
        at = _time(times)

        @dy.rule()
        def declared_counter(cls) -> pl.Expr:
            return _pair("network", "counter").is_in(counters)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    class Links(AnyRow):
        network = _among(graphs)
        source = _text()
        target = _text()

    class Topics(AnyRow):
        network = _among(networks)
        content = _text()
        topic = _text()
        author = _text(nullable=True)

    class Identities(AnyRow):
        person = _text()
        network = _among(networks)
        account = _text()
        kind = _among(["personal", "page"])
        connected_at = _time(times)
        disconnected_at = _time(times, nullable=True)

        @dy.rule()
        def disconnected_after_connected(cls) -> pl.Expr:
            return pl.col("disconnected_at") >= pl.col("connected_at")

    class Judgements(AnyRow):
        a = _text()
        b = _text()
        preference = _number(min=0.0, max=1.0)
        judged_at = _time(times)
        judge = _text()

        @dy.rule()
        def two_persons(cls) -> pl.Expr:
            return pl.col("a") != pl.col("b")

    class Scores(AnyRow):
        person = _text()
        score = _number(min=1.0, max=100.0)
        as_of = _time(times)

    return {
        "interactions": Interactions,
        "contents": Contents,
        "counters": Counters,
        "links": Links,
        "topics": Topics,
        "identities": Identities,
        "judgements": Judgements,
        "scores": Scores,
        "retractions": _retractions(networks, past, times),
        "tallies": _tallies(catalogue, past, times),
        **_profiles(networks, past, times),
        **_records(networks, past, times),
    }


def _retractions(networks: list[str], past: pl.Expr, times: _Times) -> type[dy.Schema]:
    """Schema of what is undone."""

    class Retractions(AnyRow):
        network = _among(networks)
        id = _text(nullable=True, shortest=0)
        actor = _text(nullable=True)
        at = _time(times)
        restored = dy.Bool(nullable=True)

        @dy.rule()
        def of_an_id_or_an_actor(cls) -> pl.Expr:
            return (pl.col("id") != "").fill_null(value=False) | pl.col("actor").is_not_null()

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    return Retractions


def _tallies(catalogue: Catalogue, past: pl.Expr, times: _Times) -> type[dy.Schema]:
    """Schema of what was counted without names."""
    tallied = [f"{n.name}.{each.name}" for n in catalogue.networks for each in n.tallies]

    class Tallies(AnyRow):
        network = _among([network.name for network in catalogue.networks])
        account = _text()
        content = _text(nullable=True)
        reaction = _text()
        value = _number(min=0.0)
        at = _time(times)

        @dy.rule()
        def declared_tally(cls) -> pl.Expr:
            return _pair("network", "reaction").is_in(tallied)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    return Tallies


def _profiles(networks: list[str], past: pl.Expr, times: _Times) -> dict[str, type[dy.Schema]]:
    """Schemas of what accounts say of themselves."""

    class ProfileLinks(AnyRow):
        network = _among(networks)
        account = _text()
        url = _text()
        verified = dy.Bool(nullable=True)
        at = _time(times)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    class Profiles(AnyRow):
        network = _among(networks)
        account = _text()
        name = _text()
        url = _prose()
        about = _prose()
        at = _time(times)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("at") < past

    return {"profile_links": ProfileLinks, "profiles": Profiles}


def _records(networks: list[str], past: pl.Expr, times: _Times) -> dict[str, type[dy.Schema]]:
    """Schemas of what was found out or decided about people."""

    class Authenticity(AnyRow):
        network = _among(networks)
        account = _text()
        authenticity = _step()
        as_of = _time(times)
        reasons = _text(nullable=True, shortest=0)  # belief that came back has none

    class Overrides(AnyRow):
        network = _among(networks)
        account = _text()
        authenticity = _step()
        why = _text()
        decided_at = _time(times)

        @dy.rule()
        def not_in_the_future(cls) -> pl.Expr:
            return pl.col("decided_at") < past

    class Optouts(AnyRow):
        person = _text()
        opted_out_at = _time(times)
        opted_in_at = _time(times, nullable=True)

        @dy.rule()
        def in_after_out(cls) -> pl.Expr:
            return pl.col("opted_in_at") >= pl.col("opted_out_at")

    class HiddenTopics(AnyRow):
        person = _text()
        topic = _text()
        kind = _among(["hidden", "disputed"])
        hidden_at = _time(times)
        shown_at = _time(times, nullable=True)

        @dy.rule()
        def shown_after_hidden(cls) -> pl.Expr:
            return pl.col("shown_at") >= pl.col("hidden_at")

    return {
        "authenticity": Authenticity,
        "overrides": Overrides,
        "optouts": Optouts,
        "hidden_topics": HiddenTopics,
        **_ontology(),
    }


def _ontology() -> dict[str, type[dy.Schema]]:
    """Schemas of a hierarchy of topics, and of what tags are."""

    class Ontology(AnyRow):
        topic = _text()
        id = _text()
        name = _text()
        wikidata = _text(nullable=True)

    class OntologyEdges(AnyRow):
        parent = _text()
        child = _text()

    class OntologyNames(AnyRow):
        topic = _text()
        language = _text()
        name = _text()
        kind = _among(["name", "synonym"])

    class TopicMap(AnyRow):
        tag = _text()
        topic = _text()

    return {
        "ontology": Ontology,
        "ontology_edges": OntologyEdges,
        "ontology_names": OntologyNames,
        "topic_map": TopicMap,
    }


def in_words(rule: str) -> str:
    """Say a rule's name as the reason a row was refused.

    >>> in_words("value|min"), in_words("declared_reaction")
    ('value: below its minimum', 'not declared reaction')
    """
    column, _, name = rule.partition("|")
    if name:
        return f"{column}: {REASONS.get(name, name)}"
    words = column.replace("_", " ")
    return words.removeprefix("not ") if words.startswith("not ") else f"not {words}"


def _pair(first: str, second: str) -> pl.Expr:
    return pl.format("{}.{}", pl.col(first), pl.col(second))


def _text(*, nullable: bool = False, shortest: int = 1) -> Any:
    return dy.String(nullable=nullable, min_length=shortest, max_length=MAX_ID_LENGTH)


def _prose() -> Any:
    short = {"prose": lambda column: column.str.len_chars() <= MAX_PROSE_LENGTH}
    return dy.String(nullable=True, check=short)


def _among(allowed: list[str]) -> Any:
    return dy.String(nullable=False, check={"is_in": lambda column: column.is_in(allowed)})


def _time(times: _Times, *, nullable: bool = False) -> Any:
    """Allow what happened, and what was decided to be from tomorrow on."""
    plausible = {"plausible": lambda column: column.is_between(*times, closed="left")}
    return dy.Datetime(nullable=nullable, time_unit="us", time_zone="UTC", check=plausible)


def _number(*, min: float, max: float | None = None) -> Any:
    return dy.Float64(nullable=False, allow_nan=False, allow_inf=False, min=min, max=max)


def _step() -> Any:
    among = {"step": lambda column: column.is_in(STEPS)}
    return dy.Float64(nullable=False, allow_nan=False, allow_inf=False, check=among)
