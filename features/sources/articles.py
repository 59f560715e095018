"""The articles of a wiki: its pages of namespace 0, with redirects followed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.sources.lookup import Lookup
from features.sources.sql_rows import read_rows

ARTICLES = 0
"""The namespace of articles; the others are talk, users, categories and the like."""

MOST_REDIRECTS = 5
"""Redirects to redirects are followed so far. MediaWiki follows one, and robots mend the others."""


@dataclass(frozen=True)
class Articles:
    """What a page id or a title stands for.

    Attributes
    ----------
    by_id
        Page id to the title of the article that it is; redirects are none.
    by_title
        Title to that of the article that it is or leads to.
    """

    by_id: Lookup
    by_title: Lookup

    @staticmethod
    def read(page: Path, redirect: Path | None) -> Articles:
        """Read them from a wiki's tables.

        Parameters
        ----------
        page
            The dump of ``page``.
        redirect
            That of ``redirect``; None: redirects lead nowhere.

        Raises
        ------
        KloutError
            If a dump was cut, or is of another table.
        """
        pages = pl.concat(map(_articles, read_rows(page, _PAGE)))
        articles = pages.filter(~pl.col("is_redirect"))
        leads = pages.filter("is_redirect").select("id", "title")
        if redirect is not None:
            targets = pl.concat(map(_targets, read_rows(redirect, _REDIRECT)))
            to = Lookup.of(targets, "to").find(leads["id"])
        else:
            to = pl.Series([None] * len(leads), dtype=pl.String)
        return Articles(
            Lookup.of(articles, "title"), _followed(articles["title"], leads["title"], to)
        )


_PAGE = ["page_id", "page_namespace", "page_title", "page_is_redirect"]
_REDIRECT = ["rd_from", "rd_namespace", "rd_title", "rd_interwiki"]


def _articles(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.filter(number("page_namespace") == ARTICLES).select(
        id=number("page_id"), title="page_title", is_redirect=number("page_is_redirect") == 1
    )


def _targets(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the redirects that lead to an article of the same wiki."""
    here = pl.col("rd_interwiki").fill_null("") == ""
    return rows.filter(number("rd_namespace") == ARTICLES, here).select(
        id=number("rd_from"), to="rd_title"
    )


def _followed(articles: pl.Series, redirects: pl.Series, to: pl.Series) -> Lookup:
    """Look up titles: an article is itself, a redirect what it leads to, if that is one."""
    leads = pl.DataFrame({"id": redirects, "to": to})
    known = pl.DataFrame({"id": articles, "to": articles})
    is_article = Lookup.of(known, "to")
    step = Lookup.of(leads.drop_nulls(), "to")
    end = leads["to"]
    for _ in range(MOST_REDIRECTS):
        end = pl.select(pl.coalesce(step.find(end), end)).to_series()
    ends = leads.with_columns(to=is_article.find(end))
    return Lookup.of(pl.concat([known, ends.drop_nulls()]), "to")


def number(column: str) -> pl.Expr:
    """Read a column of texts as whole numbers; null where one is none."""
    return pl.col(column).cast(pl.Int64, strict=False)
