"""`klout model export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from features.storage.folders import EXPORTED
from serving.cli.console import QuietOption, progress
from serving.cli.options import ModelOption
from serving.cli.outputs import Form, Written, beginning
from serving.cli.printing import say

app = typer.Typer(help="A model for other programs.")


class Target(StrEnum):
    """What a model is written as."""

    ONNX = "onnx"
    BENTO = "bento"
    MLFLOW = "mlflow"


def _is_bento(file: Path) -> bool:
    from serving.http.bento_archive import is_bento

    return is_bento(file)


OUTPUTS = {
    Target.ONNX: beginning("a model of ONNX that klout wrote", b"\x08\x0a\x12\x0bklout-score"),
    Target.BENTO: Form("a bento of klout", _is_bento),
    Target.MLFLOW: EXPORTED,
}


@app.command("export")
def export_command(
    model: ModelOption,
    to: Annotated[Target, typer.Option(help="What to write.", show_default=False)],
    out: Annotated[
        Path,
        Written(OUTPUTS, by="to"),
        typer.Option(help="The file to write; of mlflow, the folder.", show_default=False),
    ],
    quiet: QuietOption = False,
) -> None:
    """Write a model for others: a graph of ONNX, a bento, or a folder of MLflow.

    Example: klout model export --to onnx --model models/champion --out klout.onnx
    """
    from training.influence.model import Model

    loaded = Model.load(model)
    with progress("exporting", None, quiet=quiet):
        if to is Target.ONNX:
            from training.export.onnx_file import write_onnx

            write_onnx(loaded, out)
        elif to is Target.MLFLOW:
            from training.export.mlflow_folder import write_mlflow

            write_mlflow(loaded, model, out)
        else:
            from serving.http.bento_archive import write_bento

            write_bento(model, out)
    if not quiet:
        say(f"{out}: model {loaded.version} for {to}")
