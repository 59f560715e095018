"""How far accounts are believed where nobody has labelled any: the strangest are believed least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.errors import KloutError
from training.integrity.behaviours.behaviour import Behaviour, as_matrix

Floats = NDArray[np.float64]

GRAIN = 9
"""Decimals of strangeness that count: what differs by less is equal."""


@dataclass(frozen=True)
class DetectorParams:
    """How strangeness becomes belief: a rule, since nothing says how many accounts are false.

    Attributes
    ----------
    contamination
        Share of the accounts that are believed less than wholly, above 0 and at most ½. Half of
        them fall below ½: of honest accounts in a lake without any others, one in a hundred.
    fewest
        Among fewer accounts than this, none is strange.
    """

    contamination: float = 0.02
    fewest: int = 20

    def __post_init__(self) -> None:
        if not 0 < self.contamination <= 0.5:
            raise KloutError(
                f"contamination: {self.contamination}; expected above 0 and at most 0.5"
            )


def detect(
    table: pl.DataFrame,
    behaviours: Sequence[Behaviour],
    params: DetectorParams | None = None,
    among: NDArray[np.bool_] | None = None,
) -> NDArray[np.float64]:
    """Judge accounts by how strange each is among all of them; nothing is learned that is kept.

    P = min(1, (1 - q) / contamination), q being the share of the accounts that are less strange:
    1 for all but the strangest, among whom it falls with the rank to 0. Monotone as signed: who
    does more of a ``down`` behaviour, all else equal, is never believed more.

    Parameters
    ----------
    table
        A row per account, a column per behaviour; other columns are passed over.
    behaviours
        What to read. Of one that is signed, only the suspicious end is strange.
    params
        None: the defaults.
    among
        Shape (accounts,): whom to compare with; None: with all. A sample will do.

    Returns
    -------
    ndarray of float64, shape (accounts,)
        In [0, 1]; the same for an account wherever its row stands.

    Raises
    ------
    KloutError
        If a behaviour is missing, no number, or not finite.
    """
    params, matrix = params or DetectorParams(), as_matrix(table, behaviours)
    others = matrix if among is None else matrix[among]
    if len(others) < params.fewest:
        return np.ones(len(matrix))
    strange = np.round(strangeness(matrix, behaviours, others), GRAIN)
    less_strange = _shares_below(strange, strange if among is None else strange[among])
    return np.asarray(np.minimum(1.0, (1.0 - less_strange) / params.contamination))


def strangeness(
    matrix: Floats, behaviours: Sequence[Behaviour], others: Floats | None = None
) -> Floats:
    """Sum over the behaviours of -log of the share of accounts that go as far.

    As ECOD (Li and others, "ECOD: unsupervised outlier detection using empirical cumulative
    distribution functions", 2022), but which end is strange is the declared sign's to say: few
    for ``up``, many for ``down``, both for ``free``. Ranks alone count, so heavy tails do no harm.
    An isolation forest overlooks farms: many accounts alike, at the end of everything, are dense.

    Parameters
    ----------
    matrix
        Shape (accounts, behaviours).
    others
        Shape (others, behaviours): whom to compare with; None: with one another.

    Returns
    -------
    ndarray of float64, shape (accounts,)
        At least 0; more is stranger.
    """
    others = matrix if others is None else others
    total = np.zeros(len(matrix))
    for column, behaviour in enumerate(behaviours):
        below = _shares_below(matrix[:, column], others[:, column])
        above = 1.0 - below
        share = {"up": below, "down": above, "free": 2.0 * np.minimum(below, above)}
        total -= np.log(share[behaviour.sign])
    return total


def _shares_below(values: Floats, others: Floats) -> Floats:
    """Share of others with less, in (0, 1); each equal, and be it itself, counts half.

    Who has more or less than all others is as if half a step further than the last of them.
    """
    ranked = np.sort(others)
    less, until = (np.searchsorted(ranked, values, side) for side in ("left", "right"))
    middle = np.clip((less + until) / 2, 0.5, len(others) - 0.5)
    return np.asarray(middle / len(others))
