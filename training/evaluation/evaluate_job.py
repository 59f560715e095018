"""The jobs behind `klout evaluate` and `klout ablate`: files in, results out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from features.errors import KloutError
from features.lake import Lake
from features.lake.given import as_ids, read_given
from features.lake.left_out import UNTRAINED
from features.storage.atomic import replacing
from training import baselines
from training.evaluation.ablations import Trial, ablate, importance
from training.evaluation.bands import breakdowns
from training.evaluation.baseline_accuracy import TRUTH, evaluate
from training.evaluation.bootstrap import Resamples
from training.evaluation.label_agreement import label_agreement
from training.evaluation.plots import tables_of, write_plots
from training.evaluation.spread import reaches, spread
from training.influence.effort import effort
from training.influence.model import Model
from training.influence.params import TrainingParams
from training.influence.signals_frame import about, networks_in, read_population
from training.judgements import (
    WITHOUT_SIGNALS,
    check_known,
    noise_ceiling,
    persons_of,
    read_judgements,
)
from training.judgements.label_pairs import label_pairs
from training.judgements.label_table import read_labels


@dataclass(frozen=True)
class EvaluationInputs:
    """What a model is compared with, apart from what stands in the signals.

    Attributes
    ----------
    lake, as_of
        For ranks in the graph of who reacted to whom, and for the spread of information after
        ``as_of``; without both of them, neither is there.
    days
        How long after ``as_of`` the spread is looked at.
    training
        Judgements for the learned baselines, of other persons than those tested.
    params
        How the learned baselines learn; None: the defaults.
    truth
        A simulated world's ``truth.parquet``, for what the hidden influence itself reaches.
    without_signals
        Share of the judged people who may be without signals.
    """

    lake: Path | None = None
    as_of: date | None = None
    days: int = 30
    training: Path | None = None
    params: Path | None = None
    truth: Path | None = None
    without_signals: float = WITHOUT_SIGNALS


def evaluate_files(
    model: Path,
    signals: Path,
    judgements: Path,
    beside: EvaluationInputs | None = None,
    plots: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Compare a model with baselines on the same judgements, and perhaps plot it.

    Parameters
    ----------
    model, signals, judgements
        The judgements should be about persons the model has not seen.
    beside
        What to compare with; None: only what stands in the signals.
    plots
        A folder for plots.
    say
        Is told, a line each, what was left out.
    """
    loaded, judged, beside = (
        Model.load(model).covering(networks_in(signals)),
        read_judgements(judgements),
        beside or EvaluationInputs(),
    )
    learned_from = None if beside.training is None else _of_strangers(beside.training, judged)
    people = read_population(signals, loaded.catalogue, UNTRAINED, say)
    check_known(judged, people["person"], judgements, beside.without_signals, say)
    if beside.training is not None and learned_from is not None:
        check_known(learned_from, people["person"], beside.training, beside.without_signals, say)
    scores, resamples = loaded.score(people), Resamples.of(judged)
    figures = _figures(people, loaded.catalogue, beside, learned_from)
    metrics, comparison = evaluate(loaded, scores, judged, figures, resamples)
    if (ceiling := noise_ceiling(judged)) is not None:
        metrics["noise_ceiling"] = ceiling.accuracy
    if plots is not None:
        tables = {"comparison": comparison.table()}
        tables |= breakdowns(loaded, people, scores, judged, resamples)
        tables |= _spread(scores, loaded.catalogue, beside)
        tables["effort"] = effort(loaded, people)
        write_plots(plots, tables | tables_of(loaded, scores))
    return metrics


def compare_labels(
    model: Path,
    signals: Path,
    labels: Sequence[Path],
    without_signals: float = WITHOUT_SIGNALS,
    say: Callable[[str], None] = lambda _: None,
) -> list[dict[str, Any]]:
    """Compare a model's scores with each file of labels.

    Parameters
    ----------
    model, signals, labels
        The labels should be of persons the model has not seen.
    without_signals
        Share of the labelled people who may be without signals.
    say
        Is told, a line each, what was left out.
    """
    scorer = Model.load(model).covering(networks_in(signals))
    people = read_population(signals, scorer.catalogue, UNTRAINED, say)
    scores = scorer.score(people)
    nobody, found = float(scorer.points(np.array([scorer.base]))[0]), []
    for file in labels:
        given = read_labels(file)
        check_known(label_pairs(given), people["person"], file, without_signals, say)
        found.append({"file": str(file)} | label_agreement(given, scores, nobody))
    return found


