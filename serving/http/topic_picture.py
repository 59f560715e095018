"""A picture of a topic, drawn here: the first letters of its name on a colour."""

from __future__ import annotations

import zlib
from urllib.parse import quote
from xml.sax.saxutils import escape

from serving.store.publish_topics import plain_name

FOLDER = "/assets/topics/"
ENDING = ".svg"
_GROUNDS = ("#0b6b74", "#a3402c", "#5b4fa5", "#5d5d17", "#3d5a80", "#7a3b69", "#386641", "#5b6368")
"""White on each of them is read well: 4.5 to 1 at least."""
_LETTERS = 2


def picture_address(topic: str) -> str:
    """Give the address of a topic's picture, on this server.

    >>> picture_address("machine-learning"), picture_address("c++")
    ('/assets/topics/machine-learning.svg', '/assets/topics/c%2B%2B.svg')
    """
    return f"{FOLDER}{quote(topic, safe='')}{ENDING}"


def picture(topic: str) -> str:
    """Draw a topic, by its slug alone: the same one always looks the same.

    >>> "ML" in picture("machine-learning")
    True
    """
    first = [word[0] for word in plain_name(topic).split() if word[0].isprintable()]
    letters = escape("".join(first[:_LETTERS]).upper()[:_LETTERS])
    ground = _GROUNDS[zlib.crc32(topic.encode()) % len(_GROUNDS)]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="88" height="88" viewBox="0 0 88 88">'
        f'<rect width="88" height="88" rx="12" fill="{ground}"/>'
        '<text x="44" y="44" dy=".36em" fill="#fff" font-family="sans-serif" font-size="38" '
        f'font-weight="600" text-anchor="middle">{letters}</text></svg>'
    )
