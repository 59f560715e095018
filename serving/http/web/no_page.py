"""Why there is no page."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from serving.http.api.refusals import EXPLANATIONS


class Refusal(Exception):  # noqa: N818 (it names what happened)
    """A page cannot be shown. The message is a sentence that everybody may read.

    Attributes
    ----------
    status, title
        Of the page that says so.
    headers
        Sent with it.
    scarce
        What there was not enough of, if that is why.
    """

    status = HTTPStatus.BAD_REQUEST
    title = "That cannot be asked"
    headers: Mapping[str, str] = {}
    scarce: str | None = None


class Missing(Refusal):
    """There is no such person, network or page."""

    status = HTTPStatus.NOT_FOUND
    title = "Not found"


class Closed(Refusal):
    """Nothing is published, or too much is asked at once."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Not just now"


class Crowded(Closed):
    """Too many explanations are asked for at once."""

    scarce = EXPLANATIONS

    def __init__(self) -> None:
        super().__init__("Too many explanations are being worked out. Try again in a minute.")


class Locked(Refusal):
    """No key came that is for reading.

    Also where one came that is for something else: on 403 a browser would not ask for another.
    """

    status = HTTPStatus.UNAUTHORIZED
    title = "A key is needed"
    headers: Mapping[str, str] = {
        "WWW-Authenticate": 'Basic realm="Klout Score: a key as the password", charset="UTF-8"'
    }


class Hurried(Refusal):
    """A key was used too often."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many pages a minute"

    def __init__(self, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__(reason)
        self.headers = headers
