"""What is to be known of labels before they teach."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from training.judgements.label_pairs import as_verdicts
from training.judgements.label_table import LABEL, LIST, Labels
from training.judgements.oddities import Report, check


@dataclass(frozen=True)
class LabelReport:
    """A table of numbers.

    Attributes
    ----------
    persons
        How many have a label.
    least, mean, greatest
        Of the labels.
    different
        How many labels there are.
    largest_tie
        Persons who have the most frequent one.
    """

    persons: int
    least: float
    mean: float
    greatest: float
    different: int
    largest_tie: int

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return {"kind": "labels"} | asdict(self)


@dataclass(frozen=True)
class ListReport:
    """Ordered lists.

    Attributes
    ----------
    lists, persons
        How many.
    shortest, longest
        Persons of a list.
    compared
        What the lists, taken for judges, say of pairs of persons; the pairs of long lists in part.
    """

    lists: int
    persons: int
    shortest: int
    longest: int
    compared: Report

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return {"kind": "lists"} | asdict(self)


def report(labels: Labels) -> LabelReport | ListReport:
    """Report on labels of either kind."""
    return _table(labels) if labels.kind == LABEL else _lists(labels)


def _table(labels: Labels) -> LabelReport:
    value = labels.rows["value"]
    return LabelReport(
        persons=len(value),
        least=float(value.to_numpy().min()),
        mean=float(value.to_numpy().mean()),
        greatest=float(value.to_numpy().max()),
        different=value.n_unique(),
        largest_tie=int(value.value_counts()["count"].to_numpy().max()),
    )


def _lists(labels: Labels) -> ListReport:
    sizes = labels.rows.group_by(LIST).agg(size=pl.len())["size"].to_numpy()
    return ListReport(
        lists=len(sizes),
        persons=len(labels.persons),
        shortest=int(sizes.min()),
        longest=int(sizes.max()),
        compared=check(as_verdicts(labels)),
    )
