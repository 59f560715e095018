"""What honest people do on one network: publish, and react to what their audience draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.simulator.audiences import Audience, from_audience
from features.simulator.chance import Flags, Floats, Ints, categories, pick
from features.simulator.events import Contents, Reactions
from features.simulator.identities import DAY
from features.simulator.places import Place
from features.simulator.policy import Policy

WEEK = 7


@dataclass(frozen=True)
class Rates:
    """What is expected of each account of a network.

    Attributes
    ----------
    contents
        Shape (n,): contents a day.
    draws
        Shape (n,): reactions to each content.
    calls
        Shape (n,): reactions a day to the person.
    week
        Shape (7,): activity by day of the world modulo 7, 1 on average.
    kinds
        Shape (content kinds,): their shares.
    valued, glanced
        Shape (content kinds, reactions): the reactions' shares in what a content draws from its
        audience, and from those who react to what they see; 0 where it can't be to that kind.
    called
        Shape (1, reactions): the same for reactions to the person.
    """

    contents: Floats
    draws: Floats
    calls: Floats
    week: Floats
    kinds: Floats
    valued: Floats
    glanced: Floats
    called: Floats


def rates(place: Place, drawing: Floats, weekday: int, policy: Policy) -> Rates:
    """Derive an account's rates from its strength and habit.

    With strength s and posting h (a multiple of the ordinary), contents draw in all
    ``volume * exp(s - base + luck) * h**fatigue`` a day, and the person itself
    ``volume * exp(s - base + luck)``, split by the reactions' weights.

    Parameters
    ----------
    drawing
        Shape (n,): added to the log of what a content draws.
    weekday
        Of the world's first day, 0 being Monday.
    """
    network, given = place.network, place.rates
    names = [reaction.name for reaction in network.reactions]
    weights = np.array([given.weights.get(name, 1.0) for name in names])
    cheap = np.array([given.cheap.get(name, given.weights.get(name, 1.0)) for name in names])
    direct = np.array([name in given.to_person or not network.contents for name in names])
    to_person = weights[direct].sum() / max(weights.sum(), 1e-9)
    possible = _possible(place) & ~direct
    reach = given.volume * np.exp(place.strength - policy.base + place.luck)
    contents = given.posts * place.posting * bool(network.contents)
    volume = reach * (1 - to_person) * np.exp(drawing) * place.posting**policy.fatigue
    return Rates(
        contents=contents,
        draws=volume / np.maximum(contents, 1e-9) * possible.any(),
        calls=reach * to_person,
        week=_week(given.weekend, weekday),
        kinds=np.full(len(network.contents), 1 / max(1, len(network.contents))),
        valued=possible * weights,
        glanced=possible * cheap,
        called=(direct * weights)[None, :],
    )


def _possible(place: Place) -> Flags:
    """Say which reactions can be to which content kind: shape (kinds, reactions)."""
    about = place.rates.about
    return np.array(
        [
            [
                about.get(reaction.name, kind.name) == kind.name
                for reaction in place.network.reactions
            ]
            for kind in place.network.contents
        ],
        np.bool_,
    ).reshape(len(place.network.contents), len(place.network.reactions))


def _week(weekend: float, weekday: int) -> Floats:
    week = np.array([1.0] * 5 + [weekend] * 2)
    from_first_day: Floats = np.roll(week, -weekday) * WEEK / week.sum()
    return from_first_day


def active_days(place: Place, expected: Floats, first: int, last: int, week: Floats) -> Floats:
    """Spread a daily expectation over days ``[first, last)``: shape (accounts, days).

    Parameters
    ----------
    week
        Shape (7,): by day of the world modulo 7.
    """
    days = np.arange(first, last)
    owned = len(expected)
    here: Flags = (place.accounts.since[:owned, None] <= days) & (
        days < place.accounts.until[:owned, None]
    )
    return expected[:, None] * week[days % WEEK] * here


def publish(
    rng: np.random.Generator, place: Place, rate: Rates, days: tuple[int, int], number: int
) -> Contents:
    """Publish the contents of days ``[first, last)``, numbered from ``number``."""
    expected = active_days(place, rate.contents, *days, rate.week)
    author, day = _cells(rng.poisson(expected))
    at = (days[0] + day) * DAY + _time_of_day(rng, place.zone[author], place.bot[author])
    kind = categories(rng, rate.kinds[None, :], np.zeros(len(author), np.int64))
    return Contents(author, at, number + np.arange(len(author)), kind)


def reactions_to_contents(
    rng: np.random.Generator,
    rate: Rates,
    crowd: Audience,
    contents: Contents,
    policy: Policy,
) -> Reactions:
    """Draw what contents draw: from their audience, from those who glance, and by going viral."""
    if not len(contents):
        return Reactions.join([])
    luck = rng.gamma(policy.over_dispersion, 1 / policy.over_dispersion, len(contents))
    drawn = rng.poisson(rate.draws[contents.author] * luck)
    drawn = np.minimum(drawn, 4 * crowd.size[contents.author])  # nobody reacts without end
    which = np.repeat(np.arange(len(contents)), drawn)
    actor = from_audience(rng, crowd, contents.author[which], policy)
    own = rng.random(len(which)) < policy.self_reaction
    actor[own] = contents.author[which][own]
    # What can't be reacted to is not glanced at either.
    seen = rng.poisson(policy.glance * rate.glanced.any(), len(contents))
    glance = np.repeat(np.arange(len(contents)), seen)
    viral = _viral(rng, len(contents), policy)
    valued = react(rng, contents, which, actor, rate.valued, policy.delay, policy)
    glanced = pick(rng, crowd.glancing, len(glance))
    passers_by = pick(rng, crowd.anyone, len(viral))
    return Reactions.join(
        [
            valued,
            react(rng, contents, glance, glanced, rate.glanced, policy.delay, policy),
            react(rng, contents, viral, passers_by, rate.valued, 6 * policy.delay, policy),
        ]
    )


def react(
    rng: np.random.Generator,
    contents: Contents,
    which: Ints,
    actor: Ints,
    weights: Floats,
    delay: float,
    policy: Policy,
) -> Reactions:
    """Make reactions to contents.

    Parameters
    ----------
    which, actor
        Shape (reactions,): place in ``contents`` of what is reacted to, and by whom.
    weights
        Shape (content kinds, reactions).
    delay
        Median minutes until then.
    """
    possible = (weights.sum(axis=1) > 0)[contents.kind[which]]
    which, actor = which[possible], actor[possible]
    minutes = delay * np.exp(policy.delay_spread * rng.standard_normal(len(which)))
    seconds = np.minimum(60 * minutes, policy.longest_delay_days * DAY).astype(np.int64)
    return Reactions(
        actor=actor,
        target=contents.author[which],
        at=contents.at[which] + seconds + 1,
        reaction=categories(rng, weights, contents.kind[which]),
        content=contents.number[which],
    )


def reactions_to_persons(
    rng: np.random.Generator,
    place: Place,
    rate: Rates,
    crowd: Audience,
    days: tuple[int, int],
    policy: Policy,
) -> Reactions:
    """Draw mentions, wall posts, +K: what goes to the person whatever it publishes."""
    if not rate.called.any():
        return Reactions.join([])
    expected = active_days(place, rate.calls, *days, rate.week)
    target, day = _cells(rng.poisson(expected))
    actor = from_audience(rng, crowd, target, policy)
    return call(rng, place, rate, actor, target, days[0] + day)


def call(
    rng: np.random.Generator, place: Place, rate: Rates, actor: Ints, target: Ints, day: Ints
) -> Reactions:
    """Make reactions to persons on given days, at the actors' hours."""
    return Reactions(
        actor=actor,
        target=target,
        at=day * DAY + _time_of_day(rng, place.zone[actor], place.bot[actor]),
        reaction=categories(rng, rate.called, np.zeros(len(actor), np.int64)),
        content=np.full(len(actor), -1),
    )


def _viral(rng: np.random.Generator, contents: int, policy: Policy) -> Ints:
    """Say which contents leave their audience, each as often as passers-by react to it."""
    which = np.flatnonzero(rng.random(contents) < policy.viral)
    burst = policy.viral_size * (1 + rng.pareto(policy.viral_tail, len(which)))
    return np.repeat(which, np.minimum(burst, policy.viral_most).astype(np.int64))


def _cells(counts: Ints) -> tuple[Ints, Ints]:
    """Turn a table of counts into the row and column of each thing counted."""
    flat = np.flatnonzero(counts)
    times = counts.ravel()[flat]
    row, column = np.divmod(np.repeat(flat, times), max(1, counts.shape[1]))
    return row, column


def _time_of_day(
    rng: np.random.Generator, zone: Floats, bot: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Ints:
    """Seconds since midnight UTC: people around three in the afternoon of theirs, bots any time."""
    hours = (15 + 4.5 * rng.standard_normal(len(zone)) - zone) % 24
    hours = np.where(bot, 24 * rng.random(len(zone)), hours)
    return np.minimum(hours * 3600, DAY - 1).astype(np.int64)
