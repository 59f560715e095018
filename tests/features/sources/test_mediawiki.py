"""Wikis: links of both forms with redirects followed, and daily page views."""

from __future__ import annotations

import bz2
import gzip
import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from features.errors import KloutError
from features.lake import Lake
from features.sources import sql_rows
from features.sources.sql_rows import read_rows
from tests.support.command import klout, refused

PAGE = ("page_id", "page_namespace", "page_title", "page_is_redirect", "page_len")
REDIRECT = ("rd_from", "rd_namespace", "rd_title", "rd_interwiki", "rd_fragment")
OLD = ("pl_from", "pl_namespace", "pl_title", "pl_from_namespace")
NEW = ("pl_from", "pl_from_namespace", "pl_target_id")
TARGET = ("lt_id", "lt_namespace", "lt_title")

ANN, BOB, OLD_BOB, TALK = (
    (1, 0, "Ann", 0, 9),
    (2, 0, "Bob", 0, 9),
    (3, 0, "Rob", 1, 9),
    (4, 1, "Bob", 0, 9),
)


def value(given: Any) -> str:
    if given is None:
        return "NULL"
    if isinstance(given, str):
        escaped = given.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
        return f"'{escaped}'"
    return str(given)


def sql(table: str, columns: tuple[str, ...], *rows: tuple[Any, ...], every: int = 2) -> bytes:
    """A table as mysqldump writes it, with so many rows a statement."""
    declared = ",\n".join(f"  `{name}` int(8) unsigned NOT NULL DEFAULT 0" for name in columns)
    text = f"-- MySQL dump\n\nDROP TABLE IF EXISTS `{table}`;\n/*!40101 SET x */;\n"
    text += (
        f"CREATE TABLE `{table}` (\n{declared},\n  PRIMARY KEY (`{columns[0]}`)\n) ENGINE=InnoDB;\n"
    )
    for start in range(0, len(rows), every):
        values = ",".join(f"({','.join(map(value, row))})" for row in rows[start : start + every])
        text += f"INSERT INTO `{table}` VALUES {values};\n"
    return (text + "/*!40000 ALTER TABLE x ENABLE KEYS */;\n").encode()


@pytest.fixture
def wiki(put, tmp_path: Path):
    """Write a wiki's dumps into a folder, table by table."""

    def wiki(name: str = "xxwiki", **tables: bytes) -> Path:
        for table, data in tables.items():
            put(f"dumps/{name}-20240301-{table}.sql.gz", data)
        return tmp_path / "dumps"

    return wiki


@pytest.fixture
def links(take, rows):
    def links(path: Path) -> list[tuple[str, str]]:
        take("mediawiki", path)
        return sorted(rows("links").select("source", "target").rows())

    return links


def pages(*more: tuple[Any, ...]) -> bytes:
    return sql("page", PAGE, ANN, BOB, OLD_BOB, TALK, *more)


ROB_IS_BOB = sql("redirect", REDIRECT, (3, 0, "Bob", "", ""))


def test_the_old_form_names_its_targets(wiki, links) -> None:
    found = sql("pagelinks", OLD, (1, 0, "Bob", 0), (2, 0, "Ann", 0))
    folder = wiki(page=pages(), redirect=ROB_IS_BOB, pagelinks=found)
    assert links(folder) == [("xxwiki:Ann", "xxwiki:Bob"), ("xxwiki:Bob", "xxwiki:Ann")]


def test_the_form_of_today_names_them_in_a_table(wiki, links) -> None:
    targets = sql("linktarget", TARGET, (71, 0, "Bob"), (72, 1, "Bob"), (73, 0, "Rob"))
    found = sql("pagelinks", NEW, (1, 0, 71), (1, 0, 72), (1, 0, 73), (1, 0, 99))
    folder = wiki(page=pages(), redirect=ROB_IS_BOB, pagelinks=found, linktarget=targets)
    assert links(folder) == [("xxwiki:Ann", "xxwiki:Bob")] * 2


