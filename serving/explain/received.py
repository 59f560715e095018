"""What accounts received and published: from segments by account, else from the lake's files."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from features.catalogue.declaration import Network
from features.lake import TABLES, Lake
from features.lake.by_account import Keys, Segment, segments_of
from features.lake.ledger import LakeFile
from features.lake.retractions import KEYED, Undone
from features.signals.owners import account_key
from features.signals.tiles import IDS, keyed, reactions_of

_NOTHING = 0
"""In a segment, the key of what there is none of."""


def keys_of(accounts: list[str]) -> pl.Series:
    """Give the accounts' keys (u64)."""
    return _keys(tuple(accounts))


@lru_cache(maxsize=1024)
def _keys(accounts: tuple[str, ...]) -> pl.Series:
    names = pl.DataFrame({"account": accounts}, schema={"account": pl.String})
    return names.select(account_key("account")).to_series()


def received(
    lake: Lake,
    network: Network,
    since: date,
    as_of: date,
    accounts: list[str],
    undone: Undone,
) -> pl.DataFrame:
    """Read what accounts received, and what else its actors did on the same days.

    Returns
    -------
    DataFrame
        As `features.signals.tiles.keyed` gives it, without what is undone.
    """
    keys = np.sort(keys_of(accounts).to_numpy())
    names = [reaction.name for reaction in network.reactions]
    parts: list[_Part] = []
    others: list[LakeFile] = []
    for day, files, segment in segments_of(lake, "interactions", network.name, since, as_of):
        if segment is None or not set(segment.names) <= set(names):  # declared otherwise since
            others += files
        elif found := _of_segment(segment, names, keys):
            parts.append((day, found))
    rows = _put_together(parts, network)
    if others:
        rows = pl.concat([rows, _of_files(lake, network, others, accounts)])
    if undone.is_nothing:
        return rows
    counting = undone.left_of(KEYED, rows.lazy()).collect()
    who = counting.filter(pl.col("target").is_in(keys.tolist())).select("actor", "day").unique()
    return counting.join(who, on=["actor", "day"], how="semi")


_Part = tuple[int, dict[str, np.ndarray]]
"""A day, and what `Segment.received` gives; reactions by the network's numbers."""


def _of_segment(segment: Segment, names: list[str], keys: Keys) -> dict[str, np.ndarray]:
    found = segment.received(keys)
    if found:
        numbers = np.array([names.index(name) for name in segment.names], dtype=np.uint8)
        found["reaction"] = numbers[found["reaction"]]
    return found


def _put_together(parts: list[_Part], network: Network) -> pl.DataFrame:
    counts = [len(found["actor"]) for _, found in parts]
    days = np.repeat(np.array([day for day, _ in parts], dtype=np.int32), counts)

    def column(name: str, dtype: type) -> np.ndarray:
        every = [found[name] for _, found in parts]
        return np.concatenate(every) if every else np.zeros(0, dtype)

    rows = pl.DataFrame(
        {
            "day": days,
            "reaction": column("reaction", np.uint8),
            **{name: column(name, np.uint64) for name in IDS},
        }
    )
    none = [
        pl.when(pl.col(name) != _NOTHING).then(pl.col(name)).alias(name)
        for name in ("content", "id")
    ]
    return rows.with_columns(pl.col("reaction").cat.to(reactions_of(network)), *none)


def _of_files(
    lake: Lake, network: Network, files: list[LakeFile], accounts: list[str]
) -> pl.DataFrame:
    """Do the same without segments: this is what they are compared with."""
    rows = lake.scan_files("interactions", files)
    return keyed(received_by(rows, accounts).lazy(), network, IDS).collect()


def received_by(rows: pl.LazyFrame, accounts: list[str]) -> pl.DataFrame:
    """Keep what accounts received, and what else its actors did on the same days."""
    day = pl.col("at").dt.date().alias("day")
    received = rows.filter(pl.col("target").is_in(accounts)).select("actor", day)
    who = received.unique().collect(engine="streaming")
    theirs = rows.filter(pl.col("actor").is_in(who["actor"].unique().implode()))
    same_days = theirs.with_columns(day).join(who.lazy(), on=["actor", "day"], how="semi")
    return same_days.drop("day").collect(engine="streaming")


def published_by(
    lake: Lake, network: str, since: date, as_of: date, accounts: list[str]
) -> pl.DataFrame:
    """Read what accounts published: rows of the lake's table ``contents``."""
    keys = keys_of(accounts)
    wanted = np.sort(keys.to_numpy())
    parts: list[dict[str, Any]] = []
    others: list[LakeFile] = []
    for _, files, segment in segments_of(lake, "contents", network, since, as_of):
        if segment is None:
            others += files
        elif found := segment.published(wanted):
            names = np.array(segment.names, dtype=object)
            parts.append(found | {"kind": names[found["kind"]]})
    rows = lake.scan_files("contents", others).filter(pl.col("author").is_in(accounts))
    left = rows.collect(engine="streaming") if others else pl.DataFrame(schema=_CONTENTS)
    if not parts:
        return left
    author, kind, at = (np.concatenate([p[name] for p in parts]) for name in _ARRAYS)
    texts = pl.Series([text for part in parts for text in part["content"]])
    named = pl.DataFrame(
        {
            "network": pl.repeat(network, len(at), eager=True),
            "content": texts,
            "author": pl.Series(accounts).gather(keys.arg_sort())[np.searchsorted(wanted, author)],
            "kind": kind.tolist(),
            "at": pl.from_epoch(pl.Series(at), "us").dt.replace_time_zone("UTC"),
        }
    )
    return pl.concat([left, named.select(pl.col(n).cast(t) for n, t in _CONTENTS.items())])


_ARRAYS = ("author", "kind", "at")
_CONTENTS = dict(TABLES["contents"].columns)
