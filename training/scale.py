"""The public scale: a strictly increasing map from influence to (1, 100)."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from features.errors import KloutError

LOWEST, HIGHEST = 1.0, 100.0


class Scale(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Map influence to a score, fitted to a reference population.

    With the population's median m, its score s, and a width t, both fitted::

        x >= m:  100 - (100 - s) / (1 + (x - m) / t)
        x <  m:    1 + (s - 1)   / (1 + (m - x) / t'),   t' = t (s - 1) / (100 - s)

    Above the median the map is concave: its slope falls as (1 + u)⁻², so each further point costs
    more influence than the one before; at t above the median a further point costs four times what
    it costs at the median. t' makes the slope continuous at the median. Both branches are rational,
    so influence never runs into 1 or 100.

    Parameters
    ----------
    mean
        Mean score of the reference population.
    top_share
        Share of the population that starts at `top_score`.
    top_score
        Score of the last of them.

    Attributes
    ----------
    median_, width_
        m and t, in units of influence.
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
        self, mean: float = 40.0, top_share: float = 0.05, top_score: float = 63.0
    ) -> None:
        self.mean = mean
        self.top_share = top_share
        self.top_score = top_score

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: N803 (scikit-learn's names)
        """Fit the map to the influences of a reference population, shape (persons,).

        Raises
        ------
        KloutError
            If fewer than 20 persons are given, a value is not finite, or ties leave no top.
        """
        del y
        influence = np.sort(_as_vector(X))
        if len(influence) < 1 / self.top_share:
            raise KloutError(
                f"the scale needs at least {1 / self.top_share:.0f} persons, has {len(influence)}"
            )
        self.median_ = float(np.median(influence))
        top = float(influence[-max(1, round(self.top_share * len(influence)))])
        if top <= self.median_:
            raise KloutError(
                f"the scale needs a top: half of the population or more ties at influence {top:g}"
            )
        try:
            self.middle_ = float(brentq(self._mean_error, *self._bracket(), args=(influence, top)))
        except ValueError as error:
            raise KloutError(f"no scale has mean {self.mean} for this population") from error
        self.width_ = self._width(self.middle_, top)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Map influence, shape (n,), to scores in (1, 100), shape (n,)."""
        check_is_fitted(self, "width_")
        return self._score(_as_vector(X), self.middle_, self.width_)

    def inverse_transform(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Map scores in (1, 100), shape (n,), back to influence, shape (n,)."""
        check_is_fitted(self, "width_")
        score = _as_vector(X)
        up = self.width_ * ((HIGHEST - self.middle_) / (HIGHEST - score) - 1)
        down = self._lower_width() * ((self.middle_ - LOWEST) / (score - LOWEST) - 1)
        return self.median_ + np.where(score >= self.middle_, up, -down)

    def slope(self, X: ArrayLike) -> NDArray[np.float64]:  # noqa: N803
        """Points of score per unit of influence, at influences of shape (n,)."""
        check_is_fitted(self, "width_")
        away = _as_vector(X) - self.median_
        width = np.where(away >= 0, self.width_, self._lower_width())
        steepest = (HIGHEST - self.middle_) / self.width_
        return np.asarray(steepest / (1 + np.abs(away) / width) ** 2)

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for a model's JSON file."""
        names = ("mean", "top_share", "top_score", "median_", "middle_", "width_")
        return {name: float(getattr(self, name)) for name in names}

    @classmethod
    def from_dict(cls, data: dict[str, float]) -> Self:
        """Undo `to_dict`."""
        scale = cls(data["mean"], data["top_share"], data["top_score"])
        scale.median_, scale.middle_, scale.width_ = (
            float(data[name]) for name in ("median_", "middle_", "width_")
        )
        return scale

    def _bracket(self) -> tuple[float, float]:
        return LOWEST + 1e-6, self.top_score - 1e-6

    def _width(self, middle: float, top: float) -> float:
        """The width at which the score of ``top`` is `top_score`, or a rounding error above."""
        share = (self.top_score - middle) / (HIGHEST - middle)
        return (top - self.median_) * (1 - share) / share * (1 - 1e-12)

    def _mean_error(self, middle: float, influence: NDArray[np.float64], top: float) -> float:
        return float(self._score(influence, middle, self._width(middle, top)).mean() - self.mean)

    def _score(
        self, influence: NDArray[np.float64], middle: float, width: float
    ) -> NDArray[np.float64]:
        away = influence - self.median_
        lower = width * (middle - LOWEST) / (HIGHEST - middle)
        up = HIGHEST - (HIGHEST - middle) / (1 + np.maximum(away, 0) / width)
        down = LOWEST + (middle - LOWEST) / (1 + np.maximum(-away, 0) / lower)
        return np.where(away >= 0, up, down)

    def _lower_width(self) -> float:
        return self.width_ * (self.middle_ - LOWEST) / (HIGHEST - self.middle_)


def _as_vector(values: ArrayLike) -> NDArray[np.float64]:
    vector: NDArray[Any] = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise KloutError(f"influence must be finite, one value a person; got shape {vector.shape}")
    return vector