def test_a_dump_with_both_needs_no_table_of_targets(wiki, links) -> None:
    found = sql("pagelinks", (*OLD, "pl_target_id"), (1, 0, "Bob", 0, 71))
    assert links(wiki(page=pages(), redirect=ROB_IS_BOB, pagelinks=found)) == [
        ("xxwiki:Ann", "xxwiki:Bob")
    ]


OLD_CATEGORIES = ("cl_from", "cl_to", "cl_sortkey", "cl_type")
NEW_CATEGORIES = ("cl_from", "cl_sortkey", "cl_type", "cl_collation_id", "cl_target_id")
CATEGORIES = sql("linktarget", TARGET, (81, 14, "Jazz"), (82, 0, "Jazz"), (83, 14, "Jazz_pianists"))
ABOUT_ANN = [
    ("wikipedia", "xxwiki:Ann", "Jazz", "xxwiki:Ann"),
    ("wikipedia", "xxwiki:Ann", "Jazz_pianists", "xxwiki:Ann"),
]


@pytest.mark.parametrize("both", [False, True])
def test_categories_are_what_an_article_is_about_by_name(both, wiki, take, rows) -> None:
    columns = (*OLD_CATEGORIES, "cl_target_id") if both else OLD_CATEGORIES
    found = [(1, "Jazz", "\x01,')(", "page"), (1, "Jazz_pianists", "", "page")]
    found += [(3, "Jazz", "", "page"), (4, "Jazz", "", "page"), (9, "Jazz", "", "subcat")]
    table = sql("categorylinks", columns, *((*row, 99) if both else row for row in found))
    receipt = take("mediawiki", wiki(page=pages(), categorylinks=table))
    assert rows("topics").sort("topic").rows() == ABOUT_ANN
    assert receipt.entry.left_out == {"categories of pages that are no articles": 3}


def test_categories_are_what_an_article_is_about_by_id(wiki, take, rows) -> None:
    found = [(1, "", "page", 1, 81), (1, "", "page", 1, 83), (1, "", "page", 1, 82)]
    table = sql("categorylinks", NEW_CATEGORIES, *found, (2, "", "page", 1, 7))
    folder = wiki(page=pages(), categorylinks=table)
    with pytest.raises(KloutError, match=r"names its categories by id; it needs xxwiki-…-linktarg"):
        take("mediawiki", folder)
    receipt = take("mediawiki", wiki(linktarget=CATEGORIES))
    assert rows("topics").sort("topic").rows() == ABOUT_ANN
    assert receipt.entry.left_out == {"categories without a name": 2}


def test_redirects_are_followed_through_others_but_not_in_circles(wiki, links) -> None:
    more = [(n, 0, f"R{n}", 1, 9) for n in range(10, 16)]
    leads = [(10, 0, "R11", None, None), (11, 0, "Bob", "", "#here")]
    leads += [(12, 0, "R13", "", ""), (13, 0, "R12", "", "")]
    leads += [(14, 0, "Bob", "de", ""), (15, 4, "Bob", "", "")]
    found = sql("pagelinks", OLD, *((1, 0, f"R{n}", 0) for n in range(10, 16)))
    folder = wiki(page=pages(*more), redirect=sql("redirect", REDIRECT, *leads), pagelinks=found)
    assert links(folder) == [("xxwiki:Ann", "xxwiki:Bob")] * 2


def test_what_is_no_link_between_articles_is_counted(wiki, take, rows) -> None:
    found = sql(
        "pagelinks",
        OLD,
        (1, 0, "Bob", 0),
        (1, 0, "Nobody", 0),  # a red link
        (1, 1, "Bob", 0),
        (4, 0, "Bob", 1),  # from a talk page
        (3, 0, "Bob", 0),  # from a redirect
        (99, 0, "Bob", 0),  # from a page that is gone
    )
    receipt = take("mediawiki", wiki(page=pages(), redirect=ROB_IS_BOB, pagelinks=found))
    assert receipt.entry.rows == {"links": 1}
    assert receipt.entry.left_out == {
        "from pages that are no articles": 3,
        "to pages that are no articles": 2,
    }


