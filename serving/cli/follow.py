"""`klout follow`."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.storage.waiting import PATIENCE
from serving.cli.console import LakeOption, QuietOption, WaitOption, saying, time_given

if TYPE_CHECKING:
    from features.following.repositories import Repositories

app = typer.Typer()

FORMS = ("jetstream", "jetstream-v2", "firehose")


@app.command("follow")
def follow_command(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="bluesky.")],
    lake: LakeOption,
    form: Annotated[
        str, typer.Option("--from", metavar="FORM", help="jetstream, jetstream-v2 or firehose.")
    ] = "jetstream",
    url: Annotated[
        str | None, typer.Option(metavar="ws://…", help="Another server than the public one.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="When to stop; else it goes on for ever.")
    ] = None,
    repositories: Annotated[
        str | None,
        typer.Option(
            metavar="https://…",
            help="Where gaps are mended from: a PDS or relay. The firehose's own, if not given.",
        ),
    ] = None,
    memory: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What is remembered of the stream; in the lake, if not given."
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--every", min=0.1, max=3600, help="Seconds between two commits.")
    ] = 60.0,
    metrics: Annotated[
        int | None,
        typer.Option(
            metavar="PORT", min=1, max=65_535, help="Figures for Prometheus, on 127.0.0.1."
        ),
    ] = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Follow a live network into the lake, until it is stopped (Ctrl-C, SIGTERM).

    What came is in the lake every minute, or with every 100,000 rows; a run that is killed goes on
    where the lake ends. klout daily may run beside it. A line a minute says how it goes.

    Example: klout follow bluesky --lake L
    """
    from features.following.figures import Figures
    from features.following.follow import Follower, Plan
    from features.following.memory import Memory
    from features.following.streams import STREAMS, where
    from features.storage.folders import LAKE, claim
    from features.storage.objects import is_remote

    if source != "bluesky":
        raise typer.BadParameter(f"{source!r} is not known; there is bluesky")
    if form not in STREAMS:
        raise typer.BadParameter(f"--from {form!r} is not known; there are {', '.join(FORMS)}")
    if memory is None and is_remote(lake):
        raise typer.BadParameter("--memory FILE is needed where the lake is on object storage")
    stream, stop = STREAMS[form], threading.Event()
    at = where(stream, url)
    plan = Plan(
        stream,
        at,
        None if until is None else time_given(until),
        seconds,
        repositories=_repositories(repositories, form, at),
    )
    claim(lake, LAKE)
    kept = Memory(memory or lake / "followed" / "bluesky.db")
    figures = Figures(metrics)
    try:
        with _stopped_by(signal.SIGTERM, stop), _stopped_by(signal.SIGINT, stop):
            Follower(lake, plan, kept, stop, figures, saying(quiet=quiet)).run()
    finally:
        kept.close()
        figures.close()


def _repositories(given: str | None, form: str, url: str) -> Repositories | None:
    """Name the server that repositories are read from, if there is one."""
    from features.following.repositories import Repositories, of_host

    if given is not None:
        return Repositories(given)
    return Repositories(of_host(url)) if form == "firehose" else None


@contextmanager
def _stopped_by(number: signal.Signals, stop: threading.Event) -> Iterator[None]:
    """Have a signal end the run in good order."""
    former = signal.signal(number, lambda *_: stop.set())
    try:
        yield
    finally:
        signal.signal(number, former)
