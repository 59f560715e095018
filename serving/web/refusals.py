"""Why there is no page."""

from __future__ import annotations

from http import HTTPStatus


class Refusal(Exception):  # noqa: N818 (it names what happened)
    """A page cannot be shown. The message is a sentence that everybody may read."""

    status = HTTPStatus.BAD_REQUEST
    title = "That cannot be asked"


class Missing(Refusal):
    """There is no such person, network or page."""

    status = HTTPStatus.NOT_FOUND
    title = "Not found"


class Closed(Refusal):
    """Nothing is published, or too much is asked at once."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Not just now"
