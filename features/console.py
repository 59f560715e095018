"""What every command of `klout` shares: options, progress bars, and how it says things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from features.catalogue import Catalogue
from features.declaration import load_networks

LakeOption = Annotated[
    Path, typer.Option("--lake", help="The lake's directory.", show_default=False)
]
AsOfOption = Annotated[
    datetime,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Only what happened before this day counts."
    ),
]
NetworksOption = Annotated[
    Path | None, typer.Option("--networks", help="A directory of network declarations of your own.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bar, no summary.")]


def catalogue_of(networks: Path | None) -> Catalogue:
    """Make the catalogue in force: the built-in networks and a user's own."""
    return Catalogue(load_networks(networks))


def day_of(moment: datetime) -> date:
    """Take the date of a `--as-of` option."""
    return moment.date()


@contextmanager
def progress(what: str, total: int | None, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr if that is a terminal; gives what advances it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.advance(task, done)
