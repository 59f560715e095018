"""Sums of trees for many persons at once, equal to LightGBM's to the last bit.

A tree is a sum over its leaves of "value, if the signals lie in this box". So a network's trees are
a sum of boxes, and boxes over the same few signals can be added up beforehand:

1. Each signal is replaced by its code: how many of the network's thresholds lie below it. Then
   ``signal <= threshold`` is ``code <= rank of the threshold`` (`steps`, `codes`).
2. Trees are taken apart into branches over few signals each (`branches`), and branches are packed
   into tables that stay small enough for the processor's cache (`packing`).
3. A person's sum is one place in each table (`tables`, `network`).

Leaf values are multiples of `training.trees.exact.GRAIN`, so that sums are exact in any order. The
idea of codes instead of thresholds is QuickScorer's (Lucchese et al., SIGIR 2015); tables are
better here, as trees are small and most come five times (`training.influence.smoothing`).
"""

from training.scorer.network_scorer import NetworkScorer
from training.scorer.sums import Sums

__all__ = ["NetworkScorer", "Sums"]
