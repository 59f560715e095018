"""Nine of ten events: a like, a repost or a follow is made. They are read as columns.

What is taken here is what `features.sources.bluesky.records` and `folding` make of it, ten times
as fast; whatever is not plainly of this form, or of a record with a past, is left to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from features.lake.contracts import TIME
from features.sources.bluesky.folding import Folding
from features.sources.bluesky.jetstream import read_event
from features.sources.bluesky.operations import CREATE, Object, Operation
from features.sources.bluesky.records import DID, KEY, NSID

REACTIONS = {
    "app.bsky.feed.like": "like",
    "app.bsky.feed.repost": "repost",
    "app.bsky.graph.follow": "follow",
}

_COLUMNS = {
    "row": pl.UInt64(),
    "collection": pl.String(),
    "actor": pl.String(),
    "id": pl.String(),
    "rev": pl.String(),
    "created": pl.String(),
    "seen": pl.Int64(),
    "subject": pl.String(),
}

_IS_DID = rf"^{DID}$"
_IS_POST = rf"^at://{DID}/app\.bsky\.feed\.post/{KEY}$"
_IS_ADDRESS = rf"^at://{DID}/{NSID}/{KEY}$"
_IS_TIME = r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z$"


def take_events(fold: Folding, events: Iterable[tuple[int, Object]]) -> None:
    """Fold Jetstream's events, each with its number, in their order."""
    taken: tuple[list[Any], ...] = tuple([] for _ in _COLUMNS)
    rows, collections, actors, ids, revs, times, seens, subjects = (each.append for each in taken)
    for row, event in events:
        try:
            commit = event["commit"]
            collection, record, rev = commit["collection"], commit["record"], commit["rev"]
            reaction = REACTIONS[collection]
            did, created, subject = event["did"], record["createdAt"], record["subject"]
            seen, address = event["time_us"], f"at://{did}/{collection}/{commit['rkey']}"
            if reaction != "follow":
                subject = subject["uri"]
            is_simple = (
                commit["operation"] == CREATE
                and record["$type"] == collection
                and type(seen) is int
                and type(did) is type(rev) is type(created) is type(subject) is str
                and fold.is_first(address, rev)
            )
        except (KeyError, TypeError):
            is_simple = False
        if not is_simple:
            fold.take(read_event(row, event))
            continue
        rows(row)
        collections(collection)
        actors(did)
        ids(address)
        revs(rev)
        times(created)
        seens(seen)
        subjects(subject)
    series = zip(_COLUMNS.items(), taken, strict=True)
    _add(fold, pl.DataFrame([pl.Series(name, values, t) for (name, t), values in series]))


def _add(fold: Folding, taken: pl.DataFrame) -> None:
    """Fold what looked simple: at once what is, and one by one what only looked so."""
    acts = _acts(taken)
    fold.add(acts.filter("is_good").drop("is_good"))
    odd = taken.filter(~acts["is_good"])
    for row, collection, did, address, rev, created, seen, subject in odd.iter_rows():
        whom = subject if REACTIONS[collection] == "follow" else {"uri": subject}
        record = {"$type": collection, "createdAt": created, "subject": whom}
        key = address.rpartition("/")[2]
        fold.say(Operation(row, did, collection, key, CREATE, rev, record, seen), address)


def _acts(taken: pl.DataFrame) -> pl.DataFrame:
    """Say of events what they are, and whether they are of the form that they look like.

    Returns
    -------
    DataFrame
        ``row``, ``reaction``, ``actor``, ``target``, ``content``, ``created`` (a time; null where
        no calendar has it), ``seen``, ``id``, and ``is_good``.
    """
    subject, is_follow = pl.col("subject"), pl.col("collection") == "app.bsky.graph.follow"
    of_post = ~is_follow & subject.str.contains(_IS_POST)
    of_account = is_follow & subject.str.contains(_IS_DID)
    is_time = pl.col("created").str.contains(_IS_TIME)
    is_address = pl.col("id").str.contains(_IS_ADDRESS)
    created = pl.col("created").str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False
    )
    author = subject.str.splitn("/", 4).struct.field("field_2")
    return taken.select(
        "row",
        pl.col("collection").replace_strict(REACTIONS).alias("reaction"),
        "actor",
        target=pl.when(is_follow).then(subject).otherwise(author),
        content=pl.when(~is_follow).then(subject),
        created=created.dt.replace_time_zone("UTC").cast(TIME),
        seen="seen",
        id="id",
        is_good=is_time & is_address & (of_post | of_account),
    )
