"""Bluesky: who liked, reposted, answered and quoted somebody's posts, by the public AppView.

A like has its time there. A repost has none, and is given that of the post. Neither has an address,
so their ids say what they are; answers, quotes and the mentions within have the ids that
`features.sources.bluesky` gives them. Whoever left is counted by the AppView, but not listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from features.errors import KloutError, printable
from features.lake.times import moment
from features.scanning.answers import Part
from features.scanning.client import Client
from features.scanning.found import Found, Profile, Reaction, Wanted
from features.sources.bluesky.folding import BEGAN
from features.sources.bluesky.records import HIDDEN, POSTS, Act, said

NETWORK = "bluesky"
PUBLIC = "https://public.api.bsky.app"

_PAGE = 100
"""The most that the API gives at once."""
_DEEP = {"depth": 1, "parentHeight": 0}
"""Of a thread: the direct answers alone."""


def server_of(_account: str) -> str:
    """Give the server to ask where none is given."""
    return PUBLIC


def find(client: Client, wanted: Wanted) -> Profile:
    """Find somebody's account (a DID), and what there is of it.

    Raises
    ------
    KloutError
        If there is no such account, or it asks not to be shown to whoever is not signed in.
    """
    profile = _ask(client, "app.bsky.actor.getProfile", {"actor": wanted.account.lstrip("@")})
    labels = profile.parts("labels") if profile.has("labels") else ()
    if HIDDEN in [label.get("val") for label in labels] and not wanted.is_own:
        raise KloutError(
            f"{wanted.account} asks not to be shown to whoever is not signed in ({HIDDEN}): "
            "nothing is read; if the account is your own, say --own"
        )
    did, followers = profile.text("did"), profile.count("followersCount")
    return Profile(did, followers, _posts(client, did, wanted))


def _posts(client: Client, did: str, wanted: Wanted) -> Iterator[Found]:
    for item in _pages(client, "app.bsky.feed.getAuthorFeed", "feed", {"actor": did}):
        post = item.part("post")
        # A repost stands in the feed by its own time.
        is_repost = item.has("reason")
        at = _time(item.part("reason") if is_repost else post)
        if at.date() < wanted.since:
            return
        if not is_repost and wanted.has(at):
            yield _reactions(client, did, post, at)


def _reactions(client: Client, did: str, post: Part, at: datetime) -> Found:
    """Find all reactions to a post; for what it has none of nobody is asked."""
    uri = post.text("uri")
    found = Found(uri, "post", at)

    def listed(count: str, method: str, name: str) -> Iterator[Part]:
        if counted := post.count(count):
            parts = list(_pages(client, method, name, {"uri": uri}))
            found.hidden(counted - len(parts))
            yield from parts

    for like in listed("likeCount", "app.bsky.feed.getLikes", "likes"):
        actor = like.part("actor").text("did")
        found.reactions.append(Reaction("like", actor, uri, _time(like)))
    for person in listed("repostCount", "app.bsky.feed.getRepostedBy", "repostedBy"):
        found.reactions.append(Reaction("repost", person.text("did"), uri, at))
    for quote in listed("quoteCount", "app.bsky.feed.getQuotes", "posts"):
        found.reactions += _acts(did, quote)
    if counted := post.count("replyCount"):
        answers = _answers(client, uri)
        found.hidden(counted - len(answers))
        found.reactions += [act for answer in answers for act in _acts(did, answer)]
    return found


def _answers(client: Client, uri: str) -> list[Part]:
    """List the direct answers to a post, but those that are gone or blocked."""
    thread = _ask(client, "app.bsky.feed.getPostThread", {"uri": uri, **_DEEP}).part("thread")
    answers = thread.parts("replies") if thread.has("replies") else ()
    return [answer.part("post") for answer in answers if answer.has("post")]


def _acts(did: str, post: Part) -> Iterator[Reaction]:
    """Take what somebody's post says to the person; nothing, if it is of no form."""
    author, record = post.part("author").text("did"), post.part("record").value
    try:
        acts = [each for each in said(POSTS, author, record) if isinstance(each, Act)]
    except ValueError:
        return
    at, uri = _time(post), post.text("uri")
    for act in acts:
        if act.target == did:
            yield Reaction(act.reaction, author, act.content, at, uri)


def _time(of: Part) -> datetime:
    """Say when it happened: as whoever wrote it says, but not after it was seen."""
    seen = moment(of.text("indexedAt"))
    if seen is None:
        raise KloutError(f"{of.where}.indexedAt: expected a time, got {of.text('indexedAt')!r:.60}")
    created = of.get("createdAt") or (of.get("record") or {}).get("createdAt")
    said_at = moment(created) if isinstance(created, str) else None
    return max(BEGAN, min(said_at or seen, seen))


def _pages(client: Client, method: str, name: str, params: dict[str, str | int]) -> Iterator[Part]:
    """Go through a list, page by page, until there is no cursor."""
    cursor: dict[str, str | int] = {}
    while True:
        page = _ask(client, method, {**params, "limit": _PAGE, **cursor})
        yield from page.parts(name)
        # A page may be empty, of people who are not shown, and not the last.
        if not page.has("cursor") or cursor == {"cursor": page.text("cursor")}:
            return
        cursor = {"cursor": page.text("cursor")}


def _ask(client: Client, method: str, params: dict[str, str | int]) -> Part:
    answer = client.get(f"/xrpc/{method}", params)
    if not answer.is_ok:
        error = Part(answer.body, method)
        why = f"{error.get('error')}: {error.get('message')}"
        asked = next(iter(params.values()))
        raise KloutError(f"{client.base} says of {asked}: {answer.status}, {printable(why)[:200]}")
    return Part(answer.body, f"{client.base}/xrpc/{method}")
