"""Places in sorted arrays that follow each other, many spans of them at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spans(first: NDArray[Any], last: NDArray[Any]) -> NDArray[np.intp]:
    """Count from each first to its last, exclusive, one span after the other.

    >>> spans(np.array([5, 0]), np.array([7, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    first, counts = first.astype(np.intp), (last - first).astype(np.intp)
    before = np.cumsum(counts) - counts
    return np.asarray(np.arange(counts.sum()) + np.repeat(first - before, counts))
