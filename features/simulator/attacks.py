"""Groups whose members react to one another, honest or not, and what bots do to strangers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from features.simulator.activity import Rates, active_days, call, react
from features.simulator.chance import Flags, Floats, Ints, below
from features.simulator.events import Contents, Reactions
from features.simulator.identities import DAY
from features.simulator.places import Place
from features.simulator.policy import Policy


@dataclass(frozen=True)
class Circles:
    """The groups whose home is one network.

    Attributes
    ----------
    members
        Accounts, group by group.
    start, size
        Shape (n,): the group of account i is ``members[start[i] : start[i] + size[i]]``.
    position
        Shape (n,): account i's own place in its group.
    per_content, per_day, delay
        Shape (n,): as in `Kind`; 0 for who is in no group.
    """

    members: Ints
    start: Ints
    size: Ints
    position: Ints
    per_content: Floats
    per_day: Floats
    delay: Floats


def circles(place: Place, kind: Ints, policy: Policy) -> Circles:
    """Find the groups of a network.

    Parameters
    ----------
    kind
        Shape (n,): index into `Policy.kinds`, by account.
    """
    inside = np.flatnonzero(place.group >= 0)
    members = inside[np.argsort(place.group[inside], kind="stable")]
    _, first, which, counts = np.unique(
        place.group[members], return_index=True, return_inverse=True, return_counts=True
    )
    start, size, position = (np.zeros(len(place.group), np.int64) for _ in range(3))
    start[members], size[members] = first[which], counts[which]
    position[members] = np.arange(len(members)) - first[which]
    together = size > 1
    per_content, per_day, delay = (
        np.array([getattr(each, trait) for each in policy.kinds])[kind]
        for trait in ("per_content", "per_day", "delay")
    )
    # Nobody gives a content more than one reaction or so: a small group can't do a large one's.
    per_content = np.minimum(per_content, 0.8 * np.maximum(size - 1, 0))
    return Circles(
        members, start, size, position, per_content * together, per_day * together, delay
    )


def within_circles(
    rng: np.random.Generator,
    place: Place,
    rate: Rates,
    circle: Circles,
    contents: Contents,
    days: tuple[int, int],
    policy: Policy,
) -> Reactions:
    """Draw what members give one another: to their contents, and to themselves each day."""
    given = rng.poisson(circle.per_content[contents.author])
    which = np.repeat(np.arange(len(contents)), given)
    author = contents.author[which]
    parts = []
    for delay in np.unique(circle.delay[author]):
        same = circle.delay[author] == delay
        actor = _fellow(rng, circle, author[same])
        quick = replace(policy, delay_spread=policy.delay_spread / 2)
        parts.append(react(rng, contents, which[same], actor, rate.glanced, float(delay), quick))
    if rate.called.any():
        expected = active_days(place, circle.per_day, *days, np.ones(7))
        counts = rng.poisson(expected)
        target, day = np.nonzero(counts)
        target, day = (np.repeat(each, counts[target, day]) for each in (target, day))
        parts.append(call(rng, place, rate, _fellow(rng, circle, target), target, days[0] + day))
    return Reactions.join(parts)


def _fellow(rng: np.random.Generator, circle: Circles, account: Ints) -> Ints:
    """Draw another member of each account's group."""
    step = 1 + below(rng, circle.size[account] - 1)
    place = (circle.position[account] + step) % circle.size[account]
    return circle.members[circle.start[account] + place]


@dataclass(frozen=True)
class Subscriptions:
    """Customers for whom accounts opened for it like whatever they publish, for some weeks.

    Attributes
    ----------
    since
        Shape (n,): the first day; `NEVER` for who has none.
    first, size
        Shape (n,): account i's likers are ``first[i] + range(size[i])``.
    """

    since: Ints
    first: Ints
    size: Ints


NEVER = 1 << 40


