"""What promotion and rollback write down in the table of champions."""

from __future__ import annotations

from typing import Any

from mlflow.entities.model_registry import ModelVersion

from training.promotion.candidate_record import CandidateRecord
from training.promotion.mlflow_run import Recorded
from training.registry.champions import FIGURES, PROMOTED, REFUSED, ROLLED_BACK, Decision
from training.registry.figures import finite
from training.registry.history import facts_of
from training.registry.registry import Registry, model_of


def decision(story: CandidateRecord, recorded: Recorded) -> Decision:
    """Say what became of a candidate."""
    figures = {name: story.metrics[name] for name in FIGURES if name in story.metrics}
    kept: dict[str, Any] = finite(figures)[0]
    return Decision(
        event=PROMOTED if story.promoted else REFUSED,
        model=story.model.version,
        champion=story.model.version if story.promoted else story.champion,
        before=story.champion,
        why=_reason(story),
        version=recorded.version or None,
        run=recorded.run,
        **kept,
    )


def brought_back(registry: Registry, former: ModelVersion, was: str, why: str) -> Decision:
    """Say of a rollback which model is champion again, in the place of which, and why."""
    model = model_of(former)
    return Decision(ROLLED_BACK, model, model, was, why, **facts_of(registry, former))


def _reason(story: CandidateRecord) -> str:
    """Give the gates that failed; of one promoted, what it was better by and was allowed."""
    if not story.promoted:
        return "; ".join(gate.line for gate in story.gates if not gate.passed)
    allowed = story.allowed is not None
    told = ("better", "shift") if allowed else ("better",)
    return "; ".join(gate.why for gate in story.gates if gate.name in told)
