"""Who owns which account, as known at `as_of`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from features.catalogue.declaration import Network
from features.lake import Lake
from features.lake.remembering import remembered
from features.lake.times import midnight
from features.storage import hashing


def account_key(column: str) -> pl.Expr:
    """Stand for an account or a content by 64 bits, which group and join many times faster.

    Two accounts may share a key, which `features.signals.names` finds out; see
    docs/decisions/0002-hashed-ids.md.
    """
    return hashing.key(pl.col(column))


@remembered
def claims(lake: Lake, as_of: date) -> pl.DataFrame:
    """Resolve every account that an identity row claims before `as_of`.

    Returns
    -------
    DataFrame
        One row per claimed account: ``network``, ``account``, ``person`` (null: disconnected, so
        it belongs to nobody) and ``page`` (bool). Of several persons with an account connected,
        the latest to connect has it; at the same instant, the smallest id.
    """
    now = midnight(as_of)
    merged = (
        lake.scan("identities")
        .filter(pl.col("connected_at") < now)
        .group_by("person", "network", "account", "connected_at")
        .agg(pl.col("kind").max(), pl.col("disconnected_at").min())
        .with_columns(
            active=pl.col("disconnected_at").is_null() | (pl.col("disconnected_at") >= now)
        )
    )
    order = ["active", "connected_at", "person", "kind"]
    return (
        merged.sort(order, descending=[True, True, False, True])
        .group_by("network", "account", maintain_order=True)
        .agg(pl.col("person").first(), pl.col("kind").first(), pl.col("active").first())
        .select(
            "network",
            "account",
            person=pl.when("active").then("person"),
            page=pl.col("kind") == "page",
        )
        .collect()
    )


@dataclass(frozen=True)
class Owners:
    """The claimed accounts of one network.

    Attributes
    ----------
    network
        Its declaration.
    claimed
        ``account``, ``person`` (null: nobody), ``page``, and ``key``, the account's key.
    """

    network: Network
    claimed: pl.DataFrame

    @staticmethod
    def of(network: Network, claimed: pl.DataFrame) -> Owners:
        """Take one network's part of what `claims` returned."""
        mine = claimed.lazy().filter(pl.col("network") == network.name).drop("network")
        return Owners(network, mine.with_columns(key=account_key("account")).collect())

    @cached_property
    def ignored(self) -> pl.DataFrame:
        """Accounts that receive nothing: disconnected, or pages where only persons count."""
        page = pl.col("page") if self.network.personal_only else pl.lit(value=False)
        return self.claimed.filter(pl.col("person").is_null() | page)

    @cached_property
    def merged(self) -> pl.DataFrame:
        """Accounts (``key``) of persons who own several here, and the ``one`` to stand for all."""
        several = (
            self.claimed.lazy()
            .drop_nulls("person")
            .with_columns(
                one=pl.col("key").sort_by("page", "account").first().over("person"),
                accounts=pl.len().over("person"),
            )
            .filter(pl.col("accounts") > 1)
        )
        return several.select("key", "one").collect()

    @cached_property
    def persons(self) -> pl.DataFrame:
        """Accounts that receive, as ``account``, ``key`` and their ``person``."""
        every = self.claimed.lazy().join(self.ignored.lazy(), on="account", how="anti")
        return every.select("account", "key", "person").collect()

    def resolved(self) -> Owners:
        """Work out all that is asked of it now, so that it goes with it to other processes."""
        _ = self.ignored, self.merged, self.persons
        return self

    def with_person(self, frame: pl.LazyFrame, account: str) -> pl.LazyFrame:
        """Add ``person`` for the account named in a column; drop what belongs to nobody."""
        keep = frame.join(self.ignored.lazy(), left_on=account, right_on="account", how="anti")
        own = self.persons.lazy().select("account", "person")
        unclaimed = pl.concat_str(pl.lit(f"{self.network.name}:"), pl.col(account))
        return keep.join(own, left_on=account, right_on="account", how="left").with_columns(
            pl.coalesce("person", unclaimed).alias("person")
        )
