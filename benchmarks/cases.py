"""Each attack of `benchmarks.attacks` on some persons, all in one world; and the honest control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from benchmarks.attacks import (
    Rows,
    Victim,
    bought_followers,
    honest,
    hundred_bots,
    pod,
    thousand_once,
    train,
)
from benchmarks.victims import LIKES, People
from features.errors import KloutError

POD_MEMBERS = 29
"""Beside the victim."""


@dataclass(frozen=True)
class Case:
    """An attack on a victim of a level of score; ``attack`` is one of `ATTACKS`."""

    attack: str
    level: int
    victim: Victim
    rows: Rows

    @property
    def actors(self) -> pl.DataFrame:
        """Accounts that take part, ``network`` and ``account``, the victim's own not."""
        deeds = self.rows.get("interactions", pl.DataFrame({"actor": []}, {"actor": pl.String}))
        others = deeds.filter(pl.col("actor") != self.victim.account)["actor"].unique(
            maintain_order=True
        )
        return pl.DataFrame({"account": others}).select(
            network=pl.lit(self.victim.network), account="account"
        )


ATTACKS = (
    "1,000 bought followers",
    "100 bots like all for 30 days",
    "1,000 throw-away accounts once",
    "pod of 30",
    "follow-back train of 500",
    "as many honest likes as of the 100 bots",
    "1,000 honest likes",
    "as many honest reactions as of the 100 bots",
    "1,000 honest reactions",
)
"""The last four are the control: likes as the attacks are, and reactions as the world's are."""
BOUGHT, BOTS, ONCE, POD, TRAIN, BOT_LIKES, LIKES_ONCE, BOT_REACTIONS, REACTIONS_ONCE = ATTACKS
HONEST = {BOT_LIKES: BOTS, LIKES_ONCE: ONCE, BOT_REACTIONS: BOTS, REACTIONS_ONCE: ONCE}
"""Each control, and the attack that it is as large as."""


def cases(people: People, levels: Sequence[int], each: int, seed: int) -> Iterator[Case]:
    """Deal victims to attacks, each victim to one, so that all fit into one world."""
    rng = np.random.default_rng(seed)
    dealt = []
    for level in levels:
        found = people.candidates(level, each * len(ATTACKS))
        for place, which in enumerate(rng.permutation(len(found))):
            victim = people.victim(*found[which])
            dealt.append((ATTACKS[place % len(ATTACKS)], level, victim))
    persons = [victim.person for _, _, victim in dealt]
    for network in LIKES:
        here = [one for one in dealt if one[2].network == network]
        if here:
            yield from _on_network(people, network, here, people.accounts(network, persons), rng)


def _on_network(
    people: People,
    network: str,
    dealt: list[tuple[str, int, Victim]],
    attacked: Sequence[str],
    rng: np.random.Generator,
) -> Iterator[Case]:
    habits = people.habits(network, attacked)
    members = people.members(network, attacked).to_list()
    rng.shuffle(members)
    for attack, level, victim in dealt:
        if attack == POD:
            mine, members = members[:POD_MEMBERS], members[POD_MEMBERS:]
            if len(mine) < POD_MEMBERS:
                raise KloutError(f"{network}: {len(mine)} left for a pod; expected {POD_MEMBERS}")
            theirs = people.contents(network).filter(pl.col("author").is_in(mine))
            rows = pod(victim, theirs, rng)
        elif attack in HONEST:
            as_many = len(_without_people(HONEST[attack], victim, rng)["interactions"])
            likes = habits.filter(pl.col("reaction") == victim.like)
            alike = likes if attack in (BOT_LIKES, LIKES_ONCE) else habits
            rows = honest(victim, as_many, alike, rng)
        else:
            rows = _without_people(attack, victim, rng)
        yield Case(attack, level, victim, rows)


def _without_people(attack: str, victim: Victim, rng: np.random.Generator) -> Rows:
    if attack == BOUGHT:
        return bought_followers(victim)
    return {BOTS: hundred_bots, ONCE: thousand_once, TRAIN: train}[attack](victim, rng)
