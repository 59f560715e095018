"""How far the accounts of a network are believed: what was learned, and what is plain."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.integrity.behaviours.behaviour import BEHAVIOURS
from training.integrity.classifier import Classifier
from training.integrity.outliers import detect

CROWD = 0.9
"""How much of an account's belief is lost if all it ever did was to come with a bought crowd."""

STRANGE = 0.18
"""How much of it the strangest account of a network loses. Less than takes an account off its step
(`training.integrity.quantize`): strangeness alone costs nobody anything, celebrities are strange
too. It decides where the classifier doubts."""


def p_authentic(
    table: pl.DataFrame, classifier: Classifier | None, among: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """P(authentic) of a network's accounts.

    The classifier knows the attacks it has learned. Two things are held against an account beside
    it, so that an attack of a new kind does not go unseen: to have come with a crowd, and to be
    among the strangest fiftieth of the network. Neither can raise what the classifier says.

    Parameters
    ----------
    table
        `training.integrity.behaviours.measure.behaviours` of accounts of one network.
    classifier
        None: there are no labels, and strangeness decides alone.
    among
        Shape (accounts,): a sample of the network, in which strangeness is ranked; None: all.

    Returns
    -------
    ndarray of float64, shape (accounts,)
        In [0, 1].
    """
    strange = 1.0 - detect(table, BEHAVIOURS, among=among)
    if classifier is None:
        return 1.0 - strange
    crowds = table["in_crowds"].to_numpy()
    known = classifier.probability(table)
    return np.asarray(known * (1.0 - CROWD * crowds) * (1.0 - STRANGE * strange))
