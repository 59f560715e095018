"""Whom a question is about, and which accounts are theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from features.catalogue.catalogue import HORIZON, Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.left_out import UNTRAINED, rows_by_network
from features.lake.remembering import remembered
from features.lake.suppression import Suppressions
from features.people.optouts import opted_out
from features.signals.materialize import identified
from features.signals.owners import claims


def person_of(lake: Lake, as_of: date, name: str, catalogue: Catalogue) -> str:
    """Find the person that a name means.

    Parameters
    ----------
    name
        A person's id, ``network:account``, or an account that only one person has, whether or not
        an identity claims it.

    Returns
    -------
    str
        The person's id; of an account that nobody claims, ``network:account``. Whether anything is
        known of such an account is not looked at.

    Raises
    ------
    KloutError
        If the person was forgotten or has opted out, or the name means nobody or several.
    """
    suppressed = Suppressions.of(lake)
    if suppressed.has_person(name):
        raise KloutError(f"{name} was forgotten; nothing is kept that could be explained")
    person = _meant(lake, as_of, name, catalogue)
    if person in opted_out(lake, as_of)["person"]:
        raise KloutError(f"{name} has opted out; there is no score on {as_of}")
    return person


def _meant(lake: Lake, as_of: date, name: str, catalogue: Catalogue) -> str:
    if is_known(lake, as_of, name):
        return name
    claimed = claims(lake, as_of)
    network, colon, account = name.partition(":")
    if colon and network in (each.name for each in catalogue.networks):
        return _owner(claimed, network, account, as_of)
    if colon and network in rows_by_network(lake, as_of):
        raise KloutError(f"{name}: {network} is left out; {UNTRAINED}")
    mine = claimed.filter(pl.col("account") == name)
    owners = {*mine["person"].drop_nulls(), *_unclaimed(lake, as_of, name, mine, catalogue)}
    if len(owners) > 1:
        raise KloutError(f"{name} is an account of {sorted(owners)}; name one of them")
    if not owners:
        raise unknown(lake, as_of, name)
    return str(owners.pop())


def _unclaimed(
    lake: Lake, as_of: date, account: str, claimed: pl.DataFrame, catalogue: Catalogue
) -> Iterator[str]:
    """Name the persons that accounts of this name are, where no identity claims them."""
    others = {each.name for each in catalogue.networks} - {*claimed["network"]}
    for network in sorted(others & rows_by_network(lake, as_of).keys()):
        if _is_there(lake, as_of, network, account):
            yield f"{network}:{account}"


@remembered
def _is_there(lake: Lake, as_of: date, network: str, account: str) -> bool:
    """Say whether an account has anything from which a score may come."""
    since = as_of - timedelta(HORIZON)
    columns = {
        "counters": ["account"],
        "tallies": ["account"],
        "links": ["source", "target"],
        "interactions": ["target"],
    }
    return any(
        not lake.scan(table, [network], since if table == "interactions" else None, as_of)
        .filter(pl.any_horizontal(pl.col(names) == account))
        .select(names)
        .head(1)
        .collect()
        .is_empty()
        for table, names in columns.items()
    )


def _owner(claimed: pl.DataFrame, network: str, account: str, as_of: date) -> str:
    rows = claimed.filter(network=network, account=account)["person"]
    if rows.is_empty():
        return f"{network}:{account}"
    if rows[0] is None:
        raise KloutError(f"{account} on {network} belongs to nobody on {as_of}: it is disconnected")
    return str(rows[0])


def is_known(lake: Lake, as_of: date, person: str) -> bool:
    """Whether an identity names the person; if not, it is an account that nobody claims."""
    return person in identified(lake, as_of)["person"]


def unknown(lake: Lake, as_of: date, name: str) -> KloutError:
    """Make the error that says that nobody is meant."""
    return KloutError(
        f"{lake.root}: {name!r} is nobody on {as_of}; expected a person's id, network:account, "
        "or an account's name"
    )


def accounts_of(claimed: pl.DataFrame, person: str, network: str) -> list[str]:
    """Name a person's accounts on a network.

    Parameters
    ----------
    claimed
        From `features.signals.owners.claims`, of the date in question.
    """
    mine = claimed.filter(network=network, person=person)["account"].to_list()
    prefix, colon, account = person.partition(":")
    if colon and prefix == network and account not in mine:
        taken = claimed.filter(network=network, account=account)
        return [*mine, account] if taken.is_empty() else mine
    return mine


def accounts_by_network(claimed: pl.DataFrame, person: str) -> dict[str, list[str]]:
    """Name a person's accounts by network, as `accounts_of` does; looks at all claims once."""
    mine = claimed.filter(person=person)
    found: dict[str, list[str]] = {}
    for network, account in mine.select("network", "account").rows():
        found.setdefault(network, []).append(account)
    prefix, colon, _ = person.partition(":")
    return found | ({prefix: accounts_of(claimed, person, prefix)} if colon else {})
