"""`klout topics hide`, `dispute` and `unhide`: what people decide about their topics."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from features.storage.waiting import PATIENCE
from serving.cli.console import LakeOption, QuietOption, WaitOption, catalogue_kept, id_given
from serving.cli.people import AtOption, PersonArgument, or_now
from serving.cli.printing import say
from serving.cli.store_options import StoreOption

app = typer.Typer()

TopicArgument = Annotated[
    str,
    typer.Argument(
        help="The topic's slug; case and blanks don't matter.",
        callback=id_given,
        show_default=False,
    ),
]


@app.command("hide")
def hide_command(
    person: PersonArgument,
    topic: TopicArgument,
    lake: LakeOption,
    at: AtOption = None,
    store: StoreOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Show a topic of a person no more, nor the person among its experts.

    Example: klout topics hide ann jazz --lake L
    """
    _hide(person, topic, lake, at, store, "hidden", quiet=quiet)


@app.command("dispute")
def dispute_command(
    person: PersonArgument,
    topic: TopicArgument,
    lake: LakeOption,
    at: AtOption = None,
    store: StoreOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Record that a person says a topic is not its own, and show it no more.

    Example: klout topics dispute ann jazz --lake L
    """
    _hide(person, topic, lake, at, store, "disputed", quiet=quiet)


@app.command("unhide")
def unhide_command(
    person: PersonArgument,
    topic: TopicArgument,
    lake: LakeOption,
    at: AtOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Show a topic again that was hidden or disputed, from the next run on.

    Example: klout topics unhide ann jazz --lake L
    """
    from features.people.hidden_topics import unhide

    slug = slug_of(topic)
    unhide(lake, person, slug, or_now(at), catalogue_kept(lake, None))
    if not quiet:
        say(f"{slug} is shown of {person} again, from the next run on")


def slug_of(topic: str) -> str:
    """Write a name as a slug; what has none is left as it is."""
    from features.topics.slugs import topic_slug

    return topic_slug(topic) or topic


def _hide(
    person: str,
    topic: str,
    lake: Path,
    at: datetime | None,
    store: str | None,
    kind: str,
    *,
    quiet: bool,
) -> None:
    from features.people.hidden_topics import hide
    from serving.store.from_lake import existing, hide_topics

    # Opened first: a store that can't be reached must not be found out about afterwards.
    opened, slug = existing(store, lake), slug_of(topic)
    hide(lake, person, slug, or_now(at), catalogue_kept(lake, None), kind)
    if opened is not None:
        hide_topics(opened, lake)
        opened.close()
    if not quiet:
        say(f"{slug} is {kind} of {person}, and not shown any more")
