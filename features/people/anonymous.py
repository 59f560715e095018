"""What stays of a forgotten person: the weight it gave to others, under names that say nothing.

Each account that reacted to others gets a random id, of which no list is kept. Its reactions keep
their kind, their receiver and their time, and the id keeps what weighs them: the history of scores
(of the person ``network:id``, as of any account that no identity claims), the authenticity, and
what was decided by hand. So the receivers' signals stay as they were, bit for bit. What was taken
back goes, with its retraction: without its own id, nothing would say any more that it is undone.
What a content is about stays, without its author, as long as a reaction to somebody else names it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from features.lake import Lake
from features.lake.naming import NamedAccount, is_account
from features.lake.retractions import Undone
from features.people.accounts import known_now

FORGOTTEN = "the account's person was forgotten"
"""Takes the place of why somebody decided on an account by hand, which may name it."""

_ACCOUNT = ["network", "account"]


@dataclass(frozen=True)
class Anonymous:
    """New names of accounts.

    Attributes
    ----------
    accounts
        All accounts of the person.
    ids
        ``network``, ``account`` and ``id`` (str) of each account that gave anything to others.
    histories
        ``person`` whose scores weigh what an account gave, and ``id``, the person that takes its
        place: one for each such account.
    undone
        By network what is undone by now, of those networks where an account gave anything.
    own
        Network and content of what nobody else's rows name: `own_contents`.
    """

    accounts: Sequence[NamedAccount]
    ids: pl.DataFrame
    histories: pl.DataFrame
    undone: Mapping[str, Undone]
    own: Sequence[NamedAccount] = ()

    @staticmethod
    def of(
        lake: Lake, accounts: Sequence[NamedAccount], own: Sequence[NamedAccount] = ()
    ) -> Anonymous:
        """Draw an id for each account that gave anything to others."""
        given = lake.scan("interactions").filter(
            is_account("actor", accounts), ~is_account("target", accounts)
        )
        found = given.select("network", account="actor").unique().collect(engine="streaming")
        rows = [(*row, f"anonymous-{secrets.token_hex(16)}") for row in found.iter_rows()]
        schema = dict.fromkeys([*_ACCOUNT, "id"], pl.String())
        ids = pl.DataFrame(rows, schema, orient="row")
        undone = {name: Undone.of(lake, name, date.max) for name in ids["network"].unique()}
        return Anonymous(accounts, ids, _histories(lake, ids), undone, own)

    def of_table(self, table: str) -> Callable[[pl.LazyFrame], pl.LazyFrame] | None:
        """Give what takes the person's rows of a table to those that stay; None: none do."""
        stay = {
            "interactions": self._given,
            "topics": lambda rows: rows.filter(~is_account("content", self.own)).with_columns(
                author=pl.lit(None, pl.String)
            ),
            "scores": self._scores,
            "authenticity": lambda rows: self._renamed(rows, "account", reasons=None),
            "overrides": lambda rows: self._renamed(rows, "account", why=FORGOTTEN),
        }
        return stay.get(table)

    def _given(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        to_others = rows.filter(~is_account("target", self.accounts))
        parts = [
            undone.left_of("interactions", to_others.filter(network=name))
            for name, undone in self.undone.items()
        ]
        return self._renamed(pl.concat([rows.clear(), *parts]), "actor", id=None)

    def _scores(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        columns = rows.collect_schema().names()
        mine = rows.join(self.histories.lazy(), on="person", maintain_order="left")
        return mine.with_columns(person="id").select(columns)

    def _renamed(self, rows: pl.LazyFrame, column: str, **cleared: str | None) -> pl.LazyFrame:
        """Take the rows of accounts that have an id, with the id in the account's place."""
        columns = rows.collect_schema().names()
        names = self.ids.lazy().select("network", pl.col("account").alias(column), new="id")
        mine = rows.join(names, on=["network", column], maintain_order="left")
        texts = {name: pl.lit(value, pl.String) for name, value in cleared.items()}
        return mine.with_columns(pl.col("new").alias(column), **texts).select(columns)


def own_retracted_ids(lake: Lake, accounts: Sequence[NamedAccount]) -> tuple[NamedAccount, ...]:
    """Name ids, each with its network, that accounts took back and that no other's rows have."""
    if not lake.files("retractions"):
        return ()
    named = lake.scan("retractions").select("network", "id").drop_nulls().unique()
    made = [
        lake.scan(table).select("network", id=number, own=is_account(who, accounts))
        for table, number, who in (
            ("interactions", "id", "actor"),
            ("contents", "content", "author"),
        )
    ]
    rows = pl.concat(made).join(named, on=["network", "id"], how="semi")
    own = rows.group_by("network", "id").agg(pl.col("own").all()).filter("own")
    return tuple(own.select("network", "id").sort("network", "id").collect().iter_rows())


def own_contents(lake: Lake, accounts: Sequence[NamedAccount]) -> tuple[NamedAccount, ...]:
    """Name contents that have topics, each with its network, and that are these accounts' alone.

    They published it or were reacted to by it, and nobody else did or was.
    """
    if not lake.files("topics"):
        return ()
    roles = {"interactions": "target", "contents": "author", "tallies": "account"}
    named = [
        lake.scan(table).select(
            "network", "content", own=is_account(role, accounts), known=pl.col(role).is_not_null()
        )
        for table, role in (*roles.items(), ("topics", "author"))
    ]
    rows = pl.concat(named).join(lake.scan("topics"), on=["network", "content"], how="semi")
    own = rows.group_by("network", "content").agg(
        pl.col("own").any(), others=(pl.col("known") & ~pl.col("own")).any()
    )
    found = own.filter("own", ~pl.col("others")).select("network", "content")
    return tuple(found.sort("network", "content").collect(engine="streaming").iter_rows())


def _histories(lake: Lake, ids: pl.DataFrame) -> pl.DataFrame:
    """Say whose history of scores weighs an account: its person's, or, unclaimed, its own.

    An account that was disconnected belongs to nobody, and no history weighs it.
    """
    known = known_now(lake).select(*_ACCOUNT, "person", claimed=pl.lit(value=True))
    own = pl.concat_str("network", "account", separator=":")
    return (
        ids.join(known, on=_ACCOUNT, how="left", maintain_order="left")
        .with_columns(person=pl.when("claimed").then("person").otherwise(own))
        .drop_nulls("person")
        .select("person", id=pl.concat_str("network", "id", separator=":"))
    )
