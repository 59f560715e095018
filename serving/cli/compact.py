"""`klout compact`: keep the lake small."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.errors import KloutError
from features.storage.waiting import PATIENCE
from serving.cli.console import MOST_DAYS, LakeOption, QuietOption, WaitOption, day_of, progress
from serving.cli.printing import put, say

if TYPE_CHECKING:
    from features.lake.compacting import Compaction
    from features.lake.ledger import LakeFile

app = typer.Typer()


@app.command("compact")
def compact_command(
    lake: LakeOption,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="Signals of this day and later stay; at most the last published day.",
            show_default=False,
        ),
    ] = None,
    keep_days: Annotated[
        int, typer.Option(min=90, max=MOST_DAYS, help="Days of interactions and contents to keep.")
    ] = 120,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    restore: Annotated[
        bool, typer.Option("--restore", help="Put back what the last run took out.")
    ] = False,
    discard: Annotated[
        bool, typer.Option("--discard", help="Remove for good what the last run took out.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was done as JSON.")] = False,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Take out interactions and contents too old to count, and put small files together.

    Signals as of this day and later stay as they are; those of earlier days lose what is taken out.
    It stays on the disk until the next run, for --restore.

    Example: klout compact --lake L --as-of 2014-10-01
    """
    from features.lake import Lake
    from features.lake.compacting import compact, planned

    if (as_of is not None) + restore + discard != 1:
        raise typer.BadParameter("give one of --as-of DATE, --restore and --discard")
    if as_of is None:
        _undo_or_end(lake, restore=restore, quiet=quiet)
        return
    old = planned(Lake(lake), day_of(as_of), keep_days)
    if not quiet and not (as_json and not dry_run):
        say(_plan(old, dry_run=dry_run))
    if dry_run:
        return
    with progress("rewriting", None, quiet=quiet or as_json) as on_file:
        done = compact(lake, day_of(as_of), keep_days, on_file)
    if as_json:
        put(json.dumps(_figures(done)) + "\n")
    elif not quiet:
        _say(done)


def _undo_or_end(lake: Path, *, restore: bool, quiet: bool) -> None:
    from features.lake import compacting

    rows = compacting.restore(lake) if restore else compacting.discard(lake)
    if not rows:
        raise KloutError(f"{lake}: nothing is kept aside; `klout compact --as-of` took nothing out")
    if not quiet:
        say(f"{_counts(rows)} {'are back' if restore else 'are gone for good'}")


def _plan(old: list[LakeFile], *, dry_run: bool) -> str:
    """Say what goes, before it does."""
    from features.lake.compacting import rows_of

    days = sorted(str(file.day) for file in old)
    span = f", of {days[0]} to {days[-1]}" if days else ""
    return f"{'would take' if dry_run else 'taking'} out {_counts(rows_of(old))}{span}"


def _counts(rows: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {table}" for table, count in rows.items()) or "no rows"


def _figures(done: Compaction) -> dict[str, Any]:
    return {
        "freed_bytes": done.freed,
        "dropped_rows": done.dropped,
        "aside_bytes": done.aside,
        "files_before": done.files_before,
        "files_after": done.files_after,
        "interactions": done.interactions,
        "bytes": done.bytes_after,
        "bytes_per_million_interactions": done.per_million,
    }


def _say(done: Compaction) -> None:
    say(
        f"freed {done.freed:,} bytes: took out {_counts(done.dropped)}; "
        f"{done.files_before:,} files are {done.files_after:,}"
    )
    if done.aside:
        say(f"{done.aside:,} bytes are kept aside until the next run, for --restore")
    for table, size in done.per_million.items():
        say(f"{table}: {size:,.0f} bytes per million interactions")
