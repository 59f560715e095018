"""All that is known of a candidate: what the run, the card and the report are written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from training.influence.model import Model
from training.judgements import Ceiling, Report
from training.promotion.gates import Gate
from training.promotion.lineage import Lineage
from training.promotion.shadow import Shadow

MOVERS = 10
"""Persons named among those who move most."""


@dataclass(frozen=True)
class CandidateRecord:
    """A candidate, and what was decided of it.

    Attributes
    ----------
    model
        The candidate.
    champion
        Version of the champion it met; None if there was none.
    promoted
        Whether it took the champion's place.
    gates
        What each decided.
    metrics
        From `klout evaluate`.
    origin
        Where it comes from.
    accounts
        Persons on each network, and in all under the key "".
    shadow
        Everybody's scores by both models; None without a champion to compare with.
    report, ceiling
        Of the judgements trained on; None if they were not given, or no pair is repeated.
    allowed
        Why a shift beyond the bounds was allowed; None if it was not.
    files
        By what they are: ``signals``, ``judgements`` and perhaps ``training``.
    """

    model: Model
    champion: str | None
    promoted: bool
    gates: list[Gate]
    metrics: dict[str, Any]
    origin: Lineage
    accounts: dict[str, int]
    shadow: Shadow | None = None
    report: Report | None = None
    ceiling: Ceiling | None = None
    allowed: str | None = None
    files: dict[str, Path] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """What was decided, in a line."""
        if self.champion == self.model.version:
            return f"model {self.model.version} is the champion already"
        if self.promoted and self.champion is None:
            return f"model {self.model.version} is the first champion"
        does = "replaces" if self.promoted else "does not replace"
        rival = self.champion or "no champion"
        failed = [gate.name for gate in self.gates if not gate.passed]
        return f"model {self.model.version} {does} {rival}" + (
            f": refused at {', '.join(failed)}" if failed else ""
        )

    @property
    def lines(self) -> list[str]:
        """The verdict, and the gates that failed with their reasons."""
        return [self.verdict, *(f"  {gate.line}" for gate in self.gates if not gate.passed)]

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON can hold: the verdict and the gates."""
        return {
            "model": self.model.version,
            "champion": self.champion,
            "promoted": self.promoted,
            "verdict": self.verdict,
            "gates": [gate.to_dict() for gate in self.gates],
        }


def markdown(table: pl.DataFrame) -> str:
    """Write a table in Markdown, floats to two digits."""
    numeric = [dtype.is_numeric() for dtype in table.dtypes]
    rule = ["---:" if number else "---" for number in numeric]
    rows = [[_cell(value) for value in row] for row in table.iter_rows()]
    return "\n".join("| " + " | ".join(row) + " |" for row in [table.columns, rule, *rows])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).replace("|", "\\|")
