"""Accounts on one network: whose they are, what they are called, and since when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from features.simulator.chance import Flags, Floats, Ints
from features.simulator.policy import Policy

DAY = 86_400
"""Seconds. All times inside the simulator are whole seconds since the world's first midnight."""


@dataclass(frozen=True)
class Accounts:
    """The accounts of one network: those of persons first, then the outsiders.

    Attributes
    ----------
    owner
        Shape (n,): index of the person, for the n accounts of persons.
    names
        Shape (n + outsiders,): account ids.
    since, until
        Shape (n + outsiders,): days ``[since, until)`` on which the account is active.
    claimed, page
        Shape (n,): has an identity row; is a page.
    connected, disconnected
        Shape (n,): seconds; no disconnection is -1.
    """

    owner: Ints
    names: pl.Series
    since: Ints
    until: Ints
    claimed: Flags
    page: Flags
    connected: Ints
    disconnected: Ints

    @property
    def owned(self) -> int:
        """Accounts that belong to persons."""
        return len(self.owner)


def accounts(
    rng: np.random.Generator,
    prefix: str,
    owner: Ints,
    registered: Flags,
    main: Flags,
    outsiders: int,
    days: int,
    policy: Policy,
    *,
    pages: bool,
) -> Accounts:
    """Open accounts for their owners and for outsiders.

    Parameters
    ----------
    prefix
        Of the account ids; their numbers are shuffled, so that an id tells nothing.
    owner
        Shape (n,): index of the person of each account.
    registered, main
        Shape (n,): its person claims accounts; it is the person's main one.
    days
        Length of the world.
    pages
        Whether the network tells pages from personal profiles.
    """
    owned, total = len(owner), len(owner) + outsiders
    since, until = _active(rng, total, days, policy)
    connected, disconnected = _connected(rng, since[:owned], main, days, policy)
    return Accounts(
        owner=owner,
        names=_names(rng.permutation(total), prefix),
        since=since,
        until=until,
        claimed=registered & (main | (rng.random(owned) >= policy.unclaimed)),
        page=rng.random(owned) < policy.page * pages,
        connected=connected,
        disconnected=disconnected,
    )


def second_accounts(rng: np.random.Generator, owner: Ints, policy: Policy) -> Ints:
    """Choose who has another account on the same network."""
    return owner[rng.random(len(owner)) < policy.second_account]


def _names(numbers: Ints, prefix: str) -> pl.Series:
    digits = pl.Series("number", numbers).cast(pl.String).str.zfill(7)
    return pl.select(pl.format("{}{}", pl.lit(prefix), digits)).to_series()


def _active(rng: np.random.Generator, total: int, days: int, policy: Policy) -> tuple[Ints, Ints]:
    joins = rng.random(total) < policy.joiners
    leaves = rng.random(total) < policy.leavers
    # Nobody joins in the last fifth, nor leaves in the first: there would be nothing to see.
    since = np.where(joins, (rng.random(total) * 0.8 * days).astype(np.int64), 0)
    until = np.where(leaves, days - (rng.random(total) * 0.8 * days).astype(np.int64), days)
    return since, np.maximum(until, since + 1)


def _connected(
    rng: np.random.Generator, since: Ints, main: Flags, days: int, policy: Policy
) -> tuple[Ints, Ints]:
    """Say when accounts were connected to their person, and disconnected."""
    size = len(since)
    years: Floats = rng.exponential(1.0, size)
    before = -(years * 365 * DAY).astype(np.int64) - DAY
    late = (rng.random(size) < policy.late) | (since > 0)
    left = days * DAY - since * DAY
    within = since * DAY + (rng.random(size) * 0.9 * left).astype(np.int64)
    connected = np.where(late, within, before)
    from_then_on = np.maximum(connected, 0)
    room = days * DAY - from_then_on
    leaving = from_then_on + (rng.random(size) * room).astype(np.int64)
    gone = ~main & (rng.random(size) < policy.disconnected)
    return connected, np.where(gone, leaving, -1)
