"""`klout topics of` and `experts`: what is published of people and topics."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.errors import KloutError
from serving.cli.people import PersonArgument
from serving.cli.printing import console, put, say
from serving.cli.store_options import LakeOrNone, StoreOption
from serving.cli.topics_hidden import TopicArgument, slug_of

if TYPE_CHECKING:
    from serving.store.published_rows import Scored
    from serving.store.reading import Snapshot
    from serving.store.topic_rows import PersonTopic, StoredTopic

app = typer.Typer()

LanguageOption = Annotated[str, typer.Option(help="In which topics are named.")]
LimitOption = Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")]
AfterOption = Annotated[int, typer.Option(min=0, help="The last place that was shown.")]
SensitiveOption = Annotated[
    bool,
    typer.Option(
        "--sensitive", help="Also topics of health, belief, politics, sexuality, ethnicity."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("of")
def of_command(
    person: PersonArgument,
    store: StoreOption = None,
    lake: LakeOrNone = None,
    language: LanguageOption = "en",
    limit: LimitOption = 20,
    after: AfterOption = 0,
    sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a person is influential about, the strongest first, on the last published day.

    Example: klout topics of ann --lake L
    """
    with _published(store, lake, sensitive=sensitive) as now:
        scored = _scored(now, person)
        found = now.topics.of(scored.person, after, limit)
    rows = [
        {"topic": each.of.topic, "name": each.of.called(language)} | _told(each) for each in found
    ]
    _show({"person": scored.person, "topics": rows}, rows, _OF, as_json=as_json)


@app.command("experts")
def experts_command(
    topic: TopicArgument,
    store: StoreOption = None,
    lake: LakeOrNone = None,
    language: LanguageOption = "en",
    limit: LimitOption = 20,
    after: AfterOption = 0,
    sensitive: SensitiveOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say who is influential about a topic, best first, on the last published day.

    Example: klout topics experts jazz --lake L
    """
    with _published(store, lake, sensitive=sensitive) as now:
        about = _topic(now, topic)
        found = now.topics.experts(about, after, limit)
    rows = [
        {"place": each.place, "person": each.scored.person, "score": each.scored.score}
        | _told(each.about)
        for each in found
    ]
    whole = {"topic": about.topic, "name": about.called(language), "experts": rows}
    _show(whole, rows, _EXPERTS, as_json=as_json)


@contextmanager
def _published(store: str | None, lake: Path | None, *, sensitive: bool) -> Iterator[Snapshot]:
    from serving.store.address import url_of
    from serving.store.store import Store

    with Store.open(url_of(store, lake), sensitive=sensitive) as opened, opened.read() as now:
        if now.day is None:
            raise KloutError(f"store {opened.name}: no day is published")
        yield now


def _scored(now: Snapshot, person: str) -> Scored:
    network, colon, account = person.partition(":")
    found = now.person(person) or (now.owner(network, account) if colon else None)
    if found is None:
        raise KloutError(f"no person with a score is known by {person!r}")
    return found


def _topic(now: Snapshot, topic: str) -> StoredTopic:
    close = now.topics.search(topic, limit=20)
    named = (each for each in close if topic.lower() in map(str.lower, each.names.values()))
    found = now.topics.find(topic) or now.topics.find(slug_of(topic)) or next(named, None)
    if found is None:
        also = f"; there is {[each.topic for each in close[:5]]}" if close else ""
        raise KloutError(f"no topic with experts is known by {topic!r}{also}")
    return found


def _told(about: PersonTopic) -> dict[str, Any]:
    told = asdict(about)
    del told["of"]
    return told | {"experts": about.of.experts}


_COLUMNS: dict[str, Callable[[dict[str, Any]], str]] = {
    "place": lambda row: f"{row['place']:,}",
    "name": lambda row: f"{row['name']} ({row['topic']})",
    "person": lambda row: row["person"],
    "score": lambda row: f"{row['score']:.1f}",
    "share": lambda row: f"{row['share']:.1%}",
    "rank": lambda row: f"{row['rank']:,} of {row['experts']:,}",
    "contents": lambda row: f"{row['contents']:,}",
    "reactors": lambda row: f"{row['reactors']:,}",
    "confidence": lambda row: f"{row['confidence']:.2f}",
}
"""How a table writes what is known."""
_OF = ("name", "share", "rank", "contents", "reactors", "confidence")
_EXPERTS = ("place", "person", "score", "share", "contents", "reactors")
"""What it writes: as much as 80 letters hold. JSON has all."""


def _show(
    whole: dict[str, Any], rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool
) -> None:
    from rich.table import Table

    if as_json:
        put(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    elif rows:
        table = Table(*("topic" if name == "name" else name for name in columns))
        for row in rows:
            table.add_row(*(_COLUMNS[name](row) for name in columns))
        console().print(table)
    else:
        say("nothing is published of it")
