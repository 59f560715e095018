"""The public scale: a strictly increasing map from log worth to (1, 100).

Its three numbers (the median of log worth, its score, and a width) are fitted to the reference
population, the people whose signals a model is trained with, so that the mean score, the share of
the top and the score at which the top starts are those of the section ``scale`` of `params.yaml`.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from features.errors import KloutError
from training.influence.curve import HIGHEST, LOWEST, Curve, Vector, widths_to

ANCHORS = ("mean", "top_share", "top_score")
FITTED = ("median_", "middle_", "width_")


class Scale:
    """Map log worth to a score, fitted to a reference population.

    Log worth is what differences are log-odds of; `training.influence.link` makes it from
    influence. With the population's median m, its score s and a width t, all fitted, and
    bend(u) = u / sqrt(1 + u²), which starts at 0 with slope 1 and never reaches 1::

        x >= m:     s + (100 - s) bend((x - m) / t)
        x <  m:     s -   (s - 1) bend((m - x) / t'),      t' = t (s - 1) / (100 - s)

    Above the median the map is concave: its slope falls as (1 + u²)^(-3/2), so each further point
    costs more than the one before; at t above the median a further point costs 2.8 times what it
    costs at the median. Below it the curve mirrors itself, and t' is what makes it smooth there.

    Far out, float64 has no more numbers below 100 or above 1. Some 10⁸ widths from the median, all
    have one score, 1.4·10⁻¹⁴ below 100 or 2.2·10⁻¹⁶ above 1: neither end is ever reached, and
    nobody passes anybody.

    Parameters
    ----------
    mean
        Mean score of the reference population.
    top_share
        Share of the population that starts at `top_score`. Who ties with the last of them is in.
        Of a population in which fewer are above the median, the upper half of those who are.
    top_score
        Score of the last of them.

    Attributes
    ----------
    median_, width_
        m and t, in units of log worth.
    middle_
        s, the score of the median.

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
    ) -> None:
        self.mean = mean
        self.top_share = top_share
        self.top_score = top_score

    def get_params(self, deep: bool = True) -> dict[str, float]:
        """Name the parameters: what scikit-learn clones."""
        del deep
        return {name: getattr(self, name) for name in ANCHORS}

    def set_params(self, **anchors: float) -> Self:
        """Set some parameters."""
        for name in anchors:
            if name not in ANCHORS:
                raise ValueError(f"the scale has no parameter {name!r}; has {list(ANCHORS)}")
            setattr(self, name, anchors[name])
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> Vector:  # noqa: N803
        """Fit, then transform."""
        return self.fit(X, y).transform(X)

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
            Log worths, shape (persons,).
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
        if len(people.values) < 1 / self.top_share:
            least = f"{1 / self.top_share:.0f}"
            raise KloutError(f"the scale needs at least {least} persons, has {len(people.values)}")
        self._settle(self._fitted(people))
        return self

    def transform(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Map log worth, shape (n,), to scores in (1, 100), shape (n,)."""
        return self._curve().score(_as_vector(X, "log worth"))

    def inverse_transform(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Map scores in (1, 100), shape (n,), back to log worth, shape (n,)."""
        curve, score = self._curve(), _as_vector(X, "score")
        if not ((score > LOWEST) & (score < HIGHEST)).all():
            raise KloutError(
                f"scores lie between 1 and 100, both excluded; got {score.min()} to {score.max()}"
            )
        return curve.value(score)

    def slope(self, X: ArrayLike) -> Vector:  # noqa: N803
        """Points of score per unit of log worth, at log worths of shape (n,)."""
        return self._curve().slope(_as_vector(X, "log worth"))

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a model's JSON file."""
        return {name: float(getattr(self, name)) for name in (*ANCHORS, *FITTED)}

    @classmethod
    def from_dict(cls, data: dict[str, float]) -> Self:
        """Undo `to_dict`."""
        scale = cls(**{name: data[name] for name in ANCHORS})
        scale._settle(Curve(*(float(data[name]) for name in FITTED)))
        return scale

    @classmethod
    def of_curve(cls, curve: Curve, **anchors: float) -> Self:
        """Take a curve that was fitted to something else, and say what its anchors are."""
        scale = cls(**anchors)
        scale._settle(curve)
        return scale

    def _settle(self, curve: Curve) -> None:
        self.median_, self.middle_, self.width_ = curve

    def _curve(self) -> Curve:
        if not hasattr(self, FITTED[-1]):
            from sklearn.exceptions import NotFittedError  # imported by those who fit alone

            raise NotFittedError("this scale is not fitted yet; call fit first")
        return Curve(self.median_, self.middle_, self.width_)

    def _check_anchors(self) -> None:
        if not LOWEST < self.mean < self.top_score < HIGHEST:
            raise KloutError(
                f"the scale needs 1 < mean < top_score < 100, has {self.mean} and {self.top_score}"
            )
        if not 0 < self.top_share < 0.5:
            raise KloutError(f"the scale needs 0 < top_share < 0.5, has {self.top_share}")

    def _fitted(self, people: _People) -> Curve:
        """Find the curve through the top whose mean is as wanted."""
        median = _reached(people, 0.5)
        top = self._top(people, median)

        def curve(middle: float) -> Curve:
            return Curve(median, middle, self._width(middle, top - median))

        def error(middle: float) -> float:
            scores = curve(middle).score(people.values)
            return float(np.average(scores, weights=people.weight)) - self.mean

        from scipy.optimize import brentq  # whoever scores does without

        try:
            found = curve(float(brentq(error, LOWEST + 1e-6, self.top_score - 1e-6)))
        except ValueError as problem:
            raise KloutError(f"no scale has mean {self.mean} for this population") from problem
        if not (np.isfinite(found).all() and found.width > 0):
            raise KloutError("the scale's log worths are too far apart or too near for float64")
        return found

    def _top(self, people: _People, median: float) -> float:
        """Find the log worth that has `top_score`."""
        top = _reached(people.reversed(), self.top_share)
        if top > median:
            return top
        above = people.only(people.values > median)
        if not len(above.values):
            raise KloutError(
                f"the scale needs a top: half of the population or more ties at log worth {top:g}, "
                "and nobody is above"
            )
        return _reached(above.reversed(), 0.5)

    def _width(self, middle: float, top: float) -> float:
        """Find the width at which ``top`` above the median has `top_score`.

        Or a rounding error more: the last of the top is in it.
        """
        share = (self.top_score - middle) / (HIGHEST - middle)
        return top / widths_to(share) * (1 - 1e-12)


class _People(NamedTuple):
    """A population in ascending order of log worth, and how many persons each stands for."""

    values: Vector
    weight: Vector

    def reversed(self) -> _People:
        return _People(self.values[::-1], self.weight[::-1])

    def only(self, wanted: NDArray[np.bool_]) -> _People:
        return _People(self.values[wanted], self.weight[wanted])


def _population(given: ArrayLike, weight: ArrayLike | None) -> _People:
    values = _as_vector(given, "log worth")
    weights = np.ones(len(values)) if weight is None else _as_vector(weight, "sample_weight")
    if weights.shape != values.shape or (weights < 0).any():
        raise KloutError(
            f"sample_weight must be at least 0, one for each of {len(values)} persons; "
            f"got shape {weights.shape}"
        )
    order = np.argsort(values, kind="stable")
    return _People(values[order], weights[order]).only(weights[order] > 0)


def _reached(people: _People, share: float) -> float:
    """Find the first log worth, in the order given, up to which there is a share of the people."""
    so_far = np.cumsum(people.weight)
    wanted = share * so_far[-1] * (1 - 1e-12)  # 0.05 of 380 may be a rounding error above 19
    return float(people.values[np.searchsorted(so_far, wanted)])


def _as_vector(values: ArrayLike, what: str) -> Vector:
    vector: NDArray[Any] = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise KloutError(f"{what} must be finite, one value a person; got shape {vector.shape}")
    return vector
