"""A wiki's links, from the SQL dumps of https://dumps.wikimedia.org, and its daily page views.

A folder with ``WIKI-DATE-pagelinks.sql.gz``, ``page``, ``redirect`` and ``linktarget`` of one wiki
or several, and ``pageviews-DATE-user.bz2``; or one file of page views. Articles are the pages of
namespace 0 that exist; an account is ``WIKI:Title``, so that wikis live side by side.

- Links are those from an article to an article. A link to a redirect leads where that leads; links
  from redirects are none. Red links, and those from or to other namespaces, are left out.
- ``pagelinks`` named its targets by ``pl_namespace`` and ``pl_title`` until 2024, and since
  MediaWiki 1.43 by ``pl_target_id``, a row of ``linktarget``. Some wikis lag, and some dumps have
  both: the columns say which.
- ``categorylinks``, if it is there, says what articles are about.
- Titles of articles and redirects are in memory, some 100 bytes each; links are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from features.errors import KloutError
from features.lake import Piece
from features.sources.articles import ARTICLES, Articles, number
from features.sources.categories import read_categories
from features.sources.glance import Glance, Known
from features.sources.lookup import Lookup
from features.sources.page_views import VIEWS, read_views
from features.sources.reader import Options, Reader, one_file
from features.sources.sql_rows import columns_of, read_rows

NETWORK = "wikipedia"
TABLES = ("page", "pagelinks", "redirect", "linktarget", "categorylinks")

FROM_NO_ARTICLE = "from pages that are no articles"
TO_NO_ARTICLE = "to pages that are no articles"

_DUMP = re.compile(rf"(\w+)-(\d{{8}}|latest)-({'|'.join(TABLES)})\.sql(\.gz|\.bz2|\.zst)?")


@dataclass(frozen=True)
class _Found:
    """What a path holds.

    Attributes
    ----------
    wikis
        Wiki to table to its dump.
    views
        Files of page views, by day.
    """

    wikis: dict[str, dict[str, Path]] = field(default_factory=dict)
    views: list[Path] = field(default_factory=list)


def _found(path: Path) -> _Found:
    """Look for dumps in a folder; a file must be one of page views."""
    if not path.is_dir():
        one_file(path)
        if not VIEWS.fullmatch(path.name):
            raise KloutError(
                f"{path}: expected a folder of SQL dumps (rmwiki-20240301-pagelinks.sql.gz and so "
                "on), or a file named as pageviews-20240301-user.bz2"
            )
        return _Found(views=[path])
    found = _Found()
    for file in sorted(path.iterdir()):
        if VIEWS.fullmatch(file.name):
            found.views.extend(one_file(file))
        elif match := _DUMP.fullmatch(file.name):
            wiki, _, table, _ = match.groups()
            tables = found.wikis.setdefault(wiki, {})
            if table in tables:
                raise KloutError(f"{file}: a second dump of {wiki}'s {table}; give one of each")
            tables[table] = one_file(file)[0]
    if not found.wikis and not found.views:
        raise KloutError(
            f"{path}: no dumps here, named as rmwiki-20240301-pagelinks.sql.gz or "
            "pageviews-20240301-user.bz2"
        )
    return found


def _files(path: Path) -> list[Path]:
    found = _found(path)
    return [*(file for tables in found.wikis.values() for file in tables.values()), *found.views]


def _remarks(path: Path) -> list[str]:
    """Name the wikis whose redirects can't be followed."""
    wikis = _found(path).wikis if path.is_dir() else {}
    return [
        f"{path}: {wiki} has no redirect table here; links to redirects are left out"
        for wiki, tables in wikis.items()
        if "pagelinks" in tables and "redirect" not in tables
    ]


