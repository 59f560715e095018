"""Dumps of Reddit's comments and submissions: ``RC_2005-12.zst``, ``RS_…``, and those by subreddit.

One JSON object a line, as Pushshift, Arctic Shift and Academic Torrents publish them, in zst with
a window of 2 GiB. A comment is a reply to the comment, or a comment on the submission, that is its
parent; both are contents of their authors. Ids are the full ones, as ``t1_c0ffee``.

- **Parents** are looked for in all files that are read together: a reply may come before what it
  answers, or months after, so give a folder of files rather than one. A reply whose parent is in
  none of them is left out as a reply, and counted; it remains a content. Who wrote what is put
  aside on the disk meanwhile, so that memory does not grow with the files.
- **Deleted authors** (``[deleted]``) are nobody: their comments are left out, and replies to them.
  What its author or a moderator took back later (``_meta.was_deleted_later``) is left out too;
  replies to it stay.
- A content is about its subreddit, unless that is somebody's own page.
- ``created_utc`` is a number, a fraction or a text, by month; ``parent_id`` may be missing, and the
  parent is then the submission (``link_id``).
- **Scores are not read**: they say how many, not who, and of another moment by month (from November
  2023 on, 36 hours later).
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.lake.contracts import TIME
from features.sources.buckets import Buckets, buckets_for
from features.sources.glance import Glance, Known
from features.sources.json_objects import Block, Damaged, Object, read_objects, text_of
from features.sources.lines import LATEST, PIECE_ROWS
from features.sources.reader import Options, Reader, one_file

NETWORK = "reddit"

DELETED = frozenset({"[deleted]", "[removed]", ""})
"""Stand for an author whose account is gone."""

BY_NOBODY = "of deleted authors"
TAKEN_BACK = "deleted later"
TO_NOBODY = "replies to deleted authors"
TO_UNKNOWN = "replies to what is not in the files"

_OWN_PAGE = "u_"
_COMMENT, _SUBMISSION = "t1_", "t3_"
_KINDS = {_COMMENT: "comment", _SUBMISSION: "submission"}
_REACTIONS = {_COMMENT: "reply", _SUBMISSION: "comment"}

_DUMP = re.compile(
    r"(R[CS]_\d{4}-\d\d|.+_(comments|submissions))(\.(jsonl?|ndjson))?(\.(zst|gz|bz2))?"
)

_ITEM = {
    "row": pl.UInt64(),
    "content": pl.String(),
    "parent": pl.String(),
    "author": pl.String(),
    "at": pl.Int64(),
    "back": pl.Boolean(),
    "subreddit": pl.String(),
}
"""What is taken of a line. ``author`` is null where it is deleted, ``parent`` of a submission;
``back`` says that it was taken back later, ``subreddit`` where it stands."""

_AUTHOR = {"content": pl.String(), "author": pl.String()}
_REPLY = {
    "file": pl.UInt32(),
    **{name: _ITEM[name] for name in _ITEM if name not in ("back", "subreddit")},
}


def _files(path: Path) -> list[Path]:
    """List the file, or the dumps of a folder by name."""
    if not path.is_dir():
        return one_file(path)
    found = [file for file in sorted(path.iterdir()) if _DUMP.fullmatch(file.name)]
    if not found:
        raise KloutError(f"{path}: no dumps here, named as RC_2005-12.zst or NAME_comments.zst")
    return [file for each in found for file in one_file(each)]


def _read(path: Path, _options: Options) -> Iterator[Piece]:
    files = _files(path)
    with tempfile.TemporaryDirectory(prefix="klout-") as folder:
        number = buckets_for(files)
        authors = Buckets(Path(folder) / "authors", _AUTHOR, "content", number)
        replies = Buckets(Path(folder) / "replies", _REPLY, "parent", number)
        for place, file in enumerate(files):
            for block in read_objects(file):
                items = _items(block)
                authors.add(items)
                lasting = items.filter(pl.col("author").is_not_null(), ~pl.col("back"))
                answers = lasting.filter(pl.col("parent").is_not_null())
                replies.add(answers.with_columns(file=pl.lit(place, pl.UInt32)))
                yield Piece("contents", _contents(lasting, block), str(file), _left_out(items))
                yield Piece("topics", _topics(lasting), str(file))
        for place in range(number):
            yield from _interactions(files, replies.bucket(place), authors.bucket(place))


def _items(block: Block) -> pl.DataFrame:
    """Take the comments and submissions of some lines; a line that is none is damaged."""
    rows = []
    for number, item in block.objects():
        try:
            rows.append((number, *_item(item)))
        except ValueError as error:
            text = str({name: item.get(name) for name in ("id", "author", "created_utc")})
            block.damaged.append(Damaged(number, str(error), text))
    return pl.DataFrame(rows, _ITEM, orient="row")


def _item(item: Object) -> tuple[str, str | None, str | None, int, bool, str | None]:
    """Take content, parent, author, time, whether it was taken back, and where it stands.

    Raises
    ------
    ValueError
        If it is neither a comment nor a submission, or has no id or time.
    """
    parent = text_of(item.get("parent_id")) or text_of(item.get("link_id"))
    if parent is None and "title" not in item:
        raise ValueError("neither a comment nor a submission: no parent_id, link_id or title")
    if not (name := text_of(item.get("id"))):
        raise ValueError("id: missing")
    author, meta = text_of(item.get("author")), item.get("_meta")
    back = isinstance(meta, dict) and bool(meta.get("was_deleted_later"))
    content = f"{_SUBMISSION if parent is None else _COMMENT}{name}"
    nobody = author is None or author in DELETED
    at, where = _seconds(item.get("created_utc")), text_of(item.get("subreddit"))
    return content, parent, None if nobody else author, at, back, where


def _seconds(value: Any) -> int:
    """Take seconds since 1970, be they a number, a fraction or a text.

    >>> _seconds(1134365188), _seconds("1134365188"), _seconds(1134365188.0)
    (1134365188, 1134365188, 1134365188)
    """
    try:
        seconds = int(float(value))
    except (TypeError, ValueError, OverflowError):
        seconds = -1
    if not 0 <= seconds <= LATEST:
        raise ValueError(f"created_utc: {str(value)[:40]!r} is no time")
    return seconds


def _left_out(items: pl.DataFrame) -> dict[str, int]:
    gone = items["author"].null_count()
    back = len(items.filter(pl.col("author").is_not_null(), "back"))
    return {BY_NOBODY: gone, TAKEN_BACK: back}


def _contents(items: pl.DataFrame, block: Block) -> pl.DataFrame:
    kind = pl.col("content").str.head(len(_COMMENT)).replace_strict(_KINDS)
    rows = items.select("row", "author", "content", kind=kind, at=_time())
    refused = block.refused("content")
    return pl.concat([rows, refused], how="diagonal").with_columns(network=pl.lit(NETWORK))


def _topics(items: pl.DataFrame) -> pl.DataFrame:
    """Take the subreddit for what a content is about; people's own pages (``u_ann``) are none."""
    where = pl.col("subreddit")
    found = items.filter(where != "", ~where.str.to_lowercase().str.starts_with(_OWN_PAGE))
    return found.select("row", "content", "author", topic="subreddit", network=pl.lit(NETWORK))


