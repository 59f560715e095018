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
    labels = [read_labels(file) for file in lessons.labels]
    most, parts = lessons.without_signals, []
    if lessons.judgements is not None:
        judged = read_judgements(lessons.judgements)
        parts.append(from_judgements(judged, persons, lessons.judgements, most, say))
    parts += [from_labels(each, persons, most, say) for each in labels]
    return pl.concat(parts), labels


def from_judgements(
    judged: pl.DataFrame,
    persons: pl.Series,
    file: Path | str,
    most: float,
    say: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Take what judgements teach: see `read_lessons`."""
    check_known(judged, persons, file, most, say)
    return judged.with_columns(weight=judged["weight"] * judge_weights(judged))


def from_labels(
    labels: Labels,
    persons: pl.Series,
    most: float,
    say: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Take what labels teach: see `read_lessons`."""
    pairs = label_pairs(labels)
    check_known(pairs, persons, labels.file, most, say)
    return pairs
