"""`klout audit`, `record`, `promote` and `rollback`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from features.errors import KloutError
from features.storage.atomic import replacing
from features.storage.folders import MODEL
from serving.cli.console import day_of, saying
from serving.cli.options import (
    JudgementsOption,
    ModelOption,
    ParamsOption,
    SignalsOption,
    WithoutSignalsOption,
)
from serving.cli.outputs import JSON, Written, beginning
from serving.cli.printing import console, say

app = typer.Typer()

CHAMPION = Path("models/champion")
CARD = beginning("a model card", b"# Model ")
ReportOption = Annotated[
    Path | None, Written(JSON), typer.Option(help="A JSON file for what was found.")
]


@app.command("audit")
def audit_command(model: ModelOption, report: ReportOption = None) -> None:
    """Check every split and leaf of a model, its sums, its link and its scale.

    Exit code 1 if it breaks a promise of the score.

    Example: klout audit --model models/candidate
    """
    from rich.table import Table

    from training.audit import audit
    from training.influence.model import Model

    loaded = Model.read(model)  # which findings there are is said below
    findings = audit(loaded)
    if report is not None:
        said = {"model": loaded.version, "findings": [str(finding) for finding in findings]}
        with replacing(report) as draft:
            draft.write_text(json.dumps(said, indent=1) + "\n")
    if findings:
        table = Table("tree", "finding", title=f"Model {loaded.version}")
        for finding in findings:
            table.add_row("" if finding.tree is None else str(finding.tree), finding.what)
        console().print(table)
        raise KloutError(f"{model}: the audit found {len(findings)} faults; first: {findings[0]}")
    trees = sum(map(len, loaded.ranges.values()))
    say(f"{model}: model {loaded.version}, {trees} trees, audit passed")


@app.command("record")
def record_command(
    candidate: Annotated[Path, typer.Option(help="The new model's folder.")],
    signals: SignalsOption,
    judgements: JudgementsOption,
    metrics: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    plots: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    training: Annotated[Path | None, typer.Option(help="The judgements it was trained on.")] = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Of the signals.")
    ] = None,
) -> None:
    """Record a measured model in MLflow, to compare it; `klout promote` goes on in the same run.

    From an experiment's own folder it goes to the checkout that tries it.

    Example: klout record --candidate models/candidate --metrics reports/evaluation.json …
    """
    from training.promotion.measured import Measured, record_measured, shared_registry

    given = {"signals": signals, "judgements": judgements, "training": training}
    files = {name: file for name, file in given.items() if file is not None}
    day = None if as_of is None else day_of(as_of)
    registry = shared_registry(Path.cwd())
    run = record_measured(Measured(candidate, metrics, plots, files, day), registry)
    say(f"{candidate}: run {run} in {registry.home}")


@app.command("promote")
def promote_command(
    candidate: Annotated[Path, typer.Option(help="The new model's folder.")],
    champion: Annotated[Path, Written(MODEL), typer.Option(help="Where the champion goes.")],
    signals: SignalsOption,
    judgements: JudgementsOption,
    metrics: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    plots: Annotated[Path, typer.Option(help="From `klout evaluate`.")],
    training: Annotated[
        Path | None, typer.Option(help="The judgements it was trained on, for the card.")
    ] = None,
    real_logs: Annotated[
        Path | None,
        typer.Option(help="Figures on real logs: python -m evaluations.real --out."),
    ] = None,
    params: ParamsOption = None,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Of the signals.")
    ] = None,
    report: ReportOption = None,
    card: Annotated[
        Path | None, Written(CARD), typer.Option(help="A Markdown file for the card.")
    ] = None,
    allow_shift: Annotated[
        bool, typer.Option("--allow-shift", help="Scores may move beyond the bounds this once.")
    ] = False,
    why: Annotated[str | None, typer.Option(help="Why they may; recorded.")] = None,
    without_signals: WithoutSignalsOption = 0.1,
) -> None:
    """Record a model in MLflow; if it passes all gates it takes the champion's place.

    A refused one is no failure: the exit code is 0, and the champion stays.

    Example: klout promote --candidate models/candidate --champion models/champion …
    """
    from training.promotion.promote_job import Submission, promote, write

    if allow_shift != bool(why and why.strip()):
        raise typer.BadParameter("--allow-shift and --why go together", param_hint="--allow-shift")
    day = None if as_of is None else day_of(as_of)
    files = (candidate, champion, signals, judgements, metrics, plots, training, params)
    submission = Submission(
        *files,
        as_of=day,
        allowed=why,
        without_signals=without_signals,
        real_logs=real_logs,
    )
    story = promote(submission, say=saying(quiet=False))
    write(story, report, card)
    say("\n".join(story.lines))
    if not story.promoted and story.champion is None:
        raise KloutError(f"{candidate}: refused, and there is no champion to go on with")


@app.command("rollback")
def rollback_command(
    why: Annotated[str, typer.Option(help="Recorded with the model that is withdrawn.")],
    champion: Annotated[
        Path, Written(MODEL), typer.Option(help="Where the champion goes.")
    ] = CHAMPION,
) -> None:
    """Bring the former champion back; the one in its place can't be promoted again.

    Example: klout rollback --why "scores of small accounts jumped"
    """
    from training.promotion.promote_job import rollback

    if not why.strip():
        raise typer.BadParameter("must say something", param_hint="--why")
    say(rollback(champion, why))
