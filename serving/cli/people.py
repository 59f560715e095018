"""`klout connect`, `disconnect`, `optout`, `optin` and `forget`: what people decide."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from features.storage.waiting import PATIENCE
from serving.cli.console import (
    LakeOption,
    NetworksOption,
    QuietOption,
    WaitOption,
    catalogue_kept,
    id_given,
    name_given,
    progress,
    time_given,
)
from serving.cli.printing import say

if TYPE_CHECKING:
    from features.people.forgetting import Forgotten

app = typer.Typer()

PersonArgument = Annotated[
    str,
    typer.Argument(
        help="The person's id; of an account that nobody connected, network:account.",
        callback=id_given,
        show_default=False,
    ),
]
NetworkArgument = Annotated[str, typer.Argument(help="The network.", show_default=False)]
AccountArgument = Annotated[
    str, typer.Argument(help="The account on it.", callback=id_given, show_default=False)
]
AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        parser=time_given,
        metavar="TIME",
        help="From when on, UTC; now if not said.",
        show_default=False,
    ),
]


@app.command("connect")
def connect_command(
    person: PersonArgument,
    network: NetworkArgument,
    account: AccountArgument,
    lake: LakeOption,
    kind: Annotated[str, typer.Option(help="personal or page.")] = "personal",
    name: Annotated[
        str | None,
        typer.Option(
            help="What pages call the person, from --at on; an account that it has may be named.",
            callback=name_given,
            show_default=False,
        ),
    ] = None,
    at: AtOption = None,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Give an account to a person, with all that it received before.

    Example: klout connect ann twitter ann_tweets --name "Ann Example" --lake L
    """
    from features.lake import Lake
    from features.people.accounts import connect, is_there

    when = or_now(at)
    catalogue = catalogue_kept(lake, networks)
    # Asked before the identity itself names it: it may be mistyped, or its data are yet to come.
    has_data = is_there(Lake(lake), f"{network}:{account}", [(network, account)])
    former = connect(lake, person, (network, account), kind, when, catalogue, name)
    if not quiet:
        loss = f"; {former} no longer has it" if former else ""
        new = "" if has_data else "; the lake has nothing of it yet"
        called = "" if name is None else f" as {name}"
        say(f"{account} on {network} is connected to {person}{called}{loss}{new}; {_effect(when)}")


@app.command("disconnect")
def disconnect_command(
    person: PersonArgument,
    network: NetworkArgument,
    account: AccountArgument,
    lake: LakeOption,
    at: AtOption = None,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Take an account from a person. Its data stay: connected again, it brings them back.

    Example: klout disconnect ann twitter ann_tweets --lake L
    """
    from features.people.accounts import disconnect

    when = or_now(at)
    disconnect(lake, person, (network, account), when, catalogue_kept(lake, networks))
    if not quiet:
        say(f"{account} on {network} is no longer connected to {person}; {_effect(when)}")


@app.command("optout")
def optout_command(
    person: PersonArgument,
    lake: LakeOption,
    at: AtOption = None,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Publish no score of a person. Its data stay, and what it gives to others counts.

    Example: klout optout ann --lake L
    """
    from features.people.optouts import opt_out

    when = or_now(at)
    opt_out(lake, person, when, catalogue_kept(lake, networks))
    if not quiet:
        say(f"{person} has opted out; {_effect(when)}")


@app.command("optin")
def optin_command(
    person: PersonArgument,
    lake: LakeOption,
    at: AtOption = None,
    networks: NetworksOption = None,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Publish the score of a person again who had opted out.

    Example: klout optin ann --lake L
    """
    from features.people.optouts import opt_in

    when = or_now(at)
    opt_in(lake, person, when, catalogue_kept(lake, networks))
    if not quiet:
        say(f"{person} is back; {_effect(when)}")


@app.command("forget")
def forget_command(
    person: PersonArgument,
    lake: LakeOption,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    networks: NetworksOption = None,
    suppress: Annotated[
        bool,
        typer.Option("--suppress", help="Also somebody whom nothing names: keep them out ahead."),
    ] = False,
    _wait: WaitOption = PATIENCE,
    quiet: QuietOption = False,
) -> None:
    """Remove a person's data from the lake for good, and take none of it again.

    What the person gave to others stays as weight, under random names. Files outside the lake are
    not touched. Ended midway, the same command finishes it.

    Example: klout forget ann --lake L --yes
    """
    from features.people.forgetting import forget

    catalogue_kept(lake, networks)  # says, before it asks, that there is no lake
    if not yes:
        typer.confirm(f"Forget {person} in {lake}? This can't be undone.", abort=True)
    with progress("rewriting", None, quiet=quiet) as on_file:
        done = forget(lake, person, on_file, suppress=suppress)
    if not quiet:
        say("; ".join(_forgotten(person, done)))


def _forgotten(person: str, done: Forgotten) -> Iterator[str]:
    if done.already:
        left = sum(done.rows.values()) + done.scrubbed
        yield f"{person} was forgotten before; {left:,} rows were left and are gone"
    elif not done.rows and not done.scrubbed:
        yield f"nothing names {person} yet; what will is left out"
    else:
        rows = ", ".join(f"{count:,} {table}" for table, count in done.rows.items()) or "no rows"
        yield f"{person} is forgotten: {rows}, {done.scrubbed:,} quarantined or published"
        yield f"what {done.anonymous:,} accounts gave to others stays without a name"
    if done.unreadable:
        yield f"{done.unreadable:,} quarantined rows that can't be read are gone too"


def or_now(at: datetime | None) -> datetime:
    """Take the time given, or the present."""
    return at or datetime.now(UTC)


def _effect(when: datetime) -> str:
    """Say which run sees it: one sees what happened before the midnight that begins its day."""
    midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + timedelta(days=1)
    return f"takes effect at the next run, of --as-of {first:%Y-%m-%d} or later"
