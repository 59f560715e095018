"""What was counted without names, in plain Python: the naive twin's part that reads tallies."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS
from features.catalogue.declaration import Network
from tests.support.naive_people import Owners, Signals, midnight

GROWTH, SEED, MOST = 1.1, 10_000.0, 10**15
UNNAMED = 0.25

Content = tuple[str, str | None]
"""Account and content; None: the account as a whole."""
Readings = dict[tuple[str, Content], dict[date, int]]
"""Reaction and content to the last value of each day."""
Named = Mapping[tuple[str, str, date], int]
"""Account, content and day to how many reactions are named."""


def add_tallies(
    found: Signals,
    tallies: Iterable[dict[str, Any]],
    network: Network,
    as_of: date,
    owners: Owners,
    named: Mapping[tuple[str, str], Named],
    published: Mapping[str, list[datetime]],
) -> None:
    """Tallied, its peak and per content; and who was reached, of everybody on the network."""
    if not network.tallies:
        return
    of_person: dict[str, Readings] = defaultdict(dict)
    for (reaction, content), days in readings(tallies, network, as_of).items():
        if person := owners.receiver(network.name, content[0]):
            of_person[person][reaction, content] = days
    for person, mine in of_person.items():
        found[person] |= {}
        for window in WINDOWS:
            start = as_of - timedelta(window)
            contents = sum(at.astimezone(UTC).date() >= start for at in published.get(person, []))
            cells = {
                reaction.name: cells_of(
                    reaction.name, mine, named.get((person, reaction.name), {}), as_of, start
                )
                for reaction in network.tallies
            }
            total = 0
            for reaction, of in cells.items():
                whole = sum(value for (_, content), value in of.items() if content is None)
                parts = {key: value for key, value in of.items() if key[1] is not None}
                total += add(
                    found[person],
                    f"{network.name}.{reaction}",
                    window,
                    contents,
                    max(whole, sum(parts.values())),
                    max(parts.values(), default=0),
                )
            both = {key for of in cells.values() for key in of if key[1] is not None}
            peak = max((sum(of[key] for of in cells.values()) for key in both), default=0)
            add(found[person], f"{network.name}.{ANY}", window, contents, total, peak)
    for values in found.values():
        for window in WINDOWS:
            name = f"{network.name}.{ANY}"
            reactors = values.get(f"{name}.reactors.{window}d", 0)
            tallied = values.get(f"{name}.tallied.{window}d", 0)
            reach = reactors + UNNAMED * max(0, tallied - reactors)
            values[f"{name}.reach.{window}d"] = reach


def add(
    values: dict[str, float], name: str, window: int, contents: int, tallied: int, peak: int
) -> int:
    values[f"{name}.tallied.{window}d"] = tallied
    values[f"{name}.tallied_peak.{window}d"] = peak
    values[f"{name}.tallied_per_content.{window}d"] = tallied / max(1, contents)
    return tallied


def readings(tallies: Iterable[dict[str, Any]], network: Network, as_of: date) -> Readings:
    """The last of each day; of the same instant, the largest."""
    days: Readings = defaultdict(dict)
    for row in sorted(tallies, key=lambda row: (row["at"], row["value"])):
        if row["network"] == network.name and row["at"] < midnight(as_of):
            of = days[row["reaction"], (row["account"], row["content"])]
            of[row["at"].astimezone(UTC).date()] = int(min(row["value"], MOST))
    return days


def cells_of(
    reaction: str, mine: Readings, named: Named, as_of: date, start: date
) -> dict[Content, int]:
    """Content to what counts of a reaction in the window; of every content with any tally."""
    bound = plausible(reaction, mine, as_of)
    cells = {}
    for account, content in {content for _, content in mine}:
        days = mine.get((reaction, (account, content)), {})
        counted = max(0, sum(grown(days, start).values()))
        known = sum(
            k
            for (of, what, day), k in named.items()
            if (of, what) == (account, content) and day >= start
        )
        cells[account, content] = min(max(counted, known), known + bound)
    return cells


def grown(days: Mapping[date, int], start: date) -> dict[date, int]:
    """Day of a reading to how much of what the tally grew by until then was since a day."""
    found = {}
    before, value = None, 0
    for day in sorted(days):
        length = 1 if before is None else (day - before).days
        inside = max(0, min(length, (day - start).days + 1))
        found[day] = (days[day] - value) * inside // length
        before, value = day, days[day]
    return found


def plausible(reaction: str, mine: Readings, as_of: date) -> int:
    """What growth makes plausible of all tallies of a reaction, one day after the other."""
    by_day: dict[date, int] = defaultdict(int)
    for (of, _), days in mine.items():
        if of == reaction:
            for day, more in grown(days, as_of - timedelta(HORIZON)).items():
                by_day[day] += max(0, more)
    growing = sorted(day for day, more in by_day.items() if more > 0)
    if not growing:
        return 0
    counted = 0
    ends = [(growing[0] - timedelta(1), 0)]
    for day in growing:
        counted += by_day[day]
        ends.append((day, counted))
    last, total = ends[-1]
    bounds = (math.floor((c + SEED) * GROWTH ** (last - day).days - SEED) for day, c in ends[:-1])
    return min(total, *bounds)
