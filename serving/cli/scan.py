"""`klout scan`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from features.errors import KloutError
from features.storage.waiting import PATIENCE
from serving.cli.console import (
    LakeOption,
    NetworksOption,
    QuietOption,
    WaitOption,
    catalogue_kept,
    day_of,
    id_given,
    progress,
)
from serving.cli.printing import say
from serving.cli.receipt_text import line_of

app = typer.Typer()

_SERVER = re.compile(r"https?://[^/?#\s@]+/?").fullmatch


@app.command("scan")
def scan_command(
    source: Annotated[str, typer.Argument(help="bluesky or mastodon.", show_default=False)],
    account: Annotated[
        str, typer.Argument(help="A handle or DID; name@server.", show_default=False)
    ],
    lake: LakeOption,
    url: Annotated[
        str | None,
        typer.Option(metavar="http(s)://HOST", help="The server to ask; else the network's own."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How many days of posts.")] = 90,
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Only posts of before this day; else all so far."),
    ] = None,
    at_most: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Ask the server at most so often.")
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="The account is mine: its flags do not stop me.")
    ] = False,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Ask a network's public API who reacted to one person's posts of the last days.

    All that is found is written at once, or nothing. Who asks programs to leave it alone is not
    read. What comes again adds nothing, so the same may be asked every day.

    Example: klout scan bluesky ann.example.com --lake L
    """
    from features.scanning import NETWORKS, Client, Wanted, scan

    if source not in NETWORKS:
        raise typer.BadParameter(
            f"{source!r} is none of {', '.join(NETWORKS)}", param_hint="SOURCE"
        )
    if not account.strip("@ "):
        raise typer.BadParameter("expected an account", param_hint="ACCOUNT")
    server = _server(url) if url else NETWORKS[source].server_of(id_given(account))
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    until = tomorrow if before is None else day_of(before)
    wanted = Wanted(account, min(until, tomorrow) - timedelta(days=days), until, is_own=own)
    catalogue = catalogue_kept(lake, networks, makes_lake=True)
    with Client(server, at_most) as client, progress("posts", None, quiet=quiet) as on_content:
        came = scan(lake, source, wanted, client, catalogue, on_content)
    if came.receipt.declared:
        say(f"networks: {came.receipt.declared}", err=True)
    if not quiet:
        say(f"{came.contents:,} posts, {client.requests:,} requests; {line_of(came.receipt)}")
    if came.receipt.first_reason:
        raise KloutError(f"quarantined in {lake / 'quarantine'}: {came.receipt.first_reason}")
    if came.stopped:
        raise KloutError(came.stopped)


def _server(url: str) -> str:
    if not _SERVER(url):
        raise typer.BadParameter(f"{url!r}: expected http(s)://HOST", param_hint="--url")
    return url.rstrip("/")
