"""What a model is beside another, from their runs: parameters, metrics and data that differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MOST = 40
"""Rows of a table: a run's description has room for 8,000 characters."""


@dataclass(frozen=True)
class RunFacts:
    """What a run says.

    Attributes
    ----------
    params, metrics
        By MLflow's names.
    data
        The tags that name data, code and day.
    """

    params: Mapping[str, object]
    metrics: Mapping[str, float]
    data: Mapping[str, str]


def changes(new: RunFacts, old: RunFacts, name: str) -> str:
    """Write in Markdown what is different in one run from another.

    Metrics that are of one thing only, as those of each baseline and each gate, are left out.

    Parameters
    ----------
    new, old
        The runs.
    name
        The other model's version.
    """
    old_params = {key: str(value) for key, value in old.params.items()}
    new_params = {key: str(value) for key, value in new.params.items()}
    figures = [each for each in new.metrics if each in old.metrics and "." not in each]
    tables = [
        _table("parameter", name, _different(new_params, old_params)),
        _table(
            "metric",
            name,
            [
                (each, f"{old.metrics[each]:.5g}", f"{new.metrics[each]:.5g} ({change:+.2g})")
                for each in figures
                if (change := new.metrics[each] - old.metrics[each])
            ],
        ),
        _table("of other", name, _different(new.data, old.data)),
    ]
    said = [table for table in tables if table]
    if not said:
        return f"Nothing that is recorded differs from champion {name}."
    return "\n\n".join([f"Beside champion {name}:", *said])


def _different(new: Mapping[str, str], old: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [
        (key, old.get(key, ""), new.get(key, ""))
        for key in dict.fromkeys([*new, *old])
        if new.get(key) != old.get(key)
    ]


def _table(what: str, name: str, rows: Iterable[tuple[str, str, str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    if not lines:
        return ""
    more = [f"\n… and {len(lines) - MOST} more."] if len(lines) > MOST else []
    head = [f"| {what} | {name} | this |", "| --- | --- | --- |"]
    return "\n".join([*head, *lines[:MOST], *more])
