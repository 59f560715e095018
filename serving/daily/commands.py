"""`klout daily`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from features.console import LakeOption, QuietOption, day_of, progress

app = typer.Typer()

_DAY = ["%Y-%m-%d"]


@app.command("daily")
def daily_command(
    lake: LakeOption,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=_DAY, help="Only what happened before this day counts."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=_DAY, help="Catch up from this day on …")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=_DAY, help="… to this one, included.")
    ] = None,
    model: Annotated[Path, typer.Option(help="The model that scores.")] = Path("models/champion"),
    quiet: QuietOption = False,
) -> None:
    """Run a day: from what is new in the lake to published scores.

    Example: klout daily --lake L --as-of 2014-10-01
    """
    from serving.daily.run import daily
    from training.model import Model

    scorer = Model.load(model)
    for day in _days(as_of, first, last):
        with progress(f"running {day}", None, quiet=quiet) as on_rows:
            scores = daily(lake, day, scorer, on_rows=on_rows)
        if quiet:
            continue
        if scores is None:
            typer.echo(f"{day}: published already; nothing changed")
        else:
            typer.echo(f"{day}: {len(scores):,} persons scored")


def _days(as_of: datetime | None, first: datetime | None, last: datetime | None) -> list[date]:
    """List the days asked for, in order."""
    if as_of is not None and first is None and last is None:
        return [day_of(as_of)]
    if as_of is not None or first is None or last is None:
        raise typer.BadParameter("give --as-of DATE, or --from DATE and --to DATE")
    start, end = day_of(first), day_of(last)
    if end < start:
        raise typer.BadParameter(f"--to {end} is before --from {start}")
    return [start + timedelta(days) for days in range((end - start).days + 1)]
