"""`klout connect`, `disconnect`, `optout`, `optin` and `forget`: what people decide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from features.console import (
    LakeOption,
    NetworksOption,
    QuietOption,
    catalogue_of,
    id_given,
    progress,
    time_given,
)

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
    at: AtOption = None,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Give an account to a person, with all that it received before.

    Example: klout connect ann twitter ann_tweets --lake L
    """
    from features.people.accounts import connect

    when = _utc(at)
    former = connect(lake, person, (network, account), kind, when, catalogue_of(networks))
    if not quiet:
        loss = f"; {former} no longer has it" if former else ""
        typer.echo(f"{account} on {network} is connected to {person}{loss}; {_effect(when)}")


@app.command("disconnect")
def disconnect_command(
    person: PersonArgument,
    network: NetworkArgument,
    account: AccountArgument,
    lake: LakeOption,
    at: AtOption = None,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Take an account from a person. Its data stay: connected again, it brings them back.

    Example: klout disconnect ann twitter ann_tweets --lake L
    """
    from features.people.accounts import disconnect

    when = _utc(at)
    disconnect(lake, person, (network, account), when, catalogue_of(networks))
    if not quiet:
        typer.echo(f"{account} on {network} is no longer connected to {person}; {_effect(when)}")


@app.command("optout")
def optout_command(
    person: PersonArgument,
    lake: LakeOption,
    at: AtOption = None,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Publish no score of a person. Its data stay, and what it gives to others counts.

    Example: klout optout ann --lake L
    """
    from features.people.optouts import opt_out

    when = _utc(at)
    opt_out(lake, person, when, catalogue_of(networks))
    if not quiet:
        typer.echo(f"{person} has opted out; {_effect(when)}")


@app.command("optin")
def optin_command(
    person: PersonArgument,
    lake: LakeOption,
    at: AtOption = None,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Publish the score of a person again who had opted out.

    Example: klout optin ann --lake L
    """
    from features.people.optouts import opt_in

    when = _utc(at)
    opt_in(lake, person, when, catalogue_of(networks))
    if not quiet:
        typer.echo(f"{person} is back; {_effect(when)}")


@app.command("forget")
def forget_command(
    person: PersonArgument,
    lake: LakeOption,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    networks: NetworksOption = None,
    quiet: QuietOption = False,
) -> None:
    """Remove a person's data from the lake for good, and take none of it again.

    What the person gave to others stays as weight, under random names. Files outside the lake are
    not touched. Ended midway, the same command finishes it.

    Example: klout forget ann --lake L --yes
    """
    from features.people.forgetting import forget

    if not yes:
        typer.confirm(f"Forget {person} in {lake}? This can't be undone.", abort=True)
    with progress("rewriting", None, quiet=quiet) as on_file:
        done = forget(lake, person, catalogue_of(networks), on_file)
    if quiet:
        return
    if done.already:
        typer.echo(f"{person} was forgotten before; {done.scrubbed:,} rows were left and are gone")
        return
    rows = ", ".join(f"{count:,} {table}" for table, count in done.rows.items()) or "no rows"
    typer.echo(
        f"{person} is forgotten: {rows}, {done.scrubbed:,} quarantined or published; "
        f"what {done.anonymous:,} accounts gave to others stays without a name"
    )


def _utc(at: datetime | None) -> datetime:
    return at or datetime.now(UTC)


def _effect(when: datetime) -> str:
    """Say which run sees it: one sees what happened before the midnight that begins its day."""
    midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + timedelta(days=1)
    return f"takes effect at the next run, of --as-of {first:%Y-%m-%d} or later"
