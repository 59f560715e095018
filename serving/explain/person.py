"""Whom a question is about, and which accounts are theirs."""

from __future__ import annotations

from datetime import date

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from features.lake import Lake
from features.lake.left_out import UNTRAINED, rows_by_network
from features.lake.suppression import Suppressions
from features.people.optouts import opted_out
from features.signals.materialize import identified
from features.signals.owners import claims


def person_of(lake: Lake, as_of: date, name: str, catalogue: Catalogue) -> str:
    """Find the person that a name means.

    Parameters
    ----------
    name
        A person's id, ``network:account``, or an account that only one person has.

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
    owners = claimed.filter(pl.col("account") == name)["person"].drop_nulls().unique().sort()
    if len(owners) > 1:
        raise KloutError(f"{name} is an account of {owners.to_list()}; name one of them")
    if owners.is_empty():
        raise unknown(lake, as_of, name)
    return str(owners[0])


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
