"""Gnip's activities (PowerTrack, Historical PowerTrack): a JSON object a line, one for a tweet.

====================  =======================================  ==================================
activity              reaction, actor → target                 content
====================  =======================================  ==================================
share                 retweet, the actor → the author          the tweet that ``object`` is
post, inReplyTo       reply, the actor → the link's account    the tweet of the link
post, user_mentions   mention, the actor → each but who is
                      replied to
====================  =======================================  ==================================

Contents are the posts, also those that shares hold. Counts of a tweet (``retweetCount``,
``favoritesCount``) are 0 in its own activity, at whose instant it was made; in that of a share they
are the original's, so that each share is a reading of its tallies. Counters are the actor's
``followersCount`` and ``listedCount``, as of the activity. Topics are the hashtags of a tweet.

Accounts are screen names in lower case (``preferredUsername``), contents the digits of the id
(``tag:search.twitter.com,2005:N``). Of other verbs (delete) and publishers nothing is made.
``{"info": …}`` lines, with which an export ends, are left out.

**Klout's own score** was delivered with each activity until 2018 (``gnip.klout_score``, from 1 to
100): ``--labels FILE`` writes the last of each actor as ``person,label``, which
`klout train --labels` reads.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from features.lake import Piece
from features.sources.archives import utc
from features.sources.glance import Glance, Known
from features.sources.json_objects import (
    Block,
    Object,
    part_of,
    read_objects,
    text_of,
    texts_of,
)
from features.sources.labels import Label
from features.sources.reader import Options, Reader, one_file

NETWORK = "twitter"

INFO = "messages of the service"
ELSEWHERE = "of other services than Twitter"
UNNAMED = "of accounts without a name"
ENTITIES = "twitter_entities"
COUNTS = {"retweetCount": "retweet", "favoritesCount": "like"}
COUNTERS = {"followersCount": "followers", "listedCount": "lists"}

_ID = re.compile(r"(?:tag|object):search\.twitter\.com,2005:(\d+)")
_LINK = re.compile(r"https?://(?:www\.|mobile\.)?twitter\.com/(\w{1,15})/status(?:es)?/(\d+)")

_COLUMNS = {
    "interactions": ["reaction", "actor", "target", "content", "at", "id"],
    "contents": ["author", "content", "kind", "at"],
    "tallies": ["account", "content", "reaction", "value", "at"],
    "counters": ["account", "counter", "value", "at"],
    "topics": ["content", "topic", "author"],
}


@dataclass
class _Rows:
    """What is made of some activities.

    Attributes
    ----------
    new
        Authors and contents of which it is said that nobody had reacted when they were new.
    """

    of: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {table: [] for table in _COLUMNS}
    )
    left_out: Counter[str] = field(default_factory=Counter)
    new: set[tuple[str, str]] = field(default_factory=set)


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    for block in read_objects(path):
        yield from _pieces(path, block)


def _labels(path: Path) -> Iterator[Label]:
    for block in read_objects(path):
        for _, activity in block.objects():
            actor, at = _account(activity), utc(activity.get("postedTime"))
            score = _score(part_of(activity, "gnip").get("klout_score"))
            if actor is not None and at is not None and score is not None:
                yield Label(f"{NETWORK}:{actor}", score, at)


def _pieces(file: Path, block: Block) -> Iterator[Piece]:
    rows = _Rows()
    for number, activity in block.objects():
        try:
            _take(number, activity, rows)
        except ValueError as error:
            block.refuse(number, str(error), activity)
    for table, columns in _COLUMNS.items():
        schema: dict[str, Any] = {"row": pl.UInt64(), **dict.fromkeys(columns, pl.String())}
        frame = pl.DataFrame(rows.of[table], schema, orient="row")
        frame = frame.with_columns(network=pl.lit(NETWORK))
        if table == "interactions":
            frame = pl.concat([frame, block.refused("actor")], how="diagonal")
            yield Piece(table, frame, str(file), rows.left_out)
        elif len(frame):
            yield Piece(table, frame, str(file))


def _take(number: int, activity: Object, rows: _Rows) -> None:
    """Make of an activity what it is.

    Raises
    ------
    ValueError
        If it is none, with the reason.
    """
    if "info" in activity and "verb" not in activity:
        rows.left_out[INFO] += 1
        return
    verb = text_of(activity.get("verb"))
    if verb is None:
        raise ValueError("no verb: no activity of Gnip's")
    if verb not in ("post", "share"):
        rows.left_out[verb] += 1
        return
    if (name := _tweet(activity)) is None:
        rows.left_out[ELSEWHERE] += 1
        return
    actor, at = _account(activity), text_of(activity.get("postedTime"))
    if actor is None:
        rows.left_out[UNNAMED] += 1
        return
    _of_actor(number, activity, actor, at, rows)
    if verb == "share":
        _share(number, activity, actor, name, at, rows)
    else:
        _post(number, activity, actor, name, at, rows)


def _share(
    number: int, activity: Object, actor: str, name: str, at: str | None, rows: _Rows
) -> None:
    original = part_of(activity, "object")
    author, content = _account(original), _tweet(original)
    if author is None or content is None:
        rows.left_out[UNNAMED] += 1
        return
    rows.of["interactions"].append((number, "retweet", actor, author, content, at, name))
    posted, is_new = text_of(original.get("postedTime")), (author, content) not in rows.new
    rows.new.add((author, content))
    if is_new:
        rows.of["contents"].append((number, author, content, "tweet", posted))
        _about(number, original if ENTITIES in original else activity, content, author, rows)
    for count, reaction in COUNTS.items():
        total = text_of((original if count in original else activity).get(count))
        if total is not None:
            tally = (number, author, content, reaction)
            rows.of["tallies"] += [(*tally, "0", posted)] * is_new + [(*tally, total, at)]


def _post(
    number: int, activity: Object, actor: str, name: str, at: str | None, rows: _Rows
) -> None:
    rows.of["contents"].append((number, actor, name, "tweet", at))
    _about(number, activity, name, actor, rows)
    link = _LINK.match(text_of(part_of(activity, "inReplyTo").get("link")) or "")
    replied = link[1].lower() if link else None
    if link:
        rows.of["interactions"].append((number, "reply", actor, replied, link[2], at, name))
    mentioned = texts_of(activity, ENTITIES, "user_mentions", "screen_name")
    for who in dict.fromkeys(map(str.lower, mentioned)):
        if who != replied:
            rows.of["interactions"].append((number, "mention", actor, who, None, at, name))


def _about(number: int, activity: Object, content: str, author: str, rows: _Rows) -> None:
    """Take the hashtags of a tweet."""
    tags = dict.fromkeys(texts_of(activity, ENTITIES, "hashtags", "text"))
    rows.of["topics"] += [(number, content, tag, author) for tag in tags]


def _of_actor(number: int, activity: Object, actor: str, at: str | None, rows: _Rows) -> None:
    """Take the counters of who acts."""
    about = part_of(activity, "actor")
    for count, counter in COUNTERS.items():
        if (value := text_of(about.get(count))) is not None:
            rows.of["counters"].append((number, actor, counter, value, at))


def _score(value: Any) -> float | None:
    """Read a score, a number or a text; what is no score, as 0 of who has none, is None.

    >>> _score(54), _score("54"), _score(0), _score(None)
    (54.0, 54.0, None, None)
    """
    try:
        score = float(value)
    except (TypeError, ValueError):
        return None
    return score if 1 <= score <= 100 else None


def _tweet(activity: Object) -> str | None:
    match = _ID.fullmatch(text_of(activity.get("id")) or "")
    return match[1] if match else None


def _account(activity: Object) -> str | None:
    name = text_of(part_of(activity, "actor").get("preferredUsername"))
    return name.lower() if name else None


def _knows(seen: Glance) -> Known | None:
    lines = seen.objects() if not seen.is_folder else []
    first = [each for each in lines if "verb" in each]
    if not first or not all("actor" in each and "objectType" in each for each in first):
        return None
    scored = any(
        isinstance(each.get("gnip"), dict) and "klout_score" in each["gnip"] for each in first
    )
    return Known("activities of Gnip (PowerTrack)", "--labels FILE" if scored else "")


ACTIVITYSTREAMS = Reader(
    "activitystreams",
    "Gnip's activities (PowerTrack JSON lines): network twitter; --labels for Klout's own scores",
    one_file,
    _read,
    named=False,
    networks=(NETWORK,),
    knows=_knows,
    labels=_labels,
)
