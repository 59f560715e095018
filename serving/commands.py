"""`klout serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("serve")
def serve_command(
    model: Annotated[Path, typer.Option(help="The model to serve.")] = Path("models/champion"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 3000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
) -> None:
    """Serve the scoring API; its description is at http://HOST:PORT/.

    Example: klout serve --port 3000
    """
    from serving.server import serve

    serve(model, host, port, workers)
