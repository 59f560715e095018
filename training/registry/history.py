"""The table of champions beside what MLflow says now, and on the model's page."""

from __future__ import annotations

from typing import Any

from mlflow.entities.model_registry import ModelVersion

from training.registry.champions import (
    FIGURES,
    FOUND,
    REFUSED,
    Decision,
    champion_told,
    decided,
    decisions,
)
from training.registry.registry import ABOUT, CHAMPION, DATABASE, NAME, Registry, model_of

LATEST = 10
"""Changes of champion on the model's page, which has room for 5,000 characters."""
LONGEST = 200
"""Characters of a reason there."""
_UNTOLD = "MLflow says so: by hand, by a run that was killed, or by an older klout"


def told(registry: Registry) -> list[Decision]:
    """Read who was champion when, the first first.

    Returns
    -------
    list
        If MLflow has another champion than was decided last, one more that says so, of no time.
    """
    known = decisions(registry.home)
    # Who only asks makes no database.
    if not (registry.home / DATABASE).is_file():
        return known
    holder, before = registry.version(CHAMPION), champion_told(known)
    now = None if holder is None else model_of(holder)
    if now == before:
        return known
    facts = {} if holder is None else facts_of(registry, holder)
    return [*known, Decision(FOUND, now, now, before, _UNTOLD, **facts)]


def facts_of(registry: Registry, version: ModelVersion) -> dict[str, Any]:
    """Give what MLflow knows of a version: its number, its run, its figures."""
    facts: dict[str, Any] = {"version": str(version.version), "run": version.run_id or None}
    if not version.run_id:
        return facts
    known = registry.connect().get_run(version.run_id).data.metrics
    return facts | {name: known[name] for name in FIGURES if name in known}


def settle(registry: Registry) -> None:
    """Write down a champion that no decision tells of."""
    known = told(registry)
    if known and not known[-1].at:
        decide(registry, known[-1])


def decide(registry: Registry, decision: Decision) -> None:
    """Write down a decision of now, and show the latest on the model's page."""
    decided(registry.home, decision)
    client = registry.connect()
    if client.search_registered_models(f"name = '{NAME}'"):
        client.update_registered_model(NAME, page(decisions(registry.home)))


def page(known: list[Decision]) -> str:
    """Write what the model's page says: what it is, and who was champion when."""
    rows = [
        f"| {each.at[:16]} | {each.champion} | {each.event} | {each.by} | {_cell(each.why)} |"
        for each in known
        if each.event != REFUSED
    ]
    head = ["| since | champion | by being | by | why |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([ABOUT, *head, *reversed(rows[-LATEST:])]) + "\n"


def _cell(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
    return short.replace("|", "\\|").replace("\n", " ")
