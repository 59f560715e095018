"""`klout simulate`, `ingest`, `signals` and `materialize`."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from features.errors import KloutError, printable
from features.storage.atomic import replacing
from features.storage.paths import location
from features.storage.waiting import PATIENCE
from serving.cli.console import (
    LAKE_FORM,
    AsOfOption,
    LakeOption,
    NetworksOption,
    QuietOption,
    WaitOption,
    catalogue_kept,
    catalogue_of,
    day_of,
    known_day,
    progress,
    saying,
)
from serving.cli.outputs import PARQUET, Written
from serving.cli.printing import console, put, say

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue
    from features.lake import Receipt


app = typer.Typer()


@app.command("simulate")
def simulate_command(
    out: Annotated[
        Path,
        typer.Option(
            parser=location, metavar=LAKE_FORM, help="The lake to write.", show_default=False
        ),
    ],
    persons: Annotated[int, typer.Option(min=1, help="How many people.")] = 20_000,
    days: Annotated[int, typer.Option(min=1, help="How many days, up to the world's end.")] = 100,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 1,
    end: Annotated[str, typer.Option(help="The world's end, exclusive.")] = "2014-10-01",
    recruited_pods: Annotated[
        int, typer.Option(min=0, help="Pods of people who were honest before; with friends.")
    ] = 0,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Write a simulated world: people, what they do, and judges who compare them.

    Example: klout simulate --out data/lake --persons 20000 --days 100 --seed 1
    """
    from features.catalogue.catalogue import Catalogue
    from features.catalogue.declaration import load_networks
    from features.simulator import simulate

    try:
        last = date.fromisoformat(end)
    except ValueError as error:
        raise typer.BadParameter(f"{end!r} is not a date", param_hint="--end") from error
    with progress("simulating", None, quiet=quiet) as on_rows:
        catalogue = Catalogue(load_networks(networks))
        receipt = simulate(
            out, persons, days, seed, catalogue, last, on_rows, recruited_pods=recruited_pods
        )
        catalogue_kept(out, networks)
    _say(receipt, quiet=quiet)


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
        typer.Option(formats=["%Y-%m-%d"], help="The day that pairs are of, or undated edges."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="An edge list's columns, as actor,target,at."),
    ] = None,
    reaction: Annotated[
        str | None, typer.Option(help="The reaction that all edges of a list are.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--as", metavar="NAME", help="How a pipe (-) or file is read: as interactions.csv, say."
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
    from features.sources.detecting import detected
    from features.sources.ingest import READERS, ingest
    from features.sources.readable import shown
    from features.sources.reader import Options

    if list_formats or describe or template_of is not None:
        put(_about(template_of, describe=describe))
        return
    if detect:
        others = [] if format_name is None else [Path(format_name), *(paths or [])]
        put("".join(f"{line}\n" for path in [*detect, *others] for line in detected(path)))
        return
    if format_name is None or not paths or lake is None:
        raise typer.BadParameter(
            "FORMAT, PATH… and --lake are needed (or --list, --detect, --tables, --template)"
        )
    options = Options(site, network, None if day is None else day_of(day), name, columns, reaction)
    refused, catalogue = [], catalogue_kept(lake, networks, makes_lake=True)
    tell = saying(quiet=quiet)
    for path in paths:
        for remark in READERS[format_name].remarks(path) if format_name in READERS else ():
            tell(remark)
        with progress(f"reading {shown(path)}", None, quiet=quiet) as on_rows:
            receipt = ingest(lake, format_name, path, catalogue, options, on_rows)
        if receipt.declared:
            say(f"networks: {receipt.declared}", err=True)
        _say(receipt, quiet=quiet)
        if receipt.first_reason:
            refused.append(f"{receipt.entry.quarantined:,} rows; first: {receipt.first_reason}")
    if refused:
        raise KloutError(f"quarantined in {lake / 'quarantine'}: {'; '.join(refused)}")


@app.command("signals")
def signals_command(
    networks: NetworksOption = None,
    lake: Annotated[
        Path | None,
        typer.Option(parser=location, metavar=LAKE_FORM, help="Whose networks are in force."),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="table, json or markdown.")] = "table",
) -> None:
    """List the signals with their declarations.

    Example: klout signals --lake L --format json
    """
    from features.catalogue.catalogue import Catalogue
    from features.catalogue.declaration import load_networks
    from features.lake import Lake

    if lake is None:
        catalogue = Catalogue(load_networks(networks))
    else:
        catalogue = catalogue_of(Lake(lake), networks)
    if form == "json":
        rows = [signal.to_dict() for signal in catalogue.signals]
        put(json.dumps(rows, indent=1) + "\n")
    elif form == "markdown":
        put(_markdown(catalogue))
    elif form == "table":
        _show(catalogue)
    else:
        raise typer.BadParameter(
            f"{form!r} is none of table, json, markdown", param_hint="--format"
        )


@app.command("materialize")
def materialize_command(
    lake: LakeOption,
    as_of: AsOfOption,
    out: Annotated[
        Path, Written(PARQUET), typer.Option(help="The signals file to write.", show_default=False)
    ],
    standing: Annotated[
        Path | None, typer.Option(help="Scores, for a lake without a history of them.")
    ] = None,
    authenticity: Annotated[
        Path | None,
        typer.Option(help="Accounts' authenticity, for a lake without a history of it."),
    ] = None,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Compute every signal of every person, as known at a date.

    Example: klout materialize --lake L --as-of 2012-07-06 --out signals.parquet
    """
    import polars as pl

    from features.catalogue.catalogue import HORIZON
    from features.lake import Lake
    from features.lake.given import read_authenticity, read_scores
    from features.lake.left_out import UNDECLARED, name_left_out
    from features.signals.materialize import materialize

    source, day = Lake(lake), known_day(lake, as_of)
    catalogue = catalogue_of(source, networks)
    files = source.files("interactions", since=day - timedelta(HORIZON), until=day)
    total = sum(file.rows for file in files)
    name_left_out(source, day, catalogue, UNDECLARED, saying(quiet=quiet))
    with progress("materializing", total, quiet=quiet) as on_rows, replacing(out) as draft:
        known = read_scores(standing, catalogue, day) if standing else None
        believed = read_authenticity(authenticity, catalogue, day) if authenticity else None
        frame = materialize(source, day, catalogue, known, believed, on_rows)
        frame.sink_parquet(draft)
        persons = pl.scan_parquet(draft, glob=False).select(pl.len()).collect().item()
        if not persons:
            raise KloutError(f"{lake}: nobody to compute signals of before {day}")
    if not quiet:
        say(f"{out}: signals of {persons:,} persons from {total:,} interactions")


def _about(template_of: str | None, *, describe: bool) -> str:
    """Say which formats there are, what our own tables hold, or how one looks."""
    from features.lake.described import page, template
    from features.sources.ingest import READERS

    if template_of is not None:
        return template(template_of)
    if describe:
        return page()
    return "".join(f"{reader.name:<16} {reader.about}\n" for reader in READERS.values())


def _say(receipt: Receipt, *, quiet: bool) -> None:
    if quiet:
        return
    say(f"{receipt.entry.source}: {_told(receipt)}")


def _told(receipt: Receipt) -> str:
    entry = receipt.entry
    if receipt.already:
        refused = f" but for {entry.quarantined:,} rows that are still refused"
        return f"already in the lake{refused if receipt.first_reason else ''}; nothing changed"
    suppressed = f"; suppressed {entry.suppressed:,}" if entry.suppressed else ""
    if receipt.is_again:
        taken = f"{sum(entry.rows.values()):,} rows that were refused before are in the lake now"
        repeated = f"; repeated {entry.repeated:,}" if entry.repeated else ""
        return f"{taken}; {entry.quarantined:,} are still refused{repeated}{suppressed}"
    rows = ", ".join(f"{rows:,} {table}" for table, rows in entry.rows.items()) or "no rows"
    left_out = _left_out(entry.left_out)
    return (
        f"{rows}; repeated {entry.repeated:,}; quarantined {entry.quarantined:,}"
        f"{suppressed}{left_out}"
    )


def _left_out(reasons: dict[str, int]) -> str:
    """Say how many rows were left out, and why."""
    if not reasons:
        return ""
    said = ", ".join(f"{number:,} {printable(reason)[:60]}" for reason, number in reasons.items())
    return f"; left out {sum(reasons.values()):,}: {said}"


def _show(catalogue: Catalogue) -> None:
    table = Table("signal", "unit", "window", "sign", "meaning")
    for signal in catalogue.signals:
        window = "" if signal.window is None else f"{signal.window} d"
        table.add_row(signal.name, signal.unit, window, signal.sign, signal.meaning)
    shown = console()
    shown.print(table)
    shown.print(_count(catalogue))


def _count(catalogue: Catalogue) -> str:
    from features.catalogue.declaration import MISSION

    eight = sum(signal.network in MISSION for signal in catalogue.signals)
    return f"{len(catalogue.signals)} signals, {eight} of them of the eight networks"


def _markdown(catalogue: Catalogue) -> str:
    lines = [
        "# Signals",
        "",
        f"Generated by `klout signals --format markdown`: {_count(catalogue)}.",
        "",
    ]
    for network in catalogue.networks:
        lines += [f"## {network.title}", "", "| signal | unit | window | sign | meaning |"]
        lines.append("|---|---|---|---|---|")
        for signal in catalogue.signals:
            if signal.network == network.name:
                window = "" if signal.window is None else f"{signal.window} days"
                cells = (f"`{signal.name}`", signal.unit, window, signal.sign, signal.meaning)
                lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)
