"""What is known of a network's people, and whose doings must be counted anew when it changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from features.lake.retractions import Undone
from features.signals.correction import changed
from features.signals.owners import Owners


@dataclass(frozen=True)
class Known:
    """Who owns the network's accounts, how far they are believed, and what was taken back.

    Without an authenticity (None) all are believed wholly. Of retractions there is the last of
    each (`features.lake.retractions.state_of`), and of what is undone what differs from the run
    before.
    """

    owners: Owners
    authenticity: pl.DataFrame | None
    retractions: pl.DataFrame
    undone_since: Undone

    @cached_property
    def undone(self) -> Undone:
        """What is undone."""
        return Undone.by(self.retractions)


@dataclass(frozen=True)
class OwnershipDiff:
    """Accounts (keys) of which something else is known than before.

    Attributes
    ----------
    actors
        What they gave may count for another amount.
    targets
        What they receive may be somebody else's, or nobody's.
    claims
        Accounts (str) that are somebody else's than before.
    believed
        Those of `actors` that are believed more, or less, than before.
    undone
        What is undone and was not, or the reverse; accounts are among `actors` too.
    """

    actors: pl.Series
    targets: pl.Series
    claims: pl.Series
    believed: pl.Series
    undone: Undone


@dataclass(frozen=True)
class Learned:
    """What was known at the run before, what is known now, and who moved between."""

    was: Known
    now: Known
    moved: OwnershipDiff

    @property
    def is_anything_undone(self) -> bool:
        """Whether anything is undone, or was."""
        return not (self.was.undone.is_nothing and self.now.undone.is_nothing)

    @property
    def owners(self) -> list[Owners]:
        """By whom people are named: before and now, if that is not the same."""
        return (
            [self.now.owners]
            if self.moved.claims.is_empty()
            else [self.was.owners, self.now.owners]
        )


def ownership_diff(before: Known, now: Known) -> OwnershipDiff:
    """Compare what was known with what is."""
    believed = changed(before.authenticity, now.authenticity)
    undone = now.undone_since
    if before.owners is now.owners:
        nobody = believed.clear()
        actors = pl.concat([believed, undone.accounts]).unique()
        return OwnershipDiff(actors, nobody, pl.Series(dtype=pl.String), believed, undone)
    both = _owned(before.owners).join(
        _owned(now.owners), on="account", how="full", coalesce=True, suffix=".now"
    )
    both = both.with_columns(key=pl.coalesce("key", "key.now"))
    receives = _differs("ignored") | _differs("one")
    owned = both.filter(receives | _differs("person"))
    targets = both.filter(receives)
    actors = pl.concat([owned["key"], believed, undone.accounts]).unique()
    return OwnershipDiff(actors, targets["key"], owned["account"], believed, undone)


def _owned(owners: Owners) -> pl.DataFrame:
    """One row per claimed account: its person, whether it is ignored, and what stands for it."""
    ignored = owners.ignored.select("account", ignored=pl.lit(value=True))
    return (
        owners.claimed.select("account", "key", "person")
        .join(ignored, on="account", how="left")
        .join(owners.merged, on="key", how="left")
    )


def _differs(column: str) -> pl.Expr:
    return pl.col(column).ne_missing(pl.col(f"{column}.now"))
