"""Archives of X (Twitter) accounts, as its "Download an archive" gives them: a zip, or its folder.

Tweets are in ``data/tweets.js`` and its parts (``tweets-part1.js`` …; in 2019 ``tweet.js``;
``community-tweet.js``), in archives until 2018 in ``data/js/tweets/2012_01.js``, a file a month.
All are JavaScript that gives a list a name. Numbers are texts.

===========================  ==========================================  ========================
tweet                        reaction, actor → target                    content
===========================  ==========================================  ========================
begins with ``RT @name``     retweet, the account → name
``in_reply_to_screen_name``  reply, the account → name                   the tweet replied to
``entities.user_mentions``   mention, the account → each but who is
                             replied to
===========================  ==========================================  ========================

- A retweet is told by its text, or by ``retweeted_status`` in old files: the flag ``retweeted`` is
  false on all of them. It is no content of the account's, and its counts are the original's.
- ``favorite_count`` and ``retweet_count`` are tallies of when the archive was made: ``--day``, or
  what its manifest says (or ``payload_details.js``), else its latest tweet.
- Hashtags (``entities.hashtags``) are topics of the account's own tweets.
- Accounts are screen names in lower case: retweets by text and links name nothing else.
- ``like.js`` names neither whose a tweet is nor when it was liked: counted and left out. Deleted
  tweets, messages and lists of contacts are not read.
- Parts that the manifest (or ``tweet_index.js``) names and that are not there are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from features.errors import KloutError
from features.lake import Piece
from features.lake.times import midnight
from features.sources.archive_rows import ArchiveRows
from features.sources.archives import Archive, utc
from features.sources.glance import Glance, Known
from features.sources.json_objects import Object, text_of, texts_of
from features.sources.reader import Options, Reader

NETWORK = "twitter"

PARTS = r"(?:community-)?tweets?(?:-part\d+)?\.js"
MONTHS = r"tweets/\d{4}_\d{2}\.js"
OPENING = r"^[^\[]*=\s*\["
LIKES = r"like(?:-part\d+)?\.js"

UNTIMED = "likes given: the archive says neither when nor to whom"
FORMS = ("%a %b %d %H:%M:%S %z %Y", "%Y-%m-%d %H:%M:%S %z")
TALLIED = {"favorite_count": "like", "retweet_count": "retweet"}
MOST_NAMED = 10

_RETWEET = re.compile(r"RT @(\w{1,15})\b")
_PART = re.compile(r"(.*?)(?:-part(\d+))?\.js")


def _tweet_files(archive: Archive) -> list[str]:
    found = [*archive.find(PARTS), *archive.find(MONTHS)]
    if not found:
        raise KloutError(f"{archive.path}: no data/tweets.js here, nor data/js/tweets/2012_01.js")
    return found


def _files(path: Path) -> list[Path]:
    names = _tweet_files(Archive(path))
    return [path / name for name in names] if path.is_dir() else [path]


def _read(path: Path, options: Options) -> Iterator[Piece]:
    archive = Archive(path)
    files, me = _tweet_files(archive), _account(archive)
    said = midnight(options.day) if options.day else _said(archive)
    at = archive.made_at(said, said or _latest(archive, files))
    for name in files:
        rows = ArchiveRows(NETWORK, archive.named(name), me, at)
        for number, item in archive.items(name, OPENING):
            _take(number, item, rows)
            yield from rows.pieces_if_many()
        if name == files[-1]:
            likes = archive.find(LIKES)
            rows.left_out[UNTIMED] += sum(1 for e in likes for _ in archive.items(e, OPENING))
        yield from rows.pieces()


def _take(number: int, item: Any, rows: ArchiveRows) -> None:
    """Make of a tweet what it is: a retweet, or a content with whom it replies to and mentions."""
    tweet = _tweet(item)
    name, at = _id(tweet, "id"), _time(tweet)
    if name is None or at is None:
        why = "no tweet: no id" if name is None else "created_at: missing or no time"
        rows.refuse(number, why, item)
        return
    if (of := _retweeted(tweet)) is not None:
        original = tweet.get("retweeted_status")
        content = _id(original, "id") if isinstance(original, dict) else None
        rows.act(number, "retweet", of, content, at, name)
        return
    rows.content(number, name, "tweet", at)
    rows.about(number, name, texts_of(tweet, "entities", "hashtags", "text"), rows.me)
    for count, reaction in TALLIED.items():
        if (total := text_of(tweet.get(count))) is not None:
            rows.tally(number, name, reaction, total, at)
    replied = _name(tweet.get("in_reply_to_screen_name"))
    if replied:
        rows.act(number, "reply", replied, _id(tweet, "in_reply_to_status_id"), at, name)
    mentioned = map(str.lower, texts_of(tweet, "entities", "user_mentions", "screen_name"))
    for who in dict.fromkeys(mentioned):
        if who != replied:
            rows.act(number, "mention", who, None, at, name)


def _tweet(item: Any) -> Object:
    """Take a tweet out of what wraps it, in all files but the oldest."""
    found = item.get("tweet", item) if isinstance(item, dict) else {}
    return found if isinstance(found, dict) else {}


def _id(of: Object, name: str) -> str | None:
    """Give an id: the text, since as a number it may have lost its last digits."""
    return text_of(of.get(f"{name}_str")) or text_of(of.get(name))


def _time(tweet: Object) -> datetime | None:
    found = (utc(tweet.get("created_at"), form) for form in FORMS)
    return next((at for at in found if at is not None), None)


def _name(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) and value else None


def _retweeted(tweet: Object) -> str | None:
    """Name whose tweet was retweeted; None: it is none."""
    original = tweet.get("retweeted_status")
    if isinstance(original, dict) and isinstance(user := original.get("user"), dict):
        return _name(user.get("screen_name"))
    match = _RETWEET.match(text_of(tweet.get("full_text")) or text_of(tweet.get("text")) or "")
    return match[1].lower() if match else None


def _account(archive: Archive) -> str:
    """Name whose archive it is.

    Raises
    ------
    KloutError
        If no file says so.
    """
    for pattern, place in (
        (r"account\.js", (0, "account", "username")),
        (r"manifest\.js", ("userInfo", "userName")),
        (r"user_details\.js", ("screen_name",)),
    ):
        for name in archive.find(pattern):
            if found := _name(_within(archive.value(name), *place)):
                return found
    raise KloutError(
        f"{archive.path}: no data/account.js, manifest.js or user_details.js says whose it is"
    )


def _within(value: Any, *place: str | int) -> Any:
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _said(archive: Archive) -> datetime | None:
    """Say when the archive was made, if a file does."""
    for pattern, place, form in (
        (r"manifest\.js", ("archiveInfo", "generationDate"), None),
        (r"payload_details\.js", ("created_at",), FORMS[1]),
    ):
        for name in archive.find(pattern):
            if (at := utc(_within(archive.value(name), *place), form)) is not None:
                return at
    return None


def _latest(archive: Archive, files: list[str]) -> datetime | None:
    every = (_time(_tweet(item)) for name in files for _, item in archive.items(name, OPENING))
    return max((at for at in every if at is not None), default=None)


def _missing(path: Path) -> list[str]:
    """Name the parts that should be there, in a sentence."""
    archive = Archive(path)
    there = {PurePosixPath(name).name for name in _tweet_files(archive)}
    lacking = [name for name in _listed(archive, there) if PurePosixPath(name).name not in there]
    if not lacking:
        return []
    more = len(lacking) - MOST_NAMED
    named = ", ".join(lacking[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
    return [f"{path}: of the archive {len(lacking):,} files of tweets are missing: {named}"]


def _listed(archive: Archive, there: set[str]) -> list[str]:
    """List the files of tweets that an archive says it has, or whose number says that they were."""
    for name in archive.find(r"manifest\.js"):
        types = _within(archive.value(name), "dataTypes")
        kinds = types.items() if isinstance(types, dict) else ()
        files = [
            _within(of, "files")
            for kind, of in kinds
            if kind in ("tweets", "tweet", "communityTweet")
        ]
        named = [_within(f, "fileName") for each in files if isinstance(each, list) for f in each]
        return [name for name in named if isinstance(name, str)]
    for name in archive.find(r"tweet_index\.js"):
        months = archive.value(name)
        named = [_within(m, "file_name") for m in months] if isinstance(months, list) else []
        return [name for name in named if isinstance(name, str)]
    return list(_numbered(there))


def _numbered(there: set[str]) -> Iterator[str]:
    """Name the parts up to the last of each series."""
    last: dict[str, int] = {}
    for name in there:
        if match := _PART.fullmatch(name):
            last[match[1]] = max(last.get(match[1], 0), int(match[2] or 0))
    for series, most in sorted(last.items()):
        yield from (f"{series}-part{n}.js" if n else f"{series}.js" for n in range(most + 1))


def _knows(seen: Glance) -> Known | None:
    if not seen.is_folder:
        return None
    tweets = [name for name in seen.names if re.fullmatch(PARTS, name)]
    months = [name for name in seen.names if re.fullmatch(r"\d{4}_\d{2}\.js", name)]
    begins = seen.head(tweets[0] if tweets else months[0])[:200] if tweets or months else b""
    if b"window.YTD." not in begins and b"Grailbird.data." not in begins:
        return None
    return Known("an archive of an X account", reads_zip=True)


XARCHIVE = Reader(
    "xarchive",
    "an X (Twitter) account's archive (zip or folder): network twitter, with tallies",
    _files,
    _read,
    networks=(NETWORK,),
    remarks=_missing,
    knows=_knows,
)
