"""What is counted of people, in plain Python: as claimed, as far as plausible, and in ratios.

The part of the naive twin that reads counters; see `tests.support.naive`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import Network
from tests.support.naive_people import Owners, Signals, midnight

GROWTH, SEED = 0.01, 200.0
"""A counter with the seed added grows by so much a day, in logarithms."""
PER_REACTOR = 50.0
"""The audience of who has no reactors, and what each of them adds."""

Readings = dict[tuple[str, str], dict[date, float]]
"""Account and counter to the last value of each day."""


def add_counters(
    found: Signals,
    counters: Iterable[dict[str, Any]],
    network: Network,
    as_of: date,
    owners: Owners,
) -> None:
    """The latest reading of each account before ``as_of``, however old, summed by person."""
    for (account, counter), days in sorted(readings(counters, network, as_of).items()):
        if person := owners.receiver(network.name, account):
            name = f"{network.name}.{counter}"
            found[person][name] = found[person].get(name, 0.0) + days[max(days)]


def add_plausible(
    found: Signals,
    counters: Iterable[dict[str, Any]],
    network: Network,
    as_of: date,
    owners: Owners,
) -> None:
    """Audiences as far as their growth and those who react make them plausible."""
    claimed: dict[tuple[str, str], float] = defaultdict(float)
    for (account, counter), days in sorted(readings(counters, network, as_of).items()):
        person = owners.receiver(network.name, account)
        if person and counter in network.audiences:
            claimed[person, counter] += grown(days)
    for (person, counter), value in claimed.items():
        reactors = found[person].get(f"{network.name}.any.reactors.90d", 0.0)
        bound = PER_REACTOR * reactors
        found[person][f"{network.name}.{counter}.grown"] = value
        found[person][f"{network.name}.{counter}.plausible"] = min(value, bound)


def readings(counters: Iterable[dict[str, Any]], network: Network, as_of: date) -> Readings:
    """The last value of each day before ``as_of``; of the same time, the largest."""
    declared = {counter.name for counter in network.counters}
    latest: dict[tuple[str, str, date], tuple[datetime, float]] = {}
    for row in counters:
        known = row["network"] == network.name and row["counter"] in declared
        if known and row["at"] < midnight(as_of):
            key = (row["account"], row["counter"], row["at"].astimezone(UTC).date())
            latest[key] = max(latest.get(key, (row["at"], 0.0)), (row["at"], row["value"]))
    found: Readings = defaultdict(dict)
    for (account, counter, day), (_, value) in latest.items():
        found[account, counter][day] = value
    return found


def grown(days: Mapping[date, float]) -> float:
    """The last reading, but no more than any earlier one can have grown to by then."""
    last = max(days)
    plausible = days[last]
    for day, value in days.items():
        if day < last:
            age = (last - day).days
            plausible = min(plausible, (value + SEED) * math.exp(age * GROWTH) - SEED)
    return plausible


def grown_step_by_step(days: Mapping[date, float]) -> float:
    """The same, as it is meant: from each reading to the next, no more than may have come."""
    first, *later = sorted(days)
    plausible = days[first]
    for day, before in zip(later, sorted(days), strict=False):
        may_be = (plausible + SEED) * math.exp(GROWTH * (day - before).days) - SEED
        plausible = min(days[day], may_be)
    return plausible


def add_ratios(found: Signals, catalogue: Catalogue) -> None:
    """One sum of a person by another that is never below what is declared."""
    for network in catalogue.networks:
        for ratio in network.ratios:
            of_name = f"{ratio.of}.plausible" if ratio.of in network.audiences else ratio.of
            for values in found.values():
                of = values.get(f"{network.name}.{of_name}", 0.0)
                per = values.get(f"{network.name}.{ratio.per}", 0.0)
                values[f"{network.name}.{ratio.name}"] = of / max(ratio.at_least, per)
