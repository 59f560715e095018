"""Trees made smooth: the same engagement, doubled again and again, must gain ever less.

Trees are steps, and somebody's next step may be higher than the last. So the model says of a person
what the trees say, on average, of the same person with a quarter, half, once, twice and four times
the engagement, all else being the same. Twice the engagement then moves influence by a fifth of
what thirty-two times moved it before, in which single steps don't show.

It is done to the trees and not to the signals: a split ``signal <= t`` asked of twice the signal is
``signal <= t / 2``. So a tree that looks at engagement becomes five, each with a fifth of its
leaves' values. They are as monotone, and each as much of one network, as it was.
"""

from __future__ import annotations

from collections.abc import Collection

from features.catalogue.catalogue import Catalogue
from training.trees.exact import joined_text, numbers_of, split_text, with_numbers

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Powers of two, so that a threshold is divided by one without rounding."""


def engagement_columns(catalogue: Catalogue) -> list[int]:
    """Find the signals that grow in proportion to the people who react, all else being the same."""
    return [
        column
        for column, signal in enumerate(catalogue.signals)
        if signal.measure is not None and signal.measure.is_engagement
    ]


def smoothed(text: str, catalogue: Catalogue, least: float = 0.0) -> str:
    """Make a model's trees smooth.

    Parameters
    ----------
    text
        LightGBM's text of the model.
    catalogue
        Its columns are the model's features.
    least
        Thresholds below it stay where they are: between nobody, one and two there is a step.

    Returns
    -------
    str
        A text of the same form, with five trees for each that looks at engagement.
    """
    head, trees = split_text(text)
    engagement = set(engagement_columns(catalogue))
    return joined_text(
        head, [each for tree in trees for each in _smoothed(tree, engagement, least)]
    )


def _smoothed(tree: str, engagement: Collection[int], least: float) -> list[str]:
    features, asks = numbers_of(tree, "split_feature"), numbers_of(tree, "threshold")
    asked = [int(f) in engagement and t >= least for f, t in zip(features, asks, strict=True)]
    if not any(asked):
        return [tree]
    leaves = [value / len(FACTORS) for value in numbers_of(tree, "leaf_value")]
    thresholds = list(zip(asks, asked, strict=True))
    part = with_numbers(tree, "leaf_value", leaves)
    return [
        with_numbers(part, "threshold", (t / factor if own else t for t, own in thresholds))
        for factor in FACTORS
    ]
