"""Pods of people who were honest before, and friends who do the same and mean it.

The pods of `kinds` are born as such and quick. These here begin some day, among people with a life
on the network: their members are old, their likes often slow, and a past speaks for them. What
tells them from friends, who also like all that the others publish, is that they are many. A world
has neither unless asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.simulator.activity import rates, react
from features.simulator.chance import Flags, Ints, stream
from features.simulator.events import Contents, Reactions
from features.simulator.identities import DAY
from features.simulator.places import Place
from features.simulator.policy import Policy
from features.simulator.population import People

RECRUIT, FRIEND = "recruit", "friend"
"""In ``labels.parquet``, the kinds of their accounts; friends are authentic."""

MEMBERS = {RECRUIT: (12, 60), FRIEND: (3, 8)}
"""From and up to. A pod of fewer gains little."""
FRIENDS = 4
"""Circles of friends for each pod."""
SHARE = (0.4, 1.0)
"""Of what another member publishes, how much a member likes."""
MINUTES = (8.0, 1000.0)
"""Median until then, evenly in its log: some are told at once, some look in once a day."""
FEWEST_DAYS = 10
"""From the day on which it begins up to the world's end."""
DAILY = (0.1, 3.0)
"""Contents a day of who joins: fewer leave nothing to like, more are a day's work."""


@dataclass(frozen=True)
class Pod:
    """A pod on one network, or a circle of friends.

    Attributes
    ----------
    kind
        `RECRUIT` or `FRIEND`.
    members
        Accounts, ascending.
    number
        Among the world's groups.
    since
        Its first day.
    share
        Of what another member publishes, how much each likes.
    minutes
        Median until then.
    """

    kind: str
    members: Ints
    number: int
    since: int
    share: float
    minutes: float


def recruit(
    world: Sequence[Place], folk: People, pods: int, days: int, seed: int, policy: Policy
) -> dict[str, list[Pod]]:
    """Choose so many pods, and their circles of friends, by network.

    They are where people are, and of honest accounts in no group that were there all the time;
    nobody is in two. One for which there are not enough of these left is left out.
    """
    rng = stream(seed, "recruits")
    found: dict[str, list[Pod]] = {place.network.name: [] for place in world}
    left = {
        place.network.name: rng.permutation(_willing(place, folk, days, policy))
        for place in world
        if place.network.contents and place.network.reactions
    }
    many = np.array([len(each) for each in left.values()])
    if not many.sum():
        return found
    kinds = [RECRUIT] * pods + [FRIEND] * pods * FRIENDS
    where = rng.choice(list(left), len(kinds), p=many / many.sum())
    first = int(folk.group.max(initial=-1)) + 1
    for number, (kind, network) in enumerate(zip(kinds, where, strict=True)):
        size = int(rng.integers(*MEMBERS[kind], endpoint=True))
        members, left[network] = left[network][:size], left[network][size:]
        pod = _pod(rng, kind, np.sort(members), first + number, days)
        if len(members) == size:
            found[network].append(pod)
    return found


def _pod(rng: np.random.Generator, kind: str, members: Ints, number: int, days: int) -> Pod:
    """Draw what a pod does."""
    return Pod(
        kind=kind,
        members=members,
        number=number,
        since=int(rng.integers(0, max(0, days - FEWEST_DAYS), endpoint=True)),
        share=float(rng.uniform(*SHARE)),
        minutes=float(np.exp(rng.uniform(*np.log(MINUTES)))),
    )


def _willing(place: Place, folk: People, days: int, policy: Policy) -> Ints:
    """Name the accounts that a pod may be of."""
    one = place.accounts
    honest: Flags = np.array([kind.authentic for kind in policy.kinds])[folk.kind[one.owner]]
    daily = place.rates.posts * place.posting
    publishes = (daily >= DAILY[0]) & (daily <= DAILY[1])
    stays = ((one.since == 0) & (one.until == days))[: one.owned]
    alone = (place.group < 0) & ~folk.customer[one.owner]
    return np.flatnonzero(honest & publishes & stays & alone)


def likes(
    place: Place, pods: Sequence[Pod], contents: Contents, days: int, seed: int, policy: Policy
) -> Reactions:
    """Draw what the members of pods give one another, beyond what people can usually give a day.

    Parameters
    ----------
    contents
        All that was published on the network.
    """
    rng = stream(seed, "pods", place.network.name)
    weights = rates(place, np.zeros(place.accounts.owned), 0, policy).glanced
    # Who is told of contents, or looks in once a day, comes at less scattered times.
    steady = replace(policy, delay_spread=policy.delay_spread / 2)
    parts = []
    for pod in pods:
        theirs = np.isin(contents.author, pod.members) & (contents.at >= pod.since * DAY)
        which = np.repeat(np.flatnonzero(theirs), len(pod.members))
        actor = np.tile(pod.members, int(theirs.sum()))
        given = (rng.random(len(which)) < pod.share) & (actor != contents.author[which])
        parts.append(react(rng, contents, which[given], actor[given], weights, pod.minutes, steady))
    drawn = Reactions.join(parts)
    drawn = drawn.only(drawn.at < days * DAY)
    return drawn.only(np.argsort(drawn.at, kind="stable"))
