"""Words and names: what stands for what, and what people are searched by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from sqlalchemy import Connection, insert, select

from serving.store import bulk
from serving.store.day import ACCOUNTS, SHOWN_NAMES, Day, checked
from serving.store.schema import accounts, names, shown_names, words

_ACCOUNT = {"network": pl.Int64, "account": pl.String, "key": pl.Int64}
_NAME = {"name": pl.String, "key": pl.Int64}
_SHOWN = {"key": pl.Int64, "name": pl.String}


def every_word(connection: Connection) -> dict[str, int]:
    """Read the numbers of all words."""
    return {row.word: row.id for row in connection.execute(select(words))}


def words_of(connection: Connection, wanted: Iterable[str]) -> dict[str, int]:
    """Give the numbers of words; new ones get the next."""
    found = every_word(connection)
    fresh = sorted(set(wanted) - found.keys())
    first = max(found.values(), default=0) + 1
    added = dict(zip(fresh, range(first, first + len(fresh)), strict=True))
    if added:
        rows = [{"id": number, "word": word} for word, number in added.items()]
        connection.execute(insert(words), rows)
    return found | added


def put_names(connection: Connection, persons: pl.DataFrame, day: Day) -> None:
    """Keep accounts of persons, what they are called, and what they are searched by.

    Parameters
    ----------
    connection
        Within a transaction.
    persons
        All who have a score: ``key`` and ``person``. Nobody else stays searchable.
    day
        Whose accounts and names they are; those that it does not give stay as they are.
    """
    if day.accounts is None:
        kept = bulk.read(connection, accounts, _ACCOUNT)
        numbered = kept.join(persons.select("key"), on="key", how="semi")
    else:
        numbered = _numbered(connection, checked(day.accounts, ACCOUNTS, "accounts"), persons)
    if day.names is None:
        known = bulk.read(connection, shown_names, _SHOWN)
        called = known.join(persons.select("key"), on="key", how="semi")
    else:
        told = checked(day.names, SHOWN_NAMES, "names")
        called = told.join(persons, on="person").select(list(_SHOWN))
    bulk.apply(connection, accounts, numbered, _ACCOUNT)
    bulk.apply(connection, shown_names, called, _SHOWN)
    bulk.apply(connection, names, _names(persons, numbered, called), _NAME)


def names_of(person: str, named: Iterable[str], called: Iterable[str]) -> set[str]:
    """Name what a person with these accounts, who is called so, is searched by."""

    def theirs(column: str, texts: Iterable[str]) -> pl.DataFrame:
        frame = pl.DataFrame({column: list(texts)}, schema={column: pl.String})
        return frame.with_columns(key=pl.lit(1, pl.Int64))

    frames = theirs("person", [person]), theirs("account", named), theirs("name", called)
    return set(_names(*frames)["name"])


def _numbered(
    connection: Connection, connected: pl.DataFrame, persons: pl.DataFrame
) -> pl.DataFrame:
    owned = connected.join(persons, on="person")
    ids = words_of(connection, owned["network"].unique().to_list())
    return owned.with_columns(_replaced("network", ids)).select(list(_ACCOUNT))


def _replaced(column: str, ids: Mapping[str, int]) -> pl.Expr:
    return pl.col(column).replace_strict(ids, return_dtype=pl.Int64)


def _names(persons: pl.DataFrame, numbered: pl.DataFrame, called: pl.DataFrame) -> pl.DataFrame:
    """List ids, what follows the network in ids of unclaimed accounts, accounts, and names.

    Of names each word too: somebody is looked for by the last one as well.
    """
    after = pl.col("person").str.splitn(":", 2).struct.field("field_1")
    every = [
        persons.select("key", name="person"),
        persons.select("key", name=after).drop_nulls(),
        numbered.select("key", name="account"),
        called.select("key", "name"),
        called.select("key", pl.col("name").str.split(" ")).explode("name", empty_as_null=False),
    ]
    return pl.concat(every).select(pl.col("name").str.to_lowercase(), "key").unique()


def lowered(name: str) -> str:
    """Write a name as it is searched by.

    By the library that lowers the names that are kept: which letters have a lower case is another
    question in each version of Unicode, and Python's own follows Python.
    """
    return str(pl.select(pl.lit(name).str.to_lowercase()).item())
