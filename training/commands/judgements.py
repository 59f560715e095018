"""`klout split`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.console import QuietOption
from features.files import replacing

app = typer.Typer()


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