def test_titles_may_hold_what_sql_escapes_or_parts_by(wiki, links, rows) -> None:
    odd = ["O'Neill_(artist)", 'a"b', "back\\slash", "x,y);_INSERT_INTO_`page`_VALUES_(9", "Zürich"]
    more = [(10 + n, 0, title, 0, 9) for n, title in enumerate(odd)]
    found = sql("pagelinks", OLD, *((1, 0, title, 0) for title in odd))
    assert links(wiki(page=pages(*more), pagelinks=found)) == [
        ("xxwiki:Ann", f"xxwiki:{title}") for title in sorted(odd)
    ]


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_rows_are_read_the_same_in_whatever_pieces_they_come(chunk, put, monkeypatch) -> None:
    rows = [(n, 0, f"T'{n}\n;", n % 2, None) for n in range(20)]
    path = put("xxwiki-20240301-page.sql", sql("page", PAGE, *rows, every=3))
    monkeypatch.setattr(sql_rows, "_CHUNK", chunk)
    monkeypatch.setattr(sql_rows, "PIECE", 6)
    found = pl.concat(read_rows(path, ["page_title", "page_id", "page_len"]))
    assert found.columns == ["row", "page_id", "page_title", "page_len"]
    assert found.rows() == [(n + 1, str(n), f"T'{n}\n;", None) for n in range(20)]


def test_a_row_a_line_is_read_too(put) -> None:
    text = (
        sql("page", PAGE, ANN, BOB).replace(b"),(", b"),\n  (").replace(b"VALUES (", b"VALUES\n  (")
    )
    path = put("xxwiki-20240301-page.sql", text)
    assert pl.concat(read_rows(path, ["page_title"]))["page_title"].to_list() == ["Ann", "Bob"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data[: data.index(b"'Bob'")], "row 2 is cut, or has other columns"),
        (lambda data: data.replace(b"'Bob',", b""), "row 2 is cut, or has other columns"),
        (lambda data: b"INSERT INTO `page` VALUES (1);\n", "no CREATE TABLE"),
        (lambda data: data.replace(b"INTO `page`", b"INTO `user`"), "rows of 'user' among those"),
        (lambda data: data.replace(b"page_title", b"title"), "has no column 'page_title'; has ["),
    ],
)
def test_a_damaged_dump_is_named_and_nothing_is_written(change, said, wiki, tmp_path) -> None:
    folder = wiki(page=change(pages()), pagelinks=sql("pagelinks", OLD, (1, 0, "Bob", 0)))
    line = refused("ingest", "mediawiki", folder, "--lake", tmp_path / "L", "--quiet")
    assert f"{folder}/xxwiki-20240301-page.sql.gz: " in line
    assert said in line
    assert not list((tmp_path / "L").rglob("*.parquet"))


def test_a_cut_dump_is_named(wiki, tmp_path) -> None:
    many = [(n, 0, f"T{n * 7919}", 0, 9) for n in range(9999)]
    folder = wiki(page=pages(*many), pagelinks=sql("pagelinks", OLD, (1, 0, "Bob", 0)))
    cut = folder / "xxwiki-20240301-page.sql.gz"
    cut.write_bytes(cut.read_bytes()[:-2000])
    line = refused("ingest", "mediawiki", folder, "--lake", tmp_path / "L", "--quiet")
    assert re.search(r"page\.sql\.gz: truncated or corrupt gzip .*, after row \d+", line)


