"""`klout split`, `train`, `evaluate`, `score`, `promote` and `report`.

What does the work is imported by the command that needs it: LightGBM, scikit-learn and MLflow
take seconds to import, and `klout ingest` needs none of them.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from features.console import NetworksOption, QuietOption, day_of, progress
from features.files import replacing

app = typer.Typer()

SignalsOption = Annotated[Path, typer.Option(help="The signals file.", show_default=False)]
JudgementsOption = Annotated[Path, typer.Option(help="Judgements in Parquet.", show_default=False)]
ModelOption = Annotated[Path, typer.Option(help="The model's folder.", show_default=False)]
ParamsOption = Annotated[Path | None, typer.Option(help="Parameters in YAML.")]


@app.command("split")
def split_command(
    lake: Annotated[Path, typer.Option("--lake", help="The lake with judgements.")],
    train: Annotated[Path, typer.Option(help="Where the training judgements go.")],
    test: Annotated[Path, typer.Option(help="Where the test judgements go.")],
    test_share: Annotated[float, typer.Option(min=0.01, max=0.99)] = 0.4,
    seed: int = 7,
    quiet: QuietOption = False,
) -> None:
    """Divide a lake's judgements so that no person is judged on both sides.

    Example: klout split --lake L --train train.parquet --test test.parquet
    """
    from training import jobs

    parts = jobs.split_lake(lake, test_share, seed)
    for part, file in zip(parts, (train, test), strict=True):
        with replacing(file) as draft:
            part.write_parquet(draft)
    if not quiet:
        typer.echo(f"{len(parts[0]):,} judgements to train on, {len(parts[1]):,} to test on")


@app.command("train")
def train_command(
    signals: SignalsOption,
    judgements: JudgementsOption,
    out: Annotated[Path, typer.Option(help="The model's folder.", show_default=False)],
    networks: NetworksOption = None,
    params: ParamsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Train a model, fit its scale, and audit it; a model that fails the audit is not kept.

    Example: klout train --signals s.parquet --judgements j.parquet --out models/mine
    """
    from training import jobs

    with progress("training", None, quiet=quiet):
        model = jobs.train(signals, judgements, networks, params)
    model.save(out)
    if not quiet:
        typer.echo(f"{out}: model {model.version}, {model.facts['trees']} trees, audit passed")


@app.command("score")
def score_command(
    model: ModelOption,
    signals: SignalsOption,
    out: Annotated[Path, typer.Option(help="The scores file to write.", show_default=False)],
    quiet: QuietOption = False,
) -> None:
    """Score everybody in a signals file.

    Example: klout score --model models/champion --signals s.parquet --out scores.parquet
    """
    from training import jobs

    with progress("scoring", None, quiet=quiet) as on_rows, replacing(out) as draft:
        scores = jobs.score(model, signals, on_rows)
        scores.write_parquet(draft)
    if not quiet:
        mean = scores.select(pl.col("score").mean()).item()
        typer.echo(f"{out}: {len(scores):,} persons, mean score {mean:.2f}")


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


@app.command("promote")
def promote_command(
    candidate: Annotated[Path, typer.Option(help="The new model's folder.")],
    champion: Annotated[Path, typer.Option(help="Where the champion goes.")],
    signals: SignalsOption,
    judgements: JudgementsOption,
    metrics: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    plots: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
) -> None:
    """Record a model in MLflow; if it beats the champion it takes its place.

    Example: klout promote --candidate models/candidate --champion models/champion …
    """
    from training.promote import promote

    typer.echo(promote(candidate, champion, signals, judgements, metrics, plots))


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
