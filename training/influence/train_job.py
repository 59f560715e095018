"""The jobs behind the commands: files in, results out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.lake.left_out import UNTRAINED
from training.influence.adapting import widened
from training.influence.label_scale import labelled, on_scale_of_labels
from training.influence.learning import Learning
from training.influence.lessons import Lessons, read_lessons
from training.influence.model import Model
from training.influence.params import TrainingParams, read_scale
from training.influence.signals_frame import (
    about,
    counted_alone,
    name_left_out,
    networks_in,
    read_population,
)
from training.judgements.label_table import read_labels

USUAL = 10.0
"""Points between the mean score of people and the scale's, from which on it is said."""


def train(
    signals: Path,
    lessons: Lessons,
    networks: Path | None,
    params: Path | None,
    start: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    scale_of_labels: bool = False,
) -> Model:
    """Train a model from files, and audit it.

    Parameters
    ----------
    lessons
        What teaches.
    start
        Folder of a model to start from; None: from scratch.
    say
        Is told, a line each, what was left out.
    scale_of_labels
        Whether the scale is fitted to the labels, and not to the people of the signals.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or the model fails the audit.
    """
    parent = None if start is None else widened(start, load_networks(networks))
    catalogue = Catalogue(load_networks(networks)) if parent is None else parent.catalogue
    settings, scale = TrainingParams.read(params), read_scale(params)
    population = read_population(signals, catalogue, say=say)
    taught, labels = read_lessons(lessons, population["person"], say)
    named = f"{lessons.named} and {signals}"
    how = Learning(catalogue, settings, scale, parent, named)
    return how.learned(population, taught, labels, scale_of_labels=scale_of_labels)


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
    labels: Path | None = None,
) -> Model:
    """Fit a model's scale to the people of a signals file; who passes whom stays as it was.

    Parameters
    ----------
    networks, on_rows, say
        As of `score`.
    labels
        Scores of some of them: the scale is fitted to these; None: to everybody.
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
        fitted = trained.on_scale_of(scores["influence"].to_numpy(), read_scale(params), facts)
    if labels is None:
        return fitted
    given = read_labels(labels)
    with about(labels):
        return on_scale_of_labels(fitted, *labelled([given], scores, fitted.base))
