"""`klout simulate`, `signals` and `materialize`."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from features.errors import KloutError
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
    known_day,
    progress,
    saying,
)
from serving.cli.outputs import PARQUET, Written
from serving.cli.printing import console, put, say
from serving.cli.receipt_text import line_of

if TYPE_CHECKING:
    from features.catalogue.catalogue import Catalogue


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
    topics: Annotated[
        bool, typer.Option("--topics", help="Contents are about something, too.")
    ] = False,
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
            out,
            persons,
            days,
            seed,
            catalogue,
            last,
            on_rows,
            recruited_pods=recruited_pods,
            topics=topics,
        )
        catalogue_kept(out, networks)
    if not quiet:
        say(line_of(receipt))


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
