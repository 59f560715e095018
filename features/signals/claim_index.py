"""The claims of one network, found by account or by person without looking at all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.lake import Lake
from features.lake.remembering import remembered
from features.lake.spans import spans
from features.signals.owners import account_key, claims

Keys = NDArray[np.uint64]
Rows = NDArray[np.intp]


@dataclass(frozen=True)
class ClaimIndex:
    """Claims in order of account, and where accounts and persons are among them.

    Attributes
    ----------
    claimed
        Of one network, as of `features.signals.owners.claims`.
    keys, by_key
        The accounts' keys, ascending, and the row of each.
    person
        By row, the number of the person; 0: nobody.
    start, by_person
        Rows by person: those of the i-th begin at ``start[i]``.
    """

    claimed: pl.DataFrame
    keys: Keys
    by_key: Rows
    person: NDArray[np.int64]
    start: NDArray[np.intp]
    by_person: Rows

    @staticmethod
    def of(claimed: pl.DataFrame) -> ClaimIndex:
        """Index claims of one network."""
        rows = claimed.sort("account")
        keys = rows.select(account_key("account")).to_series().to_numpy()
        person = rows["person"].rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
        by_key, by_person = _ordered(keys), _ordered(person)
        counts = np.bincount(person) if len(person) else np.zeros(1, np.int64)
        start = np.concatenate([[0], np.cumsum(counts)])
        return ClaimIndex(rows, keys[by_key], by_key, person, start, by_person)

    def concerned(self, keys: Keys) -> Rows:
        """Name the rows of some accounts, and of all accounts of their persons, in order."""
        own = self.of_keys(keys)
        owners = np.unique(self.person[own])
        owners = owners[owners > 0]
        theirs = self.by_person[spans(self.start[owners], self.start[owners + 1])]
        return np.unique(np.concatenate([own, theirs]))

    def of_keys(self, keys: Keys) -> Rows:
        """Name the rows of accounts."""
        first, last = (self.keys.searchsorted(keys, side) for side in ("left", "right"))
        return self.by_key[spans(first, last)]

    def frame(self, rows: Rows) -> pl.DataFrame:
        """Take some rows."""
        return self.claimed[rows]


@remembered
def claim_index(lake: Lake, as_of: date, network: str) -> ClaimIndex:
    """Index the claims that are known of a network before a day."""
    return ClaimIndex.of(claims(lake, as_of).filter(network=network))


def _ordered(values: NDArray[Any]) -> Rows:
    return np.argsort(values, kind="stable")
