"""`klout compact`: keep the lake small."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.console import AsOfOption, LakeOption, QuietOption, day_of, progress
from features.lake.times import MOST_DAYS

if TYPE_CHECKING:
    from features.lake.compacting import Compaction

app = typer.Typer()


@app.command("compact")
def compact_command(
    lake: LakeOption,
    as_of: AsOfOption,
    keep_days: Annotated[
        int, typer.Option(min=90, max=MOST_DAYS, help="Days of interactions and contents to keep.")
    ] = 120,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was done as JSON.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Drop interactions and contents too old to count, and put small files together.

    Signals as of this day and later stay as they are; those of earlier days lose what is dropped.

    Example: klout compact --lake L --as-of 2014-10-01
    """
    from features.lake.compacting import compact

    with progress("rewriting", None, quiet=quiet or as_json) as on_file:
        done = compact(lake, day_of(as_of), keep_days, on_file)
    if as_json:
        typer.echo(json.dumps(_figures(done)))
    elif not quiet:
        _say(done)


def _figures(done: Compaction) -> dict[str, Any]:
    return {
        "freed_bytes": done.freed,
        "dropped_rows": done.dropped,
        "files_before": done.files_before,
        "files_after": done.files_after,
        "interactions": done.interactions,
        "bytes": done.bytes_after,
        "bytes_per_million_interactions": done.per_million,
    }


def _say(done: Compaction) -> None:
    dropped = ", ".join(f"{rows:,} {table}" for table, rows in done.dropped.items()) or "no rows"
    typer.echo(
        f"freed {done.freed:,} bytes: dropped {dropped}; "
        f"{done.files_before:,} files are {done.files_after:,}"
    )
    for table, size in done.per_million.items():
        typer.echo(f"{table}: {size:,.0f} bytes per million interactions")
