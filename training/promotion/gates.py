"""What a model must pass to become champion: each gate a function of figures, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.audit import Finding
from training.evaluation import Interval, Resamples
from training.promotion.bounds import PromotionParams
from training.promotion.invariants import INVARIANTS, Breach
from training.promotion.shadow import Shadow

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Gate:
    """What one gate decided.

    Attributes
    ----------
    name
        One word.
    passed
        Whether the candidate may go on.
    why
        The reason, for people: figures and the bounds they were held to.
    figures
        The numbers behind it, for MLflow.
    """

    name: str
    passed: bool
    why: str
    figures: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return asdict(self)

    @property
    def line(self) -> str:
        """The gate in one line."""
        return f"{self.name} {'passed' if self.passed else 'failed'}: {self.why}"


def better(new: Vector, old: Vector, resamples: Resamples, confidence: float) -> Gate:
    """Ask whether the candidate explains the judgements better than the champion.

    A paired test: both are held to the same judgements, and what is resampled by person is the
    difference of their losses, so that hard judgements weigh on neither.

    Parameters
    ----------
    new, old
        Shape (pairs,): each judgement's log-loss in nats, of candidate and champion.
    resamples
        Of the same judgements.
    confidence
        Share of the resamples in which the candidate must be strictly better.
    """
    gains = resamples.means((old - new)[:, None])[:, 0]
    gain = Interval.of(resamples.value(old - new), gains)
    share = float((gains > 0).mean())
    losses = resamples.value(new), resamples.value(old)
    why = (
        f"log-loss {losses[0]:.4f} against {losses[1]:.4f}, lower in {share:.0%} of resamples of "
        f"the persons; more than {confidence:.0%} are asked for"
    )
    figures = {"log_loss": losses[0], "champion_log_loss": losses[1], "confidence": share}
    return Gate("better", share > confidence, why, figures | gain.named("gain"))


def audited(findings: Sequence[Finding]) -> Gate:
    """Ask whether the audit found nothing."""
    why = f"{findings[0]}, the first of {len(findings)} findings" if findings else "no findings"
    return Gate("audit", not findings, why, {"findings": float(len(findings))})


def invariant(breaches: Sequence[Breach]) -> Gate:
    """Ask whether no invariant was seen broken on real people."""
    why = f"all {len(INVARIANTS)} hold on real people"
    if breaches:
        why = f"{breaches[0]}, the first of {len(breaches)} seen"
    return Gate("invariants", not breaches, why, {"breaches": float(len(breaches))})


def shift(shadow: Shadow, params: PromotionParams, allowed: str | None = None) -> Gate:
    """Ask whether people's scores stay near those the champion gives them.

    Parameters
    ----------
    shadow
        Everybody's scores by both models.
    params
        The bounds.
    allowed
        Why scores may move beyond them this once: a new kind of model must be able to come in.
    """
    figures = shadow.figures(params.moved_points)
    # NaN is above no bound and below none: nothing is known, and nothing allows that.
    if odd := [f"{name} is {value}" for name, value in figures.items() if not isfinite(value)]:
        why = f"scores can't be compared: {', '.join(odd)}"
        return Gate("shift", passed=False, why=why, figures=figures)
    beyond = _beyond(figures, params)
    said = "; ".join(beyond) or (
        f"scores move by {figures['mean_change']:.2f} points on average, rank correlation "
        f"{figures['rank_correlation']:.4f}"
    )
    if beyond and allowed is not None:
        return Gate("shift", passed=True, why=f"allowed ({allowed}): {said}", figures=figures)
    return Gate("shift", not beyond, said, figures)


def _beyond(figures: dict[str, float], params: PromotionParams) -> list[str]:
    """Say which figures are outside their bounds."""
    said = []
    if figures["mean_change"] > params.most_mean_change:
        said.append(
            f"scores move by {figures['mean_change']:.2f} points on average, "
            f"at most {params.most_mean_change:g} are allowed"
        )
    if figures["moved"] > params.most_moved:
        said.append(
            f"{figures['moved']:.1%} of people move by more than {params.moved_points:g} points, "
            f"at most {params.most_moved:.1%} may"
        )
    if abs(figures["mean_shift"]) > params.most_mean_shift:
        said.append(
            f"the mean score moves by {figures['mean_shift']:+.2f} points, "
            f"at most {params.most_mean_shift:g} are allowed"
        )
    if figures["rank_correlation"] < params.least_rank_correlation:
        said.append(
            f"rank correlation {figures['rank_correlation']:.4f}, "
            f"at least {params.least_rank_correlation:g} is asked for"
        )
    return said