def subscriptions(
    rng: np.random.Generator, place: Place, customer: Flags, days: int, policy: Policy
) -> Subscriptions:
    """Choose who subscribes, from when on, and to which of the throw-away accounts.

    They take the last half of those; orders are filled by the first.
    """
    count, pool = len(customer), place.throwaways // 2
    chosen = customer & (rng.random(count) < policy.subscribed) & (pool > 0)
    since = rng.integers(0, max(1, days - policy.subscription_days + 1), count)
    wanted = policy.subscription_size * np.exp(0.5 * rng.standard_normal(count))
    size = np.minimum(1 + wanted.astype(np.int64), pool) * chosen
    # Side by side, and from the start again where there are too few.
    offset = (np.cumsum(size) - size) % np.maximum(pool - size + 1, 1)
    first = len(place.activity) - pool + offset
    return Subscriptions(np.where(chosen, since, NEVER), first, size)


def subscribed(
    rng: np.random.Generator,
    bought: Subscriptions,
    rate: Rates,
    contents: Contents,
    policy: Policy,
) -> Reactions:
    """Let the likers of subscribers react to all that these publish, within hours."""
    age = contents.at // DAY - bought.since[contents.author]
    which = np.flatnonzero((age >= 0) & (age < policy.subscription_days))
    size = bought.size[contents.author[which]]
    liker = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    actor = np.repeat(bought.first[contents.author[which]], size) + liker
    each = np.repeat(which, size)
    return react(rng, contents, each, actor, rate.glanced, policy.thrown_minutes, policy)


def orders(
    rng: np.random.Generator,
    place: Place,
    rate: Rates,
    customer: Flags,
    contents: Contents,
    policy: Policy,
) -> Reactions:
    """Fill the customers' orders: each by part of a farm of bots, or by throw-away accounts."""
    farms = np.unique(place.group[np.flatnonzero(place.bot)])
    farms = farms[farms >= 0]
    if not len(contents):
        return Reactions.join([])
    # So many orders a day, however much the customer publishes.
    chance = policy.orders / np.maximum(rate.contents, policy.orders)
    wanted = customer[contents.author] & (rng.random(len(contents)) < chance[contents.author])
    parts = []
    for content in np.flatnonzero(wanted):  # a few hundred in a world of 20,000
        thrown = rng.random() < policy.thrown
        if thrown and place.throwaways:
            actor, minutes = _throwaways(rng, place, policy), policy.thrown_minutes
        elif len(farms):
            actor, minutes = _part_of_farm(rng, place, farms, policy), policy.order_minutes
        else:
            continue
        which = np.full(len(actor), content)
        quick = replace(policy, delay_spread=0.5)
        parts.append(react(rng, contents, which, actor, rate.glanced, minutes, quick))
    return Reactions.join(parts)


def _part_of_farm(rng: np.random.Generator, place: Place, farms: Ints, policy: Policy) -> Ints:
    farm = np.flatnonzero(place.group == rng.choice(farms))
    size = min(len(farm), 1 + rng.binomial(int(policy.order_size), 0.5))
    return rng.choice(farm, size, replace=False)


def _throwaways(rng: np.random.Generator, place: Place, policy: Policy) -> Ints:
    """Draw some of the network's throw-away accounts, which are its last."""
    size = 1 + int(policy.thrown_size * np.exp(0.7 * rng.standard_normal()))
    total = len(place.activity)
    pool = np.arange(total - place.throwaways, total - place.throwaways // 2)
    return rng.choice(pool, min(size, len(pool)), replace=False)


def spam(
    rng: np.random.Generator,
    place: Place,
    rate: Rates,
    contents: Contents,
    days: tuple[int, int],
    policy: Policy,
) -> Reactions:
    """React to strangers, at any hour: on the days of a campaign, to persons or their contents."""
    bots = np.flatnonzero(place.bot)
    length = days[1] - days[0]
    campaign = rng.random((len(bots), length)) < policy.campaign_days
    counts = rng.poisson(policy.spam * campaign)
    row, day = np.nonzero(counts)
    times = counts[row, day]
    actor, day = np.repeat(bots[row], times), np.repeat(days[0] + day, times)
    if rate.called.any():
        target = rng.integers(0, len(place.strength), len(actor))
        return call(rng, place, rate, actor, target, day)
    if not len(contents):
        return Reactions.join([])
    which = rng.integers(0, len(contents), len(actor))
    sent = react(rng, contents, which, actor, rate.glanced, 120.0, policy)
    return sent.only(sent.at < (days[1] + policy.longest_delay_days) * DAY)
