"""Whether a new model takes the champion's place."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from features.errors import KloutError
from training.audit import audit
from training.evaluate import differences
from training.fit import log_loss
from training.judgements import read_judgements
from training.model import Model, read_signals
from training.registry import Registry


def promote(
    candidate: Path, champion: Path, signals: Path, judgements: Path, metrics: Path, plots: Path
) -> str:
    """Record the candidate in MLflow; give it the alias if it explains the judgements better.

    Parameters
    ----------
    candidate
        The new model's folder.
    champion
        The folder that is to hold the champion, whichever it is.
    signals, judgements
        Both models are compared on these judgements.
    metrics, plots
        Of the candidate, from `klout evaluate`.

    Returns
    -------
    str
        What was decided, and why.
    """
    model, registry = Model.load(candidate), Registry()
    holder = registry.champion()
    new = _loss(model, signals, judgements)
    old = None if holder is None else _loss_or_none(holder, signals, judgements)
    better = holder is None or old is None or new < old
    if better and (findings := audit(model)):
        raise KloutError(f"model {model.version} fails the audit: {findings[0]}")
    if holder is not None and holder.version == model.version:
        verdict = f"model {model.version} is the champion already"
    else:
        figures = json.loads(metrics.read_text())
        registry.log(candidate, figures, plots, signals, judgements, promoted=better)
        verdict = _verdict(model, holder, new, old, better=better)
    (model if better else holder or model).save(champion)
    return verdict


def _loss(model: Model, signals: Path, judgements: Path) -> float:
    judged = read_judgements(judgements)
    scores = model.score(pl.concat(read_signals(signals, model.catalogue)))
    difference = differences(judged, scores["person"], scores["influence"], model.base)
    return log_loss(difference, judged["preference"].to_numpy(), judged["weight"].to_numpy())


def _loss_or_none(model: Model, signals: Path, judgements: Path) -> float | None:
    """Log-loss of a former champion; None if it reads signals that there are no longer."""
    try:
        return _loss(model, signals, judgements)
    except KloutError:
        return None


def _verdict(
    model: Model, holder: Model | None, new: float, old: float | None, *, better: bool
) -> str:
    if holder is None:
        return f"model {model.version} is the first champion (log-loss {new:.4f})"
    if old is None:
        return f"model {model.version} replaces {holder.version}, whose signals are gone"
    what = "replaces" if better else "does not replace"
    return f"model {model.version} {what} {holder.version} (log-loss {new:.4f} against {old:.4f})"
