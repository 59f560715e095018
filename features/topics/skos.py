"""Thesauri in SKOS, as RDF/XML or Turtle: concepts, what is broader, and labels in languages.

A topic is a ``skos:Concept``, or what is broader or narrower than another. Its id is its address;
its name the ``prefLabel`` in English, else without a language, else of the first language; its slug
is the name's. Concepts that would share a slug, as Mercury and Mercury, each have the end of their
address behind it. Every ``prefLabel`` is a name and every ``altLabel`` and ``hiddenLabel`` a
synonym; an ``exactMatch`` in Wikidata is its item. Nothing that a file refers to is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from features.errors import KloutError
from features.sources.lines import UNREADABLE, damage, one_line, opened
from features.topics.hierarchy import Hierarchy
from features.topics.ontology import NAME, SYNONYM
from features.topics.slugs import slug

if TYPE_CHECKING:
    from rdflib import Graph

FORMS = {".ttl": "turtle", ".nt": "nt", ".rdf": "xml", ".xml": "xml", ".owl": "xml"}
"""Suffix to the form as rdflib calls it."""

MOST_BYTES = 2**29
"""Of a file, unpacked: it is read into memory, at some ten times its size."""

UNSAID = "und"
"""The language of a label that says none (ISO 639)."""

_SKOS = "http://www.w3.org/2004/02/skos/core#"
_ITEM = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q\d+)")


def read_skos(files: list[Path]) -> Hierarchy:
    """Read a hierarchy from files that say parts of it, in any order.

    Raises
    ------
    KloutError
        If one is damaged, or none says of any concept.
    """
    from rdflib import Graph

    graph = Graph()
    for file in files:
        _parse(graph, file)
    edges, labels = _edges(graph), _labels(graph)
    concepts = sorted({*_of_kind(graph), *edges["parent"], *edges["child"]})
    if not concepts:
        raise KloutError(f"{files[0]}: no skos:Concept; expected a thesaurus in SKOS")
    topics = _topics(concepts, labels, _items(graph))
    slug_of = topics.select("id", "topic")
    for end in ("parent", "child"):
        edges = edges.rename({end: "id"}).join(slug_of, on="id").rename({"topic": end}).drop("id")
    return Hierarchy(
        topics,
        edges.select("parent", "child", "where").sort(pl.all()),
        labels.join(slug_of, on="id", maintain_order="left").select(
            "topic", "language", "name", "kind", where="id"
        ),
    )


def _parse(graph: Graph, file: Path) -> None:
    try:
        with opened(file) as stream:
            data = stream.read(MOST_BYTES + 1)
    except UNREADABLE as error:
        raise KloutError(f"{file}: {damage(file, error)}") from error
    if len(data) > MOST_BYTES:
        raise KloutError(f"{file}: larger than {MOST_BYTES // 2**20} MiB; import a part of it")
    form = FORMS[form_of(file)]
    try:
        graph.parse(data=data, format=form, publicID=file.absolute().as_uri())
    except Exception as error:  # rdflib raises what its parsers meet: ten kinds and more
        why = f"{type(error).__name__}: {one_line(error)}"
        raise KloutError(f"{file}: damaged RDF ({form}): {why}") from error


def form_of(file: Path) -> str:
    """Give the suffix that says a file's form, before the one that says how it is packed.

    >>> form_of(Path("stw.RDF.gz"))
    '.rdf'
    """
    ends = [suffix.lower() for suffix in file.suffixes]
    packed = ends[-1:] and ends[-1] in (".gz", ".zst", ".bz2")
    return next(iter(ends[-2:-1] if packed else ends[-1:]), "")


def _of_kind(graph: Graph) -> Iterator[str]:
    from rdflib import RDF, URIRef

    for concept in graph.subjects(RDF.type, URIRef(f"{_SKOS}Concept")):
        if isinstance(concept, URIRef):
            yield str(concept)


def _pairs(graph: Graph, predicate: str) -> Iterator[tuple[str, str]]:
    """Give what a predicate connects, by addresses."""
    from rdflib import URIRef

    for one, other in graph.subject_objects(URIRef(_SKOS + predicate)):
        if isinstance(one, URIRef) and isinstance(other, URIRef):
            yield str(one), str(other)


def _edges(graph: Graph) -> pl.DataFrame:
    """``parent``, ``child``: addresses, each pair once, and ``where``."""
    found = {(wide, narrow) for narrow, wide in _pairs(graph, "broader")}
    found |= set(_pairs(graph, "narrower"))
    frame = pl.DataFrame(sorted(found), {"parent": pl.String, "child": pl.String}, orient="row")
    return frame.with_columns(where="child")


def _labels(graph: Graph) -> pl.DataFrame:
    """``id``, ``language``, ``name``, ``kind``, each once."""
    from rdflib import Literal, URIRef

    kinds = {"prefLabel": NAME, "altLabel": SYNONYM, "hiddenLabel": SYNONYM}
    found = {
        (str(one), (label.language or UNSAID).lower(), " ".join(str(label).split()), kind)
        for predicate, kind in kinds.items()
        for one, label in graph.subject_objects(URIRef(_SKOS + predicate))
        if isinstance(one, URIRef) and isinstance(label, Literal) and str(label).strip()
    }
    schema = dict.fromkeys(("id", "language", "name", "kind"), pl.String)
    return pl.DataFrame(sorted(found), schema, orient="row")


def _items(graph: Graph) -> dict[str, str]:
    """Give the Wikidata items of concepts; of several the first."""
    found = sorted(_pairs(graph, "exactMatch"), reverse=True)
    items = ((one, _ITEM.fullmatch(other)) for one, other in found)
    return {one: item[1] for one, item in items if item}


def _topics(concepts: list[str], labels: pl.DataFrame, items: dict[str, str]) -> pl.DataFrame:
    """``topic``, ``id``, ``name``, ``wikidata``, ``where``, a row for each concept."""
    called = labels.filter(kind=NAME).with_columns(
        first=pl.col("language").replace_strict({"en": 0, UNSAID: 1}, default=2)
    )
    called = called.sort("first", "language", "name").unique("id", keep="first")
    each = pl.DataFrame({"id": concepts}, {"id": pl.String})
    end = slug(pl.col("id").str.strip_chars_end("/#").str.extract(r"([^/#]+)$"))
    each = each.join(called.select("id", "name"), on="id", how="left", maintain_order="left")
    each = each.with_columns(end=end.fill_null("concept"))
    each = each.with_columns(name=pl.coalesce("name", "end"))
    each = each.with_columns(topic=pl.coalesce(slug(pl.col("name")), "end"))
    apart = pl.concat_str("topic", "end", separator="-")
    wikidata = pl.col("id").replace_strict(items, default=None, return_dtype=pl.String)
    return each.select(
        pl.when(pl.len().over("topic") > 1).then(apart).otherwise("topic").alias("topic"),
        "id",
        "name",
        wikidata.alias("wikidata"),
        where="id",
    )
