"""What teaches: judgements and labels of files, put as judgements and weighed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from training.judgements import (
    WITHOUT_SIGNALS,
    check_known,
    judge_weights,
    read_judgements,
)
from training.judgements.label_pairs import label_pairs
from training.judgements.label_table import Labels, read_labels


@dataclass(frozen=True)
class Lessons:
    """Files that teach.

    Attributes
    ----------
    judgements
        None: labels alone.
    labels
        Tables of numbers and of ordered lists.
    without_signals
        Share of the people judged, and of those labelled, who may be without signals.
    """

    judgements: Path | None = None
    labels: Sequence[Path] = ()
    without_signals: float = WITHOUT_SIGNALS

    @property
    def named(self) -> str:
        """The files' names, for errors."""
        files = [self.judgements, *self.labels]
        return ", ".join(str(file) for file in files if file is not None)


def read_lessons(
    lessons: Lessons, persons: pl.Series, say: Callable[[str], None] = lambda _: None
) -> tuple[pl.DataFrame, list[Labels]]:
    """Read what teaches, and check that it is about people with signals.

    Each judgement's weight is multiplied by how far its judge can be relied upon.

    Parameters
    ----------
    persons
        Who has signals.
    say
        Is told, a line each, who has none.

    Returns
    -------
    tuple
        Judgements, those that labels come to among them; and the labels.

    Raises
    ------
    KloutError
        If a file is not as its contract says, or about too many people without signals.
    """
    parts, labels = [], [read_labels(file) for file in lessons.labels]
    if lessons.judgements is not None:
        judged = read_judgements(lessons.judgements)
        check_known(judged, persons, lessons.judgements, lessons.without_signals, say)
        parts.append(judged.with_columns(weight=judged["weight"] * judge_weights(judged)))
    for each in labels:
        pairs = label_pairs(each)
        check_known(pairs, persons, each.file, lessons.without_signals, say)
        parts.append(pairs)
    return pl.concat(parts), labels
