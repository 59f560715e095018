"""Who lives in the world: hidden influence, kind, habits, groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.catalogue.declaration import Network
from features.simulator.chance import Flags, Floats, Ints, stream
from features.simulator.kinds import Kind
from features.simulator.policy import Policy


@dataclass(frozen=True)
class People:
    """One entry per person in each array.

    Attributes
    ----------
    influence
        Log scale; heavy-tailed in natural units.
    kind
        Index into `Policy.kinds`.
    habit
        Contents published, as a multiple of the ordinary; independent of influence.
    activity
        Reactions given, as a multiple of the ordinary.
    zone
        Time zone: hours ahead of UTC.
    group
        Number of the hobby group, farm, ring or pod; -1 for none.
    home
        Index, among the networks where contents are published, of the one the group is on; or -1.
    customer
        Whether the person buys followers and reactions.
    registered
        Whether the person claims its accounts.
    """

    influence: Floats
    kind: Ints
    habit: Floats
    activity: Floats
    zone: Floats
    group: Ints
    home: Ints
    customer: Flags
    registered: Flags

    def __len__(self) -> int:
        return len(self.influence)


def people(persons: int, seed: int, policy: Policy, publishing: list[Network]) -> People:
    """Draw the world's persons.

    Parameters
    ----------
    persons
        How many.
    publishing
        The networks where contents are published: groups live on these.
    """
    rng = stream(seed, "people")
    kind = rng.permutation(np.repeat(np.arange(len(policy.kinds)), quotas(persons, policy.kinds)))
    mean, spread, habit, activity = (
        np.array([getattr(each, trait) for each in policy.kinds])[kind]
        for trait in ("mean", "spread", "habit", "activity")
    )
    authentic = np.array([each.authentic for each in policy.kinds])[kind]
    # The inauthentic have no upper tail: nobody is influential by accident of being a bot.
    tail = rng.exponential(policy.tail, persons) * authentic
    influence = np.minimum(mean + spread * rng.standard_normal(persons) + tail, policy.highest)
    group, home = _groups(rng, kind, policy, publishing)
    return People(
        influence=influence - policy.tail,
        kind=kind,
        habit=habit
        * np.exp(
            policy.habit_slope * (influence - policy.tail)
            + policy.habit_spread * rng.standard_normal(persons)
        ),
        # The influential react less, and to fewer.
        activity=activity
        * np.exp(policy.activity_spread * rng.standard_normal(persons) - 0.15 * influence),
        zone=rng.choice([-8.0, -6.0, -5.0, 0.0, 1.0, 2.0, 8.0], persons),
        group=group,
        home=home,
        customer=authentic & (rng.random(persons) < policy.customers),
        registered=rng.random(persons) >= policy.unregistered,
    )


def quotas(persons: int, kinds: tuple[Kind, ...]) -> list[int]:
    """Say how many persons are of each kind: from twenty persons on, at least one of each.

    >>> from features.simulator.kinds import KINDS
    >>> quotas(1, KINDS)
    [1, 0, 0, 0, 0, 0, 0, 0, 0]
    """
    fewest = 1 if persons >= 20 else 0
    counts = [max(fewest, round(kind.share * persons)) if kind.share else 0 for kind in kinds]
    counts[0] = persons - sum(counts)
    return counts


def _groups(
    rng: np.random.Generator, kind: Ints, policy: Policy, publishing: list[Network]
) -> tuple[Ints, Ints]:
    group = np.full(len(kind), -1)
    home = np.full(len(kind), -1)
    if not publishing:
        return group, home
    presence = np.array([policy.of(network.name).presence for network in publishing])
    first = 0
    for index, each in enumerate(policy.kinds):
        members = np.flatnonzero(kind == index)
        if not each.size or not len(members):
            continue
        count = max(1, round(len(members) / each.size))
        group[members] = first + np.arange(len(members)) % count
        where = rng.choice(len(publishing), count, p=presence / presence.sum())
        home[members] = where[group[members] - first]
        first += count
    return group, home
