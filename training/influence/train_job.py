"""The jobs behind the commands: files in, results out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake.left_out import UNTRAINED
from training.audit import audit
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams, read_scale
from training.influence.signals_frame import about, name_left_out, read_population
from training.judgements import WITHOUT_SIGNALS, check_known, judge_weights, read_judgements


def train(
    signals: Path,
    judgements: Path,
    networks: Path | None,
    params: Path | None,
    without_signals: float = WITHOUT_SIGNALS,
    say: Callable[[str], None] = lambda _: None,
) -> Model:
    """Train a model from files, and audit it.

    Each judgement's weight is multiplied by how far its judge can be relied upon.

    Parameters
    ----------
    without_signals
        Share of the judged people who may be without signals.
    say
        Is told, a line each, what was left out.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or the model fails the audit.
    """
    catalogue = Catalogue(load_networks(networks))
    settings, scale = TrainingParams.read(params), read_scale(params)
    population = read_population(signals, catalogue, say=say)
    judged = read_judgements(judgements)
    check_known(judged, population["person"], judgements, without_signals, say)
    weighed = judged.with_columns(weight=judged["weight"] * judge_weights(judged))
    with about(f"{judgements} and {signals}"):
        model = fit(population, weighed, catalogue, settings, scale)
    if findings := audit(model):
        raise KloutError(f"the audit found {len(findings)} faults; first: {findings[0]}")
    return model


def score(
    model: Path,
    signals: Path,
    on_rows: Callable[[int], None],
    say: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Score everybody in a signals file.

    Parameters
    ----------
    on_rows
        Is told how many, batch by batch.
    say
        Is told of networks that the model does not know.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or everybody is on networks that the model does
        not know: all would have one score.
    """
    scorer = Model.load(model)
    batches = []
    for batch in scorer.score_file(signals):
        batches.append(batch)
        on_rows(len(batch))
    name_left_out(signals, scorer.catalogue, UNTRAINED, say)
    return pl.concat(batches)
