"""`klout evaluate` and `report`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from features.console import day_of
from training.commands.options import JudgementsOption, ModelOption, SignalsOption

app = typer.Typer()


@app.command("evaluate")
def evaluate_command(
    model: ModelOption,
    signals: SignalsOption,
    judgements: JudgementsOption,
    lake: Annotated[Path | None, typer.Option(help="For the PageRank baseline.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Of the signals.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="A simulated world's truth, for the ceiling.")
    ] = None,
    plots: Annotated[Path | None, typer.Option(help="A folder for plots.")] = None,
) -> None:
    """Print metrics as JSON: the model's, beside baselines on the same judgements.

    Example: klout evaluate --model M --signals s.parquet --judgements test.parquet
    """
    from training import jobs

    day = None if as_of is None else day_of(as_of)
    metrics = jobs.evaluate_files(model, signals, judgements, lake, day, truth, plots)
    typer.echo(json.dumps(metrics, indent=1))


@app.command("report")
def report_command(
    scores: Annotated[Path, typer.Option(help="The scores file.")],
    metrics: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    model: Annotated[Path, typer.Option(help="The model that gave the scores.")],
) -> None:
    """Show what a run of the pipeline came to.

    Example: klout report --scores scores.parquet --metrics metrics.json --model models/champion
    """
    from training.model import Model
    from training.report import show

    show(pl.read_parquet(scores), json.loads(metrics.read_text()), Model.load(model).version)
