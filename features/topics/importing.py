"""A hierarchy of topics from files into the lake, in place of the one it has."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Lake
from features.sources.reader import one_file
from features.topics.hierarchy import Hierarchy, without_circles
from features.topics.klout_files import read_klout
from features.topics.mapping import tags_of, unmapped
from features.topics.ontology import NAME, SYNONYM, Ontology
from features.topics.replacing import replace
from features.topics.skos import FORMS, form_of, read_skos

TABULAR = ".csv"


@dataclass(frozen=True)
class Imported:
    """What came of an import.

    Attributes
    ----------
    topics, edges
        How many the files say.
    mentioned
        Topics that edges alone name, beside them.
    circles
        Edges, as ``parent`` and ``child``, that are in a circle and not followed.
    languages
        By language, how many topics have a name.
    synonyms
        How many there are.
    tags, unmapped
        Tags that the lake's contents have, and how many of them are none of these topics.
    """

    topics: int
    edges: int
    mentioned: list[str]
    circles: pl.DataFrame
    languages: dict[str, int]
    synonyms: int
    tags: int
    unmapped: int


def import_topics(root: Path, paths: list[Path]) -> Imported:
    """Let the hierarchy that files say take the place of the lake's, in one instant.

    Parameters
    ----------
    root
        The lake's.
    paths
        Files, or folders of them, of one kind: CSV as Klout published its ontology, or SKOS.

    Raises
    ------
    KloutError
        If there is no lake, or the files are damaged or of no such form; the lake is as before.
    """
    catalogue = Lake(root).catalogue
    found = _read(_files(paths))
    tables = found.tables(catalogue)
    replace(root, tables, ", ".join(map(str, paths)))
    return _came_of(root, found, tables["ontology_names"])


def _files(paths: list[Path]) -> list[Path]:
    """List the files, and those of folders that are of a form that is read."""
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found += one_file(path)
            continue
        inside = [file for file in sorted(path.iterdir()) if form_of(file) in (TABULAR, *FORMS)]
        if not inside:
            raise KloutError(f"{path}: no files here that end in {', '.join((TABULAR, *FORMS))}")
        found += inside
    return found


def _read(files: list[Path]) -> Hierarchy:
    forms = {form_of(file) for file in files}
    if forms == {TABULAR}:
        return read_klout(files)
    if forms <= FORMS.keys():
        return read_skos(files)
    if TABULAR in forms and forms <= {TABULAR, *FORMS}:
        raise KloutError("both CSV and RDF are given; expected files of one kind")
    other = next(file for file in files if form_of(file) not in (TABULAR, *FORMS))
    raise KloutError(f"{other}: expected a file that ends in {', '.join((TABULAR, *FORMS))}")


def _came_of(root: Path, found: Hierarchy, names: pl.DataFrame) -> Imported:
    lake = Lake(root)
    tags, mentioned = tags_of(lake), [*found.mentioned]
    called = names.filter(kind=NAME).group_by("language").agg(pl.col("topic").n_unique())
    return Imported(
        topics=len(found.topics) - len(mentioned),
        edges=len(found.edges),
        mentioned=mentioned,
        circles=without_circles(found.edges)[1],
        languages=dict(called.sort("language").iter_rows()),
        synonyms=int((names["kind"] == SYNONYM).sum()),
        tags=len(tags),
        unmapped=len(unmapped(Ontology.of(lake), tags)),
    )
