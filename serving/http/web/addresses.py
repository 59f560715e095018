"""Addresses of pages. Ids are chosen by strangers, so each becomes one segment of a path."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request

PEOPLE = "/people"
TOPICS = "/topics"
SUBPAGES = ("integrity", "why", "moved", "raise", "moments", "ties")
"""What a person has pages of, beside its own."""

_DOTS = ("", ".", "..")
"""A browser takes these for steps in a path, however they are written."""


def person_url(person: str, page: str = "", **query: str | int) -> str:
    """Give the address of a person's page.

    >>> person_url("ann"), person_url("stackexchange:a/b", "why")
    ('/people/ann', '/people/stackexchange:a%2Fb/why')
    >>> person_url("..", "why", days=7)
    '/people?id=..&page=why&days=7'
    """
    if person in _DOTS:
        return f"{PEOPLE}?{urlencode({'id': person, **({'page': page} if page else {}), **query})}"
    path = f"{PEOPLE}/{quote(person, safe=':@')}{f'/{page}' if page else ''}"
    return f"{path}?{urlencode(query)}" if query else path


def asked(request: Request) -> tuple[str, str]:
    """Tell whom a page is of, and which of the person's pages it is ("" for the first).

    A slash of an id is written ``%2F``; one that is not counts as part of the id, too, unless
    what follows it is one of `SUBPAGES`.
    """
    if request.url.path.rstrip("/") == PEOPLE:
        page = request.query_params.get("page", "")
        return request.query_params.get("id", ""), page
    *parts, last = _raw(request).removeprefix(f"{PEOPLE}/").split("/")
    if parts and last in SUBPAGES:
        return _text("/".join(parts)), last
    return _text("/".join([*parts, last])), ""


def leaderboard_url(network: str | None = None, after: int = 0, around: str = "") -> str:
    """Give the address of a part of a leaderboard.

    >>> leaderboard_url(), leaderboard_url("twitter", 50), leaderboard_url(around="ann")
    ('/leaderboard', '/leaderboard?network=twitter&after=50', '/leaderboard?around=ann')
    """
    asked = {"network": network or "", "after": str(after or ""), "around": around}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"/leaderboard?{query}" if query else "/leaderboard"


def population_url(person: str = "") -> str:
    """Give the address of the population, with a person marked in it.

    >>> population_url("a&b")
    '/population?person=a%26b'
    """
    return f"/population?{urlencode({'person': person})}" if person else "/population"


def topics_url(words: str = "", after: int = 0) -> str:
    """Give the address of a part of the list of topics, or of those found.

    >>> topics_url(), topics_url("c++", 50)
    ('/topics', '/topics?q=c%2B%2B&after=50')
    """
    query = ({"q": words} if words else {}) | ({"after": str(after)} if after else {})
    return TOPICS + (f"?{urlencode(query)}" if query else "")


def topic_url(topic: str, after: int = 0) -> str:
    """Give the address of a topic's page.

    >>> topic_url("machine-learning"), topic_url("c++", 50), topic_url("..")
    ('/topics/machine-learning', '/topics/c%2B%2B?after=50', '/topics?topic=..')
    """
    more = {"after": str(after)} if after else {}
    if topic in _DOTS:
        return f"{TOPICS}?{urlencode({'topic': topic, **more})}"
    return f"{TOPICS}/{quote(topic, safe='')}" + (f"?{urlencode(more)}" if more else "")


def asked_topic(request: Request) -> str:
    """Tell which topic a page is of; "": none, it is the list."""
    if request.url.path.rstrip("/") == TOPICS:
        return request.query_params.get("topic", "")
    return _text(_raw(request).removeprefix(f"{TOPICS}/"))


def compare_url(people: list[str]) -> str:
    """Give the address of a comparison.

    >>> compare_url(["ann", "b&c"])
    '/compare?person=ann&person=b%26c'
    """
    pairs = urlencode([("person", each) for each in people])
    return f"/compare?{pairs}" if pairs else "/compare"


def _raw(request: Request) -> str:
    """Give the path as it was sent: the decoded one no longer tells ``%2F`` from a slash."""
    sent: bytes | None = request.scope.get("raw_path")
    return sent.decode("latin-1").partition("?")[0] if sent else quote(request.url.path)


def _text(quoted: str) -> str:
    return unquote(quoted, errors="replace")
