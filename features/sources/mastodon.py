"""Archives of Mastodon accounts, as its "Request your archive" gives them: a zip, or its folder.

``outbox.json`` holds what the account did, ``actor.json`` who it is; ``likes.json`` names posts
that it liked, and not when, so it is counted and left out. Nobody who reacted is named in an
archive: since Mastodon 4.4 a post says how many favoured and boosted it, which are tallies.

==================  =========================================  =================================
activity            reaction, actor → target                   content
==================  =========================================  =================================
Announce            boost, the account → the post's author     the post
Create, inReplyTo   reply, the account → the post's author     the post
Create, Mention     mention, the account → who is mentioned
==================  =========================================  =================================

Accounts are ``name@server``. Whose a post is, its address says (``/users/NAME/``, ``/@NAME/``);
posts whose address does not, as Misskey's, are of nobody known. Posts that were not public are left
out: what was said in private is no influence. What is counted was so when the archive was made: on
``--day``, or as the zip's name says (``archive-20240102030405-….zip``), else at its latest post.

**Consent.** An account that is not to be found (``discoverable``: false) or not to be searched
(``indexable``: false) has no score and no page: it opted out, until ``klout optin``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from features.errors import KloutError
from features.lake import Piece
from features.lake.times import midnight
from features.sources.archive_rows import ArchiveRows
from features.sources.archives import Archive, utc
from features.sources.glance import Glance, Known
from features.sources.json_objects import Object, text_of
from features.sources.reader import Options, Reader

NETWORK = "mastodon"

PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
POSTS = frozenset({"Note", "Question", "Article", "Page", "Event", "Video", "Audio", "Image"})

OUTBOX, ACTOR, LIKES = "outbox.json", "actor.json", "likes.json"
ITEMS = r'"orderedItems"\s*:\s*\['

UNTIMED = "likes given: the archive does not say when"
PRIVATE = "not public"
UNKNOWN = "to posts whose author their address does not name"

TALLIED = {"likes": "favourite", "shares": "boost"}
CONSENT = ("discoverable", "indexable")
"""Flags of the account: false is a no, and nothing said is none."""

_AUTHOR = re.compile(r"/(?:users/|@|u/|profile/)([^/@]+)(?:/|$)")
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+(?=[\"'\s]|$)")
_MADE = re.compile(r"archive-(\d{14})-")


def _files(path: Path) -> list[Path]:
    archive = Archive(path)
    found = [archive.one(name, name) for name in (OUTBOX, ACTOR)]
    return [path / name for name in found] if path.is_dir() else [path]


def _read(path: Path, options: Options) -> Iterator[Piece]:
    archive = Archive(path)
    actor = archive.value(archive.one(ACTOR, ACTOR))
    me = account_of(actor.get("id") if isinstance(actor, dict) else None)
    outbox = archive.one(OUTBOX, OUTBOX)
    if me is None:
        raise KloutError(f"{archive.named(ACTOR)}: id: expected an account's address")
    said = midnight(options.day) if options.day else _said(path)
    at = archive.made_at(said, said or _latest(archive, outbox))
    rows = ArchiveRows(NETWORK, archive.named(outbox), me, at)
    for number, activity in archive.items(outbox, ITEMS):
        _take(number, activity, rows)
        yield from rows.pieces_if_many()
    rows.left_out[UNTIMED] += _likes(archive)
    yield from rows.pieces()
    name = (text_of(actor.get("name")) or "").strip()
    yield from rows.profile(archive.named(ACTOR), name, list(_links(actor)), at)
    if any(actor.get(flag) is False for flag in CONSENT):
        yield rows.opted_out(archive.named(ACTOR), at)


def _links(actor: Object) -> Iterator[str]:
    """Name the addresses in the fields of the account's profile, which it fills itself."""
    for each in _list(actor.get("attachment")):
        value = each.get("value") if isinstance(each, dict) else None
        yield from _ADDRESS.findall(value) if isinstance(value, str) else []


