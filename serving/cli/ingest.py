"""`klout ingest`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import KloutError
from features.storage.paths import location
from features.storage.waiting import PATIENCE
from serving.cli.console import (
    LAKE_FORM,
    NetworksOption,
    QuietOption,
    WaitOption,
    catalogue_kept,
    day_of,
    progress,
    saying,
)
from serving.cli.printing import put, say
from serving.cli.receipt_text import line_of

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue
    from features.sources.reader import Options

app = typer.Typer()


@app.command("ingest")
def ingest_command(
    format_name: Annotated[str | None, typer.Argument(metavar="FORMAT", show_default=False)] = None,
    paths: Annotated[list[Path] | None, typer.Argument(metavar="PATH…", show_default=False)] = None,
    lake: Annotated[
        Path | None,
        typer.Option(
            "--lake", parser=location, metavar=LAKE_FORM, help="The lake; made if it is not there."
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="The site a Stack Exchange dump is of; the wiki to read.")
    ] = None,
    network: Annotated[
        str | None, typer.Option(help="The network that pairs or edges are of.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The day of pairs, of undated edges, or of an archive."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="An edge list's columns, as actor,target,at."),
    ] = None,
    reaction: Annotated[
        str | None, typer.Option(help="The reaction that all edges of a list are.")
    ] = None,
    dictionary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="The zst dictionary that Jetstream's messages are packed with."
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="How a pipe (-) or file is read: as interactions.csv, say."
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Where to write Klout's own scores that activities hold, as CSV."
        ),
    ] = None,
    networks: NetworksOption = None,
    list_formats: Annotated[bool, typer.Option("--list", help="Show the formats.")] = False,
    describe: Annotated[
        bool, typer.Option("--tables", help="Say what our own tables hold, as Markdown.")
    ] = False,
    template_of: Annotated[
        str | None,
        typer.Option(
            "--template", metavar="TABLE", help="Print a CSV of one of our tables to begin with."
        ),
    ] = None,
    detect: Annotated[
        list[Path] | None,
        typer.Option("--detect", metavar="PATH", help="Say what a file, folder or zip is."),
    ] = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Read a real format into the lake.

    A path is a file, a folder of files, or - for the standard input. Each is taken whole or, if it
    is damaged, not at all. Rows that break their contract go to the lake's quarantine with the
    reason, the good ones are kept, and the exit code is 1.

    Example: klout ingest higgs higgs-activity_time.txt.gz --lake L
    """
    from features.sources.ingest import labels as write_labels
    from features.sources.reader import Options

    if list_formats or describe or template_of is not None:
        put(_about(template_of, describe=describe))
        return
    if detect:
        _say_detected(detect, [] if format_name is None else [Path(format_name), *(paths or [])])
        return
    if format_name is None or not paths or lake is None:
        raise typer.BadParameter(
            "FORMAT, PATH… and --lake are needed (or --list, --detect, --tables, --template)"
        )
    if labels is not None:
        _check_labels(format_name, paths)
    on = None if day is None else day_of(day)
    options = Options(site, network, on, name, columns, reaction, dictionary=dictionary)
    catalogue = catalogue_kept(lake, networks, makes_lake=True)
    refused = ingest_all(lake, format_name, paths, catalogue, options, quiet=quiet)
    if labels is not None:
        count = write_labels(lake, format_name, paths, labels)
        say(f"{labels}: labels of {count:,} people")
    if refused:
        raise KloutError(f"quarantined in {lake / 'quarantine'}: {'; '.join(refused)}")


def _say_detected(paths: list[Path], others: list[Path]) -> None:
    from features.sources.detecting import detect

    for path in [*paths, *others]:
        put("".join(f"{line}\n" for found in detect(path) for line in found.lines))


def ingest_all(
    lake: Path,
    format_name: str,
    paths: list[Path],
    catalogue: Catalogue,
    options: Options,
    *,
    quiet: bool,
) -> list[str]:
    """Read one path after the other; what of each was refused, in words."""
    from features.sources.ingest import ingest
    from features.sources.readable import shown

    refused, remark = [], saying(quiet=quiet)
    for path in paths:
        with progress(f"reading {shown(path)}", None, quiet=quiet) as on_rows:
            receipt = ingest(lake, format_name, path, catalogue, options, on_rows, remark)
        if receipt.declared:
            say(f"networks: {receipt.declared}", err=True)
        if not quiet:
            say(line_of(receipt))
        if receipt.first_reason:
            refused.append(f"{receipt.entry.quarantined:,} rows; first: {receipt.first_reason}")
    return refused


def _check_labels(format_name: str, paths: list[Path]) -> None:
    from features.sources.ingest import READERS
    from features.sources.readable import STDIN

    known = sorted(reader.name for reader in READERS.values() if reader.labels is not None)
    if format_name not in known:
        raise typer.BadParameter(f"--labels: {format_name} holds none; {known} do")
    if any(path == STDIN or path.is_fifo() for path in paths):
        raise typer.BadParameter("--labels: a pipe can be read once; keep what it gives in a file")


def _about(template_of: str | None, *, describe: bool) -> str:
    """Say which formats there are, what our own tables hold, or how one looks."""
    from features.lake.described import page, template
    from features.sources.ingest import READERS

    if template_of is not None:
        return template(template_of)
    if describe:
        return page()
    return "".join(f"{reader.name:<16} {reader.about}\n" for reader in READERS.values())
