"""`klout try`: from a log to pages in one command."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import KloutError
from features.storage.waiting import PATIENCE
from serving.cli.console import (
    NetworksOption,
    QuietOption,
    WaitOption,
    catalogue_kept,
    progress,
    saying,
)
from serving.cli.ingest import ingest_all
from serving.cli.printing import console, say

if TYPE_CHECKING:
    import polars as pl

    from features.lake import Lake
    from features.sources.detecting import Detected

app = typer.Typer()

SHOWN = 10
"""People that are shown."""
TIMED = ("interactions", "contents", "counters")
"""What happens at a time, and brings people into the scores."""
WHY = "klout try: a first look"
"""Recorded with each day: a log that begins with its first row changes by much from day to day."""


@app.command("try")
def try_command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH…]", show_default=False, help="Of one format or of several."),
    ] = None,
    lake: Annotated[Path, typer.Option(help="Where it is kept.")] = Path("data/tried"),
    model: Annotated[Path, typer.Option(help="The model that scores.")] = Path("models/champion"),
    integrity: Annotated[Path | None, typer.Option(help="Judges accounts.")] = None,
    days: Annotated[
        int, typer.Option(min=1, max=90, help="Days to publish, up to the log's last.")
    ] = 7,
    site: Annotated[str | None, typer.Option(help="The site a Stack Exchange dump is of.")] = None,
    networks: NetworksOption = None,
    port: Annotated[int, typer.Option(help="The port of the pages.")] = 3000,
    serve_pages: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Serve the pages when all is done.")
    ] = True,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Read a log, score its people day by day, and serve their pages, in one command.

    The format is found out, as by `klout ingest --detect`. Rows that break their contract go to the
    lake's quarantine, and are counted. Without a path, what the lake holds is scored.

    Example: klout try recording.jsonl
    """
    from features.lake import Lake
    from serving.daily.run import daily
    from serving.http.server import can_listen, serve
    from serving.store.address import url_of
    from training.influence.model import Model

    if serve_pages:
        can_listen("127.0.0.1", port)
    scorer = Model.load(model)
    found = [each for path in paths or [] for each in _formats_of(path, site)]
    if found:
        _ingest(found, lake, site, networks, quiet=quiet)
    began, last = _period(Lake(lake), lake)
    every = [last - timedelta(back) for back in reversed(range(days))]
    for day in (each for each in every if each > began):
        with progress(f"{day}: interactions", None, quiet=quiet) as on_rows:
            daily(
                lake, day, scorer, on_rows=on_rows, judging=integrity, accept=WHY,
                store=url_of(None, lake), say=saying(quiet=quiet),
            )  # fmt: skip
    if not quiet:
        _show(Lake(lake).scan("scores").collect(), last)
    if serve_pages:
        serve(model, "127.0.0.1", port, 1, lake=lake, networks=networks)
    else:
        say(f"{lake}: scored as of {last}; klout serve --lake {lake} shows the pages")


def _formats_of(path: Path, site: str | None) -> list[Detected]:
    """Tell what a path holds: a file of one format, or a folder of such files.

    Raises
    ------
    KloutError
        If that is not certain, or the format needs more than is said.
    """
    from features.sources.detecting import detect

    found = detect(path)
    needs = found[0].known.options.replace("--site SITE", "" if site else "--site SITE").strip()
    if len({each.name for each in found}) > 1 or found[0].must_unzip or needs:
        which = " or ".join(each.command for each in found)
        raise KloutError(f"{path}: begin with {which}; then klout try --lake LAKE goes on")
    return found


def _ingest(
    found: list[Detected], lake: Path, site: str | None, networks: Path | None, *, quiet: bool
) -> None:
    from features.sources.reader import Options

    catalogue = catalogue_kept(lake, networks, makes_lake=True)
    for each in found:
        refused = ingest_all(lake, each.name, [each.path], catalogue, Options(site), quiet=quiet)
        for line in refused:
            say(f"quarantined in {lake / 'quarantine'}: {line}", err=True)


def _period(source: Lake, lake: Path) -> tuple[date, date]:
    """Give the log's first day, and the day after its last.

    Raises
    ------
    KloutError
        If it holds nothing that happened at a time.
    """
    import polars as pl

    times = pl.concat(source.scan(name).select("at") for name in TIMED)
    first, last = times.select(pl.col("at").min(), until=pl.col("at").max()).collect().row(0)
    if first is None:
        raise KloutError(f"{lake}: holds nothing that happened; expected {' or '.join(TIMED)}")
    return first.date(), last.date() + timedelta(1)


def _show(scores: pl.DataFrame, last: date) -> None:
    """Show the first people of the last day."""
    import polars as pl
    from rich.table import Table

    now = scores.filter(pl.col("as_of").dt.date() == last).sort(
        "score", "person", descending=[True, False]
    )
    table = Table("", "person", "score", title=f"{len(now):,} people, as of {last}")
    for place, row in enumerate(now.head(SHOWN).iter_rows(named=True), 1):
        table.add_row(str(place), row["person"], f"{row['score']:.1f}")
    console().print(table)
