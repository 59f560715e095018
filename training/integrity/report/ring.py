"""Rings: doubted accounts that react to one another, or act in lockstep.

Only what doubted accounts do is read, so that a ring costs no more than its own reactions. Lockstep
is looked for among them alone: those believed can't part two that meet in one slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

from features.catalogue.catalogue import HORIZON
from features.lake import Lake
from features.signals.owners import Owners, account_key
from training.integrity.behaviours.day_tiles import BehaviourTiles, fold_behaviour
from training.integrity.behaviours.lockstep import PAIR, held_together
from training.integrity.behaviours.reciprocity import edges, mutual

DOUBTED = 0.5
"""Accounts believed less than this may be in a ring: they count for no days and no hit rate."""

SMALLEST = 3
"""Two who react to one another are a pair."""

MOST_RINGS = 3
"""Of a network, the largest."""

MOST_MEMBERS = 80
MOST_TIES = 600
"""What can be told apart in one picture: the members with most ties, and the strongest ties."""

_PLACES = ["place", "place_other"]


@dataclass(frozen=True)
class Ring:
    """Accounts that hang together.

    Attributes
    ----------
    network
        Where.
    accounts
        How many there are in all; at most `MOST_MEMBERS` are members here.
    members
        ``account``, ``authenticity``, ``reasons``, in an order that puts those tied together side
        by side.
    ties
        ``one`` and ``other``, places among the members (i64); ``reactions``, those to each other,
        0 if not mutual; ``shared``, moments shared in lockstep, 0 if too few. Strongest first.
    """

    network: str
    accounts: int
    members: pl.DataFrame
    ties: pl.DataFrame

    def as_dict(self) -> dict[str, Any]:
        """Say the same in JSON's types."""
        return {
            "network": self.network,
            "accounts": self.accounts,
            "members": self.members.to_dicts(),
            "ties": self.ties.to_dicts(),
        }


def rings(lake: Lake, as_of: date, owners: Owners, doubted: pl.DataFrame) -> list[Ring]:
    """Find a network's largest rings.

    Parameters
    ----------
    lake
        What happened.
    as_of
        The 90 days before count.
    owners
        Who owns the network's accounts: what one person's accounts do to each other is no tie.
    doubted
        ``account``, ``authenticity`` and ``reasons`` of whom to look at.

    Returns
    -------
    list of Ring
        At most `MOST_RINGS`, each of at least `SMALLEST` accounts, the largest first.
    """
    window = (as_of - timedelta(HORIZON), as_of)
    deeds = lake.scan("interactions", [owners.network.name], *window)
    own = deeds.join(doubted.lazy().select(actor="account"), on="actor", how="semi")
    tiles = fold_behaviour(own, lake.scan_files("contents", []), owners)
    known = doubted.select("account", "authenticity", "reasons", key=account_key("account"))
    ties = _ties(tiles)
    keys, label = _components(ties)
    sizes = np.bincount(label)
    # Keys have no meaning, so that of equal size the first account by name decides.
    named = pl.DataFrame({"key": keys, "ring": label}).join(known, on="key")
    order = named.group_by("ring").agg(pl.len(), pl.col("account").min())
    largest = order.filter(pl.col("len") >= SMALLEST).sort(
        "len", "account", descending=[True, False]
    )
    return [
        _ring(owners.network.name, int(sizes[ring]), named.filter(pl.col("ring") == ring), ties)
        for ring in largest["ring"].head(MOST_RINGS)
    ]


def _ties(tiles: BehaviourTiles) -> pl.DataFrame:
    """Pair keys, ``one`` < ``other``, that react to each other or are held together."""
    both = mutual(edges(tiles.deeds.lazy())).filter(pl.col("actor") < pl.col("target"))
    reacting = both.select(
        one="actor", other="target", reactions=pl.col("given") + pl.col("back")
    ).collect()
    given = tiles.acts.group_by(account="actor").agg(pl.col("given").sum())
    held, _ = held_together(tiles.together, given)
    ties = reacting.join(held, on=PAIR, how="full", coalesce=True)
    return ties.with_columns(pl.col("reactions", "shared").fill_null(0))


def _components(ties: pl.DataFrame) -> tuple[pl.Series, NDArray[np.int32]]:
    """Put keys that hang together under one label."""
    keys = pl.concat([ties["one"], ties["other"]]).unique().sort()
    _, label = connected_components(_matrix(ties, keys), directed=False)
    return keys, label


def _matrix(ties: pl.DataFrame, keys: pl.Series) -> csr_array:
    """Lay ties out both ways, shape (keys, keys)."""
    one, other = (keys.search_sorted(ties[end]).to_numpy() for end in PAIR)
    ends = (np.concatenate([one, other]), np.concatenate([other, one]))
    return coo_array((np.ones(2 * len(ties), np.int8), ends), shape=(len(keys),) * 2).tocsr()


def _ring(network: str, accounts: int, members: pl.DataFrame, ties: pl.DataFrame) -> Ring:
    """Keep the members with most ties, side by side with those they are tied to."""
    ends = pl.concat([ties.select(key=end) for end in PAIR]).group_by("key").len("ties")
    most = members.join(ends, on="key").sort("ties", "account", descending=[True, False])
    kept = most.head(MOST_MEMBERS).sort("account")
    seated = _seated(kept, _placed(kept, ties))
    strength = pl.col("reactions") + pl.col("shared")
    strongest = _placed(seated, ties).sort(strength, *PAIR, descending=[True, False, False])
    columns = ["account", "authenticity", "reasons"]
    return Ring(network, accounts, seated.select(columns), strongest.head(MOST_TIES))


def _placed(members: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Take the ties among members, by place instead of key, the smaller place first."""
    place = members.select("key", place=pl.int_range(pl.len()))
    both = ties.join(place, left_on="one", right_on="key").join(
        place, left_on="other", right_on="key", suffix="_other"
    )
    first, second = pl.min_horizontal(_PLACES), pl.max_horizontal(_PLACES)
    return both.select("reactions", "shared", one=first, other=second)


def _seated(members: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Put members in an order that brings their ties close to the diagonal."""
    places = pl.int_range(len(members), eager=True)
    around = reverse_cuthill_mckee(_matrix(placed, places), symmetric_mode=True)
    return members[around.tolist()]
