"""What each family of signals is worth: Shapley's values of a network's trees, exactly.

A network's part is what its trees say of the person less what they say of somebody who is not
there, whose signals are all 0. Families of signals are the players: in a set of them, their
signals are the person's, and all others are 0 (the baseline Shapley value of Sundararajan and
Najmi, The many Shapley values, 2020).

No sampling is needed. A sum of trees is a sum of boxes, "v, if the signals lie in this box" (see
`training.scorer`). In a box, a family is *for* it if only the person's signals lie within, and
*against* it if only the zeros do. The box counts for the sets with all p of the first and none of
the q of the second, so by symmetry each of the first is worth

    v (p - 1)! q! / (p + q)!      and each of the second      -v p! (q - 1)! / (p + q)!

Who brought how much of a change that several brought together (Shapley, 1953).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import factorial

import numpy as np
from numpy.typing import NDArray

from features.catalogue.catalogue import Catalogue, Signal
from training.influence.model import Model
from training.scorer.flat_trees import FlatTrees, Places
from training.trees.exact import GRAIN


def shapley(values: Vector) -> Vector:
    """Share what all players together are worth among them.

    A player's share is what it adds to those before it, on average over all orders. The shares add
    up to ``values[-1] - values[0]``; who never adds anything has 0; and who alone adds anything
    has all of it.

    Parameters
    ----------
    values
        Shape (2 ** players,): what each set of players is worth. Bit i of the place says whether
        player i is in the set.

    Returns
    -------
    ndarray of float64, shape (players,)

    Examples
    --------
    >>> shapley(np.array([0.0, 1.0, 2.0, 5.0])).tolist()
    [2.0, 3.0]
    """
    players = len(values).bit_length() - 1
    sets = np.arange(len(values))
    sizes = np.array([int(each).bit_count() for each in sets])
    shares = np.zeros(players)
    for player in range(players):
        without = sets[sets >> player & 1 == 0]
        added = values[without | 1 << player] - values[without]
        shares[player] = float(_weights(players)[sizes[without]] @ added)
    return shares


def _weights(players: int) -> Vector:
    """By the size of a set, the share of all orders in which it comes before a given player."""
    each = [
        factorial(size) * factorial(players - 1 - size) / factorial(players)
        for size in range(players)
    ]
    return np.array(each)


Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Boxes:
    """A network's leaves, and the conditions of being in them.

    Attributes
    ----------
    trees
        The network's.
    value
        By box, what it adds; boxes in order of tree, and from left to right.
    box, family, split, is_left
        By condition, in order of box and family: whether one goes left at the split.
    families
        Their names.
    """

    trees: FlatTrees
    value: Vector
    box: Places
    family: Places
    split: Places
    is_left: NDArray[np.bool_]
    families: Sequence[str]

    def worths(self, signals: Vector) -> dict[str, float]:
        """Share what the trees say of somebody, less what they say of nobody.

        Parameters
        ----------
        signals
            Shape (the network's signals,), in the catalogue's order.

        Returns
        -------
        dict
            By family, in multiples of `training.trees.exact.GRAIN`: their sum is exact in any
            order.
        """
        theirs, nobody = self._within(signals), self._within(np.zeros_like(signals))
        start = np.flatnonzero(_changes(self.box) | _changes(self.family))
        box, family = self.box[start], self.family[start]
        is_there = np.logical_and.reduceat(theirs, start)
        is_absent = np.logical_and.reduceat(nobody, start)
        shares = self._shares(box, is_there, is_absent)
        worths = np.zeros(len(self.families))
        np.add.at(worths, family, shares)
        return dict(zip(self.families, _whole(worths).tolist(), strict=True))

    def _within(self, signals: Vector) -> NDArray[np.bool_]:
        """Say of each condition whether it holds."""
        return np.asarray(self.trees.goes_left(signals)[self.split] == self.is_left)

    def _shares(
        self, box: Places, is_there: NDArray[np.bool_], is_absent: NDArray[np.bool_]
    ) -> Vector:
        """Share each box among the families that tell somebody from nobody in it."""
        boxes = len(self.value)
        never = np.bincount(box, ~is_there & ~is_absent, minlength=boxes) > 0
        is_for, is_against = is_there & ~is_absent, is_absent & ~is_there
        p = np.bincount(box, is_for, minlength=boxes).astype(np.int64)
        q = np.bincount(box, is_against, minlength=boxes).astype(np.int64)
        value = np.where(never, 0.0, self.value)
        table = _orders(int(max(p.max(initial=0), q.max(initial=0))) + 1)
        gain = is_for * table[np.maximum(p - 1, 0), q][box]
        loss = is_against * table[p, np.maximum(q - 1, 0)][box]
        return np.asarray(value[box] * (gain - loss))


def boxes_of(model: Model, network: str) -> Boxes:
    """Take a network's trees apart; remembered for a few models."""
    return _remembered(_Key(model.version, network, model))


def family_of(signal: Signal) -> str:
    """Name a signal's family: its name without the network and the window.

    Examples
    --------
    >>> family_of(Signal("twitter.like.count.7d", "twitter", "interactions", 7, "likes", "up"))
    'like.count'
    """
    name = signal.name.removeprefix(f"{signal.network}.")
    return name.removesuffix(f".{signal.window}d")


def signals_of(catalogue: Catalogue, network: str) -> list[Signal]:
    """List a network's signals, in the catalogue's order."""
    return [signal for signal in catalogue.signals if signal.network == network]


@dataclass(frozen=True)
class _Key:
    version: str
    network: str
    model: Model = field(compare=False)


@lru_cache(maxsize=64)
def _remembered(key: _Key) -> Boxes:
    model, network = key.model, key.network
    trees = model.sums.flat[network]
    named = [family_of(signal) for signal in signals_of(model.catalogue, network)]
    families = list(dict.fromkeys(named))
    number = np.array([families.index(name) for name in named], dtype=np.int32)
    place = trees.from_left_to_right()
    leaf, split, is_left = trees.paths()
    box, family = place[leaf].astype(np.int32), number[trees.signal[split]]
    order = np.lexsort((family, box))
    value = np.empty_like(trees.value)
    value[place] = trees.value
    return Boxes(trees, value, box[order], family[order], split[order], is_left[order], families)


def _changes(column: Places) -> NDArray[np.bool_]:
    """Mark where a value differs from the one before; the first does."""
    return np.concatenate([[True], column[1:] != column[:-1]]) if len(column) else column > 0


@lru_cache(maxsize=8)
def _orders(size: int) -> Vector:
    """By p - 1 and q: the share of orders in which one comes after p - 1 others, before q."""
    table = np.empty((size, size))
    for p in range(size):
        for q in range(size):
            table[p, q] = factorial(p) * factorial(q) / factorial(p + q + 1)
    return table


def _whole(worths: Vector) -> Vector:
    """Round to multiples of `GRAIN` whose sum is that of the worths."""
    total = round(float(worths.sum()) / GRAIN)
    grains = np.rint(worths / GRAIN)
    if len(grains):
        grains[np.argmax(np.abs(grains))] += total - grains.sum()
    return np.asarray(grains * GRAIN)
