"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.storage.folders import MODEL
from serving.cli.outputs import Written

SignalsOption = Annotated[Path, typer.Option(help="The signals file.", show_default=False)]
JudgementsOption = Annotated[Path, typer.Option(help="Judgements in Parquet.", show_default=False)]
SomeJudgementsOption = Annotated[
    Path | None, typer.Option("--judgements", help="Judgements in Parquet.", show_default=False)
]
LabelsOption = Annotated[
    list[Path],
    typer.Option(
        "--labels",
        default_factory=list,
        help="person and label, or list, rank and person, in Parquet; as often as wanted.",
        show_default=False,
    ),
]
ModelOption = Annotated[Path, typer.Option(help="The model's folder.", show_default=False)]
ModelOutOption = Annotated[
    Path, Written(MODEL), typer.Option("--out", help="The model's folder.", show_default=False)
]
WithoutSignalsOption = Annotated[
    float,
    typer.Option(
        "--without-signals",
        min=0,
        max=1,
        help="Share of the judged people who may have none.",
    ),
]
ParamsOption = Annotated[Path | None, typer.Option(help="Parameters in YAML.")]


def check_any(judgements: Path | None, labels: list[Path]) -> None:
    """Refuse a command that is given nothing to learn from or to compare with."""
    if judgements is None and not labels:
        raise typer.BadParameter("give --judgements, --labels, or both", param_hint="--judgements")
