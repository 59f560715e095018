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
from training.influence.signals_frame import (
    about,
    counted_alone,
    name_left_out,
    networks_in,
    read_population,
)
from training.judgements import WITHOUT_SIGNALS, check_known, judge_weights, read_judgements

USUAL = 10.0
"""Points between the mean score of people and the scale's, from which on it is said."""


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
    networks: Path | None,
    on_rows: Callable[[int], None],
    say: Callable[[str], None] = lambda _: None,
) -> pl.DataFrame:
    """Score everybody in a signals file.

    Parameters
    ----------
    networks
        A directory of declarations of networks that the model was not trained on; None: the names
        of the file's columns say enough.
    on_rows
        Is told how many, batch by batch.
    say
        Is told of networks that give no evidence.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or nobody is on a network that gives evidence: all
        would have one score.
    """
    scorer, scores = _scored(model, signals, networks, on_rows, say)
    for network, people in counted_alone(signals, scorer.catalogue).items():
        say(
            f"{signals}: {network}: counters of {people:,} persons, and nobody reacted to anybody, "
            "as if nobody had looked; of what they drew there nothing is known"
        )
    mean, usual = float(scores["score"].to_numpy().mean()), scorer.scale.mean
    if abs(mean - usual) > USUAL:
        say(
            f"{signals}: the mean score is {mean:.1f}, where the people whom the scale was fitted "
            f"to have {usual:g}; klout calibrate fits it to yours"
        )
    return scores


def _scored(
    model: Path,
    signals: Path,
    networks: Path | None,
    on_rows: Callable[[int], None],
    say: Callable[[str], None],
) -> tuple[Model, pl.DataFrame]:
    """Score everybody; the model, and what it says."""
    trained = Model.load(model)
    scorer = trained.covering(networks_in(signals) if networks is None else load_networks(networks))
    batches = []
    for batch in scorer.score_file(signals):
        batches.append(batch)
        on_rows(len(batch))
    name_left_out(signals, scorer.catalogue, UNTRAINED, say)
    return scorer, pl.concat(batches)


def calibrate(
    model: Path,
    signals: Path,
    networks: Path | None,
    params: Path | None,
    on_rows: Callable[[int], None],
    say: Callable[[str], None] = lambda _: None,
) -> Model:
    """Fit a model's scale to the people of a signals file; who passes whom stays as it was.

    Parameters
    ----------
    networks, on_rows, say
        As of `score`.
    params
        Has the scale's anchors; None: the defaults.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or the people are too few or too alike for a scale.
    """
    scorer, scores = _scored(model, signals, networks, on_rows, say)
    trained = scorer.as_trained
    facts = trained.facts | {"calibrated": {"of": trained.version, "people": len(scores)}}
    with about(signals):
        return trained.on_scale_of(scores["influence"].to_numpy(), read_scale(params), facts)
