"""Integrity within the day's run: accounts are judged every so many days.

Reading behaviours looks at all 90 days again, so it is not done each day; what is said of an
account changes rarely, and holds until it is judged again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from features.catalogue import Catalogue
from features.integrity.assess import assess
from features.integrity.classifier import Classifier
from features.integrity.jobs import remember
from features.lake import Lake

EVERY_DAYS = 7


@dataclass(frozen=True)
class Judging:
    """Who judges accounts, and how often.

    Attributes
    ----------
    model
        A folder of `klout integrity train`.
    every
        Days from one judgement to the next. They are counted from the calendar, so that a lake
        caught up with later is judged on the same days.
    """

    model: Path
    every: int = EVERY_DAYS

    def is_due(self, as_of: date) -> bool:
        """Whether accounts are judged on a day."""
        return as_of.toordinal() % self.every == 0


def judge(
    lake: Lake,
    as_of: date,
    catalogue: Catalogue,
    judging: Judging | None,
    on_rows: Callable[[int], None] = lambda _: None,
) -> Lake:
    """Add what accounts are believed to be to the lake, if it is due; the same again adds nothing.

    Returns
    -------
    Lake
        As it is then.

    Raises
    ------
    KloutError
        If there is no model, or somebody else is writing to the lake.
    """
    if judging is None or not judging.is_due(as_of):
        return lake
    rows = assess(lake, as_of, catalogue, Classifier.load(judging.model), on_rows)
    remember(lake.root, rows, catalogue)
    return Lake(lake.root)
