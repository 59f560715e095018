"""Connecting and disconnecting accounts, and who has which."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.contracts import EVERY_TABLE
from features.lake.naming import NamedAccount, naming
from features.people.additions import add, add_all
from features.signals.owners import claims

KINDS = ("personal", "page")

_PERIOD = ["person", "network", "account", "connected_at"]
"""What the row that ends a connection has in common with the one that began it."""


def connect(
    lake: Path,
    person: str,
    account: NamedAccount,
    kind: str,
    at: datetime,
    catalogue: Catalogue,
    called: str | None = None,
) -> str | None:
    """Give an account to a person; what it received before comes with it.

    Parameters
    ----------
    lake
        The lake's directory.
    person, account
        Who, and the network and account.
    kind
        One of `KINDS`.
    at
        From when on, UTC.
    catalogue
        The networks in force.
    called
        What the account is called from then on: a row of ``profiles``. An account that the
        person has already is given the name alone.

    Returns
    -------
    str or None
        The person that loses the account by it, if another has it.

    Raises
    ------
    KloutError
        If the network is not declared, or the person had the account at that time already and no
        name is given.
    """
    network, name = account
    _declared(network, catalogue)
    if kind not in KINDS:
        raise KloutError(f"kind is {kind!r}; expected one of {list(KINDS)}")
    for since, until in _periods(Lake(lake), person, account).iter_rows():
        if until is None and called is not None and since <= at:
            add(lake, "profiles", [_profile(account, called, at)], catalogue)
            return None
        if until is None:
            raise KloutError(f"{name} on {network} is already connected to {person} since {since}")
        if at < until or at == since:
            raise KloutError(
                f"{name} on {network} was connected to {person} until {until}; "
                f"--at {at} must be later than that, and than its beginning {since}"
            )
    former = owner(Lake(lake), account)
    row = {"person": person, "network": network, "account": name, "kind": kind}
    rows = {"identities": [{**row, "connected_at": at, "disconnected_at": None}]}
    if called is not None:
        rows["profiles"] = [_profile(account, called, at)]
    add_all(lake, rows, catalogue)
    return None if former == person else former


def disconnect(
    lake: Path, person: str, account: NamedAccount, at: datetime, catalogue: Catalogue
) -> None:
    """Take an account from a person; it then belongs to nobody, and its data stay.

    Raises
    ------
    KloutError
        If the network is not declared, or the person does not have the account at that time.
    """
    network, name = account
    _declared(network, catalogue)
    rows = _merged(Lake(lake), person, account).filter(pl.col("disconnected_at").is_null())
    if rows.is_empty():
        raise KloutError(f"{name} on {network} is not connected to {person}")
    if len(later := rows.filter(pl.col("connected_at") > at)):
        since = later["connected_at"][-1]
        raise KloutError(f"{name} on {network} is connected to {person} since {since}, not at {at}")
    ends = rows.with_columns(pl.lit(at).alias("disconnected_at"))
    add(lake, "identities", ends.to_dicts(), catalogue)


def owner(lake: Lake, account: NamedAccount) -> str | None:
    """Name the person that has an account now; None: nobody connected it."""
    mine = known_now(lake).filter(network=account[0], account=account[1])
    return mine["person"][0] if len(mine) else None


def known_now(lake: Lake) -> pl.DataFrame:
    """Resolve the accounts as the run of tomorrow will: see `features.signals.owners.claims`."""
    return claims(lake, datetime.now(UTC).date() + timedelta(days=1))


def accounts_of(lake: Lake, person: str) -> list[NamedAccount]:
    """Name the accounts that a person ever claimed and that nobody else has now.

    Of a person that no identity names, and whose id is ``network:account``, that account, whether
    or not the lake knows of it or its network: see `is_there`.

    Raises
    ------
    KloutError
        If the id is that of an account which a person has claimed.
    """
    ever = lake.scan("identities").filter(person=person).select("network", "account").unique()
    claimed = ever.sort("network", "account").collect()
    if len(claimed):
        others = known_now(lake).filter(pl.col("person") != person)
        return claimed.join(others, on=["network", "account"], how="anti").rows()
    network, _, account = person.partition(":")
    if not account:
        return []
    rows = lake.scan("identities").filter(network=network, account=account)
    if len(taken := rows.select("person").sort("person").head(1).collect()):
        raise KloutError(f"{person} is an account of {taken.item()!r}; name that person instead")
    return [(network, account)]


def is_there(lake: Lake, person: str, accounts: Collection[NamedAccount]) -> bool:
    """Whether any row of the lake names a person or one of these accounts, in any role."""
    named = [table for table in EVERY_TABLE.values() if table.persons or table.accounts]
    return any(
        len(lake.scan(table.name).filter(naming(table, [person], accounts)).head(1).collect())
        for table in sorted(named, key=lambda table: table.by_network)  # the small ones first
    )


def _merged(lake: Lake, person: str, account: NamedAccount) -> pl.DataFrame:
    """One row per connection of the account to the person: the table's columns, in order."""
    rows = lake.scan("identities").filter(person=person, network=account[0], account=account[1])
    ends = rows.group_by(_PERIOD).agg(pl.col("kind").max(), pl.col("disconnected_at").min())
    return ends.sort("connected_at").collect()


def _periods(lake: Lake, person: str, account: NamedAccount) -> pl.DataFrame:
    return _merged(lake, person, account).select("connected_at", "disconnected_at")


def _profile(account: NamedAccount, called: str, at: datetime) -> dict[str, Any]:
    network, name = account
    return {"network": network, "account": name, "name": called, "at": at}


def _declared(network: str | None, catalogue: Catalogue) -> None:
    names = [each.name for each in catalogue.networks]
    if network not in names:
        raise KloutError(f"no network {network!r}; there are {names}")
