"""Random numbers: streams that don't disturb one another, and the draws numpy lacks."""

from __future__ import annotations

import zlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """Make the generator of one part of the world.

    Each part draws from its own stream, so that one more network leaves the others as they were.
    """
    words = [zlib.crc32(str(step).encode()) for step in path]
    return np.random.default_rng([seed, *words])


def urn(weights: Floats, resolution: float = 4.0, most: int = 400) -> Ints:
    """Fill an urn with indices in proportion to weights: a uniform draw is a weighted draw.

    Parameters
    ----------
    weights
        Shape (n,), about 1 on average.
    resolution
        Balls per unit of weight.
    most
        Balls of one index at most.
    """
    balls = np.clip(np.ceil(weights * resolution), 1, most).astype(np.int64)
    return np.repeat(np.arange(len(weights)), balls)


def pick(rng: np.random.Generator, balls: Ints, size: int) -> Ints:
    """Draw from an urn with replacement."""
    if not len(balls):
        return np.empty(0, np.int64)
    return balls[rng.integers(0, len(balls), size)]


def below(rng: np.random.Generator, limit: Ints) -> Ints:
    """Draw whole numbers in ``[0, limit)``, one for each limit."""
    return (rng.random(len(limit)) * limit).astype(np.int64)


def categories(rng: np.random.Generator, weights: Floats, rows: Ints) -> Ints:
    """Draw a column for each of ``rows``, in proportion to that row of ``weights`` (2-d)."""
    edges = np.cumsum(weights, axis=1)
    edges /= np.maximum(edges[:, -1:], 1e-12)  # a row of zeros is never asked for
    chosen = np.zeros(len(rows), np.int64)
    chance = rng.random(len(rows))
    for column in range(weights.shape[1] - 1):
        chosen += chance >= edges[rows, column]
    return chosen


def logistic(x: Floats) -> Floats:
    """Return 1 / (1 + exp(-x)) without overflow."""
    half: Floats = 0.5 + 0.5 * np.tanh(0.5 * x)
    return half
