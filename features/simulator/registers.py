"""What changes slowly: identities, counters, and links between pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl

from features.lake import Piece
from features.simulator.chance import Floats, Ints, pick, stream, urn
from features.simulator.frames import named, piece, times
from features.simulator.identities import DAY
from features.simulator.places import Place
from features.simulator.policy import Policy
from features.simulator.population import People
from features.simulator.rates import CounterRate


def identities(place: Place, persons: pl.Series, start: date) -> Iterator[Piece]:
    """Say which accounts are whose, where anybody claims them."""
    one = place.accounts
    rows = np.flatnonzero(one.claimed)
    if not len(rows):
        return iter(())
    left = one.disconnected[rows]
    return piece(
        "identities",
        {
            "person": named(persons, one.owner[rows]),
            "network": place.network.name,
            "account": named(one.names, rows),
            "kind": pl.Series(np.where(one.page[rows], "page", "personal")),
            "connected_at": times(one.connected[rows], start),
            "disconnected_at": pl.when(pl.lit(pl.Series(left)) >= 0).then(times(left, start)),
        },
    )


def counters(
    place: Place, folk: People, days: int, start: date, seed: int, policy: Policy
) -> Iterator[Piece]:
    """Read every counter on the first day, each 30th and the last, at four in the morning."""
    readings = sorted({*range(0, days, policy.reading_days), days - 1})
    owned = place.accounts.owned
    for counter in place.network.counters:
        rng = stream(seed, "counter", place.network.name, counter.name)
        rate = place.rates.counters.get(counter.name, _default(counter.unit, counter.sign))
        final = _final(rng, place, rate)
        bought, since = _bought(rng, place, folk, rate, days, policy)
        pace = rng.exponential(policy.growth, owned)
        for day in readings:
            grown = final * np.exp(-pace * (days - 1 - day) / 30)
            value = np.floor(grown * np.where(since <= day, bought, 1.0))
            rows = np.flatnonzero(place.accounts.since[:owned] <= day)
            if not len(rows):
                continue
            yield from piece(
                "counters",
                {
                    "network": place.network.name,
                    "account": named(place.accounts.names, rows),
                    "counter": counter.name,
                    "value": pl.Series(value[rows]),
                    "at": times(np.full(len(rows), day * DAY + 4 * 3600), start),
                },
            )


def _default(unit: str, sign: str) -> CounterRate:
    """Rate a counter the policy does not know: accounts are followers, `free` goes with habit."""
    if unit == "accounts":
        return CounterRate(level=120.0, bought=True)
    return CounterRate(slope=0.6 if sign == "up" else 0.0)


def _final(rng: np.random.Generator, place: Place, rate: CounterRate) -> Floats:
    noise = rate.noise * rng.standard_normal(place.accounts.owned)
    growth = rate.slope * (place.strength - 3.0)
    if not rate.slope:
        growth = 0.8 * np.log(np.maximum(place.posting, 1e-3))
    final: Floats = rate.level * np.exp(growth + noise)
    return final


def _bought(
    rng: np.random.Generator,
    place: Place,
    folk: People,
    rate: CounterRate,
    days: int,
    policy: Policy,
) -> tuple[Floats, Ints]:
    """Say by how much followers are inflated, and from which day on."""
    owner = place.accounts.owner
    if not rate.bought:
        return np.ones(len(owner)), np.zeros(len(owner), np.int64)
    by_kind = np.array([kind.followers for kind in policy.kinds])[folk.kind[owner]]
    noise = np.exp(0.6 * rng.standard_normal(len(owner)))
    customer = folk.customer[owner]
    times_more = np.where(customer, policy.bought_followers, by_kind) * noise
    bought = np.where(customer | (by_kind > 1), np.maximum(times_more, 1.0), 1.0)
    # Customers buy some time in the days simulated, or did before; the others have what they have.
    since = np.where(customer, rng.integers(-days, days, len(owner)), -1)
    return bought, since


def links(place: Place, seed: int, policy: Policy) -> Iterator[Piece]:
    """Link the pages of a page graph: the influential are linked to more, noisily."""
    owned = place.accounts.owned
    if not place.network.page_graph or not owned:
        return
    rng = stream(seed, "links", place.network.name)
    noise = 0.7 * rng.standard_normal(owned)
    wanted = policy.links * np.exp(policy.links_slope * (place.strength - policy.base) + noise)
    counts = rng.poisson(np.minimum(wanted, 0.5 * owned))
    target = np.repeat(np.arange(owned), counts)
    writing = urn(np.exp(rng.standard_normal(owned)))
    source = pick(rng, writing, len(target))
    pairs = np.unique(np.stack([source, target], axis=1)[source != target], axis=0)
    if len(pairs):
        yield from piece(
            "links",
            {
                "network": place.network.name,
                "source": named(place.accounts.names, pairs[:, 0]),
                "target": named(place.accounts.names, pairs[:, 1]),
            },
        )
