"""Who ever reacts to whom: an audience for each account, from the actors who care for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.simulator.chance import Floats, Ints, logistic, pick, urn
from features.simulator.places import Place
from features.simulator.policy import Policy


@dataclass(frozen=True)
class Audience:
    """Audiences end to end in one array, and urns for those who belong to none.

    Attributes
    ----------
    members
        Shape (edges,): accounts.
    start, size
        Shape (n,): the audience of account i is ``members[start[i] : start[i] + size[i]]``.
    anyone
        An urn of all actors by activity.
    glancing
        An urn of those who react to whatever they see: by activity squared.
    """

    members: Ints
    start: Ints
    size: Ints
    anyone: Ints
    glancing: Ints


def audience(rng: np.random.Generator, place: Place, policy: Policy) -> Audience:
    """Draw the audience of each account of a person.

    Its size follows strength only noisily. Who is in it: actors come by activity, and the higher
    their own influence, the stronger must be whom they attend to. Where one declines, an outsider
    takes the seat. Bots and throw-away accounts are in nobody's audience.
    """
    size = _sizes(rng, place, policy)
    anyone = urn(place.activity)
    anyone = anyone[~place.bot[anyone] & (place.activity[anyone] > 0)]
    target = np.repeat(np.arange(len(size)), size)
    members = pick(rng, anyone, len(target))
    wanted = policy.discernment * place.discernment[members] - policy.leniency
    interest = place.strength[target] - policy.base - wanted
    declined = rng.random(len(target)) >= logistic(policy.sharpness * interest)
    outsiders = anyone[anyone >= place.accounts.owned]
    members[declined] = pick(rng, outsiders, int(declined.sum()))
    return Audience(
        members=members,
        start=np.cumsum(size) - size,
        size=size,
        anyone=anyone,
        glancing=_glancing(anyone, place.activity),
    )


def from_audience(rng: np.random.Generator, crowd: Audience, target: Ints, policy: Policy) -> Ints:
    """Draw an actor for each target from its audience, the loyal more often."""
    seat = (crowd.size[target] * rng.random(len(target)) ** policy.loyalty).astype(np.int64)
    return crowd.members[crowd.start[target] + np.minimum(seat, crowd.size[target] - 1)]


def _sizes(rng: np.random.Generator, place: Place, policy: Policy) -> Ints:
    noise = policy.audience_noise * rng.standard_normal(len(place.strength))
    log_size = policy.audience_slope * (place.strength - policy.base) + noise
    most = max(3.0, policy.audience_most * len(place.activity))
    return np.clip(policy.audience * np.exp(log_size), 3.0, most).astype(np.int64)


def _glancing(anyone: Ints, activity: Floats) -> Ints:
    """Keep the more active half of the urn's balls: activity weighs twice."""
    if not len(anyone):
        return anyone
    return anyone[activity[anyone] >= np.median(activity[anyone])]
