"""Behaviours in plain Python, slow and obvious: what `behaviours` must equal.

Read it as the specification: each function is one or a few columns, of one account.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

from features.catalogue.network import Network
from tests.support.naive import Owners, World, in_window, is_self_reaction, midnight
from tests.support.worlds import SMALL
from training.integrity.behaviours.behaviour import BEHAVIOURS

Row = dict[str, Any]
HORIZON = 90
WEEK = timedelta(7)


@dataclass
class Past:
    """What happened on one network in the 90 days."""

    as_of: date
    rows: list[Row]
    contents: dict[tuple[str, str], datetime]
    audience: dict[str, float]
    given: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    received: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for row in self.rows:
            self.given[row["actor"]].append(row)
            self.received[row["target"]].append(row)

    def published(self, account: str) -> dict[str, datetime]:
        return {c: at for (author, c), at in self.contents.items() if author == account}

    def targets(self, account: str) -> Counter[str]:
        return Counter(row["target"] for row in self.given.get(account, ()))

    def reactors(self, account: str) -> Counter[str]:
        return Counter(row["actor"] for row in self.received.get(account, ()))


def past(world: World, as_of: date, network: Network) -> Past:
    owners = Owners(world["identities"], as_of, SMALL)
    rows = [
        row
        for row in world["interactions"]
        if row["network"] == network.name
        and in_window(row["at"], as_of, HORIZON)
        and not is_self_reaction(row, owners)
    ]
    contents = {
        (row["author"], row["content"]): row["at"]
        for row in world["contents"]
        if row["network"] == network.name and in_window(row["at"], as_of, HORIZON)
    }
    return Past(as_of, rows, contents, audiences(world, as_of, network))


def audiences(world: World, as_of: date, network: Network) -> dict[str, float]:
    names = {counter.name for counter in network.counters if counter.unit == "accounts"}
    latest: dict[tuple[str, str], tuple[datetime, float]] = {}
    for row in world["counters"]:
        mine = row["network"] == network.name and row["counter"] in names
        if mine and row["at"] < midnight(as_of):
            key = (row["account"], row["counter"])
            latest[key] = max(latest.get(key, (row["at"], 0.0)), (row["at"], row["value"]))
    summed: dict[str, float] = defaultdict(float)
    for (account, _), (_, value) in sorted(latest.items()):
        summed[account] += value
    return summed


def naive_behaviours(world: World, as_of: date, network: Network) -> dict[str, dict[str, float]]:
    """Account to behaviour to value, and its ``given``."""
    known = past(world, as_of, network)
    accounts = {*known.given, *known.received, *(author for author, _ in known.contents)}
    together = Together(known)
    measured = {account: one(known, account) | together.of(account) for account in accounts}
    names = {"given", *(each.name for each in BEHAVIOURS)}
    return {a: {name: values[name] for name in names} for a, values in measured.items()}


def one(known: Past, account: str) -> dict[str, float]:
    return (
        rhythm(known.given.get(account, []))
        | publishing(known, account)
        | giving(known, account)
        | receiving(known, account)
        | circle(known, account)
        | {"age": age(known, account), "in_crowds": in_crowds(known, account)}
    )


# --- when --------------------------------------------------------------------------------------


def rhythm(rows: list[Row]) -> dict[str, float]:
    days = {row["at"].date() for row in rows}
    return {
        "given": len(rows),
        "per_day": len(rows) / max(1, len(days)),
        "burstiness": burstiness(sorted(row["at"] for row in rows)),
        "night_share": night_share([row["at"].hour for row in rows]),
    }


def burstiness(times: Sequence[datetime]) -> float:
    gaps = [
        math.floor((later - sooner).total_seconds())
        for sooner, later in pairwise(times)
        if sooner.date() == later.date()
    ]
    if len(gaps) < 2 or not sum(gaps):
        return 0.0
    mean = sum(gaps) / len(gaps)
    spread = math.sqrt(max(0.0, sum(gap**2 for gap in gaps) / len(gaps) - mean**2))
    return (spread - mean) / (spread + mean)


def repeats(things: Iterable[Any]) -> float:
    pairs = [a == b for a, b in permutations(list(things), 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def night_share(hours: list[int]) -> float:
    nights = [{(first + step) % 24 for step in range(8)} for first in range(24)]
    quietest = min(sum(hour in night for hour in hours) for night in nights)
    return quietest / max(1, len(hours))


def publishing(known: Past, account: str) -> dict[str, float]:
    published = known.published(account)
    drew = {row["content"] for row in known.received.get(account, ())}
    hours = [at.hour for at in published.values()]
    return {
        "publish_night_share": night_share(hours),
        "contents_per_day": len(published) / age(known, account),
        "silent_share": sum(c not in drew for c in published) / max(1, len(published)),
    }


def age(known: Past, account: str) -> int:
    rows = [*known.given.get(account, ()), *known.received.get(account, ())]
    times = [row["at"] for row in rows] + list(known.published(account).values())
    return (known.as_of - min(times).date()).days


# --- to whom -----------------------------------------------------------------------------------


def giving(known: Past, account: str) -> dict[str, float]:
    given, targets = known.given.get(account, []), known.targets(account)
    haste, quick = delays(known, given)
    return {
        "targets": len(targets),
        "new_targets": len(targets) / max(1, len(given)),
        "same_target": repeats(row["target"] for row in given),
        "top_target": max(targets.values(), default=0) / max(1, len(given)),
        "haste": haste,
        "quick_share": quick,
        "to_persons": sum(row["content"] is None for row in given) / max(1, len(given)),
    }


def receiving(known: Past, account: str) -> dict[str, float]:
    received, reactors = known.received.get(account, []), known.reactors(account)
    haste, _ = delays(known, received)
    given, audience = len(known.given.get(account, ())), known.audience.get(account, 0.0)
    return {
        "received": len(received),
        "giving": given / max(1, given + len(received)),
        "same_reactor": repeats(row["actor"] for row in received),
        "top_reactor": max(reactors.values(), default=0) / max(1, len(received)),
        "received_haste": haste,
        "idle_audience": math.log2((1 + audience) / (1 + len(reactors))) if audience else 0.0,
    }


def delays(known: Past, rows: list[Row]) -> tuple[float, float]:
    doublings = []
    for row in rows:
        at = known.contents.get((row["target"], row["content"]))
        # A fold sees the contents of its days and of the week before.
        if at and timedelta() <= row["at"] - at <= WEEK:
            minutes = math.floor((row["at"] - at).total_seconds()) / 60
            doublings.append(round(1000 * math.log2(1 + minutes)) / 1000)
    if not doublings:
        return 0.0, 0.0
    haste = 6.5 - sum(doublings) / len(doublings)
    return haste, sum(each < 4 for each in doublings) / len(doublings)


def circle(known: Past, account: str) -> dict[str, float]:
    targets, reactors = known.targets(account), known.reactors(account)
    partners = targets.keys() & reactors.keys()
    to, back = sum(targets[p] for p in partners), sum(reactors[p] for p in partners)
    return {
        "partners": len(partners),
        "reciprocity": len(partners) / max(1, len(targets)),
        "to_partners": to / max(1, targets.total()),
        "from_partners": back / max(1, reactors.total()),
        "clique": clique(known, partners),
    }


def clique(known: Past, partners: Iterable[str]) -> float:
    """Among few accounts nobody has more than 32 partners."""
    pairs = list(permutations(partners, 2))
    close = [a in known.targets(b) and b in known.targets(a) for a, b in pairs]
    return sum(close) / max(1, len(pairs))


# --- crowds and lockstep -----------------------------------------------------------------------


def is_devoted(known: Past, account: str) -> bool:
    return len({row["target"] for row in known.given.get(account, ())}) <= 2


def in_crowds(known: Past, account: str) -> float:
    given = known.given.get(account, [])
    first = min((row["at"].date() for row in given), default=None)
    came = any(is_crowd(known, row) for row in given if row["at"].date() == first)
    return came * sum(is_crowd(known, row) for row in given) / max(1, len(given))


def is_crowd(known: Past, row: Row) -> bool:
    """Whether the devoted crowded the target on the day on which a reaction came."""
    day = row["at"].date()
    here = {r["actor"] for r in known.received[row["target"]] if r["at"].date() == day}
    devoted = sum(is_devoted(known, actor) for actor in here)
    return devoted >= 8 and devoted >= 0.5 * len(here)


class Together:
    """Lockstep by comparing all pairs of interactions."""

    def __init__(self, known: Past) -> None:
        self.known = known
        self.moments: Mapping[tuple[str, str], set[Any]] = all_meetings(known.rows)
        self.held = {pair: m for pair, m in self.moments.items() if self._enough(pair, len(m))}

    def _enough(self, pair: tuple[str, str], shared: int) -> bool:
        fewer = min(len(self.known.given[account]) for account in pair)
        return shared >= 5 and shared >= 0.2 * fewer

    def of(self, account: str) -> dict[str, float]:
        mine = {pair: moments for pair, moments in self.held.items() if account in pair}
        every = set().union(*mine.values())
        return {
            "lockstep_group": len(self._group(account)) if mine else 0,
            "lockstep_shared": max(map(len, mine.values()), default=0),
            "lockstep_share": len(every) / max(1, len(self.known.given.get(account, ()))),
        }

    def _group(self, account: str) -> set[str]:
        group, size = {account}, 0
        while len(group) > size:
            size = len(group)
            group |= {end for pair in self.held if group & {*pair} for end in pair}
        return group


def all_meetings(rows: Sequence[Row]) -> dict[tuple[str, str], set[Any]]:
    """Pair of accounts to the moments they share: every two interactions are compared."""
    found: dict[tuple[str, str], set[Any]] = defaultdict(set)
    for a, b in permutations(rows, 2):
        thing = a["target"], a["content"]
        same = thing == (b["target"], b["content"]) and slot(a["at"]) == slot(b["at"])
        if same and a["actor"] < b["actor"]:
            found[a["actor"], b["actor"]].add((thing, a["at"].date()))
    return found


def slot(at: datetime) -> int:
    """Eight minutes by the clock."""
    return math.floor(at.timestamp() / 480)
