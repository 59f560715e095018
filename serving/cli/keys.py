"""`klout keys`."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.cli.printing import say
from serving.cli.store_options import LakeOrNone, StoreOption

app = typer.Typer(help="Keys to the API: make, list, revoke.")


@app.command("create")
def create_command(
    name: Annotated[str, typer.Argument(help="Whom it is for.", show_default=False)],
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, score or admin; may be given again. [default: read]"),
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=1, help="Requests a minute; no limit if not said.")
    ] = None,
    store: StoreOption = None,
    lake: LakeOrNone = None,
) -> None:
    """Make a key and print its secret, which can't be shown again.

    Example: klout keys create "web of ann" --scope read --per-minute 600 --lake L
    """
    from serving.store.address import url_of
    from serving.store.store import Store

    with Store.open(url_of(store, lake), write=True) as opened:
        key, secret = opened.create_key(name, scope or ["read"], per_minute)
    say(f"key {key.id} for {name}; its secret is shown this once:", err=True)
    say(secret)


@app.command("list")
def list_command(store: StoreOption = None, lake: LakeOrNone = None) -> None:
    """List the keys, the oldest first.

    Example: klout keys list --lake L
    """
    from serving.store.address import url_of
    from serving.store.store import Store

    with Store.open(url_of(store, lake)) as opened:
        keys = opened.keys()
    for key in keys:
        limit = "no limit" if key.per_minute is None else f"{key.per_minute} a minute"
        state = "" if key.revoked_at is None else f", revoked {key.revoked_at:%Y-%m-%d}"
        made = f"made {key.created_at:%Y-%m-%d}{state}"
        say(f"{key.id}  {' '.join(sorted(key.scopes))}, {limit}, {made}: {key.name}")


@app.command("revoke")
def revoke_command(
    key: Annotated[str, typer.Argument(help="Its id.", show_default=False)],
    store: StoreOption = None,
    lake: LakeOrNone = None,
) -> None:
    """Have a key open nothing from now on.

    Example: klout keys revoke 1f0c22a7 --lake L
    """
    from serving.store.address import url_of
    from serving.store.store import Store

    with Store.open(url_of(store, lake), write=True) as opened:
        opened.revoke_key(key)
    say(f"key {key} is revoked")
