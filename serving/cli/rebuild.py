"""`klout rebuild`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.console import QuietOption, day_of, progress
from serving.cli.printing import say

app = typer.Typer()

_DAY = ["%Y-%m-%d"]


@app.command("rebuild")
def rebuild_command(
    lake: Annotated[Path, typer.Option(help="The lake to make.", show_default=False)],
    source: Annotated[Path, typer.Option(help="The lake it is made from.", show_default=False)],
    first: Annotated[
        datetime, typer.Option("--from", formats=_DAY, help="Publish from this day …")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=_DAY, help="… to this one, included.")],
    model: Annotated[Path, typer.Option(help="The model that scores.")] = Path("models/champion"),
    integrity: Annotated[Path | None, typer.Option(help="Judges accounts that are due.")] = None,
    quiet: QuietOption = False,
) -> None:
    """Make a lake anew from another, with published days and a store; decisions in it stay.

    These are connections, opt-outs, overrides, who is forgotten, and the keys of its store. The
    former lake is served until the new one takes its place.

    Example: klout rebuild --lake data/live --source data/lake --from 2014-09-24 --to 2014-10-01
    """
    from serving.daily.rebuilding import rebuild
    from training.influence.model import Model

    start, end = day_of(first), day_of(last)
    if end < start:
        raise typer.BadParameter(f"--to {end} is before --from {start}")
    days = [start + timedelta(number) for number in range((end - start).days + 1)]
    with progress("publishing", None, quiet=quiet) as on_rows:
        rebuild(lake, source, days, Model.load(model), integrity, on_rows)
    if not quiet:
        say(f"{lake}: made from {source}, with {len(days)} published days")
