"""What attacks on others cost honest people, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from benchmarks.cases import POD, Case
from benchmarks.victims import People
from features.catalogue.catalogue import HORIZON

NOTED = 0.5
"""Points of score: more is a fall worth counting."""

_ACCOUNT = ["network", "account"]


def largest_fall(
    people: People, dealt: Sequence[Case], moves: pl.DataFrame, doubted: pl.DataFrame
) -> str:
    """Say in words who fell most, of those whom no attack was about, and why.

    Parameters
    ----------
    moves
        ``person``, ``was``, ``plain`` and ``gain``, as `benchmarks.integrity` has them.
    doubted
        ``network``, ``account``: believed less than without the attacks.
    """
    honest = people.truth.filter(pl.col("authentic")).select("person")
    others = honest.join(concerned(people, dealt), on="person", how="anti")
    falls = moves.join(others, on="person").sort("gain", "person")
    person, was, plain, gain = falls.select("person", "was", "plain", "gain").row(0)
    drawn = drawn_by(people, person)
    lost = drawn.join(doubted, on=_ACCOUNT, how="semi")
    sold = lost.join(in_pods(dealt), on=_ACCOUNT, how="semi")
    fallen = int((falls["gain"] < -NOTED).sum())
    return (
        f"Of {len(falls):,} honest people who are neither victim nor in a pod, {fallen:,} fall by "
        f"more than {NOTED:g}. The largest fall is from {was:.1f} by {0 - gain:.2f}, and by "
        f"{0 - plain:.2f} where every account is believed, as reactors divide their attention: of "
        f"the {len(drawn):,} reactions that it drew in {HORIZON} days, {len(lost):,} are by "
        f"accounts now believed less, {len(sold):,} of them by members of a pod."
    )


def concerned(people: People, dealt: Sequence[Case]) -> pl.DataFrame:
    """Name the victims and the owners of the accounts in pods: ``person``."""
    sold = in_pods(dealt)
    owners = [
        people.owners(network).persons.join(
            sold.filter(pl.col("network") == network), on="account", how="semi"
        )["person"]
        for network in sold["network"].unique().sort()
    ]
    victims = pl.Series("person", [case.victim.person for case in dealt])
    return pl.concat([victims, *owners]).unique().to_frame()


def in_pods(dealt: Sequence[Case]) -> pl.DataFrame:
    """Name the accounts in pods, the victims' not: ``network``, ``account``."""
    return pl.concat(case.actors for case in dealt if case.attack == POD)


def drawn_by(people: People, person: str) -> pl.DataFrame:
    """Read the reactions that a person drew: ``network`` and the actor's ``account``."""
    accounts = people.claimed.filter(pl.col("person") == person).select("network", "account")
    network, _, lone = person.partition(":")
    own = accounts.rows() or [(network, lone)]
    since = people.as_of - timedelta(HORIZON)
    parts = [
        people.lake.scan("interactions", [network], since, people.as_of)
        .filter(pl.col("target") == account)
        .select("network", account="actor")
        for network, account in own
    ]
    return pl.concat(parts).collect()
