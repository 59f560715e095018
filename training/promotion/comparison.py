"""A candidate against the champion: all gates, on the same people and judgements."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from features.errors import KloutError
from training.audit import audit
from training.evaluation import Resamples, log_odds
from training.influence.boosting import log_losses
from training.influence.model import Model, read_signals
from training.promotion.bounds import PromotionParams
from training.promotion.gates import Gate, audited, better, invariant, shift
from training.promotion.invariants import breaches
from training.promotion.shadow import Shadow
from training.registry.registry import CHAMPION, Registry, model_of


@dataclass(frozen=True)
class Rival:
    """The champion, as far as it can be compared.

    Attributes
    ----------
    version
        The model's own; None if there is no champion.
    model
        None if there is none, or it can't be read.
    people
        The signals it reads; None if it can't be compared.
    why
        Why it can't be; empty if it can.
    """

    version: str | None = None
    model: Model | None = None
    people: pl.DataFrame | None = None
    why: str = ""

    @staticmethod
    def of(registry: Registry, candidate: Model, signals: Path) -> Rival:
        """Load the champion, and the signals it reads."""
        held = registry.version(CHAMPION)
        if held is None:
            return Rival(why="there is no champion yet")
        version = model_of(held)
        try:
            model = registry.load(held.version)
        except KloutError as error:
            return Rival(version, why=f"the champion {version} can't be read any more: {error}")
        if model.version == candidate.version:
            return Rival(model.version, model, why="it is the champion already")
        people = pl.concat(read_signals(signals, model.catalogue))
        if gone := [name for name in model.catalogue.names if name not in people.columns]:
            why = f"the champion {model.version} reads signals that are no more, as {gone[0]}"
            return Rival(model.version, model, why=why)
        return Rival(model.version, model, people)


def compare_with_champion(
    model: Model,
    people: pl.DataFrame,
    rival: Rival,
    judgements: pl.DataFrame,
    params: PromotionParams,
    allowed: str | None = None,
) -> tuple[list[Gate], Shadow | None]:
    """Put a candidate through all gates.

    Parameters
    ----------
    model, people
        The candidate, and the signals it reads.
    rival
        What it has to beat.
    judgements
        About persons that neither was trained on.
    params
        The bounds.
    allowed
        Why scores may move beyond them this once; None: they may not.

    Returns
    -------
    tuple
        The gates, and everybody's scores by both models; None if they can't be compared.
    """
    own = [audited(audit(model)), invariant(breaches(model, people))]
    if rival.model is None or rival.people is None:
        first, last = (Gate(name, passed=True, why=rival.why) for name in ("better", "shift"))
        return [first, *own, last], None
    before, after = rival.model.score(rival.people), model.score(people)
    preference = judgements["preference"].to_numpy()
    new = log_losses(log_odds(model, after, judgements), preference)
    old = log_losses(log_odds(rival.model, before, judgements), preference)
    shadow = Shadow.of(rival.model, before, model, after)
    first = better(new, old, Resamples.of(judgements), params.confidence)
    return [first, *own, shift(shadow, params, allowed)], shadow
