"""How the score works."""

from __future__ import annotations

import numpy as np
from starlette.responses import Response

from serving.http.api.context import Context
from serving.http.web.rendering import page
from training.influence.model import Model
from training.use import FOR, NOT_FOR

FROM = 40
"""The score in the middle, beside which effort is told."""
SCORES = tuple(range(FROM, 91, 5))
_HALVINGS = 60


def show(context: Context) -> Response:
    """Answer ``/about``."""
    model = context.model()
    curve = effort(model)
    most = max((cost for _, cost in curve), default=1.0)
    return page(
        "about.html",
        curve=[(score, cost, 100 * cost / most) for score, cost in curve],
        middle=FROM,
        scale=model.scale,
        networks=[network.title for network in model.catalogue.networks],
        signals=len(model.catalogue.signals),
        model=model.version,
        use=FOR,
        no_use=NOT_FOR,
    )


def effort(model: Model) -> list[tuple[int, float]]:
    """Say how much influence the next point takes at each of `SCORES`, that at `FROM` being 1."""
    ends = [(_influence(model, score), _influence(model, score + 1)) for score in SCORES]
    first = ends[0][1] - ends[0][0]
    return [(score, (high - low) / first) for score, (low, high) in zip(SCORES, ends, strict=True)]


def _influence(model: Model, score: float) -> float:
    """Find the influence of a score by halving: more is never a lower score."""

    def is_below(influence: float) -> bool:
        return float(model.points(np.array([influence]))[0]) < score

    low, high = -1.0, 1.0
    while not is_below(low):
        low *= 2
    while is_below(high):
        high *= 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return high
