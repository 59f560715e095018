"""Where a day lies in the windows of two dates, and in those of worlds between them.

Each window w of the first date holds some days, W0, and of the second others, W1. What came in is
W1 without W0, what left is W0 without W1. So there are four windows to look through::

    came in   left        days in the window
    yes       gone        W1, as at the second date
    yes       still there W0 and W1
    no        gone        what W0 and W1 share
    no        still there W0, as at the first date

Of each of them the 7 days lie within the 30, and these within the 90. So a day is known by the
narrowest window that it is in, its *band*, and is seen in a band in each world.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from features.catalogue.catalogue import WINDOWS
from features.lake.times import day_number

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_WIDTHS = sorted(WINDOWS)
OUTSIDE = len(_WIDTHS)
"""The band of days in no window."""

FIRST_OF_BAND = np.array([0, *_WIDTHS])
"""By band, how many days before the last of a window it begins."""


def band(days: Ints, as_of: date) -> Ints:
    """Say of days (since 1970) in which band of a date each lies."""
    end = day_number(as_of)
    wider = sum((days < end - width).astype(np.int64) for width in _WIDTHS)
    return np.where(days >= end, OUTSIDE, wider)


class Bands(NamedTuple):
    """Of some days, the band of each at the first date and at the second."""

    then: Ints
    now: Ints

    @staticmethod
    def of(days: Ints, since: date, as_of: date) -> Bands:
        """Look days up."""
        now = band(days, as_of)
        return Bands(now if since == as_of else band(days, since), now)

    def seen(self, *, came: bool, left: bool) -> Ints:
        """Give the band of each in a world: what came in is there or not, and what left is gone."""
        if came and left:
            return self.now
        if came:
            return np.minimum(self.then, self.now)
        return np.maximum(self.then, self.now) if left else self.then

    @property
    def came(self) -> Mask:
        """Which lie in a narrower window than they did."""
        return np.asarray(self.now < self.then)

    @property
    def left(self) -> Mask:
        """Which lie in a wider window than they did, or in none."""
        return np.asarray(self.now > self.then)


def with_bands(rows: pl.DataFrame, since: date, as_of: date) -> pl.DataFrame:
    """Add the bands of each row's ``day``: ``then`` and ``now``."""
    bands = Bands.of(rows["day"].to_numpy().astype(np.int64), since, as_of)
    return rows.with_columns(pl.Series("then", bands.then), pl.Series("now", bands.now))
