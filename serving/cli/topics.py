"""`klout topics`: what contents are about, and which hierarchy of topics a lake has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.storage.waiting import PATIENCE
from serving.cli.console import LakeOption, QuietOption, WaitOption
from serving.cli.printing import put, say

if TYPE_CHECKING:
    from features.topics.importing import Imported
    from features.topics.ontology import Ontology

app = typer.Typer(
    help="Topics: what contents are about, and people with them.", no_args_is_help=True
)

SHOWN = 5
"""Things that are named in a line; of more the number is."""


@app.command("import")
def import_command(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Klout's ontology (CSV) or SKOS (.ttl, .rdf), packed or not; or their folder.",
            show_default=False,
        ),
    ],
    lake: LakeOption,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Take a hierarchy of topics, in place of the one that the lake has.

    Example: klout topics import klout-ontology/ --lake L
    """
    from features.topics.importing import import_topics

    done = import_topics(lake, files)
    if not quiet:
        say("; ".join(_imported(done)))


@app.command("map")
def map_command(
    lake: LakeOption,
    file: Annotated[
        Path | None,
        typer.Argument(
            help="CSV with the columns tag and topic: the whole mapping.", show_default=False
        ),
    ] = None,
    template: Annotated[
        bool,
        typer.Option("--template", help="Print the mapping, and the tags that are no topic yet."),
    ] = False,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Say which topic tags are, in place of what was said before.

    Example: klout topics map --template --lake L > map.csv; klout topics map map.csv --lake L
    """
    from features.lake import Lake
    from features.topics.mapping import editable, map_tags

    if (file is None) != template:
        raise typer.BadParameter("expected either a FILE or --template")
    if file is None:
        put(editable(Lake(lake)))
        return
    done = map_tags(lake, file)
    if not quiet:
        empty = f"; {done.empty:,} rows without a topic" if done.empty else ""
        new = f"; {_some(done.new)}: in no hierarchy here" if done.new else ""
        say(f"{file}: {done.tags:,} tags mapped{empty}{new}")


@app.command("show")
def show_command(
    topic: Annotated[
        str,
        typer.Argument(help="Its slug, its name in any language, or a tag.", show_default=False),
    ],
    lake: LakeOption,
    language: Annotated[str, typer.Option(help="In which names are shown.")] = "en",
) -> None:
    """Show a topic: its names, what is above and below it, and the contents about it.

    Example: klout topics show "machine learning" --lake L --language de
    """
    import polars as pl

    from features.errors import KloutError
    from features.lake import Lake
    from features.topics.mapping import tags_of
    from features.topics.ontology import Ontology

    source = Lake(lake)
    ontology, tags = Ontology.of(source), tags_of(source)
    own = ontology.own(pl.Series([topic]))["topic"].to_list()
    about = ontology.topics_of(tags["tag"]).filter(pl.col("topic").is_in(own))
    used = tags.join(about, on="tag", how="semi", maintain_order="left")
    if not own or (used.is_empty() and own[0] not in ontology.topics["topic"]):
        raise KloutError(f"{lake}: no topic {topic!r}: neither the hierarchy nor a content has it")
    say("\n".join(_shown(ontology, own[0], language)))
    say(f"tags: {_some(used['tag'].to_list())}" if len(used) else "tags: none in this lake")


def _imported(done: Imported) -> Iterator[str]:
    """Say what came of an import."""
    also = f", and {_some(done.mentioned)}, which edges alone name" if done.mentioned else ""
    yield f"{done.topics:,} topics{also}"
    yield f"{done.edges:,} edges"
    if len(done.circles):
        pairs = [
            f"{parent} over {child}"
            for parent, child in done.circles.select("parent", "child").rows()
        ]
        yield f"{len(pairs):,} of them in circles, not followed: {_some(pairs)}"
    said = ", ".join(f"{language} {count:,}" for language, count in done.languages.items())
    yield f"names in {len(done.languages):,} languages{said and f': {said}'}"
    if done.synonyms:
        yield f"{done.synonyms:,} synonyms"
    yield f"of {done.tags:,} tags in the lake {done.unmapped:,} are none of these topics"


def _shown(ontology: Ontology, topic: str, language: str) -> Iterator[str]:
    """Say what a hierarchy knows of a topic."""
    import polars as pl

    named = dict(ontology.names(language).iter_rows())

    def called(slugs: Iterable[str]) -> str:
        return _some([f"{named.get(slug, slug)} ({slug})" for slug in slugs]) or "none"

    yield f"{named.get(topic, topic)} ({topic})"
    yield f"id: {ontology.id_of(topic)}"
    for item in ontology.topics.filter(topic=topic)["wikidata"].drop_nulls():
        yield f"Wikidata: {item}"
    yield f"above: {called(ontology.parents.filter(topic=topic)['parent'].sort())}"
    yield f"below: {called(ontology.children(topic))}"
    labels = ontology.labels.filter(topic=topic)
    for kind, name, of in labels.select("kind", "name", "language").sort(pl.all()).iter_rows():
        yield f"{kind}: {name} ({of})"


def _some(things: Sequence[str]) -> str:
    """Name the first of some, and say how many more there are."""
    more = f" and {len(things) - SHOWN:,} more" if len(things) > SHOWN else ""
    return ", ".join(things[:SHOWN]) + more
