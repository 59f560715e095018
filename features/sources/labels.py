"""What a format says people's influence is: labels, beside the rows of the lake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.errors import KloutError
from features.lake.lake import Lake
from features.lake.suppression import Suppressions
from features.storage.atomic import replacing


class Label(NamedTuple):
    """How influential somebody was said to be, at a time."""

    person: str
    label: float
    at: datetime


def write_labels(file: Path, labels: Iterable[Label], lake: Lake) -> int:
    """Write the last label of each person as CSV, ``person,label``, for `klout train --labels`.

    Parameters
    ----------
    labels
        In any order.
    lake
        Who was forgotten there is left out.

    Returns
    -------
    int
        How many people have one.

    Raises
    ------
    KloutError
        If there are none; nothing is written.
    """
    last: dict[str, Label] = {}
    for each in labels:
        known = last.get(each.person)
        if known is None or (each.at, each.label) >= (known.at, known.label):
            last[each.person] = each
    forgotten = Suppressions.of(lake)
    rows = sorted(
        (each.person, each.label) for each in last.values() if not forgotten.has_person(each.person)
    )
    if not rows:
        raise KloutError(f"{file}: not written: nobody has a label in what was read")
    with replacing(file) as draft:
        schema = {"person": pl.String(), "label": pl.Float64()}
        pl.DataFrame(rows, schema, orient="row").write_csv(draft)
    return len(rows)
