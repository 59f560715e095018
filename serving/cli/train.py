"""`klout train`, `score` and `calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.storage.atomic import replacing
from serving.cli.console import NetworksOption, QuietOption, progress, saying
from serving.cli.options import (
    JudgementsOption,
    ModelOption,
    ModelOutOption,
    ParamsOption,
    SignalsOption,
    WithoutSignalsOption,
)
from serving.cli.outputs import PARQUET, Written
from serving.cli.printing import say

app = typer.Typer()


@app.command("train")
def train_command(
    signals: SignalsOption,
    judgements: JudgementsOption,
    out: ModelOutOption,
    networks: NetworksOption = None,
    params: ParamsOption = None,
    without_signals: WithoutSignalsOption = 0.1,
    quiet: QuietOption = False,
) -> None:
    """Train a model, fit its scale, and audit it; a model that fails the audit is not kept.

    Example: klout train --signals s.parquet --judgements j.parquet --out models/mine
    """
    from training.influence import train_job

    with progress("training", None, quiet=quiet):
        model = train_job.train(
            signals, judgements, networks, params, without_signals, saying(quiet=quiet)
        )
    model.save(out)
    if not quiet:
        say(f"{out}: model {model.version}, {model.facts['trees']} trees, audit passed")


@app.command("score")
def score_command(
    model: ModelOption,
    signals: SignalsOption,
    out: Annotated[
        Path, Written(PARQUET), typer.Option(help="The scores file to write.", show_default=False)
    ],
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Score everybody in a signals file, on networks that the model was not trained on too.

    Example: klout score --model models/champion --signals s.parquet --out scores.parquet
    """
    import polars as pl

    from serving.cli.evidence_text import evidence
    from training.influence import train_job

    with progress("scoring", None, quiet=quiet) as on_rows, replacing(out) as draft:
        scores = train_job.score(model, signals, networks, on_rows, saying(quiet=quiet))
        scores.write_parquet(draft)
    if not quiet:
        mean = scores.select(pl.col("score").mean()).item()
        say(f"{out}: {len(scores):,} persons, mean score {mean:.2f}")
        say(evidence(scores))


@app.command("calibrate")
def calibrate_command(
    model: ModelOption,
    signals: SignalsOption,
    out: ModelOutOption,
    networks: NetworksOption = None,
    params: ParamsOption = None,
    quiet: QuietOption = False,
) -> None:
    """Fit a model's scale to your own people: mean 40, 63 at the top 5%; nobody passes anybody.

    Example: klout calibrate --model models/champion --signals s.parquet --out models/mine
    """
    from training.influence import train_job

    with progress("scoring", None, quiet=quiet) as on_rows:
        fitted = train_job.calibrate(model, signals, networks, params, on_rows, saying(quiet=quiet))
    fitted.save(out)
    if not quiet:
        people = fitted.facts["calibrated"]["people"]
        say(f"{out}: model {fitted.version}, its scale fitted to {people:,} persons")
