"""The signals in plain Python, slow and obvious: what the engine must equal.

Read it as the specification. A world is a dict from table to rows, each row a dict of the table's
columns. Days are the UTC dates of ``at``. Sums over days are integers (millionths where a share is
meant), so their order is of no account.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from features.catalogue.catalogue import ANY, HORIZON, WINDOWS, Catalogue
from features.catalogue.declaration import Network
from tests.support.naive_counters import add_counters, add_plausible, add_ratios
from tests.support.naive_people import (
    MILLION,
    QUARTERS,
    Account,
    Beliefs,
    Owners,
    Signals,
    Standings,
    World,
    midnight,
)
from tests.support.naive_retractions import counting
from tests.support.naive_tallies import add_tallies

BELIEVED = 2
"""Quarters from which on an actor counts for days, hit rate and peak."""
DAMPING = 0.85


def naive(
    world: World,
    as_of: date,
    catalogue: Catalogue,
    standing: Mapping[str, float] | None = None,
    authenticity: Mapping[Account, float] | None = None,
) -> Signals:
    """Person to signal to value; every person of the result has every signal."""
    world = counting(world, as_of)
    owners = Owners(world["identities"], as_of, catalogue)
    standings = Standings(world["scores"], as_of, standing, owners)
    beliefs = Beliefs(world, as_of, authenticity)
    found: Signals = defaultdict(dict)
    for row in world["identities"]:
        if row["connected_at"] < midnight(as_of):
            found[row["person"]] |= {}
    for network in catalogue.networks:
        published = contents_of(world["contents"], network, as_of, owners)
        received, given = receptions(world["interactions"], network, as_of, owners, beliefs)
        for (person, kind), drawn in received.items():
            actors = Actors(network.name, given[kind], standings, beliefs)
            for window in WINDOWS:
                start = as_of - timedelta(window)
                contents = sum(in_window(at, as_of, window) for at in published.get(person, []))
                for measure, value in measures(drawn, start, contents, actors).items():
                    found[person][f"{network.name}.{kind}.{measure}.{window}d"] = value
        add_counters(found, world["counters"], network, as_of, owners)
        add_plausible(found, world["counters"], network, as_of, owners)
        named = {key: drawn.by_content_day for key, drawn in received.items()}
        add_tallies(found, world.get("tallies", []), network, as_of, owners, named, published)
        if network.page_graph:
            add_page_graph(found, world["links"], network, owners)
    add_contents(found, world["contents"], catalogue, as_of, owners)
    add_ratios(found, catalogue)
    add_connected(found, catalogue, owners)
    return {
        person: {name: float(values.get(name, 0)) for name in catalogue.names}
        for person, values in found.items()
    }


def in_window(at: datetime, as_of: date, days: int) -> bool:
    """``[as_of - days, as_of)``."""
    return as_of - timedelta(days) <= at.astimezone(UTC).date() < as_of


# --- what was received -----------------------------------------------------------------------


@dataclass
class Received:
    """What one person received of one kind on one network in the horizon."""

    by_actor_day: Counter[tuple[str, date]] = field(default_factory=Counter)
    by_content_day: Counter[tuple[str, str, date]] = field(default_factory=Counter)
    """Of actors believed by half."""


@dataclass
class Actors:
    """What is known of those who react on a network."""

    network: str
    given: Counter[tuple[str, date]]
    """What they did of the kind, by actor and day: the n of attention."""
    standings: Standings
    beliefs: Beliefs

    def quarters(self, actor: str) -> int:
        return self.beliefs.quarters(self.network, actor)

    def standing(self, actor: str, day: date) -> int:
        return self.standings.of(self.network, actor, day)


def receptions(
    interactions: Iterable[dict[str, Any]],
    network: Network,
    as_of: date,
    owners: Owners,
    beliefs: Beliefs,
) -> tuple[dict[tuple[str, str], Received], dict[str, Counter[tuple[str, date]]]]:
    """What was received by person and kind; and what was given by kind, actor and day."""
    given: dict[str, Counter[tuple[str, date]]] = defaultdict(Counter)
    received: dict[tuple[str, str], Received] = defaultdict(Received)
    for row in interactions:
        if row["network"] != network.name or not in_window(row["at"], as_of, HORIZON):
            continue
        if is_self_reaction(row, owners):
            continue
        day = row["at"].astimezone(UTC).date()
        person = owners.receiver(network.name, row["target"])
        quarters = beliefs.quarters(network.name, row["actor"])
        for kind in (row["reaction"], ANY):
            given[kind][row["actor"], day] += 1
            if person is not None and quarters > 0:
                drawn = received[person, kind]
                drawn.by_actor_day[row["actor"], day] += 1
                if row["content"] is not None and quarters >= BELIEVED:
                    drawn.by_content_day[row["target"], row["content"], day] += 1
    return received, given


def is_self_reaction(row: dict[str, Any], owners: Owners) -> bool:
    """The same account, or two of one person: counts for nothing, nor in the actor's n."""
    if row["actor"] == row["target"]:
        return True
    giver = owners.of(row["network"], row["actor"])
    return giver is not None and giver == owners.of(row["network"], row["target"])


