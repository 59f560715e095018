"""Words and names: what stands for what, and what people are searched by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from sqlalchemy import Connection, insert, select

from serving.store import bulk
from serving.store.day import ACCOUNTS, checked
from serving.store.schema import accounts, names, words

_ACCOUNT = {"network": pl.Int64, "account": pl.String, "key": pl.Int64}
_NAME = {"name": pl.String, "key": pl.Int64}


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


def put_names(
    connection: Connection, persons: pl.DataFrame, connected: pl.DataFrame | None
) -> None:
    """Keep the accounts of persons (``key``, ``person``), and what they are searched by.

    Parameters
    ----------
    connection
        Within a transaction.
    persons
        All who have a score; nobody else stays searchable.
    connected
        `ACCOUNTS`; None: as they are.
    """
    if connected is None:
        kept = bulk.read(connection, accounts, _ACCOUNT)
        numbered = kept.join(persons.select("key"), on="key", how="semi")
    else:
        numbered = _numbered(connection, checked(connected, ACCOUNTS, "accounts"), persons)
    bulk.apply(connection, accounts, numbered, _ACCOUNT)
    bulk.apply(connection, names, _names(persons, numbered), _NAME)


def names_of(person: str, named: Iterable[str]) -> set[str]:
    """Name what a person with these accounts is searched by."""
    one = pl.DataFrame({"key": [1], "person": [person]})
    theirs = pl.DataFrame({"account": list(named)}, schema={"account": pl.String})
    return set(_names(one, theirs.with_columns(key=pl.lit(1, pl.Int64)))["name"])


def _numbered(
    connection: Connection, connected: pl.DataFrame, persons: pl.DataFrame
) -> pl.DataFrame:
    owned = connected.join(persons, on="person")
    ids = words_of(connection, owned["network"].unique().to_list())
    return owned.with_columns(_replaced("network", ids)).select(list(_ACCOUNT))


def _replaced(column: str, ids: Mapping[str, int]) -> pl.Expr:
    return pl.col(column).replace_strict(ids, return_dtype=pl.Int64)


def _names(persons: pl.DataFrame, numbered: pl.DataFrame) -> pl.DataFrame:
    """List ids, what follows the network in ids of unclaimed accounts, and accounts."""
    after = pl.col("person").str.splitn(":", 2).struct.field("field_1")
    every = [
        persons.select("key", name="person"),
        persons.select("key", name=after).drop_nulls(),
        numbered.select("key", name="account"),
    ]
    return pl.concat(every).select(pl.col("name").str.to_lowercase(), "key").unique()


def lowered(name: str) -> str:
    """Write a name as it is searched by.

    By the library that lowers the names that are kept: which letters have a lower case is another
    question in each version of Unicode, and Python's own follows Python.
    """
    return str(pl.select(pl.lit(name).str.to_lowercase()).item())
