"""Answers as lines that people read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.markup import escape

from features.errors import printable
from serving.explain.change_text import CAUSES
from serving.explain.explainer import Answers
from serving.explain.explanation import Cause, Explanation, Movement, Part, Way
from serving.explain.requests import MOST
from training.influence.confidence import SAYS

_SEEN = 0.005
"""Points that two digits show."""
WAYS, NEW = 6, 2
"""Ways to the next point that are shown: on networks of the person, and on new ones."""


def why_lines(found: Explanation) -> Iterator[str]:
    """Tell why a person has its score."""
    yield (
        f"[bold]{_safe(found.person)}[/bold] has [bold]{found.score:.2f}[/bold] on {found.as_of}, "
        f"more than {min(int(found.percentile), 99)}% of people (model {found.model})"
    )
    yield (
        f"{found.low:.2f} to {found.high:.2f} is what {SAYS:.0%} of looks at other people's "
        f"reactions would find (confidence {found.confidence:.2f})"
    )
    yield f"{found.nobody:6.2f}  what everybody has to begin with"
    for part in found.parts:
        yield from _part(part)
    if abs(found.changed) >= _SEEN:
        yield f"{found.changed:+6.2f}  what is known of these days changed after they were scored"


def moved_lines(found: Movement) -> Iterator[str]:
    """Tell why a score moved."""
    yield (
        f"since {found.since}: {found.score_then:.2f} → {found.score_now:.2f}, "
        f"[bold]{found.change:+.2f}[/bold]"
    )
    for cause in found.causes:
        yield _cause(cause)


def way_lines(ways: Sequence[Way]) -> Iterator[str]:
    """Tell what would bring the next point."""
    if not ways:
        yield f"no number of people up to {MOST:,}, by one kind of reaction, brings the next point"
        return
    yield "for the next point, any one of:"
    yield from (f"        {_safe(way.words)}: {way.score:.2f}" for way in _varied(ways))


def _varied(ways: Sequence[Way]) -> list[Way]:
    """Choose the cheapest way of each network, and of posts, few of them by a new network."""
    cheapest: dict[tuple[str, str], Way] = {}
    for way in ways:
        cheapest.setdefault((way.kind, way.network), way)
    new = [way for way in cheapest.values() if way.kind == "network"]
    known = [way for way in cheapest.values() if way.kind != "network"]
    chosen = known[:WAYS] + new[:NEW]
    return sorted(chosen, key=lambda way: way.amount)


def _part(part: Part) -> Iterator[str]:
    yield f"{part.points:+6.2f}  [bold]{_safe(part.title)}[/bold]"
    yield from (f"          {w.points:+.2f}  {_safe(w.words)}" for w in (*part.up, *part.down))


def _cause(cause: Cause) -> str:
    return f"{cause.points:+6.2f}  {CAUSES[cause.name]}: {_safe(cause.words)}"


def _safe(text: str) -> str:
    """Take a text from outside for what it is: no markup, and nothing that a terminal obeys."""
    return escape(printable(text))


def lines(found: Answers) -> Iterator[str]:
    """Tell it, with rich's markup."""
    yield from why_lines(found.why)
    if found.moved is not None:
        yield ""
        yield from moved_lines(found.moved)
    if found.ways is not None:
        yield ""
        yield from way_lines(found.ways)
