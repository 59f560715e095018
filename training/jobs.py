"""The jobs behind the commands: files in, results out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from features.catalogue import Catalogue
from features.declaration import load_networks
from features.errors import KloutError
from training.audit import audit
from training.fit import fit
from training.judgements import judge_weights, read_judgements
from training.model import Model, read_signals
from training.params import TrainingParams, read_scale


def train(signals: Path, judgements: Path, networks: Path | None, params: Path | None) -> Model:
    """Train a model from files, and audit it.

    Each judgement's weight is multiplied by how far its judge can be relied upon.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or the model fails the audit.
    """
    catalogue = Catalogue(load_networks(networks))
    settings, scale = TrainingParams.read(params), read_scale(params)
    population = pl.concat(read_signals(signals, catalogue))
    judged = read_judgements(judgements)
    weighed = judged.with_columns(weight=judged["weight"] * judge_weights(judged))
    model = fit(population, weighed, catalogue, settings, scale)
    if findings := audit(model):
        raise KloutError(f"the audit found {len(findings)} faults; first: {findings[0]}")
    return model


def score(model: Path, signals: Path, on_rows: Callable[[int], None]) -> pl.DataFrame:
    """Score everybody in a signals file; ``on_rows`` is told how many, batch by batch."""
    batches = []
    for batch in Model.load(model).score_file(signals):
        batches.append(batch)
        on_rows(len(batch))
    if not batches:
        raise KloutError(f"{signals}: no persons to score")
    return pl.concat(batches)
