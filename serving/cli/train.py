"""`klout train`, `score` and `calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from features.storage.atomic import replacing
from serving.cli.console import NetworksOption, QuietOption, progress, saying
from serving.cli.options import (
    LabelsOption,
    ModelOption,
    ModelOutOption,
    ParamsOption,
    SignalsOption,
    SomeJudgementsOption,
    WithoutSignalsOption,
    check_any,
)
from serving.cli.outputs import PARQUET, Written
from serving.cli.printing import say

app = typer.Typer()


CHAMPION, SCRATCH = Path("models/champion"), Path("scratch")
"""What is started from unless told, where it is there; and the word for nothing."""


@app.command("train")
def train_command(
    signals: SignalsOption,
    out: ModelOutOption,
    labels: LabelsOption,
    judgements: SomeJudgementsOption = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="The model to start from, or scratch.",
            show_default="models/champion, where there is one",
        ),
    ] = None,
    label_scale: Annotated[
        bool,
        typer.Option("--label-scale", help="Fit the scale to the labels, which are scores."),
    ] = False,
    networks: NetworksOption = None,
    params: ParamsOption = None,
    without_signals: WithoutSignalsOption = 0.1,
    quiet: QuietOption = False,
) -> None:
    """Train a model on judgements or labels, fit its scale, and audit it.

    It starts from another model, to which it adds as much as people whom it did not learn from
    bear out. A model that fails the audit is not kept.

    Example: klout train --signals s.parquet --judgements j.parquet --out models/mine
    """
    from training.influence import train_job
    from training.influence.lessons import Lessons

    check_any(judgements, labels)
    lessons, parent = Lessons(judgements, labels, without_signals), _start(start)
    with progress("training", None, quiet=quiet):
        model = train_job.train(
            signals, lessons, networks, params, parent, saying(quiet=quiet),
            scale_of_labels=label_scale,
        )  # fmt: skip
    model.save(out)
    if not quiet:
        say(f"{out}: model {model.version}, {_made(model.facts, parent)}, audit passed")


def _start(given: Path | None) -> Path | None:
    """Say which model to start from; None: none."""
    if given is not None:
        return None if given == SCRATCH else given
    return CHAMPION if CHAMPION.exists() else None


def _made(facts: dict[str, Any], parent: Path | None) -> str:
    """Say what was learned, and beside what."""
    if parent is None:
        return f"{facts['trees']} trees from scratch"
    if not facts["trees"]:
        return f"the trees of {parent}: more won nothing beyond noise"
    return f"{facts['trees']} trees, {facts['share']:.0%} of each, on those of {parent}"


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
    labels: Annotated[
        Path | None,
        typer.Option(help="Scores of some of them, person and label: fit the scale to these."),
    ] = None,
    quiet: QuietOption = False,
) -> None:
    """Fit a model's scale to your own people: mean 40, 63 at the top 5%; nobody passes anybody.

    Example: klout calibrate --model models/champion --signals s.parquet --out models/mine
    """
    from training.influence import train_job

    with progress("scoring", None, quiet=quiet) as on_rows:
        fitted = train_job.calibrate(
            model, signals, networks, params, on_rows, saying(quiet=quiet), labels
        )
    fitted.save(out)
    if not quiet:
        whom = f"{fitted.facts['calibrated']['people']:,} persons"
        if labels is not None:
            whom = f"{fitted.facts['scaled']['labels']:,} labels"
        say(f"{out}: model {fitted.version}, its scale fitted to {whom}")
