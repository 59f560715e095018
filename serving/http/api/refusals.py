"""Answers that are errors, raised from wherever the reason is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

from starlette.responses import Response

from serving.http.api.problems import problem

BodyT = TypeVar("BodyT")

RETRY_S = 30
"""After so many seconds it is worth asking again while no day is published."""
NO_STORE = "the store does not answer"
EXPLANATIONS = "explanations"
"""What is scarce where too many are asked for."""


@dataclass(eq=False)
class Refused(Exception):  # noqa: N818 (a request is refused, which is no fault of the program)
    """A request that gets an error for an answer.

    Attributes
    ----------
    status
        Of HTTP, from 400 on.
    detail
        Why.
    blamed
        The field to blame, if one is.
    headers
        Sent with it.
    scarce
        What there was not enough of, if that is why: logged and counted.
    """

    status: int
    detail: str
    blamed: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    scarce: str | None = None

    def answer(self) -> Response:
        """Put it as problem details."""
        made = problem(self.status, self.detail, self.blamed)
        made.headers.update(self.headers)
        return made


def started_with(given: BodyT | None, what: str) -> BodyT:
    """Return what the server was started with.

    Raises
    ------
    Refused
        404 if it was given none.
    """
    if given is None:
        raise Refused(HTTPStatus.NOT_FOUND, f"this server was started without {what}")
    return given


def nobody(blamed: str) -> Refused:
    """Say that there is no such person: nobody tells one that never was from one that left."""
    return Refused(HTTPStatus.NOT_FOUND, "no person with a score is known by this name", blamed)


def unavailable(detail: str, after_s: int = RETRY_S, scarce: str | None = None) -> Refused:
    """Say that it may work later."""
    headers = {"Retry-After": str(after_s)}
    return Refused(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=headers, scarce=scarce)


def too_many() -> Refused:
    """Say that more explanations are asked for than can be computed, by all or by one."""
    return unavailable("too many explanations are being computed", scarce=EXPLANATIONS)
