"""Influence about topics in plain Python loops: what the engine must equal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, timedelta
from typing import Any

import numpy as np

from features.catalogue.catalogue import HORIZON, WINDOWS, Catalogue
from features.catalogue.declaration import Network
from tests.support.naive import BELIEVED, in_window, is_self_reaction
from tests.support.naive_people import QUARTERS, Beliefs, Owners, World
from tests.support.naive_retractions import counting
from tests.support.naive_tallies import UNNAMED, Readings, cells_of, readings
from training.influence.evidence import OF_A_KIND, WEIGHT, Evidence, Term, of_people

Found = dict[tuple[str, str], tuple[float, int, int]]
"""Person and topic to influence, contents and reactors."""


def naive_topics(
    world: World, as_of: date, catalogue: Catalogue, above: Callable[[str], Iterable[str]]
) -> Found:
    """Topics of everybody; `above` gives a tag's own topic and all above it."""
    kept = counting(world, as_of)
    owners = Owners(world["identities"], as_of, catalogue)
    beliefs = Beliefs(world, as_of, None)
    found: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0, 0])
    for network in catalogue.networks:
        topics: dict[str, set[str]] = defaultdict(set)
        for row in world.get("topics", []):
            if row["network"] == network.name:
                topics[row["content"]] |= set(above(row["topic"]))
        for topic in {topic for of in topics.values() for topic in of}:
            about = {content for content, of in topics.items() if topic in of}
            rows = [
                row
                for row in kept["interactions"]
                if row["network"] == network.name and row["content"] in about
                if in_window(row["at"], as_of, HORIZON) and not is_self_reaction(row, owners)
                if beliefs.quarters(network.name, row["actor"]) > 0
            ]
            tallies = world.get("tallies", []) if network.tallies else []
            every = kept["interactions"]
            args = (network, rows, every, about, as_of, owners, beliefs)
            for person, values in _of_topic(*args, tallies).items():
                for place, value in enumerate(values):
                    found[person, topic][place] += value
    return {key: (v[0], int(v[1]), int(v[2])) for key, v in found.items() if v[0] > 0}


def _of_topic(
    network: Network,
    rows: list[dict[str, Any]],
    every: list[dict[str, Any]],
    about: set[str],
    as_of: date,
    owners: Owners,
    beliefs: Beliefs,
    tallies: list[dict[str, Any]],
) -> dict[str, tuple[float, int, int]]:
    received = defaultdict(list)
    for row in rows:
        if person := owners.receiver(network.name, row["target"]):
            received[person].append(row)
    counted: dict[str, Readings] = defaultdict(dict)
    for (reaction, content), days in readings(tallies, network, as_of).items():
        if person := owners.receiver(network.name, content[0]):
            counted[person][reaction, content] = days
    return {
        person: _of_person(
            network, received[person], counted[person], every, about, as_of, owners, beliefs
        )
        for person in {*received, *counted}
    }


def _of_person(
    network: Network,
    rows: list[dict[str, Any]],
    mine: Readings,
    every: list[dict[str, Any]],
    about: set[str],
    as_of: date,
    owners: Owners,
    beliefs: Beliefs,
) -> tuple[float, int, int]:
    influence = 0.0
    drew = {
        (row["target"], row["content"])
        for row in rows
        if beliefs.quarters(network.name, row["actor"]) >= BELIEVED
    }
    for window in WINDOWS:
        inside = [row for row in rows if in_window(row["at"], as_of, window)]
        actors = {row["actor"] for row in inside}
        people = sum(beliefs.quarters(network.name, actor) for actor in actors) / QUARTERS
        tallied = 0
        start = as_of - timedelta(window)
        for reaction in network.tallies:
            named: dict[tuple[str, str, date], int] = defaultdict(int)
            for row in every:
                if (
                    (row["network"], row["reaction"]) == (network.name, reaction.name)
                    and row["content"] is not None
                    and in_window(row["at"], as_of, HORIZON)
                    and not is_self_reaction(row, owners)
                    and beliefs.quarters(network.name, row["actor"]) >= BELIEVED
                ):
                    day = row["at"].astimezone(UTC).date()
                    named[row["target"], row["content"], day] += 1
            for key, value in cells_of(reaction.name, mine, named, as_of, start).items():
                if key[1] in about:
                    tallied += value
                    if value > 0:
                        drew.add(key)
        people += UNNAMED * max(0, tallied - people)
        influence += _says(of_people(window), people)
        for reaction in network.reactions:
            count = sum(
                beliefs.quarters(network.name, row["actor"])
                for row in inside
                if row["reaction"] == reaction.name
            )
            influence += _says(OF_A_KIND, count / QUARTERS)
    believed = {
        row["actor"] for row in rows if beliefs.quarters(network.name, row["actor"]) >= BELIEVED
    }
    return influence, len(drew), len(believed)


def _says(term: Term, value: float) -> float:
    return float(Evidence(WEIGHT).of_term(term, np.array([value]))[0])
