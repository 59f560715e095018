"""What each table of the lake holds: columns, dtypes, partitions and keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

TIME = pl.Datetime("us", "UTC")
STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""What authenticity may be. Few, so that it changes rarely; quarters, so that sums are whole."""

KEYS = "keys"
"""The table that says nothing of its own: an index to others, made from them."""

_TEXT = pl.String()
_NUMBER = pl.Float64()


@dataclass(frozen=True)
class Table:
    """A table's columns, and how its files are laid out.

    Attributes
    ----------
    name
        The table's folder in the lake.
    columns
        Name to dtype, in order.
    optional
        Columns an input may leave out; they are null then.
    time
        The column whose day is the partition ``day``, if any.
    by_network
        Whether ``network`` is a partition.
    key
        The columns in which two rows are alike if they are the same fact; the later one is a
        repeat. Rows with a null in the last of them are never the same.
    accounts, persons
        The columns that name an account (of the row's ``network``) or a person, in any role.
    """

    name: str
    columns: Mapping[str, pl.DataType]
    optional: frozenset[str] = field(default_factory=frozenset)
    time: str | None = None
    by_network: bool = False
    key: tuple[str, ...] | None = None
    accounts: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()

    @property
    def partitions(self) -> list[str]:
        """Names of the partition columns, outermost first."""
        return ["network"] * self.by_network + ["day"] * (self.time is not None)


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "interactions",
            {
                "network": _TEXT,
                "reaction": _TEXT,
                "actor": _TEXT,
                "target": _TEXT,
                "content": _TEXT,
                "at": TIME,
                "id": _TEXT,
            },
            optional=frozenset({"content", "id"}),
            time="at",
            by_network=True,
            # One post replies to one person and mentions two: three interactions share its id.
            key=("network", "reaction", "actor", "target", "id"),
            accounts=("actor", "target"),
        ),
        Table(
            "contents",
            {"network": _TEXT, "author": _TEXT, "content": _TEXT, "kind": _TEXT, "at": TIME},
            time="at",
            by_network=True,
            key=("network", "author", "content"),
            accounts=("author",),
        ),
        Table(
            "counters",
            {"network": _TEXT, "account": _TEXT, "counter": _TEXT, "value": _NUMBER, "at": TIME},
            time="at",
            by_network=True,
            accounts=("account",),
        ),
        Table(
            "links",
            {"network": _TEXT, "source": _TEXT, "target": _TEXT},
            by_network=True,
            accounts=("source", "target"),
        ),
        Table(
            "identities",
            {
                "person": _TEXT,
                "network": _TEXT,
                "account": _TEXT,
                "kind": _TEXT,
                "connected_at": TIME,
                "disconnected_at": TIME,
            },
            optional=frozenset({"disconnected_at"}),
            accounts=("account",),
            persons=("person",),
        ),
        Table(
            "judgements",
            {"a": _TEXT, "b": _TEXT, "preference": _NUMBER, "judged_at": TIME, "judge": _TEXT},
            persons=("a", "b", "judge"),
        ),
        # What was published: the score of each person as known at 00:00 UTC of the day `as_of`.
        Table(
            "scores",
            {"person": _TEXT, "score": _NUMBER, "as_of": TIME},
            time="as_of",
            persons=("person",),
        ),
        # What accounts were believed to be, as known at 00:00 UTC of the day `as_of`.
        Table(
            "authenticity",
            {
                "network": _TEXT,
                "account": _TEXT,
                "authenticity": _NUMBER,
                "as_of": TIME,
                "reasons": _TEXT,
            },
            optional=frozenset({"reasons"}),
            time="as_of",
            by_network=True,
            accounts=("account",),
        ),
        # What somebody decided by hand; it stands above what was computed.
        Table(
            "overrides",
            {
                "network": _TEXT,
                "account": _TEXT,
                "authenticity": _NUMBER,
                "why": _TEXT,
                "decided_at": TIME,
            },
            accounts=("account",),
        ),
    )
}
"""What may be ingested."""

RECORDS: dict[str, Table] = {
    table.name: table
    for table in (
        # Who does not want a score, and since when; a row with `opted_in_at` ends the one without.
        Table(
            "optouts",
            {"person": _TEXT, "opted_out_at": TIME, "opted_in_at": TIME},
            optional=frozenset({"opted_in_at"}),
            persons=("person",),
        ),
        # Who was forgotten, as salted digests: see `features.lake.suppression`.
        Table("suppressions", {"salt": _TEXT, "digest": _TEXT}),
        # Which keys the lake holds, and on which days: see `features.lake.keys`.
        Table(KEYS, {"key": pl.UInt64(), "day": pl.Date()}),
    )
}
"""What commands keep beside it; no source brings these."""

EVERY_TABLE = TABLES | RECORDS
