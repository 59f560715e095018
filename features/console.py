"""What every command of `klout` shares: options, progress bars, and how it says things."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from features.catalogue import Catalogue
from features.days import FIRST, LAST, check_known
from features.declaration import load_networks
from features.lake import Lake
from features.storage import location

LAKE_FORM = "DIR|s3://BUCKET/PREFIX"
"""How help shows where a lake may be. A `Path` that typer makes would break the URL."""

LakeOption = Annotated[
    Path,
    typer.Option(
        "--lake",
        parser=location,
        metavar=LAKE_FORM,
        help="The lake's directory, or its place on object storage.",
        show_default=False,
    ),
]
AsOfOption = Annotated[
    datetime,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Only what happened before this day counts."
    ),
]
AllowFutureOption = Annotated[
    bool,
    typer.Option("--allow-future", help="Publish a day later than tomorrow (UTC) all the same."),
]
NetworksOption = Annotated[
    Path | None, typer.Option("--networks", help="A directory of network declarations of your own.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bar, no summary.")]


def catalogue_of(networks: Path | None) -> Catalogue:
    """Make the catalogue in force: the built-in networks and a user's own."""
    return Catalogue(load_networks(networks))


def day_of(moment: datetime) -> date:
    """Take the date of a `--as-of` option or its like.

    Raises
    ------
    BadParameter
        If so near to an end of the calendar that there is no period around it.
    """
    day = moment.date()
    if not FIRST <= day <= LAST:
        raise typer.BadParameter(f"{day} is not a day from {FIRST} to {LAST}")
    return day


def known_day(lake: Path, as_of: datetime) -> date:
    """Take the date of a `--as-of` option, as of which something can be known of a lake."""
    check_known(Lake(lake), day_of(as_of))
    return day_of(as_of)


@dataclass(frozen=True)
class Bar:
    """A progress bar: called with what is done, it advances."""

    shown: Progress
    task: TaskID

    def __call__(self, done: int) -> None:
        """Say that so much more is done."""
        self.shown.advance(self.task, done)

    def expect(self, total: int) -> None:
        """Say how much there is to do, where that is known later than the bar is shown."""
        self.shown.update(self.task, total=total)


class RateColumn(ProgressColumn):
    """How much was done a second, of late."""

    def __init__(self) -> None:
        super().__init__(Column(no_wrap=True))

    def render(self, task: Task) -> Text:
        """Write the rate; nothing until it is known."""
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


@contextmanager
def progress(what: str, total: int | None, *, quiet: bool) -> Iterator[Bar]:
    """Show a progress bar with its rate on stderr if that is a terminal.

    Parameters
    ----------
    what
        Stands before the bar.
    total
        How much there is to do; None: not known (yet).
    quiet
        Show nothing.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        yield Bar(bar, bar.add_task(what, total=total))
