"""Divisions of judgements by person, so that nothing tested was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import polars as pl

from features.errors import KloutError
from features.storage.hashing import hashed

SPLIT, SET_ASIDE, FOLDS = "split", "set aside", "folds"
"""What a hash is for. One division says nothing of another, also where their seeds are equal:
else nobody would be left to set aside of persons that `split` gave with the same seed."""


def split(frame: pl.DataFrame, test_share: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Divide judgements so that no person of the test part is in the training part.

    Each person is put on one side by a hash of the id, so the side stays the same when people or
    judgements are added. Pairs with a person on either side are left out.

    Parameters
    ----------
    frame
        Judgements with ``a`` and ``b``.
    test_share
        Share of persons on the test side, in (0, 1).
    seed
        Another seed, another division.

    Returns
    -------
    tuple of DataFrame
        The training and the test part, in the order given.
    """
    a, b = (_chosen(side, test_share, seed, SPLIT) for side in ("a", "b"))
    return frame.filter(~a & ~b), frame.filter(a & b)


def set_aside(frame: pl.DataFrame, share: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Divide judgements into those about nobody of a share of the persons, and all others.

    Gives more judgements to validate on than `split`: the others are about at least one person
    whom the first are not about.
    """
    either = _chosen("a", share, seed, SET_ASIDE) | _chosen("b", share, seed, SET_ASIDE)
    return frame.filter(~either), frame.filter(either)


def folds(
    judgements: pl.DataFrame, count: int, seed: int
) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Divide judgements ``count`` times for cross-validation, as `set_aside` does once.

    Persons are put into ``count`` groups by a hash of the id. Fold i holds out all judgements
    about at least one person of group i and trains on those about none of it. So no training
    judgement of a fold is about a person of its group, while the other side of a held-out pair
    may be trained on, and a pair across two groups is held out twice. Pairs within one group
    would be disjoint on both sides, but are few: about one in 2 · ``count`` of those held out.

    Parameters
    ----------
    judgements
        With ``a`` and ``b``.
    count
        How many folds, at least 2.
    seed
        Another seed, another division.

    Returns
    -------
    list of tuple of DataFrame
        The training and the held-out part of each fold, in the order given.

    Raises
    ------
    KloutError
        If ``count`` is below 2.
    """
    if count < 2:
        raise KloutError(f"{count} folds: at least 2 are needed to train on one and test on others")
    groups = judgements.select(fold_of(side, count, seed) for side in ("a", "b"))
    either = [(groups["a"] == group) | (groups["b"] == group) for group in range(count)]
    return [(judgements.filter(~held), judgements.filter(held)) for held in either]


def fold_of(side: str, count: int, seed: int) -> pl.Expr:
    """Give the group, from 0, that `folds` puts the persons of a column into."""
    return _hash(side, seed, FOLDS) % count


def repeated_splits(
    judgements: pl.DataFrame, test_share: float, seeds: Iterable[int]
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """`split` once for each seed, to see how far a result hangs on who is tested."""
    return (split(judgements, test_share, seed) for seed in seeds)


def _chosen(side: str, share: float, seed: int, purpose: str) -> pl.Expr:
    return _hash(side, seed, purpose) < int(share * 2**64)


def _hash(side: str, seed: int, purpose: str) -> pl.Expr:
    """Hash purpose, seed and person as one text: a seed of the hash's own is of no use here."""
    text = pl.concat_str(pl.lit(f"{purpose}:{seed}:"), pl.col(side).cast(pl.String))
    return hashed(text).alias(side)
