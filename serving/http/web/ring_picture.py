"""A ring as a picture: inline SVG, without any script."""

from __future__ import annotations

from html import escape
from math import atan2, cos, degrees, pi, sin
from typing import Any

SIZE = 640
"""Units across; the picture is as wide as where it stands."""
RADIUS, RADIUS_NAMED = 300, 215
NODE = 9.0
NAMED = 32
"""Members up to which names stand in the picture; more would cover one another."""
LONGEST_NAME = 13
THINNEST, WIDEST = 0.6, 5.0
INKED = 120
"""Lines that may all be dark; of more, each is fainter."""

PicturePoint = tuple[float, float]


def circle(members: int) -> list[PicturePoint]:
    """Place so many on a circle of radius 1, from the top on, clockwise as SVG counts.

    >>> [(round(x), round(y)) for x, y in circle(4)]
    [(0, -1), (1, 0), (0, 1), (-1, 0)]
    """
    turns = [2 * pi * place / members - pi / 2 for place in range(members)]
    return [(cos(turn), sin(turn)) for turn in turns]


def printable(text: str) -> str:
    r"""Show what can't be seen, or would turn the writing around, by its number.

    >>> print(printable("bob\x1b[2J"))
    bob\u001b[2J
    """
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)


def safe(text: str) -> str:
    """Make any text harmless in HTML, also within quotes."""
    return escape(printable(text))


def draw(ring: dict[str, Any], name: str) -> str:
    """Draw a ring.

    Parameters
    ----------
    ring
        From `training.integrity.report.ring.Ring.as_dict`.
    name
        Prefix of the ids within the page, another for each picture.

    Returns
    -------
    str
        An ``svg`` element: members on a circle, coloured by step by the page's classes ``step-0``
        and ``step-25``; ties as wide as they are strong, dashed if in lockstep only.
    """
    named = len(ring["members"]) <= NAMED
    radius = RADIUS_NAMED if named else RADIUS
    points = [(radius * x, radius * y) for x, y in circle(len(ring["members"]))]
    most = max((_strength(tie) for tie in ring["ties"]), default=0)
    # The strongest come last, above the others.
    lines = [_line(tie, points, most) for tie in reversed(ring["ties"])]
    nodes = [_node(*pair) for pair in zip(ring["members"], points, strict=True)]
    names = zip(ring["members"], points, strict=True) if named else ()
    labels = [_label(member["account"], point) for member, point in names]
    half = SIZE // 2
    return "\n".join(
        [
            f'<svg viewBox="{-half} {-half} {SIZE} {SIZE}" role="img"'
            f' aria-labelledby="{name}-title {name}-desc">',
            f'<title id="{name}-title">{safe(title(ring))}</title>',
            f'<desc id="{name}-desc">{safe(describe(ring))}</desc>',
            f'<g stroke-opacity="{_opacity(len(lines)):.2f}">',
            *lines,
            "</g>",
            *nodes,
            *labels,
            "</svg>",
        ]
    )


def _number(count: int) -> str:
    return f"{count:,}" if count else "none"


def _opacity(lines: int) -> float:
    return min(0.8, max(0.35, 0.8 * INKED / max(lines, 1)))


def title(ring: dict[str, Any]) -> str:
    """Name a ring."""
    return f"{ring['accounts']:,} accounts of {ring['network']}"


def describe(ring: dict[str, Any]) -> str:
    """Tell in a sentence or two what the picture shows."""
    members, ties = ring["members"], ring["ties"]
    mutual = sum(tie["reactions"] > 0 for tie in ties)
    lockstep = sum(tie["shared"] > 0 for tie in ties)
    shown = "" if len(members) == ring["accounts"] else f"The {len(members)} with most ties. "
    pairs = len(members) * (len(members) - 1) // 2
    return (
        f"{shown}Of {pairs:,} pairs {_number(mutual)} react to each other"
        f" and {_number(lockstep)} are seen in lockstep."
    )


def _strength(tie: dict[str, Any]) -> int:
    return int(tie["reactions"] + tie["shared"])


def _line(tie: dict[str, Any], points: list[PicturePoint], most: int) -> str:
    (x1, y1), (x2, y2) = points[tie["one"]], points[tie["other"]]
    width = max(WIDEST * _strength(tie) / most, THINNEST)
    kind = "mutual" if tie["reactions"] else "lockstep"
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends} stroke-width="{width:.2f}"/>'


def _node(member: dict[str, Any], point: PicturePoint) -> str:
    step = step_class(member["authenticity"])
    said = (
        f"{member['account']}: {member['authenticity']:g}; {member['reasons'] or 'no reason kept'}"
    )
    place = f'cx="{point[0]:.1f}" cy="{point[1]:.1f}" r="{NODE:g}"'
    return f'<circle class="{step}" {place}><title>{safe(said)}</title></circle>'


def _label(account: str, point: PicturePoint) -> str:
    """Write a name outwards from its node, never upside down."""
    x, y = (coordinate * (RADIUS_NAMED + 2 * NODE) / RADIUS_NAMED for coordinate in point)
    right = x > -1e-6
    turn = degrees(atan2(y, x) if right else atan2(-y, -x))
    anchor = "start" if right else "end"
    short = account if len(account) <= LONGEST_NAME else account[: LONGEST_NAME - 1] + "…"
    place = f'transform="translate({x:.1f} {y:.1f}) rotate({turn:.1f})"'
    return f'<text {place} text-anchor="{anchor}" dy=".35em">{safe(short)}</text>'


def step_class(authenticity: float) -> str:
    """Name the class that colours a step: ``step-0``, ``step-25`` … ``step-100``."""
    return f"step-{round(100 * authenticity)}"
