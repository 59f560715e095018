"""`klout serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.storage.paths import location
from serving.cli.console import LAKE_FORM
from serving.cli.store_options import StoreOption

app = typer.Typer()


@app.command("serve")
def serve_command(
    model: Annotated[Path, typer.Option(help="The model to serve.")] = Path("models/champion"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 3000,
    workers: Annotated[int, typer.Option(min=1, help="Processes that answer.")] = 1,
    lake: Annotated[
        Path | None,
        typer.Option(
            "--lake",
            parser=location,
            metavar=LAKE_FORM,
            help="The lake: for explanations, and for its store.",
            show_default=False,
        ),
    ] = None,
    store: StoreOption = None,
    keys: Annotated[
        bool | None,
        typer.Option(
            "--keys/--no-keys",
            help="--keys: every request needs a key; --no-keys: only what changes something does. "
            "If not said: on this machine's own address, reading needs none.",
            show_default=False,
        ),
    ] = None,
    networks: Annotated[
        Path | None,
        typer.Option(help="Declarations of networks to score people on beside the model's."),
    ] = None,
    sensitive_topics: Annotated[
        bool,
        typer.Option(
            "--sensitive-topics",
            help="Also show people with topics of health, belief, politics, sexuality, ethnicity.",
        ),
    ] = False,
) -> None:
    """Serve pages and the API; its description is at http://HOST:PORT/docs.

    Example: klout serve --lake L --port 3000
    """
    from serving.http.server import serve

    serve(
        model,
        host,
        port,
        workers,
        lake=lake,
        store=store,
        keys=keys,
        networks=networks,
        sensitive_topics=sensitive_topics,
    )
