"""`klout champions`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.storage.atomic import replacing
from serving.cli.outputs import PARQUET, Written
from serving.cli.printing import console, put, say

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer()

_FORMS = ("table", "json", "csv")


@app.command("champions")
def champions_command(
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    everything: Annotated[
        bool, typer.Option("--all", help="Also the models that were refused.")
    ] = False,
    out: Annotated[
        Path | None, Written(PARQUET), typer.Option(help="A Parquet file for it instead.")
    ] = None,
) -> None:
    """Show who was champion when, by whom it was made, and why; the first first.

    Example: klout champions --all --format csv
    """
    from training.registry.champions import REFUSED, table
    from training.registry.history import told
    from training.registry.registry import Registry

    if form not in _FORMS:
        raise typer.BadParameter(f"{form!r} is none of {', '.join(_FORMS)}", param_hint="--format")
    found = table([each for each in told(Registry()) if everything or each.event != REFUSED])
    if out is not None:
        with replacing(out) as draft:
            found.write_parquet(draft)
        say(f"{out}: {len(found):,} decisions")
    elif form == "json":
        rows = found.with_columns(
            found[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("at", "until")
        )
        put(json.dumps(rows.to_dicts(), indent=1) + "\n")
    elif form == "csv":
        put(found.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ"))
    elif len(found):
        _show(found)
    else:
        say("no model was decided on yet: klout promote does")


def _show(found: pl.DataFrame) -> None:
    from rich.table import Table
    from rich.text import Text

    from features.errors import printable

    shown = Table("since", "until", "event", "model", "by", "log-loss", "why")
    for row in found.to_dicts():
        times = ("" if row[at] is None else f"{row[at]:%Y-%m-%d %H:%M}" for at in ("at", "until"))
        loss = "" if row["log_loss"] is None else f"{row['log_loss']:.4f}"
        cells = (*times, row["event"], row["model"] or "none", row["by"], loss, row["why"])
        shown.add_row(*(Text(printable(cell)) for cell in cells))
    console().print(shown)
