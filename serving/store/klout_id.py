"""The number that stands for a person in the Klout API v2."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

BITS = 63
"""As many as a signed integer of a database has above zero.

Of a million persons two get the same number with a chance of 1 in 20 million: n² / 2⁶⁴.
"""


def klout_id(person: str, attempt: int = 0) -> int:
    """Derive a person's number, from 1 to 2⁶³ - 1: always the same for the same id.

    >>> klout_id("ann"), klout_id("ann", attempt=1)
    (953319920708613031, 7165318290127891311)
    """
    # No id that is kept holds a NUL, so nobody else's text is the same.
    text = person if not attempt else f"{person}\0{attempt}"
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    number: int = int.from_bytes(digest, "big") % (2**BITS - 1)
    return number + 1


def klout_ids(persons: Iterable[str], taken: Iterable[int]) -> list[int]:
    """Derive numbers that nobody else has; who comes later gives way and tries the next.

    Parameters
    ----------
    taken
        Numbers of others.
    """
    used, found = set(taken), []
    for person in persons:
        attempt = 0
        while (number := klout_id(person, attempt)) in used:
            attempt += 1
        used.add(number)
        found.append(number)
    return found
