"""The table of champions beside what MLflow says now, and on the model's page."""

from __future__ import annotations

from training.registry.champions import (
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
    version, run = (None, None) if holder is None else (str(holder.version), holder.run_id)
    return [*known, Decision(FOUND, now, now, before, _UNTOLD, version, run)]


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
