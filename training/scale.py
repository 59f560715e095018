"""The public scale: a strictly increasing map from influence to (1, 100)."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from features.errors import KloutError
from training.curve import HIGHEST, LOWEST, Curve, Vector

ANCHORS = ("mean", "top_share", "top_score", "lower_spread")
FITTED = ("median_", "middle_", "width_", "lower_slope_")


class Scale(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Map influence to a score, fitted to a reference population.

    With the population's median m, its score s, a width t and a lower slope k, all fitted, and
    h = (s - 1) / 2, half way down from s to 1::

        x >= m:             100 - (100 - s) / (1 + (x - m) / t)
        x <  m, d <  h:     s - d                                 d = k (m - x)
        x <  m, d >= h:     1 + h² / d

    Above the median the map is concave: its slope falls as (1 + u)⁻², so each further point costs
    more influence than the one before; at t above the median a further point costs four times what
    it costs at the median. Under the median it is a line as long as it can be, which then bends
    so as never to reach 1. The line has a slope of its own, for influence may be heavy-tailed:
    with the upper branch's slope at the median, the lower half of a lognormal of sigma 2 would
    lie within 2 points.

    Far out, float64 has no more numbers below 100 or above 1. From about 9·10¹⁵ t above the
    median on, up to the largest float, all have one score, 1.4·10⁻¹⁴ below 100, and likewise at the
    other end: 1 and 100 are never reached, and nobody passes anybody.

    Parameters
    ----------
    mean
        Mean score of the reference population.
    top_share
        Share of the population that starts at `top_score`. Who ties with the last of them is in.
        Of a population in which fewer are above the median, the upper half of those who are.
    top_score
        Score of the last of them.
    lower_spread
        Points by which those below the median lie under it on average, were the line not to bend.
        With nobody below the median, its slope is that of the upper branch.

    Attributes
    ----------
    median_, width_
        m and t, in units of influence.
    middle_
        s, the score of the median.
    lower_slope_
        k, in points per unit of influence.

    Examples
    --------
    >>> scale = Scale().fit(np.linspace(0, 5, 1000))
    >>> scores = scale.transform(np.linspace(0, 5, 1000))
    >>> round(float(scores.mean()), 3), round(float((scores >= 63).mean()), 3)
    (40.0, 0.05)
    """

    def __init__(
        self,
        mean: float = 40.0,
        top_share: float = 0.05,
        top_score: float = 63.0,
        lower_spread: float = 10.0,
    ) -> None:
        self.mean = mean
        self.top_share = top_share
        self.top_score = top_score
        self.lower_spread = lower_spread

    def fit(
        self,
        X: ArrayLike,  # noqa: N803 (scikit-learn's names)
        y: object = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit the map to a reference population.

        Parameters
        ----------
        X
            Influences, shape (persons,).
        y
            Not used.
        sample_weight
            Shape (persons,): how many persons each stands for; None: one.

        Raises
        ------
        KloutError
            If an anchor is out of order, there are too few persons to have a top share, nobody is
            above the median, or a value is not finite.
        """
        del y
        self._check_anchors()
        people = _population(X, sample_weight)
        if len(people.influence) < 1 / self.top_share:
            least = f"{1 / self.top_share:.0f}"
            raise KloutError(
                f"the scale needs at least {least} persons, has {len(people.influence)}"
            )
        self._settle(self._fitted(people))
        return self

    def transform(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Map influence, shape (n,), to scores in (1, 100), shape (n,)."""
        return self._curve().score(_as_vector(X, "influence"))

    def inverse_transform(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Map scores in (1, 100), shape (n,), back to influence, shape (n,)."""
        curve, score = self._curve(), _as_vector(X, "score")
        if not ((score > LOWEST) & (score < HIGHEST)).all():
            raise KloutError(
                f"scores lie between 1 and 100, both excluded; got {score.min()} to {score.max()}"
            )
        return curve.influence(score)

    def slope(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Points of score per unit of influence, at influences of shape (n,)."""
        return self._curve().slope(_as_vector(X, "influence"))

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a model's JSON file."""
        return {name: float(getattr(self, name)) for name in (*ANCHORS, *FITTED)}

    @classmethod
    def from_dict(cls, data: dict[str, float]) -> Self:
        """Undo `to_dict`."""
        scale = cls(**{name: data[name] for name in ANCHORS})
        scale._settle(Curve(*(float(data[name]) for name in FITTED)))
        return scale

    def _settle(self, curve: Curve) -> None:
        self.median_, self.middle_, self.width_, self.lower_slope_ = curve

    def _curve(self) -> Curve:
        check_is_fitted(self, "width_")
        return Curve(self.median_, self.middle_, self.width_, self.lower_slope_)

    def _check_anchors(self) -> None:
        if not LOWEST < self.mean < self.top_score < HIGHEST:
            raise KloutError(
                f"the scale needs 1 < mean < top_score < 100, has {self.mean} and {self.top_score}"
            )
        if not 0 < self.top_share < 0.5:
            raise KloutError(f"the scale needs 0 < top_share < 0.5, has {self.top_share}")
        if not 0 < self.lower_spread < np.inf:
            raise KloutError(f"the scale needs a lower_spread above 0, has {self.lower_spread}")

    def _fitted(self, people: _People) -> Curve:
        """Find the curve through the top whose mean is as wanted."""
        median = _reached(people, 0.5)
        top, below = self._top(people, median), _mean_below(people, median)

        def curve(middle: float) -> Curve:
            width = self._width(middle, top - median)
            lower = self.lower_spread / below if below else (HIGHEST - middle) / width
            return Curve(median, middle, width, lower)

        def error(middle: float) -> float:
            scores = curve(middle).score(people.influence)
            return float(np.average(scores, weights=people.weight)) - self.mean

        try:
            found = curve(float(brentq(error, LOWEST + 1e-6, self.top_score - 1e-6)))
        except ValueError as problem:
            raise KloutError(f"no scale has mean {self.mean} for this population") from problem
        if not (np.isfinite(found).all() and found.width > 0 and found.lower_slope > 0):
            raise KloutError("the scale's influences are too far apart or too near for float64")
        return found

    def _top(self, people: _People, median: float) -> float:
        """Find the influence that has `top_score`."""
        top = _reached(people.reversed(), self.top_share)
        if top > median:
            return top
        above = people.only(people.influence > median)
        if not len(above.influence):
            raise KloutError(
                f"the scale needs a top: half of the population or more ties at influence {top:g}, "
                "and nobody is above"
            )
        return _reached(above.reversed(), 0.5)

    def _width(self, middle: float, top: float) -> float:
        """Find the width at which ``top`` above the median has `top_score`.

        Or a rounding error more: the last of the top is in it.
        """
        share = (self.top_score - middle) / (HIGHEST - middle)
        return top * (1 - share) / share * (1 - 1e-12)


class _People(NamedTuple):
    """A population in ascending order of influence, and how many persons each stands for."""

    influence: Vector
    weight: Vector

    def reversed(self) -> _People:
        return _People(self.influence[::-1], self.weight[::-1])

    def only(self, wanted: NDArray[np.bool_]) -> _People:
        return _People(self.influence[wanted], self.weight[wanted])


def _population(influence: ArrayLike, weight: ArrayLike | None) -> _People:
    values = _as_vector(influence, "influence")
    weights = np.ones(len(values)) if weight is None else _as_vector(weight, "sample_weight")
    if weights.shape != values.shape or (weights < 0).any():
        raise KloutError(
            f"sample_weight must be at least 0, one for each of {len(values)} persons; "
            f"got shape {weights.shape}"
        )
    order = np.argsort(values, kind="stable")
    return _People(values[order], weights[order]).only(weights[order] > 0)


def _reached(people: _People, share: float) -> float:
    """Find the first influence, in the order given, up to which there is a share of the people."""
    so_far = np.cumsum(people.weight)
    wanted = share * so_far[-1] * (1 - 1e-12)  # 0.05 of 380 may be a rounding error above 19
    return float(people.influence[np.searchsorted(so_far, wanted)])


def _mean_below(people: _People, median: float) -> float:
    """Compute how far under the median those below it are on average; 0 if there are none."""
    lower = people.only(people.influence < median)
    if not len(lower.influence):
        return 0.0
    with np.errstate(over="ignore"):
        return float(np.average(median - lower.influence, weights=lower.weight))


def _as_vector(values: ArrayLike, what: str) -> Vector:
    vector: NDArray[Any] = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise KloutError(f"{what} must be finite, one value a person; got shape {vector.shape}")
    return vector
