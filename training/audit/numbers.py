"""What can be wrong with a model's numbers: the link, the scale, the percentiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training.audit.findings import Finding

if TYPE_CHECKING:
    from training.influence.model import Model

Vector = NDArray[np.float64]

POINTS = 2001
"""Influences tried: as many again beyond the population on either side as within."""


def numbers(model: Model) -> list[Finding]:
    """Check that the maps from influence are what they promise, over and beyond the population."""
    quantiles = model.quantiles
    if not len(quantiles) or not np.isfinite(quantiles).all() or (np.diff(quantiles) < 0).any():
        return [Finding(None, "the quantiles of influence are not finite and ascending")]
    reach = max(float(np.ptp(quantiles)), 1.0)
    influence = np.linspace(quantiles[0] - reach, quantiles[-1] + reach, POINTS)
    # A map that is broken may divide by 0; what comes out is judged, not how.
    with np.errstate(all="ignore"):
        said = list(_link(model, influence)) or list(_scale(model, influence))
    return [Finding(None, what) for what in said]


def _link(model: Model, influence: Vector) -> Iterator[str]:
    if (where := _fall(influence, model.log_worth(influence))) is not None:
        yield f"the link does not rise at influence {where:.3f}"


def _scale(model: Model, influence: Vector) -> Iterator[str]:
    scores = np.asarray(model.points(influence))
    if (where := _fall(influence, scores)) is not None:
        yield f"the scale does not rise at influence {where:.3f}"
    if not ((scores > 1) & (scores < 100)).all():
        yield f"the scale gives {scores.min():.3f} to {scores.max():.3f}, expected within 1 to 100"
    above = influence[influence >= model.quantiles[len(model.quantiles) // 2]]
    slope = np.asarray(model.points_per_influence(above))
    if not (np.diff(slope) <= 0).all():
        yield "the scale is not concave above the median"


def _fall(influence: Vector, values: Vector) -> float | None:
    """First influence after which values don't rise; None if they rise all the way."""
    stuck = np.flatnonzero(~(np.diff(values) > 0))
    return float(influence[stuck[0]]) if len(stuck) else None
