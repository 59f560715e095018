"""How far a person's accounts, and those that react to them, are believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from features.catalogue.catalogue import HORIZON
from features.catalogue.figures import QUARTERS
from features.lake import Lake
from features.lake.retractions import counted
from features.signals.authenticity import steps_in_force
from serving.store.lookups import StoredAccount
from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.report.attack_names import attack

_MEANING = {each.name: each.meaning for each in BEHAVIOURS}


@dataclass(frozen=True)
class Belief:
    """One account.

    Attributes
    ----------
    authenticity
        The step in force: 0, ¼, ½, ¾ or 1.
    points_to
        What the first reason points to; None: the account is believed wholly.
    reasons
        What speaks most against it: words of a person who decided, or what the behaviours mean.
    by_hand
        Whether a person decided it.
    """

    network: str
    account: str
    authenticity: float
    points_to: str | None
    reasons: tuple[str, ...]
    by_hand: bool


@dataclass(frozen=True)
class ReceivedAuthenticity:
    """What the accounts on one network received in the 90 days.

    Attributes
    ----------
    people
        By step, from the most believed: how many distinct accounts reacted.
    reactions, counted
        How many reactions there were, and how many they are worth by who gave them.
    """

    network: str
    people: tuple[tuple[float, int], ...]
    reactions: int
    counted: float


@dataclass(frozen=True)
class Beliefs:
    """Of each account of a person, and of each network with reactions."""

    accounts: tuple[Belief, ...]
    received: tuple[ReceivedAuthenticity, ...]


def beliefs(lake: Lake, as_of: date, accounts: Sequence[StoredAccount]) -> Beliefs:
    """Collect what counts at `as_of`."""
    known, received = [], []
    for network in sorted({network for network, _ in accounts}):
        own = [account for of, account in accounts if of == network]
        steps = steps_in_force(lake, as_of, network=network)
        known += _accounts(network, own, steps)
        received.append(_received(lake, as_of, network, own, steps))
    return Beliefs(tuple(known), tuple(each for each in received if each.reactions))


def _accounts(network: str, own: list[str], steps: pl.DataFrame) -> list[Belief]:
    mine = steps.filter(pl.col("account").is_in(own)).with_columns(points_to=attack())
    said = {row["account"]: row for row in mine.iter_rows(named=True)}
    return [_belief(network, account, said.get(account)) for account in sorted(own)]


def _belief(network: str, account: str, row: dict[str, Any] | None) -> Belief:
    if row is None:
        return Belief(network, account, 1.0, None, (), by_hand=False)
    text, by_hand = row["reasons"] or "", row["by_hand"]
    told = (text,) if by_hand else tuple(_MEANING.get(name, name) for name in text.split())
    points_to = row["points_to"] if row["authenticity"] < 1 else None
    return Belief(network, account, row["authenticity"], points_to, told, by_hand)


def _received(
    lake: Lake, as_of: date, network: str, own: list[str], steps: pl.DataFrame
) -> ReceivedAuthenticity:
    worth = steps.lazy().select(actor="account", step="authenticity")
    rows = (
        counted(lake, network, as_of - timedelta(HORIZON), as_of)
        .filter(pl.col("target").is_in(own), ~pl.col("actor").is_in(own))
        .group_by("actor")
        .agg(given=pl.len().cast(pl.Int64))
        .join(worth, on="actor", how="left")
        .group_by(pl.col("step").fill_null(1.0))
        .agg(people=pl.len(), given=pl.col("given").sum())
        .sort("step", descending=True)
        .collect(engine="streaming")
    )
    quarters = (rows["step"] * QUARTERS * rows["given"]).sum()
    people = tuple(rows.select("step", "people").iter_rows())
    return ReceivedAuthenticity(
        network, people, int(rows["given"].sum()), float(quarters) / QUARTERS
    )
