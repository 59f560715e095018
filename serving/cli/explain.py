"""`klout explain`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from serving.cli.console import AsOfOption, LakeOption, QuietOption, day_of, known_day, saying
from serving.cli.printing import console, put

app = typer.Typer()


@app.command("explain")
def explain_command(
    person: Annotated[
        str,
        typer.Argument(
            help="A person's id, network:account, or an account that one person has.",
            show_default=False,
        ),
    ],
    as_of: AsOfOption,
    lake: LakeOption,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%d"], help="Also say why the score moved since this day."
        ),
    ] = None,
    model: Annotated[
        Path, typer.Option(help="For days that no run published, or whose model is not kept.")
    ] = Path("models/champion"),
    model_then: Annotated[
        Path | None, typer.Option(help="At --since, instead of the model that published it.")
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Signals of the people to compare with, or their percentiles; "
            "signal_quantiles.parquet in the model's folder if there is one."
        ),
    ] = None,
    standing: Annotated[
        Path | None, typer.Option(help="Scores, for a lake without a history of them.")
    ] = None,
    authenticity: Annotated[
        Path | None, typer.Option(help="Authenticity, for a lake without a history of it.")
    ] = None,
    ways: Annotated[bool, typer.Option(help="Also say what would bring the next point.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Say why a person has its score, why it moved, and what would raise it.

    Example: klout explain ann --as-of 2014-10-01 --since 2014-09-01 --lake L
    """
    from serving.cli.explain_lines import lines
    from serving.explain.explainer import Question, answers

    question = Question(
        lake=lake,
        person=person,
        as_of=known_day(lake, as_of),
        since=None if since is None else day_of(since),
        model=model,
        model_then=model_then,
        reference=reference,
        standing=standing,
        authenticity=authenticity,
        ways=ways,
    )
    found = answers(question, saying(quiet=quiet))
    if as_json:
        put(json.dumps(found.plain(), indent=1) + "\n")
        return
    if not quiet:
        shown = console(markup=True)
        for line in lines(found):
            shown.print(line, soft_wrap=True)