def test_what_a_wiki_needs_is_said(wiki, tmp_path, take) -> None:
    folder = wiki(pagelinks=sql("pagelinks", NEW, (1, 0, 71)))
    with pytest.raises(KloutError, match="xxwiki needs its table page: xxwiki-…-page"):
        take("mediawiki", folder)
    wiki(page=pages())
    with pytest.raises(KloutError, match="by id; it needs xxwiki-…-linktarget"):
        take("mediawiki", folder)
    with pytest.raises(KloutError, match=r"no dump of 'dewiki'; there are \['xxwiki'\]"):
        take("mediawiki", folder, "dewiki")
    (folder / "xxwiki-20240401-page.sql.gz").write_bytes(b"x")
    with pytest.raises(KloutError, match="a second dump of xxwiki's page; give one of each"):
        take("mediawiki", folder)
    with pytest.raises(KloutError, match="expected a folder of SQL dumps"):
        take("mediawiki", folder / "xxwiki-20240301-page.sql.gz")
    with pytest.raises(KloutError, match="no dumps here, named as"):
        take("mediawiki", tmp_path)


def test_one_wiki_of_several_is_read_and_the_lack_of_redirects_said(wiki, tmp_path) -> None:
    found = sql("pagelinks", OLD, (1, 0, "Bob", 0), (1, 0, "Rob", 0))
    wiki("aawiki", page=pages(), pagelinks=found, redirect=ROB_IS_BOB)
    folder = wiki("bbwiki", page=pages(), pagelinks=found)
    ended = klout("ingest", "mediawiki", folder, "--lake", tmp_path / "L", "--site", "aawiki")
    assert ended.code == 0
    assert "bbwiki has no redirect table here; links to redirects are left out" in ended.err
    links = Lake(tmp_path / "L").scan("links").collect()
    assert set(links["source"]) == {"aawiki:Ann"}


VIEWS = b"""xx.wikipedia Bob null desktop 5 A5
xx.wikipedia Bob 2 mobile-web 7 A3B4
xx.wikipedia Rob 3 desktop 100 C100
xx.wikipedia Talk:Bob 4 desktop 9 A9
de.wikipedia Ann 1 desktop 50 A50
xx.wikibooks Ann 1 desktop 60 A60
"""


def counted(rows: pl.DataFrame) -> dict[str, float]:
    assert set(rows["counter"]) == {"views"}
    return dict(rows.select("account", "value").rows())