def measures(received: Received, start: date, published: int, actors: Actors) -> dict[str, float]:
    """The nine measures over the days from ``start``."""
    pairs = {key: k for key, k in received.by_actor_day.items() if key[-1] >= start}
    drawn = {key: k for key, k in received.by_content_day.items() if key[-1] >= start}
    count = sum(k * actors.quarters(actor) for (actor, _), k in pairs.items()) / QUARTERS
    reactors = sum(actors.quarters(actor) for actor in {actor for actor, _ in pairs}) / QUARTERS
    hits = len({(target, content) for target, content, _ in drawn})
    return worth(pairs, actors) | {
        "count": count,
        "reactors": reactors,
        "days": len({day for actor, day in pairs if actors.quarters(actor) >= BELIEVED}),
        "hit_rate": min(1.0, hits / max(1, published)),
        "peak": max(drawn.values(), default=0),
        "per_content": count / max(1, published),
        "reactors_per_content": reactors / max(1, published),
    }


def worth(pairs: Mapping[tuple[str, date], int], actors: Actors) -> dict[str, float]:
    """Attention and standing: per actor and day whole millionths, summed, then divided once."""
    attention = weighed = 0
    for (actor, day), k in pairs.items():
        share = MILLION * k // actors.given[actor, day]
        attention += share * actors.quarters(actor)
        weighed += share * actors.standing(actor, day) // MILLION * actors.quarters(actor)
    return {
        "attention": attention / (QUARTERS * MILLION),
        "standing": weighed / (QUARTERS * MILLION),
    }


# --- what was published, and what lasts ------------------------------------------------------


def contents_of(
    contents: Iterable[dict[str, Any]], network: Network, as_of: date, owners: Owners
) -> dict[str, list[datetime]]:
    """Person to the times of what it published on a network in the horizon, all kinds."""
    times: dict[tuple[str, str, str], datetime] = {}
    for row in contents:
        person = owners.receiver(row["network"], row["author"])
        if row["network"] == network.name and person and in_window(row["at"], as_of, HORIZON):
            times[person, row["author"], row["content"]] = row["at"]
    published: dict[str, list[datetime]] = defaultdict(list)
    for (person, _, _), at in times.items():
        published[person].append(at)
    return published


def add_contents(
    found: Signals,
    contents: Iterable[dict[str, Any]],
    catalogue: Catalogue,
    as_of: date,
    owners: Owners,
) -> None:
    """Contents published by kind, for those who have a row anyway: publishing gives nobody one."""
    signal = {
        (n.name, k.name): f"{n.name}.{k.signal}" for n in catalogue.networks for k in n.contents
    }
    seen: dict[tuple[str, str], set[Account]] = defaultdict(set)
    for row in contents:
        person = owners.receiver(row["network"], row["author"])
        name = signal.get((row["network"], row["kind"]))
        if person in found and name and in_window(row["at"], as_of, HORIZON):
            seen[person, name].add((row["author"], row["content"]))
    for (person, name), distinct in seen.items():
        found[person][name] = len(distinct)


def add_page_graph(
    found: Signals, links: Iterable[dict[str, Any]], network: Network, owners: Owners
) -> None:
    """Links between pages, summed over the person's pages."""
    pairs = {(r["source"], r["target"]) for r in links if r["network"] == network.name}
    pairs = {(source, target) for source, target in pairs if source != target}
    inlinks = Counter(target for _, target in pairs)
    outlinks = Counter(source for source, _ in pairs)
    ranks = pagerank(pairs)
    pages: dict[str, list[str]] = defaultdict(list)
    for page in sorted(ranks):
        if person := owners.of(network.name, page):
            pages[person].append(page)
    for person, own in pages.items():
        drawn, given = sum(inlinks[page] for page in own), sum(outlinks[page] for page in own)
        found[person] |= {
            f"{network.name}.inlinks": drawn,
            f"{network.name}.outlinks": given,
            f"{network.name}.pagerank": sum(ranks[page] for page in own),
        }


def pagerank(pairs: set[tuple[str, str]]) -> dict[str, float]:
    """PageRank by repeated multiplication, 1 being the mean page."""
    targets: dict[str, list[str]] = {page: [] for pair in pairs for page in pair}
    for source, target in sorted(pairs):
        targets[source].append(target)
    ranks = dict.fromkeys(targets, 1.0)
    change = 1.0 if pairs else 0.0
    while change > 1e-13:
        dangling = sum(rank for page, rank in ranks.items() if not targets[page])
        floor = 1 - DAMPING + DAMPING * dangling / len(ranks)
        following = dict.fromkeys(ranks, floor)
        for source, out in targets.items():
            for target in out:
                following[target] += DAMPING * ranks[source] / len(out)
        change = sum(abs(following[page] - ranks[page]) for page in ranks) / len(ranks)
        ranks = following
    return ranks


def add_connected(found: Signals, catalogue: Catalogue, owners: Owners) -> None:
    """1 for whom an account belongs to (pages apart where only profiles count), claimed or not."""
    for (network, _), (person, kind) in owners.active.items():
        if not (network in owners.personal_only and kind == "page"):
            found[person][f"{network}.connected"] = 1
    for person in found:
        for network in catalogue.networks:
            account = person.removeprefix(f"{network.name}:")
            if account != person and (network.name, account) not in owners.claimed:
                found[person][f"{network.name}.connected"] = 1
