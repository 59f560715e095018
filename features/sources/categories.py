"""The categories that a wiki's articles are in, from its dump of ``categorylinks``.

Older wikis name a category by ``cl_to``, those of today by ``cl_target_id``, a row of
``linktarget``; where a dump has both columns the name is taken. The keys by which a page is sorted
are bytes of no text, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.sources.articles import Articles, number
from features.sources.lookup import Lookup
from features.sources.sql_rows import columns_of, read_rows

CATEGORIES = 14
"""The namespace of categories."""

OF_NO_ARTICLE = "categories of pages that are no articles"
UNNAMED = "categories without a name"


def read_categories(
    wiki: str, file: Path, targets: Path | None, articles: Articles, network: str
) -> Iterator[Piece]:
    """Read what articles are about: a row of ``topics`` for each category of each.

    Parameters
    ----------
    wiki
        Its name, before the titles of its articles.
    file
        The dump of ``categorylinks``.
    targets
        That of ``linktarget``; needed where categories are named by id.
    articles
        The wiki's.
    network
        That of the rows.

    Raises
    ------
    KloutError
        If a dump was cut, or is of another table, or names categories by ids alone.
    """
    names = "cl_to" if "cl_to" in columns_of(file)[1] else "cl_target_id"
    by_id = None if names == "cl_to" else _by_id(wiki, file, targets)
    for rows in read_rows(file, ["cl_from", names]):
        title = articles.by_id.find(rows.select(number("cl_from")).to_series())
        topic = by_id.find(rows.select(number(names)).to_series()) if by_id else rows[names]
        found = pl.DataFrame({"row": rows["row"], "content": title, "topic": topic})
        of_articles = found.drop_nulls("content")
        whole = of_articles.filter(pl.col("topic").is_not_null())
        account = pl.concat_str(pl.lit(f"{wiki}:"), "content")
        yield Piece(
            "topics",
            whole.with_columns(network=pl.lit(network), content=account, author=account),
            str(file),
            {
                OF_NO_ARTICLE: len(found) - len(of_articles),
                UNNAMED: len(of_articles) - len(whole),
            },
        )


def _by_id(wiki: str, file: Path, targets: Path | None) -> Lookup:
    if targets is None:
        raise KloutError(
            f"{file}: names its categories by id; it needs {wiki}-…-linktarget.sql.gz beside it"
        )
    parts = [
        rows.filter(number("lt_namespace") == CATEGORIES).select("lt_title", id=number("lt_id"))
        for rows in read_rows(targets, ["lt_id", "lt_namespace", "lt_title"])
    ]
    return Lookup.of(pl.concat(parts), "lt_title")
