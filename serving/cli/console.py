"""What every command of `klout` shares: options, progress bars, and how it says things."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from typer.models import CommandInfo

from features.storage.paths import exists, location
from features.storage.waiting import patience
from serving.cli.printing import say

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue
    from features.lake import Lake


MOST_DAYS = 36_500
"""How long a period may be that is asked for."""
LAKE_FORM = "DIR|s3://BUCKET/PREFIX"
"""How help shows where a lake may be. A `Path` that typer makes would break the URL."""


def finite(number: float | None) -> float | None:
    """Take a number as an option; without an upper bound typer lets infinity through.

    Raises
    ------
    BadParameter
        If it is infinite, or none.
    """
    if number is not None and not math.isfinite(number):
        raise typer.BadParameter(f"{number:g} is no finite number")
    return number


def _waits(context: typer.Context, seconds: float) -> float:
    """Have the whole command wait this long for a lake that somebody else is writing to."""
    finite(seconds)
    context.with_resource(patience(seconds))
    return seconds


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
    Path | None,
    typer.Option(
        "--networks", help="A directory of network declarations of your own, to add or change."
    ),
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        envvar="KLOUT_WAIT",
        callback=_waits,
        expose_value=False,
        help="How long to wait for another run that is writing to the lake.",
    ),
]
"""Of every command that writes to a lake. Its callback does all: the function has no use for it."""
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bar, no summary.")]


def catalogue_of(lake: Lake, networks: Path | None) -> Catalogue:
    """Give the catalogue in force in a lake, for a command that does not write to it.

    What ``--networks`` changes holds for that command alone.
    """
    from features.lake.networks import declared

    catalogue, changed = declared(lake, networks)
    if changed:
        say(f"networks, for this command alone: {changed}", err=True)
    return catalogue


def catalogue_kept(root: Path, networks: Path | None, *, makes_lake: bool = False) -> Catalogue:
    """Give the catalogue in force in a lake, and keep there what ``--networks`` changes.

    Parameters
    ----------
    root
        The lake's directory.
    networks
        The option; None: the lake's networks stay as they are.
    makes_lake
        Whether the command makes the lake if there is none; otherwise that is an error.
    """
    from features.catalogue.catalogue import Catalogue
    from features.catalogue.declaration import load_networks
    from features.lake import Lake
    from features.lake.networks import keep

    if not makes_lake or exists(root / "ledger"):
        catalogue = Lake(root).catalogue
    else:
        catalogue = Catalogue(load_networks())
    if networks is None:
        return catalogue
    catalogue, changed = keep(root, networks)
    if changed:
        say(f"networks: {changed}", err=True)
    return catalogue


def saying(*, quiet: bool) -> Callable[[str], None]:
    """Make what says a line on stderr about what was left out; nothing if ``quiet``."""
    return lambda line: None if quiet else say(f"klout: {line}", err=True)


def day_of(moment: datetime) -> date:
    """Take the date of a `--as-of` option or its like.

    Raises
    ------
    BadParameter
        If so near to an end of the calendar that there is no period around it.
    """
    from features.lake.times import EARLIEST, LAST_DAY

    day, first = moment.date(), EARLIEST.date()
    if not first <= day <= LAST_DAY:
        raise typer.BadParameter(f"{day} is not a day from {first} to {LAST_DAY}")
    return day


def id_given(text: str) -> str:
    """Take an id as an argument; refuse one that the lake does not keep."""
    from features.lake.texts import unkept

    if reason := unkept(text):
        raise typer.BadParameter(reason)
    return text


def name_given(text: str | None) -> str | None:
    """Take a name as an option; refuse one of which nothing would be seen.

    Raises
    ------
    BadParameter
        If it has no sign to show, or the lake does not keep it.
    """
    from features.people.profiles import shown_name

    if text is not None and not shown_name(id_given(text)):
        raise typer.BadParameter(f"{text!r} has nothing to show; expected a name")
    return text


def time_given(text: str) -> datetime:
    """Take a time as an option, in any form that the tables may have it in.

    Raises
    ------
    BadParameter
        If it is no time, or before 1970 or later than tomorrow.
    """
    from features.lake.times import EARLIEST, end_of_times
    from features.lake.times import moment as read_moment

    found = read_moment(text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a time in ISO 8601")
    if not EARLIEST <= found < end_of_times(datetime.now(UTC)):
        raise typer.BadParameter(f"{text!r} is before 1970 or later than tomorrow")
    return found


REWRITING = ("compact", "forget", "withdraw", "import", "map")
"""Commands that take files away themselves, and read under the lock that keeps others from it."""


def with_rereading(command: CommandInfo) -> CommandInfo:
    """Give a command that is done again if files of its lake were taken away meanwhile."""
    act = command.callback
    if act is None or command.name in REWRITING or "lake" not in inspect.signature(act).parameters:
        return command

    @wraps(act)
    def again(**options: Any) -> None:
        from features.lake.rereading import rereading

        if options["lake"] is None:
            act(**options)
        else:
            rereading(options["lake"], lambda: act(**options))

    made = copy(command)
    made.callback = again
    return made


def known_day(lake: Path, as_of: datetime) -> date:
    """Take the date of a `--as-of` option, as of which something can be known of a lake."""
    from features.lake import Lake
    from features.lake.known_days import check_known

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
