"""What a record says: who acts on whom.

=======================  ========  ============================================  =================
collection               reaction  target: the account of                        content
=======================  ========  ============================================  =================
app.bsky.feed.like       like      ``subject``                                   ``subject``
app.bsky.feed.repost     repost    ``subject``                                   ``subject``
app.bsky.graph.follow    follow    ``subject``
app.bsky.feed.post       reply     ``reply.parent`` (``root`` is mostly another)  ``reply.parent``
app.bsky.feed.post       quote     ``embed.record``, or its ``record`` if media   the quoted post
                                   are with it
app.bsky.feed.post       mention   each account in ``facets``, once
=======================  ========  ============================================  =================

Likes and reposts go to feeds, lists and labelers as well; only posts count. Posts are about their
hashtags: those in ``facets``, and ``tags``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from features.sources.bluesky.operations import Object, text

POSTS = "app.bsky.feed.post"
TAG = "app.bsky.richtext.facet#tag"
PROFILES = "app.bsky.actor.profile"
HIDDEN = "!no-unauthenticated"
"""A label by which somebody asks not to be shown to whoever is not signed in."""

TO_ONESELF = "to oneself"
TO_NO_POST = "to what is no post"
TO_A_NAME = "to a handle, not to a DID"

DID = r"did:[a-z]+:[A-Za-z0-9._:%-]*[A-Za-z0-9._-]"
NSID = r"[A-Za-z0-9.-]+"
KEY = r"[A-Za-z0-9._~:-]+"
"""How accounts, collections and the keys of records are written."""

is_address = re.compile(rf"at://{DID}/{NSID}/{KEY}").fullmatch
"""Matches the address of a record whose account is a DID."""

_IS_DID = re.compile(DID).fullmatch
_URI = re.compile(rf"at://(?:({DID})|[A-Za-z0-9.-]+)/({NSID})/{KEY}").fullmatch
_TIME = re.compile(
    r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(?:\.\d{1,20})?(?:Z|(?!-00:00)[+-][0-2]\d:[0-5]\d)",
    re.ASCII,
).fullmatch


class Act(NamedTuple):
    """A reaction that a record is: to whom, and to which content."""

    reaction: str
    target: str
    content: str | None


Said = Act | str
"""An act, or why there is none."""


def said(collection: str, author: str, record: Any) -> Iterator[Said]:
    """Read what a record of one of `COLLECTIONS` says.

    Raises
    ------
    ValueError, TypeError
        If the record is not of its collection's form: whoever shows the network leaves it out.
    """
    if not isinstance(record, dict):
        raise TypeError("record: expected an object")
    if (given := record.get("$type")) != collection:
        raise ValueError(f"$type: {str(given)[:80]!r} in a collection of {collection}")
    if not isinstance(at := record.get("createdAt"), str) or not _TIME(at):
        raise ValueError(f"createdAt: {str(at)[:40]!r} is no time of the AT protocol")
    for found in COLLECTIONS[collection](record):
        is_own = isinstance(found, Act) and found.target == author
        yield TO_ONESELF if is_own else found


def _like(record: Object) -> list[Said]:
    return [_to_post("like", _part(record, "subject"), "subject")]


def _repost(record: Object) -> list[Said]:
    return [_to_post("repost", _part(record, "subject"), "subject")]


def _follow(record: Object) -> list[Said]:
    return [Act("follow", _did(record.get("subject"), "subject"), None)]


def _post(record: Object) -> list[Said]:
    if not isinstance(record.get("text"), str):
        raise TypeError("text: expected a text")
    found: list[Said] = []
    if "reply" in record:
        reply = _part(record, "reply")
        _to_post("reply", _part(reply, "root"), "reply.root")
        found.append(_to_post("reply", _part(reply, "parent"), "reply.parent"))
    if "embed" in record:
        found += _quotes(_part(record, "embed"))
    if "facets" in record:
        found += [Act("mention", did, None) for did in dict.fromkeys(_mentioned(record["facets"]))]
    return found


def _quotes(embed: Object) -> list[Said]:
    kind = text(embed.get("$type"), "embed.$type")
    if kind == "app.bsky.embed.record":
        return [_to_post("quote", _part(embed, "record"), "embed.record")]
    if kind == "app.bsky.embed.recordWithMedia":
        record = _part(_part(embed, "record"), "record")
        return [_to_post("quote", record, "embed.record.record")]
    return []


def _mentioned(facets: Any) -> Iterator[str]:
    for facet in _objects(facets, "facets"):
        for feature in _objects(facet.get("features"), "facets.features"):
            if feature.get("$type") == "app.bsky.richtext.facet#mention":
                yield _did(feature.get("did"), "facets.features.did")


def _to_post(reaction: str, subject: Object, name: str) -> Said:
    uri = subject.get("uri")
    match = _URI(uri) if isinstance(uri, str) else None
    if match is None:
        raise ValueError(f"{name}.uri: {str(uri)[:80]!r} is no address of a record")
    target, collection = match.groups()
    if collection != POSTS:
        return TO_NO_POST
    return TO_A_NAME if target is None else Act(reaction, target, uri)


def _part(of: Object, name: str) -> Object:
    if not isinstance(found := of.get(name), dict):
        raise TypeError(f"{name}: expected an object")
    return found


def _objects(value: Any, name: str) -> list[Object]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(f"{name}: expected a list of objects")
    return value


def _did(value: Any, name: str) -> str:
    if not isinstance(value, str) or not _IS_DID(value):
        raise ValueError(f"{name}: {str(value)[:80]!r} is no DID")
    return value


def tags_of(post: Object) -> list[str]:
    """Name the hashtags of a post, in its text or beside it, each once; others hold none."""
    found = [tag for facet in _some(post.get("facets")) for tag in _some(_get(facet, "features"))]
    tags = [_get(each, "tag") for each in found if _get(each, "$type") == TAG]
    every = (*tags, *_some(post.get("tags")))
    return list(dict.fromkeys(tag for tag in every if isinstance(tag, str) and tag))


def _some(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _get(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, dict) else None


def display_name(profile: Any) -> str | None:
    """Read what somebody calls itself; None if that is nothing."""
    name = profile.get("displayName") if isinstance(profile, dict) else None
    return (name.strip() or None) if isinstance(name, str) else None


def is_hidden(profile: Any) -> bool:
    """Tell whether a profile asks not to be shown to everybody."""
    labels = profile.get("labels") if isinstance(profile, dict) else None
    values = labels.get("values") if isinstance(labels, dict) else None
    given = values if isinstance(values, list) else []
    return any(isinstance(each, dict) and each.get("val") == HIDDEN for each in given)


COLLECTIONS: dict[str, Callable[[Object], list[Said]]] = {
    "app.bsky.feed.like": _like,
    "app.bsky.feed.repost": _repost,
    "app.bsky.graph.follow": _follow,
    POSTS: _post,
}
"""Collections whose records act on somebody or are contents."""
