"""`klout promote`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.commands.options import JudgementsOption, SignalsOption

app = typer.Typer()


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
