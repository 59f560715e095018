"""`klout split`, `train`, `evaluate`, `score`, `promote` and `report`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from features.console import NetworksOption, QuietOption, catalogue_of, day_of, progress
from features.errors import KloutError
from features.files import replacing
from features.lake import Lake
from training import baselines
from training.audit import audit
from training.evaluate import accuracy_by_gap, evaluate
from training.fit import fit
from training.judgements import read_judgements, split
from training.model import Model, read_signals
from training.params import TrainingParams, read_scale

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
    rows = Lake(lake).scan("judgements").sort("judged_at", "judge", "a", "b", "preference").collect()
    parts = split(rows, test_share, seed)
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
    catalogue = catalogue_of(networks)
    settings, scale = TrainingParams.read(params), read_scale(params)
    population = pl.concat(read_signals(signals, catalogue))
    with progress("training", None, quiet=quiet):
        model = fit(population, read_judgements(judgements), catalogue, settings, scale)
    if findings := audit(model):
        raise KloutError(f"the audit found {len(findings)} faults; first: {findings[0]}")
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
    loaded = Model.load(model)
    with progress("scoring", None, quiet=quiet) as on_rows, replacing(out) as draft:
        batches = []
        for batch in loaded.score_file(signals):
            batches.append(batch)
            on_rows(len(batch))
        if not batches:
            raise KloutError(f"{signals}: no persons to score")
        scores = pl.concat(batches)
        scores.write_parquet(draft)
    if not quiet:
        typer.echo(f"{out}: {len(scores):,} persons, mean score {_mean(scores):.2f}")


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
    loaded, judged = Model.load(model), read_judgements(judgements)
    people = pl.concat(read_signals(signals, loaded.catalogue))
    scores = loaded.score(people)
    metrics = evaluate(loaded, scores, judged, _baselines(loaded, people, lake, as_of, truth))
    if plots is not None:
        from training.plots import write_plots  # noqa: PLC0415 (matplotlib is slow to import)

        write_plots(plots, loaded, scores, accuracy_by_gap(loaded, scores, judged))
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
    from training.promote import promote  # noqa: PLC0415 (MLflow takes seconds to import)

    typer.echo(promote(candidate, champion, signals, judgements, metrics, plots))


@app.command("report")
def report_command(
    scores: Annotated[Path, typer.Option(help="The scores file.")],
    metrics: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
) -> None:
    """Show what a run of the pipeline came to.

    Example: klout report --scores data/scores.parquet --metrics metrics.json
    """
    from training.report import show  # noqa: PLC0415 (only this command needs it)

    show(pl.read_parquet(scores), json.loads(metrics.read_text()))


def _mean(scores: pl.DataFrame) -> float:
    return float(scores["score"].mean())  # type: ignore[arg-type]


def _baselines(
    model: Model,
    people: pl.DataFrame,
    lake: Path | None,
    as_of: datetime | None,
    truth: Path | None,
) -> dict[str, Any]:
    figures = {
        "followers": baselines.followers(people, model.catalogue),
        "interactions": baselines.interactions(people, model.catalogue),
        "reactors": baselines.reactors(people, model.catalogue),
    }
    if lake is not None and as_of is not None:
        day = day_of(as_of)
        figures["pagerank"] = baselines.interaction_pagerank(
            Lake(lake), day, model.catalogue, people["person"]
        )
    if truth is not None:
        known = pl.read_parquet(truth, columns=["person", "influence"])
        joined = people.select("person").join(known, on="person", how="left", maintain_order="left")
        figures["truth"] = joined["influence"].fill_null(known["influence"].min())
    return figures