def _read(path: Path, options: Options) -> Iterator[Piece]:
    found = _found(path)
    wikis = {w: t for w, t in found.wikis.items() if options.site in (None, w)}
    if found.wikis and not wikis:
        raise KloutError(f"{path}: no dump of {options.site!r}; there are {sorted(found.wikis)}")
    articles = {}
    for wiki, tables in wikis.items():
        if "page" not in tables:
            raise KloutError(f"{path}: {wiki} needs its table page: {wiki}-…-page.sql.gz")
        articles[wiki] = Articles.read(tables["page"], tables.get("redirect"))
        if "pagelinks" in tables:
            yield from _links(wiki, tables, articles[wiki])
        if file := tables.get("categorylinks"):
            about = tables.get("linktarget")
            yield from read_categories(wiki, file, about, articles[wiki], NETWORK)
    titles = {wiki: each.by_title for wiki, each in articles.items()}
    for file in found.views:
        yield from read_views(file, NETWORK, titles, options.site)


def _links(wiki: str, tables: dict[str, Path], articles: Articles) -> Iterator[Piece]:
    file = tables["pagelinks"]
    _, columns = columns_of(file)
    if "pl_title" in columns:
        names, targets = ["pl_from", "pl_namespace", "pl_title"], None
    else:
        names, targets = ["pl_from", "pl_target_id"], _linktargets(file, wiki, tables, articles)
    for rows in read_rows(file, names):
        if targets is None:
            here = pl.when(number("pl_namespace") == ARTICLES).then("pl_title")
            target = articles.by_title.find(rows.select(here).to_series())
        else:
            target = targets.find(rows.select(number("pl_target_id")).to_series())
        source = articles.by_id.find(rows.select(number("pl_from")).to_series())
        yield _piece(wiki, rows["row"], source, target, file)


def _linktargets(file: Path, wiki: str, tables: dict[str, Path], articles: Articles) -> Lookup:
    """Look up the articles that targets of links are or lead to, by their ids."""
    if "linktarget" not in tables:
        raise KloutError(
            f"{file}: names its targets by id; it needs {wiki}-…-linktarget.sql.gz beside it"
        )
    parts = []
    for rows in read_rows(tables["linktarget"], ["lt_id", "lt_namespace", "lt_title"]):
        here = rows.filter(number("lt_namespace") == ARTICLES)
        ids = here.select(id=number("lt_id"))
        title = articles.by_title.find(here["lt_title"]).alias("title")
        parts.append(ids.with_columns(title).drop_nulls())
    return Lookup.of(pl.concat(parts), "title")


def _piece(wiki: str, row: pl.Series, source: pl.Series, target: pl.Series, file: Path) -> Piece:
    links = pl.DataFrame({"row": row, "source": source, "target": target})
    from_articles = links.drop_nulls("source")
    whole = from_articles.drop_nulls("target")
    left_out = {
        FROM_NO_ARTICLE: len(links) - len(from_articles),
        TO_NO_ARTICLE: len(from_articles) - len(whole),
    }
    account = (pl.concat_str(pl.lit(f"{wiki}:"), end).alias(end) for end in ("source", "target"))
    named = whole.with_columns(*account, network=pl.lit(NETWORK))
    return Piece("links", named, str(file), left_out)


def _knows(seen: Glance) -> Known | None:
    dumps = [match for name in seen.names if (match := _DUMP.fullmatch(name))]
    views = [name for name in seen.names if VIEWS.fullmatch(name)]
    if not dumps:
        return Known(f"days of page views: {len(views):,}") if views else None
    if not seen.is_folder:
        return Known(f"a table of {dumps[0][1]}; give its folder, with the others beside it")
    wikis = ", ".join(sorted({match[1] for match in dumps}))
    days = f"; days of page views: {len(views):,}" if views else ""
    return Known(f"SQL dumps of {wikis}{days}")


MEDIAWIKI = Reader(
    "mediawiki",
    "a wiki's SQL dumps (a folder) and daily page views: links and views on wikipedia",
    _files,
    _read,
    networks=(NETWORK,),
    remarks=_remarks,
    knows=_knows,
)
