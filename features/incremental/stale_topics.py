"""Whose figures by topic must be read anew, since more differs than that days came and went."""

from __future__ import annotations

import polars as pl

from features.incremental.ownership_diff import Known, ownership_diff
from features.incremental.topic_files import ReactionFiles
from features.topics.tag_sets import TagSets


def retold(was: pl.DataFrame, now: TagSets, before: pl.DataFrame, about: pl.DataFrame) -> pl.Series:
    """Name the contents (keys) that are about something else than they were.

    Parameters
    ----------
    was, now
        The contents of `TagSets` at the run before, and all that is known now.
    before, about
        ``tag`` and ``topic``, at the run before and now.
    """
    told = now.contents.join(was, on=["content", "set"], how="anti")["content"]
    known = about.join(before, on="tag", how="semi")
    tags = pl.concat([before, known]).unique(keep="none")
    if tags.is_empty():
        return told
    sets = now.tags.join(tags, on="tag", how="semi")
    return pl.concat([told, now.contents.join(sets, on="set", how="semi")["content"]]).unique()


def stale_receivers(
    files: ReactionFiles, was: Known, now: Known, contents: pl.Series, since: int, start: int
) -> pl.Series:
    """Name the receivers (u64) of whom more differs than that days came and went.

    Reactions of the run before count if their actor, target or content is another now, and those of
    the days ``[start, since)`` if they came or went.
    """
    moved = ownership_diff(was, now)
    concerned = {"actor": moved.actors, "target": moved.targets, "content": contents}
    parts = [files.targets_of_others(since, start)]
    some = {column: keys for column, keys in concerned.items() if len(keys)}
    if some:
        rows = files.counted_before()
        is_other = pl.any_horizontal(pl.col(n).is_in(keys.implode()) for n, keys in some.items())
        parts.append(rows.filter(is_other).select("target").unique().collect()["target"])
    targets = pl.concat(parts).unique().to_frame("key")
    ones = [targets.join(each.owners.merged, on="key")["one"] for each in (was, now)]
    return pl.concat([targets["key"], *ones]).unique().rename("receiver")