def _time() -> pl.Expr:
    return pl.from_epoch("at", time_unit="s").cast(TIME)


def _interactions(
    files: list[Path], replies: pl.DataFrame, authors: pl.DataFrame
) -> Iterator[Piece]:
    """Find whose the parents are, and make the replies interactions with them."""
    # Of a content that is in two files, whichever names its author.
    known = authors.drop_nulls("content").sort("author", nulls_last=True)
    known = known.unique("content", keep="first").with_columns(is_there=True)
    known = known.rename({"content": "parent", "author": "target"})
    found = replies.join(known, on="parent", how="left", maintain_order="left")
    for (place,), rows in found.partition_by("file", as_dict=True, maintain_order=True).items():
        answered = rows.drop_nulls("target")
        unknown = rows["is_there"].null_count()
        left_out = {TO_UNKNOWN: unknown, TO_NOBODY: len(rows) - unknown - len(answered)}
        for part in answered.iter_slices(PIECE_ROWS) if len(answered) else [answered]:
            yield Piece("interactions", _replies(part), str(files[int(place)]), left_out)
            left_out = {}


def _replies(rows: pl.DataFrame) -> pl.DataFrame:
    to = pl.col("parent").str.head(len(_COMMENT))
    return rows.select(
        "row",
        network=pl.lit(NETWORK),
        reaction=to.replace_strict(_REACTIONS, default=None),
        actor="author",
        target="target",
        content="parent",
        at=_time(),
        id="content",
    )


def _knows(seen: Glance) -> Known | None:
    dumps = [name for name in seen.names if _DUMP.fullmatch(name)] if seen.is_folder else seen.names
    items = seen.objects(dumps[0]) if dumps else []
    if not items or not all({"author", "created_utc", "id"} <= item.keys() for item in items):
        return None
    kind = "submissions" if "title" in items[0] else "comments"
    several = f"dumps of Reddit's comments and submissions: {len(dumps):,}"
    return Known(several if seen.is_folder else f"a dump of Reddit's {kind}")


REDDIT = Reader(
    "reddit",
    "Reddit's comments and submissions (a dump, or a folder of them): network reddit",
    _files,
    _read,
    named=False,
    networks=(NETWORK,),
    knows=_knows,
)
