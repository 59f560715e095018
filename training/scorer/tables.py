"""Boxes added up: a table with one entry for all codes that no box tells apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from training.scorer.branches import TOP, Box, Cuts, cells
from training.scorer.bundles import Bundle
from training.scorer.codes import Codes

Reader = tuple[int, Codes]
"""A signal, and by its code what it adds to the place in the table."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sum of boxes.

    Attributes
    ----------
    readers
        One per signal. Their sum is a person's place.
    values
        By place, what the boxes add up to.
    """

    readers: list[Reader]
    values: NDArray[np.float64]


def tables_of(bundle: Bundle, heights: Mapping[int, int], limit: int) -> list[Table]:
    """Add up a bundle; a table per leaf if that would be too large.

    Parameters
    ----------
    heights
        By signal, how many codes it has.
    """
    boxes = [box for branch in bundle.branches for box in branch.boxes]
    if cells(bundle.cuts) > limit:
        return [_single(box, heights) for box in boxes]
    return [_table(boxes, bundle.cuts, heights)]


def _table(boxes: list[Box], cuts: Cuts, heights: Mapping[int, int]) -> Table:
    edges = {signal: [0, *sorted(codes), TOP] for signal, codes in sorted(cuts.items())}
    shape = [len(each) - 1 for each in edges.values()]
    values = np.zeros(shape)
    places = {s: {code: n for n, code in enumerate(each)} for s, each in edges.items()}
    for box in boxes:
        values[_inside(box, places)] += box.value
    readers = []
    for axis, (signal, each) in enumerate(edges.items()):
        codes = np.arange(heights[signal])
        cell = np.searchsorted(each, codes, side="right") - 1
        readers.append((signal, (cell * prod(shape[axis + 1 :])).astype(np.intp)))
    return Table(readers, values.ravel())


def _inside(box: Box, places: Mapping[int, Mapping[int, int]]) -> tuple[slice, ...]:
    everywhere = (0, TOP)
    ends = ((place, box.bounds.get(signal, everywhere)) for signal, place in places.items())
    return tuple(slice(place[low], place[high]) for place, (low, high) in ends)


def _single(box: Box, heights: Mapping[int, int]) -> Table:
    """Count the signals that lie within bounds: only who has all of them is in the box."""
    readers = []
    for signal, (low, high) in box.bounds.items():
        codes = np.arange(heights[signal])
        readers.append((signal, ((low <= codes) & (codes < high)).astype(np.intp)))
    values = np.zeros(len(readers) + 1)
    values[-1] = box.value
    return Table(readers, values)
