"""Divisions of judgements by person, so that nothing tested was trained on."""

from __future__ import annotations

import polars as pl


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
    a, b = (_chosen(side, test_share, seed) for side in ("a", "b"))
    return frame.filter(~a & ~b), frame.filter(a & b)


def set_aside(frame: pl.DataFrame, share: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Divide judgements into those about nobody of a share of the persons, and all others.

    Gives more judgements to validate on than `split`: the others are about at least one person
    whom the first are not about.
    """
    either = _chosen("a", share, seed) | _chosen("b", share, seed)
    return frame.filter(~either), frame.filter(either)


def _chosen(side: str, share: float, seed: int) -> pl.Expr:
    return pl.col(side).hash(seed) < int(share * 2**64)
