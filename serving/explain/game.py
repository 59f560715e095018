"""Who brought how much of a change that several brought together (Shapley, 1953)."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


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
