"""A network's people, divided: what each receives is counted apart from the others."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from features.catalogue.declaration import Network
from features.signals.owners import Owners


@dataclass(frozen=True)
class Shard:
    """Those whose receiver (the key that stands for a person on the network) is theirs.

    Attributes
    ----------
    number
        From 0.
    of
        How many shards there are.
    """

    number: int
    of: int

    @property
    def is_all(self) -> bool:
        """Whether there is no other."""
        return self.of == 1

    def has(self, receiver: str = "receiver") -> pl.Expr:
        """Tell by a receiver's key (u64, a hash) whether it belongs to the shard."""
        return pl.col(receiver) % self.of == self.number

    def mine(self, accounts: pl.DataFrame, owners: Owners) -> pl.DataFrame:
        """Keep the rows by ``key`` of the accounts for which somebody of the shard receives."""
        if self.is_all:
            return accounts
        ones = accounts.select("key").join(
            owners.merged, on="key", how="left", maintain_order="left"
        )
        return accounts.filter(
            ones.select(pl.coalesce("one", "key") % self.of == self.number).to_series()
        )


def shards_of(network: Network, count: int) -> list[Shard]:
    """Divide a network. PageRank is of all pages, so a network with a page graph stays whole."""
    several = 1 if network.page_graph else count
    return [Shard(number, several) for number in range(several)]