def _take(number: int, activity: Any, rows: ArchiveRows) -> None:
    """Make of an activity what it is."""
    kind = activity.get("type") if isinstance(activity, dict) else None
    if kind is None:
        rows.refuse(number, "no activity: no type", activity)
        return
    at, about = utc(activity.get("published")), activity.get("object")
    if kind not in ("Announce", "Create"):
        rows.left_out[f"{kind}"] += 1
    elif at is None:
        rows.refuse(
            number, f"published: {str(activity.get('published'))[:40]!r} is no time", activity
        )
    elif not _is_public(activity):
        rows.left_out[PRIVATE] += 1
    elif kind == "Announce":
        post = text_of(about.get("id")) if isinstance(about, dict) else text_of(about)
        _react(number, "boost", post, at, text_of(activity.get("id")), rows)
    elif isinstance(about, dict) and about.get("type") in POSTS and text_of(about.get("id")):
        _post(number, about, at, rows)
    else:
        rows.refuse(number, "Create: no post with an id", activity)


def _post(number: int, post: Object, at: datetime, rows: ArchiveRows) -> None:
    name = str(text_of(post["id"]))
    rows.content(number, name, "post", at)
    for part, reaction in TALLIED.items():
        counted = post.get(part)
        total = counted.get("totalItems") if isinstance(counted, dict) else None
        if total is not None:
            rows.tally(number, name, reaction, total, at)
    if answered := text_of(post.get("inReplyTo")):
        _react(number, "reply", answered, at, name, rows)
    rows.about(number, name, _hashtags(post), rows.me)
    for tag in _list(post.get("tag")):
        if isinstance(tag, dict) and tag.get("type") == "Mention":
            if who := _mentioned(tag, rows.me):
                rows.act(number, "mention", who, None, at, name)
            else:
                rows.left_out[UNKNOWN] += 1


def _react(
    number: int, reaction: str, post: str | None, at: datetime, name: str | None, rows: ArchiveRows
) -> None:
    if (author := account_of(post)) is None:
        rows.left_out[UNKNOWN] += 1
    else:
        rows.act(number, reaction, author, post, at, name)


def account_of(address: Any) -> str | None:
    """Name the account of an actor or of a post by its address; None if that does not say.

    >>> account_of("https://example.org/users/ann/statuses/1"), account_of("https://example.org/@bob")
    ('ann@example.org', 'bob@example.org')
    """
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
        found = _AUTHOR.match(parts.path) if parts and parts.netloc else None
    except ValueError:
        return None
    return f"{found[1]}@{parts.netloc}" if parts and found else None


def _mentioned(tag: Object, me: str) -> str | None:
    """Name who is mentioned: by its address, or as it is written, on this server if on none."""
    if (account := account_of(tag.get("href"))) is not None:
        return account
    name = (text_of(tag.get("name")) or "").removeprefix("@")
    return name if "@" in name or not name else f"{name}@{me.partition('@')[2]}"


def _hashtags(post: Object) -> Iterator[str]:
    """Name the hashtags of a post, without their sign."""
    for tag in _list(post.get("tag")):
        if isinstance(tag, dict) and tag.get("type") == "Hashtag":
            yield from filter(None, [(text_of(tag.get("name")) or "").removeprefix("#")])


def _is_public(activity: Object) -> bool:
    to = [*_list(activity.get("to")), *_list(activity.get("cc"))]
    return any(isinstance(each, str) and each in PUBLIC for each in to)


def _list(value: Any) -> list[Any]:
    """Take one as a list of it: JSON-LD knows no difference."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _said(path: Path) -> datetime | None:
    match = _MADE.match(path.name)
    found = utc(match[1], "%Y%m%d%H%M%S") if match else None
    return found.astimezone(UTC) if found else None


def _latest(archive: Archive, outbox: str) -> datetime | None:
    activities = (each for _, each in archive.items(outbox, ITEMS) if isinstance(each, dict))
    times = (utc(each.get("published")) for each in activities)
    return max((at for at in times if at is not None), default=None)


def _likes(archive: Archive) -> int:
    """Count the likes that were given; an archive need not have them."""
    return sum(1 for name in archive.find(LIKES) for _ in archive.items(name, ITEMS))


def _knows(seen: Glance) -> Known | None:
    if not seen.is_folder or not {OUTBOX, ACTOR} <= set(seen.names):
        return None
    return Known("an archive of a Mastodon account", reads_zip=True)


MASTODON = Reader(
    "mastodon",
    "a Mastodon account's archive (zip or folder): network mastodon, with tallies",
    _files,
    _read,
    named=False,
    networks=(NETWORK,),
    knows=_knows,
)
