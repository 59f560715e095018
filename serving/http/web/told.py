"""What explanations look like: rows of waterfalls and lists, in the words of pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.catalogue.network import Network
from serving.explain.explanation import Explanation, Movement, Part, Way
from serving.explain.text import do
from serving.http.api.api_ties import Tied
from serving.http.web.fan import Fan, fan
from serving.http.web.sentences import many, of_them, sentence
from serving.http.web.waterfall import Waterfall, WaterfallRow, waterfall

ROWS = 7
"""Steps of a waterfall; the others are one."""
LEAST = 0.005
"""Points that are written as 0.00."""
FIRST_WAYS = 4
FANNED = 6
"""People on each side of who influences whom."""

CAUSES = {
    "activity": "New reactions",
    "window": "Old ones left",
    "posts": "New posts",
    "counters": "Followers, counts",
    "networks": "Networks",
    "integrity": "Integrity",
    "actors": "Who reacts",
    "retractions": "Taken back",
    "model": "Another model",
    "record": "Late records",
}
"""`serving.explain.change_text.CAUSES` in a line each."""


@dataclass(frozen=True)
class Fact:
    """A line of what is seen when a row is opened; without points it only tells."""

    words: str
    points: float | None


@dataclass(frozen=True)
class StepRow:
    """A step of a waterfall: its words, points, bar, and what is seen when it is opened."""

    title: str
    points: float
    bar: WaterfallRow
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Steps:
    """A waterfall with its words."""

    drawn: Waterfall
    rows: tuple[StepRow, ...]


@dataclass(frozen=True)
class WayRow:
    """A way to the next point: so many of what, and where."""

    amount: int
    what: str
    where: str


@dataclass(frozen=True)
class Ways:
    """The cheapest way on each network, and all others; the fewest first in both."""

    first: tuple[WayRow, ...]
    others: tuple[WayRow, ...]


def why(found: Explanation) -> Steps:
    """Lay out a score: from what everybody has, a row for each network."""
    told = [(part.title, part.points, _facts(part)) for part in found.parts]
    if abs(found.changed) >= LEAST:
        since = "What is known of these days changed after they were scored."
        told.append(("Since then", found.changed, (Fact(since, None),)))
    return _steps(found.nobody, told, from_zero=True)


def moved(found: Movement, titles: Mapping[str, str]) -> Steps:
    """Lay out a change: from the score then, a row for each cause."""
    told = []
    for cause in found.causes:
        by = sorted(cause.networks.items(), key=lambda each: (-abs(each[1]), each[0]))
        networks = [Fact(titles.get(name, name), much) for name, much in by if abs(much) >= LEAST]
        words = Fact(sentence(of_them(cause.words)), None)
        told.append((CAUSES.get(cause.name, cause.name), cause.points, (*networks, words)))
    return _steps(found.score_then, told, from_zero=False)


def ways(found: Sequence[Way], networks: Sequence[Network]) -> Ways:
    """Lay out the ways to the next point, which come with the fewest first."""
    by_name = {each.name: each for each in networks}
    firsts: dict[str, Way] = {}
    for way in found:
        firsts.setdefault(way.network, way)
    first = list(firsts.values())[:FIRST_WAYS]
    others = [way for way in found if way not in first]
    rows = [tuple(_way_row(way, by_name) for way in some) for some in (first, others)]
    return Ways(*rows)


def ties(found: Sequence[Tied]) -> Fan:
    """Draw who influences a person, and whom it influences."""
    reached, reaching = ([much for _, much in each.people[:FANNED]] for each in found)
    return fan(reaching, reached)


def _steps(
    first: float, told: list[tuple[str, float, tuple[Fact, ...]]], *, from_zero: bool
) -> Steps:
    shown, rest = (told, []) if len(told) <= ROWS else (told[: ROWS - 1], told[ROWS - 1 :])
    if rest:
        each = tuple(Fact(title, points) for title, points, _ in rest)
        sum_of_rest = sum(points for _, points, _ in rest)
        shown = [*shown, (many(len(rest), "other"), sum_of_rest, each)]
    drawn = waterfall(first, [points for _, points, _ in shown], from_zero=from_zero)
    both = zip(shown, drawn.steps, strict=True)
    rows = (StepRow(title, points, bar, facts) for (title, points, facts), bar in both)
    return Steps(drawn, tuple(rows))


def _facts(part: Part) -> tuple[Fact, ...]:
    told = [Fact(sentence(of_them(each.words)), each.points) for each in (*part.up, *part.down)]
    if not told:
        return (Fact("Connected, and nothing there counts yet.", None),)
    others = part.points - sum(each.points for each in (*part.up, *part.down))
    return (*told, Fact("All other signals.", others)) if abs(others) >= LEAST else (*told,)


def _way_row(way: Way, networks: Mapping[str, Network]) -> WayRow:
    network = networks.get(way.network, Network(way.network, way.network))
    if way.reaction is None:
        what = "silent post" if way.amount == 1 else "silent posts"
        return WayRow(way.amount, f"{what} fewer", f"on {network.title}")
    who = "person who would" if way.amount == 1 else "people who"
    once = ", once connected" if way.kind == "network" else ""
    return WayRow(
        way.amount,
        of_them(f"more {who} {do(network, way.reaction)}"),
        f"on {network.title}{once}",
    )
