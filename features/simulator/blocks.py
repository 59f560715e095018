"""One network's days, block by block, so that memory is bounded by the block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.simulator.activity import (
    Rates,
    publish,
    rates,
    reactions_to_contents,
    reactions_to_persons,
)
from features.simulator.attacks import (
    Circles,
    Subscriptions,
    circles,
    orders,
    spam,
    subscribed,
    subscriptions,
    within_circles,
)
from features.simulator.audiences import Audience, audience
from features.simulator.chance import stream
from features.simulator.events import Contents, Reactions, affordable
from features.simulator.identities import DAY
from features.simulator.places import Place
from features.simulator.policy import Policy
from features.simulator.population import People

BLOCK_ROWS = 500_000
"""Reactions expected in a block, and cells of its table of accounts and days, at most."""


def blocks(
    place: Place, folk: People, days: int, weekday: int, seed: int, policy: Policy
) -> Iterator[tuple[Contents, Reactions]]:
    """Live through the days of one network.

    Yields
    ------
    tuple of Contents and Reactions
        Of some whole days; what is drawn later than that is carried to the next block.
    """
    owner = place.accounts.owner
    if not len(owner) or not place.network.reactions:
        return
    rng = stream(seed, "days", place.network.name)
    drawing = np.array([each.drawing for each in policy.kinds])[folk.kind[owner]]
    rate = rates(place, drawing, weekday, policy)
    crowd = audience(rng, place, policy)
    circle = circles(place, folk.kind[owner], policy)
    bought = subscriptions(rng, place, folk.customer[owner], days, policy)
    carried, number = Reactions.join([]), 0
    for block in _split(rate, days):
        contents = publish(rng, place, rate, block, number)
        number += len(contents)
        fresh = _react(rng, place, folk, rate, crowd, circle, bought, contents, block, policy)
        drawn = Reactions.join([carried, fresh])
        now = drawn.at < block[1] * DAY
        carried = drawn.only(~now)
        yield contents, affordable(drawn.only(now), place)


def _react(
    rng: np.random.Generator,
    place: Place,
    folk: People,
    rate: Rates,
    crowd: Audience,
    circle: Circles,
    bought: Subscriptions,
    contents: Contents,
    block: tuple[int, int],
    policy: Policy,
) -> Reactions:
    customer = folk.customer[place.accounts.owner]
    return Reactions.join(
        [
            reactions_to_contents(rng, rate, crowd, contents, policy),
            reactions_to_persons(rng, place, rate, crowd, block, policy),
            within_circles(rng, place, rate, circle, contents, block, policy),
            orders(rng, place, rate, customer, contents, policy),
            subscribed(rng, bought, rate, contents, policy),
            spam(rng, place, rate, contents, block, policy),
        ]
    )


def _split(rate: Rates, days: int) -> list[tuple[int, int]]:
    """Cut the days into blocks of about `BLOCK_ROWS`."""
    daily = float((rate.contents * (1 + rate.draws) + rate.calls).sum())
    length = max(1, int(BLOCK_ROWS / max(daily, len(rate.contents), 1)))
    return [(first, min(first + length, days)) for first in range(0, days, length)]
