"""How well any ranking can agree with judges who don't agree with each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from training.judgements.repeated_pairs import agreements, verdicts


@dataclass(frozen=True)
class Ceiling:
    """What repeated pairs say about the noise of judges.

    Attributes
    ----------
    agreement
        Share of couples of verdicts, by different judges on one pair, that agree.
    accuracy
        The most that a ranking can reach; see `noise_ceiling`.
    low, high
        Its 95% interval, from a bootstrap of the pairs.
    repeats
        Pairs judged by several.
    """

    agreement: float
    accuracy: float
    low: float
    high: float
    repeats: int

    def to_dict(self) -> dict[str, float | int]:
        """Give what JSON can hold."""
        return asdict(self)


def noise_ceiling(judgements: pl.DataFrame, seed: int = 1, rounds: int = 200) -> Ceiling | None:
    """Estimate the accuracy of the best ranking from pairs that several judged.

    In the one-coin model (Dawid and Skene, 1979) each verdict is right with probability p, so two
    agree with probability q = p² + (1 - p)² and p = (1 + √(2q - 1))/2. This takes all pairs as
    equally hard.

    They are not, so the figure is an over-estimate. With pᵢ of the pair i and dᵢ = 2pᵢ - 1, the
    mean agreement gives 2q - 1 = mean(dᵢ²), and by Jensen's inequality √mean(dᵢ²) ≥ mean(dᵢ).
    As dᵢ² ≤ dᵢ, mean(dᵢ) ≥ 2q - 1, so the mean of pᵢ lies between the agreement q (every pair
    certain or a toss-up) and this accuracy (all alike). Hardness that differs by pair and not by
    judge is Kendall and Babington Smith's case (1940).

    Parameters
    ----------
    judgements
        From `read_judgements`. Without judges (or with one name for all) every judgement counts
        as another judge's.
    seed
        Of the bootstrap.
    rounds
        How often the pairs are drawn anew.

    Returns
    -------
    Ceiling or None
        None if no pair was judged by several.
    """
    repeated = agreements(verdicts(judgements), other_judges=True)
    if not len(repeated):
        return None
    agreeing, couples = repeated["agreeing"].to_numpy(), repeated["couples"].to_numpy()
    agreement = agreeing.sum() / couples.sum()
    drawn = _accuracy(_resampled(agreeing, couples, seed, rounds))
    low, high = np.quantile(drawn, [0.025, 0.975])
    accuracy = _accuracy(np.array([agreement]))[0]
    return Ceiling(float(agreement), float(accuracy), float(low), float(high), len(repeated))


def _accuracy(agreement: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve q = p² + (1 - p)² for p ≥ ½; judges who agree less than by chance are at ½."""
    return np.asarray((1 + np.sqrt(np.maximum(0, 2 * agreement - 1))) / 2)


def _resampled(
    agreeing: NDArray[np.int64], couples: NDArray[np.int64], seed: int, rounds: int
) -> NDArray[np.float64]:
    """Agreement in each round, of as many pairs drawn with replacement; shape (rounds,)."""
    random, pairs = np.random.default_rng(seed), len(couples)
    found = np.empty(rounds)
    for number in range(rounds):
        drawn = random.integers(0, pairs, pairs)
        found[number] = agreeing[drawn].sum() / couples[drawn].sum()
    return found
