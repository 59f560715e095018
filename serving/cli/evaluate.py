"""`klout evaluate`, `ablate`, `spread` and `report`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from features.errors import KloutError
from features.storage.atomic import replacing
from features.storage.folders import PLOTS
from features.storage.paths import location
from serving.cli.console import (
    LAKE_FORM,
    AsOfOption,
    LakeOption,
    NetworksOption,
    QuietOption,
    catalogue_of,
    day_of,
    known_day,
    progress,
    saying,
)
from serving.cli.options import (
    JudgementsOption,
    LabelsOption,
    ModelOption,
    ParamsOption,
    SignalsOption,
    SomeJudgementsOption,
    WithoutSignalsOption,
    check_any,
)
from serving.cli.outputs import JSON, Written, csv
from serving.cli.printing import put, say

app = typer.Typer()

HEADLINE = ("accuracy", "auc", "log_loss", "calibration_error", "share_of_truth")
"""Metrics that models are compared by; the others say more about one of them."""

DaysOption = Annotated[
    int, typer.Option(min=1, help="How many days after as-of what spreads is followed.")
]


@app.command("evaluate")
def evaluate_command(
    model: ModelOption,
    signals: SignalsOption,
    labels: LabelsOption,
    judgements: SomeJudgementsOption = None,
    lake: Annotated[
        Path | None,
        typer.Option(parser=location, metavar=LAKE_FORM, help="For baselines in the graph."),
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Of the signals.")
    ] = None,
    days: DaysOption = 30,
    training: Annotated[
        Path | None, typer.Option(help="Judgements to train the learned baselines on.")
    ] = None,
    params: ParamsOption = None,
    truth: Annotated[
        Path | None, typer.Option(help="A simulated world's truth, for the ceiling.")
    ] = None,
    plots: Annotated[Path | None, Written(PLOTS), typer.Option(help="A folder for plots.")] = None,
    out: Annotated[
        Path | None, Written(JSON), typer.Option(help="A file for the metrics, not stdout.")
    ] = None,
    headline: Annotated[
        Path | None,
        Written(JSON),
        typer.Option(help="A file for the few of them that models are compared by."),
    ] = None,
    without_signals: WithoutSignalsOption = 0.1,
) -> None:
    """Give metrics as JSON: the model's, beside baselines and ceilings on the same judgements.

    Beside judgements or instead of them, labels: how far they agree with scores in order, and,
    where they are scores, how near they are.

    Example: klout evaluate --model M --signals s.parquet --judgements test.parquet
    """
    from training.evaluation.evaluate_job import EvaluationInputs, compare_labels, evaluate_files

    check_any(judgements, labels)
    day = None if as_of is None else day_of(as_of)
    beside = EvaluationInputs(lake, day, days, training, params, truth, without_signals)
    say = saying(quiet=False)
    found = {}
    if judgements is not None:
        found = evaluate_files(model, signals, judgements, beside, plots, say)
    if labels:
        found["labels"] = compare_labels(model, signals, labels, without_signals, say)
    if headline is not None:
        _write_json(headline, {name: found[name] for name in HEADLINE if name in found})
    if out is None:
        put(json.dumps(found, indent=1) + "\n")
    else:
        _write_json(out, found)


def _write_json(file: Path, content: dict[str, Any]) -> None:
    with replacing(file) as draft:
        draft.write_text(json.dumps(content, indent=1) + "\n")


@app.command("ablate")
def ablate_command(
    signals: SignalsOption,
    judgements: JudgementsOption,
    test: Annotated[Path, typer.Option(help="Judgements of other persons, to test on.")],
    out: Annotated[
        Path,
        Written(csv("kind", "without", "signals")),
        typer.Option(help="The CSV file: a row per network and measure."),
    ],
    signals_out: Annotated[
        Path | None,
        Written(csv("signal", "network", "gain")),
        typer.Option(help="A CSV file with a row per signal: gain, coverage."),
    ] = None,
    params: ParamsOption = None,
    networks: NetworksOption = None,
    without_signals: WithoutSignalsOption = 0.1,
    quiet: QuietOption = False,
) -> None:
    """Train without each network and each measure, and say what is lost on test judgements.

    Example: klout ablate --signals s.parquet --judgements train.parquet --test test.parquet \
        --out ablations.csv
    """
    import polars as pl

    from training.evaluation.ablations import ablations
    from training.evaluation.evaluate_job import ablate_files, read_trial

    say = saying(quiet=quiet)
    trial = read_trial(signals, judgements, test, networks, params, without_signals, say)
    steps = len(ablations(trial.catalogue))
    with progress("ablating", steps, quiet=quiet) as on_step:
        weighed = ablate_files(trial, out, signals_out, lambda _: on_step(1))
    if not quiet:
        unused = len(weighed.filter(pl.col("splits") == 0))
        say(f"{out}: {steps} ablations; {unused} of {len(weighed)} signals are never used")


@app.command("spread")
def spread_command(
    lake: LakeOption,
    scores: Annotated[Path, typer.Option(help="Scores as of that day.")],
    as_of: AsOfOption,
    out: Annotated[
        Path,
        Written(csv("decile", "persons", "contents")),
        typer.Option(help="The CSV file: a row per decile of score."),
    ],
    days: DaysOption = 30,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Follow how far what people publish after a day spreads, by decile of their score.

    Example: klout spread --lake L --scores scores.parquet --as-of 2012-07-06 --days 2 --out s.csv
    """
    from features.lake import Lake
    from features.lake.given import read_scores
    from features.lake.left_out import UNDECLARED, name_left_out
    from training.evaluation.spread import spread

    day, source = known_day(lake, as_of), Lake(lake)
    catalogue = catalogue_of(source, networks)
    name_left_out(source, day, catalogue, UNDECLARED, saying(quiet=quiet))
    with progress("following", None, quiet=quiet), replacing(out) as draft:
        known = read_scores(scores, catalogue, day)
        table = spread(source, known, day, days, catalogue)
        table.write_csv(draft)
    if not quiet:
        say(f"{out}: {table['contents'].sum():,} contents of {table['persons'].sum():,}")


@app.command("report")
def report_command(
    scores: Annotated[Path, typer.Option(help="The scores file.")],
    metrics: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    model: Annotated[Path, typer.Option(help="The model that gave the scores.")],
) -> None:
    """Show what a run of the pipeline came to.

    Example: klout report --scores scores.parquet --metrics metrics.json --model models/champion
    """
    from features.lake.given import read_given
    from serving.cli.score_report import show
    from serving.store.day import checked_scores
    from training.influence.model import Model

    try:
        figures = json.loads(metrics.read_text())
    except (OSError, ValueError) as error:
        raise KloutError(f"{metrics}: not metrics in JSON: {error}") from error
    given = checked_scores(read_given(scores, "scores"), str(scores))
    show(given, figures, Model.load(model).version)