def test_views_are_added_up_over_ways_ids_and_redirects(put, wiki, take, rows) -> None:
    folder = wiki(page=pages(), redirect=ROB_IS_BOB)
    (folder / "pageviews-20240301-user.bz2").write_bytes(bz2.compress(VIEWS))
    receipt = take("mediawiki", folder)
    assert counted(rows("counters")) == {"xxwiki:Bob": 112}
    assert rows("counters")["at"][0] == datetime(2024, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    assert receipt.entry.left_out == {
        "views of other wikis": 2,
        "views of pages that are no articles": 1,
    }


def test_views_alone_are_of_all_titles_or_of_one_wiki(put, take, rows, tmp_path) -> None:
    path = put("pageviews-20240301-user", VIEWS)
    take("mediawiki", path, "xxwiki")
    assert counted(rows("counters")) == {
        "xxwiki:Bob": 12,
        "xxwiki:Rob": 100,
        "xxwiki:Talk:Bob": 9,
    }
    assert klout("ingest", "mediawiki", path, "--lake", tmp_path / "M").code == 0
    every = counted(Lake(tmp_path / "M").scan("counters").collect())
    assert (every["dewiki:Ann"], every["xxwikibooks:Ann"], len(every)) == (50, 60, 5)


def test_bad_views_are_refused_by_line(put, take, quarantine) -> None:
    data = b"xx.wikipedia Ann null desktop many A5\nxx.wikipedia Ann 5\n" + VIEWS
    receipt = take("mediawiki", put("pageviews-20240301-user.gz", data))
    assert receipt.entry.quarantined == 2
    found = quarantine()
    assert found["row"].to_list() == [1, 2]
    assert found["reason"][0].startswith("views: many is no number of views")
    assert found["reason"][1].startswith("expected 6 fields: xx.wikipedia Ann 5")


def test_a_lake_counts_views_from_the_next_day_on(put, tmp_path: Path) -> None:
    path, lake = put("pageviews-20240301-user", VIEWS), tmp_path / "L"
    ended = klout("ingest", "mediawiki", path, "--lake", lake)
    assert "networks: wikipedia: counter views is new\n" in ended.err
    out = tmp_path / "s.parquet"
    assert klout("materialize", "--lake", lake, "--as-of", "2024-03-02", "--out", out).code == 0
    signals = pl.read_parquet(out).filter(person="wikipedia:xxwiki:Rob")
    assert signals["wikipedia.views"].to_list() == [100.0]
    assert klout("materialize", "--lake", lake, "--as-of", "2024-03-01", "--out", out).code == 1


def tuples(file: Path) -> list[list[str]]:
    """Read the sample's rows anew: one to a line, or parted by what no title of theirs holds."""
    text = gzip.decompress(file.read_bytes()).decode()
    values = text[text.index("VALUES") :]
    rows = re.findall(r"\((\d[^\n]*?)\)(?=,\n|,\(|;)", values)
    return [[part.strip("'") for part in re.split(r",(?! _)(?=[\d'N])", row)] for row in rows]


def twin(folder: Path, wiki: str, *, old: bool) -> tuple[Counter[tuple[str, str]], int]:
    """Find a wiki's links between articles in plain Python, and how many rows there are."""
    at = {
        t: folder / f"{wiki}-20240301-{t}.sql.gz"
        for t in ("page", "redirect", "pagelinks", "linktarget")
    }
    page = {row[0]: row for row in tuples(at["page"])}
    redirect = {row[0]: row for row in tuples(at["redirect"])} if at["redirect"].exists() else {}
    by_title = {row[2]: row for row in page.values() if row[1] == "0"}
    target = {} if old else {row[0]: row for row in tuples(at["linktarget"])}
    found: Counter[tuple[str, str]] = Counter()
    rows = tuples(at["pagelinks"])
    for row in rows:
        space, title = row[1:3] if old else target.get(row[2], [0, "-1", ""])[1:3]
        to, source = by_title.get(title) if space == "0" else None, page.get(row[0])
        if to and to[3] == "1":
            lead = redirect.get(to[0])
            local = lead is not None and lead[1] == "0" and lead[3] == ""
            to = by_title.get(lead[2]) if lead and local else None
        if source and source[1] == "0" and source[3] == "0" and to:
            found[f"{wiki}:{source[2]}", f"{wiki}:{to[2]}"] += 1
    return found, len(rows)


def test_real_dumps_of_both_forms_are_taken_whole(shared, take, rows) -> None:
    folder = shared / "mediawiki"
    old, old_rows = twin(folder, "rmwiki", old=True)
    new, new_rows = twin(folder, "itwikibooks", old=False)
    receipt = take("mediawiki", folder)
    written = rows("links").select("source", "target").rows()
    assert Counter(written) == old + new
    assert (old["rmwiki:Obergesteln", "rmwiki:Turitg"], new.total()) == (1, 2)  # by a redirect
    left_out = sum(receipt.entry.left_out.values())
    assert len(written) + left_out == old_rows + new_rows == 12
    assert receipt.entry.quarantined == 0


def test_days_of_views_are_a_history(put, wiki, take, rows) -> None:
    folder = wiki(page=pages())
    for day in ("20240301", "20240302"):
        line = f"xx.wikipedia Ann null desktop {day[-1]} A1\n".encode()
        (folder / f"pageviews-{day}-user.bz2").write_bytes(bz2.compress(line))
    take("mediawiki", folder)
    days = rows("counters").sort("at").select(pl.col("at").dt.date(), "value").rows()
    assert days == [(date(2024, 3, 1), 1.0), (date(2024, 3, 2), 2.0)]


def test_a_file_of_a_day_that_does_not_exist_is_named(put, take) -> None:
    with pytest.raises(KloutError, match=r"pageviews-20241399-user: .* names a day, and this is"):
        take("mediawiki", put("pageviews-20241399-user", VIEWS))
