"""Daily page views of Wikimedia's wikis: "pageview complete", by users, a file a day since 2011.

``pageviews-20240301-user.bz2`` of https://dumps.wikimedia.org/other/pageview_complete. A line,
``en.wikipedia Ann_Example 123 mobile-web 57 A2B55``, has wiki, title, page id (often ``null``), way
of access, the day's views, and those by hour. A page has a line for each way of access, and for
each of its ids: they are added up.

What comes out is a counter as of the end of the day: views of that day, not of a longer time.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.sources.buckets import Buckets, buckets_for
from features.sources.lines import PIECE_ROWS, not_whole, read_lines, split
from features.sources.lookup import Lookup

VIEWS = re.compile(r"pageviews-(\d{8})-user(\.bz2|\.gz|\.zst)?")
"""How files are named. Those of spiders and of the automated are not read."""

OTHER_WIKI = "views of other wikis"
NO_ARTICLE = "views of pages that are no articles"

_FIELDS = ["wiki", "title", "id", "access", "views", "hours"]
_ASIDE = {"row": pl.UInt64(), "account": pl.String(), "views": pl.Int64()}


def read_views(
    file: Path, network: str, titles: Mapping[str, Lookup], site: str | None
) -> Iterator[Piece]:
    """Read the views of a day.

    Parameters
    ----------
    file
        Named as `VIEWS` says.
    network
        That of the counters.
    titles
        Wiki to titles and those of the articles that they are or lead to. If there are any, other
        wikis are left out; if not, all titles are taken for articles.
    site
        The one wiki to read; None: all.
    """
    with tempfile.TemporaryDirectory(prefix="klout-") as folder:
        number = buckets_for([file])
        aside = Buckets(Path(folder) / "views", _ASIDE, "account", number)
        for lines in read_lines(file):
            fields = split(lines, " ", _FIELDS)
            good, bad = _counted(fields)
            known, left_out = _known(good, titles, site)
            aside.add(known)
            yield Piece("counters", _refused(bad, network), str(file), left_out)
        for place in range(number):
            yield from _counters(aside.bucket(place), file, network)


def wiki_of(code: str) -> str:
    """Give the name of a wiki's database, as its dumps have it.

    >>> wiki_of("rm.wikipedia"), wiki_of("it.wikibooks"), wiki_of("zh-yue.wikipedia")
    ('rmwiki', 'itwikibooks', 'zh_yuewiki')
    >>> wiki_of("commons.wikimedia"), wiki_of("wikidata")
    ('commonswiki', 'wikidatawiki')
    """
    language, dot, project = code.replace("-", "_").removeprefix("www.").partition(".")
    ending = "wiki" if not dot or project in ("wikipedia", "wikimedia") else project
    return f"{language}{ending}"


def _counted(fields: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Part lines that count views from those that are damaged."""
    views = pl.col("views").cast(pl.Int64, strict=False)
    count = pl.format("views: {} is no number of views", "views")
    is_none = views.is_null() | (views < 0)
    told = fields.with_columns(
        damaged=pl.coalesce(not_whole(_FIELDS), pl.when(is_none).then(count))
    )
    good = told.filter(pl.col("damaged").is_null()).with_columns(views=views)
    return good, told.filter(pl.col("damaged").is_not_null())


def _known(
    fields: pl.DataFrame, titles: Mapping[str, Lookup], site: str | None
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Name the accounts whose views are counted, and say how many lines are of others."""
    codes = fields["wiki"].unique()
    names = pl.Series([wiki_of(code) for code in codes], dtype=pl.String)
    rows = fields.with_columns(wiki=pl.col("wiki").replace_strict(codes, names, default=None))
    wanted = list(titles) if titles else ([site] if site else names.to_list())
    parts = []
    by_wiki = rows.filter(pl.col("wiki").is_in(wanted)).partition_by("wiki", as_dict=True)
    for (wiki,), of_wiki in by_wiki.items():
        seen = of_wiki["title"]
        title = titles[str(wiki)].find(seen) if titles else seen
        account = pl.concat_str(pl.lit(f"{wiki}:"), title).alias("account")
        parts.append(of_wiki.select("row", account, "views"))
    found = pl.concat([pl.DataFrame(schema=_ASIDE), *parts])
    known = found.drop_nulls("account")
    return known, {OTHER_WIKI: len(rows) - len(found), NO_ARTICLE: len(found) - len(known)}


def _counters(rows: pl.DataFrame, file: Path, network: str) -> Iterator[Piece]:
    """Add up the views of each account."""
    sums = rows.group_by("account").agg(pl.col("row").min(), value=pl.col("views").sum())
    counters = _named(sums.sort("row"), network).with_columns(at=pl.lit(_end(file)))
    for part in counters.iter_slices(PIECE_ROWS):
        yield Piece("counters", part, str(file))


def _refused(bad: pl.DataFrame, network: str) -> pl.DataFrame:
    rows = bad.select("row", "damaged", account="wiki", value="views", at=pl.lit(None, pl.String))
    return _named(rows, network)


def _named(rows: pl.DataFrame, network: str) -> pl.DataFrame:
    return rows.with_columns(network=pl.lit(network), counter=pl.lit("views"))


def _end(file: Path) -> datetime:
    """Give the last moment of a file's day: a run of the next day knows it, none before does."""
    match = VIEWS.fullmatch(file.name)
    try:
        day = datetime.strptime(match[1] if match else "", "%Y%m%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise KloutError(f"{file}: {VIEWS.pattern} names a day, and this is none") from error
    return day + timedelta(days=1, microseconds=-1)
