"""Refusing a request: one way to say which field is wrong, and why.

Every refusal is a pydantic ``ValidationError``, whether a schema or our own code found the fault:
BentoML answers that with 400, and `serving.http.api.problems` puts it in words.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import NoReturn

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

RequestPath = tuple[str | int, ...]
"""Where in the request: names and list positions, outermost first."""

_SHORT = reprlib.Repr()
_SHORT.maxstring = 80


def refuse(place: RequestPath, reason: str) -> NoReturn:
    """Refuse the request because of the value at a place.

    Raises
    ------
    ValidationError
        Always. Raised inside a validator, the place is relative to the value it validates.
    """
    # Braces would be read as a template.
    error = PydanticCustomError("refused", "{reason}", {"reason": reason})
    details = InitErrorDetails(type=error, loc=place, input=None)
    raise ValidationError.from_exception_data("request", [details])


def shown(value: object) -> str:
    """Repeat a value in a message, shortened if it is long."""
    return _SHORT.repr(value)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Name up to three of the known names that look most like ``name``.

    >>> nearest("twitter.folowers", ["twitter.followers", "wikipedia.pagerank"])
    ['twitter.followers']
    """
    return difflib.get_close_matches(name[:100], list(known), n=3, cutoff=0.5)
