"""Mastodon: who favourited, boosted and answered somebody's posts, as the person's server says.

A server knows of reactions that came to it. Who favourited or boosted is listed without times: they
are given that of the post. Direct messages and posts to followers are not there to be read.

Who has not opted into being found (``discoverable``, ``indexable``), or out of being indexed
(``noindex``), is not read, except by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from features.errors import KloutError, printable
from features.lake.times import moment
from features.scanning.answers import Part
from features.scanning.client import Answer, Client
from features.scanning.found import Found, Profile, Reaction, Wanted

NETWORK = "mastodon"

_ACCOUNT = re.compile(r"@?([\w.-]+)(?:@([\w.:-]+))?").fullmatch
_PEOPLE, _POSTS = 80, 40
"""The most that the API gives at once."""
_FOR, _AGAINST = ("discoverable", "indexable"), ("noindex",)
"""Flags that must be set, and that must not be. One that a server does not know says nothing."""


def server_of(account: str) -> str:
    """Give the server to ask where none is given: the account's own.

    >>> server_of("@ann@example.social")
    'https://example.social'
    """
    match = _ACCOUNT(account)
    if match is None or match[2] is None:
        raise KloutError(f"{account!r}: expected an account as name@server, or --url")
    return f"https://{match[2]}"


def find(client: Client, wanted: Wanted) -> Profile:
    """Find somebody's account (``name@server``), and what there is of it.

    Raises
    ------
    KloutError
        If there is no such account, or its flags ask programs to leave it alone.
    """
    if (match := _ACCOUNT(wanted.account)) is None:
        raise KloutError(f"{wanted.account!r}: expected an account as name@server")
    host = urlsplit(client.base).netloc
    name = match[1] if match[2] in (None, host) else f"{match[1]}@{match[2]}"
    profile = _ask(client, "/api/v1/accounts/lookup", {"acct": name})
    against = [flag for flag in _FOR if flag in profile.value and not profile.get(flag)]
    against += [flag for flag in _AGAINST if profile.get(flag)]
    if against and not wanted.is_own:
        raise KloutError(
            f"{wanted.account} does not agree to be found by programs ({', '.join(against)}): "
            "nothing is read; if the account is your own, say --own"
        )
    followers = profile.count("followers_count")
    return Profile(account_of(profile, client.base), followers, _posts(client, profile, wanted))


def account_of(profile: Part, base: str) -> str:
    """Give the account as ``name@server``, which is the same on all servers."""
    acct = profile.text("acct")
    return acct if "@" in acct else f"{acct}@{urlsplit(base).netloc}"


def _posts(client: Client, profile: Part, wanted: Wanted) -> Iterator[Found]:
    path = f"/api/v1/accounts/{profile.text('id')}/statuses"
    me = account_of(profile, client.base)
    for post in _pages(client, path, {"limit": _POSTS, "exclude_reblogs": "true"}):
        at = _time(post)
        if at.date() < wanted.since:
            return
        if not post.has("reblog") and wanted.has(at):
            yield _reactions(client, me, post, at)


def _reactions(client: Client, me: str, post: Part, at: datetime) -> Found:
    """Find all reactions to a post; for what it has none of nobody is asked."""
    uri, path = post.text("uri"), f"/api/v1/statuses/{post.text('id')}"
    found = Found(uri, "post", at)

    def listed(count: str, by: str) -> Iterator[str]:
        if counted := post.count(count):
            people = list(_pages(client, f"{path}/{by}", {"limit": _PEOPLE}))
            found.hidden(counted - len(people))
            yield from (account_of(each, client.base) for each in people)

    for actor in listed("favourites_count", "favourited_by"):
        found.reactions.append(Reaction("favourite", actor, uri, at))
    for actor in listed("reblogs_count", "reblogged_by"):
        found.reactions.append(Reaction("boost", actor, uri, at))
    if counted := post.count("replies_count"):
        below = _ask(client, f"{path}/context", {}).parts("descendants")
        answers = [each for each in below if each.get("in_reply_to_id") == post.text("id")]
        found.hidden(counted - len(answers))
        for answer in answers:
            found.reactions += _acts(answer, me, uri, client.base)
    return found


def _acts(answer: Part, me: str, uri: str, base: str) -> Iterator[Reaction]:
    """Take an answer as one, and as a mention if it names the person."""
    actor, at, name = account_of(answer.part("account"), base), _time(answer), answer.text("uri")
    yield Reaction("reply", actor, uri, at, name)
    mentions = answer.parts("mentions") if answer.has("mentions") else ()
    if me in [account_of(each, base) for each in mentions]:
        yield Reaction("mention", actor, None, at, name)


def _time(of: Part) -> datetime:
    if (at := moment(said := of.text("created_at"))) is None:
        raise KloutError(f"{of.where}.created_at: expected a time, got {said[:60]!r}")
    return at


def _pages(client: Client, path: str, params: dict[str, str | int]) -> Iterator[Part]:
    """Go through a list, page by page, as the header ``Link`` leads."""
    more: dict[str, str] | None = {}
    while more is not None:
        before, answer = more, _answer(client, path, {**params, **more})
        yield from Part(answer.body, f"{client.base}{path}").parts()
        more = None if answer.next == before else answer.next


def _ask(client: Client, path: str, params: dict[str, str | int]) -> Part:
    """Ask for what is one object."""
    return Part(_answer(client, path, params).body, f"{client.base}{path}")


def _answer(client: Client, path: str, params: dict[str, str | int]) -> Answer:
    answer = client.get(path, params)
    if not answer.is_ok:
        asked = f" of {params['acct']}" if "acct" in params else ""
        why = printable(str(Part(answer.body, path).get("error")))[:200]
        raise KloutError(f"{client.base}{path} says{asked}: {answer.status}, {why}")
    return answer
