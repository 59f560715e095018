"""Numbers and sentences as pages say them."""

from __future__ import annotations

import re
from datetime import date
from math import ceil, floor

_MINUS = "\N{MINUS SIGN}"
_DOES = (
    "are|have|post|posts|posted|publish|published|answer|answered|ask|asked|made|make|drew|draw|"
    "give|gave|write|wrote|share|shared"
)
"""Verbs of what is said of the person: "you" is who does something before them."""
_SUBJECT = re.compile(rf"\byou(?= (?:{_DOES})\b)")


def of_them(words: str) -> str:
    """Say of a person what an explanation says to it: pages are read by others.

    >>> of_them("41 people commented on what you posted, and 3 retweeted you on your wall")
    '41 people commented on what they posted, and 3 retweeted them on their wall'
    """
    they = _SUBJECT.sub("they", words)
    return re.sub(r"\byou\b", "them", re.sub(r"\byour\b", "their", they))


def sentence(words: str) -> str:
    """Begin with a capital letter, and end with a full stop.

    >>> sentence("people retweeted you")
    'People retweeted you.'
    """
    return f"{words[:1].upper()}{words[1:]}."


def score(value: float) -> str:
    """Write a score; 99.97 is not yet 100.

    >>> score(63.449), score(99.97), score(1.0)
    ('63.4', '99.9', '1.0')
    """
    return f"{min(value, 99.9):.1f}"


def whole(low: float, high: float) -> tuple[str, str]:
    """Write an interval in whole points, none of it left out; 1 and 100 are its outermost ends.

    >>> whole(36.4, 43.2), whole(99.2, 99.99)
    (('36', '44'), ('99', '100'))
    """
    return f"{floor(low)}", f"{ceil(high)}"


def signed(value: float) -> str:
    """Write a change in points.

    >>> signed(0.4), signed(-1.256) == _MINUS + "1.26", signed(-0.001)
    ('+0.40', True, '0.00')
    """
    text = f"{abs(value):.2f}"
    if text == "0.00":
        return text
    return f"{'+' if value > 0 else _MINUS}{text}"


def percent(share: float) -> str:
    """Write a share of 1; what is there is never 0%.

    >>> percent(0.62), percent(0.001), percent(0)
    ('62%', '<1%', '0%')
    """
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def share(percents: float) -> str:
    """Write percents of people, where tenths tell something.

    >>> share(4.04), share(62.4), share(99.96), share(100.0), share(0.0)
    ('4.0%', '62%', '99.9%', '100%', '0%')
    """
    if percents in (0, 100):
        return f"{percents:.0f}%"
    tenths = min(max(percents, 0.1), 99.9)
    return f"{tenths:.1f}%" if tenths < 10 or tenths > 90 else f"{tenths:.0f}%"


def on(day: date) -> str:
    """Write a day.

    >>> on(date(2014, 10, 1))
    '1 Oct 2014'
    """
    return f"{day.day} {day:%b %Y}"


def many(count: int, one: str, several: str | None = None) -> str:
    """Count things.

    >>> many(1, "person", "people"), many(1200, "reaction")
    ('1 person', '1,200 reactions')
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"