def ablate_files(
    trial: Trial, out: Path, signals_out: Path | None, on_row: Callable[[dict[str, object]], None]
) -> pl.DataFrame:
    """Ablate every network and measure, and say what each signal does for the whole model.

    Parameters
    ----------
    trial
        From `read_trial`.
    out
        A CSV file with a row per ablation; it is written anew after each, so that a run that is
        stopped leaves what it has found.
    signals_out
        A CSV file with a row per signal; None: none.
    on_row
        Told each row as it is found.

    Returns
    -------
    DataFrame
        A row per signal, from `importance`.
    """
    whole, rows = trial.model(), []
    weighed = importance(whole, trial.population)
    if signals_out is not None:
        _write_csv(signals_out, weighed)
    for row in ablate(trial, whole, Resamples.of(trial.test)):
        rows.append(row)
        _write_csv(out, pl.DataFrame(rows))
        on_row(row)
    return weighed


def read_trial(
    signals: Path,
    training: Path,
    test: Path,
    networks: Path | None,
    params: Path | None,
    without_signals: float = WITHOUT_SIGNALS,
    say: Callable[[str], None] = lambda _: None,
) -> Trial:
    """Read what is to be trained and tested on; ``say`` is told what was left out.

    Raises
    ------
    KloutError
        If an input is not as its contract says, or somebody is trained and tested on.
    """
    catalogue = Catalogue(load_networks(networks))
    population = read_population(signals, catalogue, say=say)
    tested = read_judgements(test)
    learned_from = _of_strangers(training, tested)
    for judged, file in ((learned_from, training), (tested, test)):
        check_known(judged, population["person"], file, without_signals, say)
    return Trial(population, learned_from, tested, catalogue, TrainingParams.read(params))


def _of_strangers(training: Path, test: pl.DataFrame) -> pl.DataFrame:
    """Read training judgements, which must be about nobody of the test judgements."""
    judged = read_judgements(training)
    persons, tested = persons_of(judged), persons_of(test)
    if len(both := persons.filter(persons.is_in(tested.implode()))):
        raise KloutError(
            f"{training}: {len(both)} of its persons are in the test judgements too, "
            f"as {both[0]!r}; expected none: divide judgements with `klout split`"
        )
    return judged


def _figures(
    people: pl.DataFrame,
    catalogue: Catalogue,
    beside: EvaluationInputs,
    learned_from: pl.DataFrame | None,
) -> dict[str, pl.Series]:
    """Every figure per person that the score is compared with."""
    figures = baselines.from_signals(people, catalogue)
    if beside.lake is not None and beside.as_of is not None:
        lake, persons = Lake(beside.lake), people["person"]
        figures |= baselines.from_graph(lake, beside.as_of, catalogue, persons)
    if learned_from is not None:
        settings = TrainingParams.read(beside.params)
        with about(str(beside.training)):
            figures |= baselines.learned(people, learned_from, catalogue, settings)
    if beside.truth is not None:
        figures[TRUTH] = _true_influence(beside.truth, people)
    return figures


def _true_influence(truth: Path, people: pl.DataFrame) -> pl.Series:
    known = read_given(truth, "person and influence", ["person", "influence"])
    known = known.with_columns(as_ids(known["person"], f"{truth}: person"))
    joined = people.select("person").join(known, on="person", how="left", maintain_order="left")
    return joined["influence"].fill_null(known["influence"].min())


def _spread(
    scores: pl.DataFrame, catalogue: Catalogue, beside: EvaluationInputs
) -> dict[str, pl.DataFrame]:
    """The spread of information after the scores, where the lake reaches that far."""
    if beside.lake is None or beside.as_of is None:
        return {}
    lake = Lake(beside.lake)
    if not reaches(lake, beside.as_of, beside.days):
        return {}
    return {"spread": spread(lake, scores, beside.as_of, beside.days, catalogue)}


def _write_csv(file: Path, table: pl.DataFrame) -> None:
    with replacing(file) as draft:
        table.write_csv(draft)
