"""The job behind `klout tune`: files in, the best parameters out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import mlflow
import optuna
from optuna.trial import TrialState

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from training.influence.params import TrainingParams
from training.influence.signals_frame import as_matrix, read_population
from training.judgements import WITHOUT_SIGNALS, check_known, read_judgements
from training.registry.data_sets import log_data
from training.registry.registry import Registry
from training.tuning.folds import CrossValidation
from training.tuning.plan import Plan
from training.tuning.record import Record
from training.tuning.study import Search, best_params, finished, opened

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Tuned:
    """What a study has found so far.

    Attributes
    ----------
    params
        The best.
    searched
        Names of those that were searched.
    loss, before
        Mean log-loss over the folds, with the best and with the parameters in force; if that trial
        was ended early, with those of the first that was not.
    trials, pruned
        How many have ended, and how many of them early.
    """

    params: TrainingParams
    searched: list[str]
    loss: float
    before: float
    trials: int
    pruned: int


def read_search(
    signals: Path,
    judgements: Path,
    networks: Path | None,
    params: Path,
    plan: Plan,
    without_signals: float = WITHOUT_SIGNALS,
    say: Callable[[str], None] = lambda _: None,
) -> Search:
    """Read what is to be searched on; ``say`` is told what was left out.

    Raises
    ------
    KloutError
        If an input is not as its contract says.
    """
    catalogue, present = Catalogue(load_networks(networks)), TrainingParams.read(params)
    plan.present(present)  # refused before minutes of reading
    population = read_population(signals, catalogue, say=say)
    judged = read_judgements(judgements)
    check_known(judged, population["person"], judgements, without_signals, say)
    matrix = as_matrix(population, catalogue)
    validation = CrossValidation.of(
        matrix, population["person"], judged, catalogue, plan.folds, plan.seed
    )
    return Search(plan, present, validation)


def tune(
    search: Search,
    storage: str,
    name: str,
    on_trial: Callable[[int], None],
    files: Mapping[str, Path] = _NOTHING,
    origin: Mapping[str, str] = _NOTHING,
) -> Tuned:
    """Search, or go on searching, with a record in MLflow; others may search beside this.

    Parameters
    ----------
    search
        From `read_search`.
    storage, name
        Of the study, as ``sqlite:///tuning.db``.
    on_trial
        Told how many trials have ended since it was last told.
    files, origin
        What was searched on, by what it is, and the tags that name data and code.
    """
    registry = Registry()
    client = registry.connect()
    with opened(storage, name, search) as study:
        record, told = Record.of(client, study, registry.home), 0

        def after(study: optuna.Study) -> None:
            nonlocal told
            ended = len(finished(study))
            record.catch_up(study)
            on_trial(ended - told)
            told = ended

        after(study)
        search.run(study, after)
        record.finish(study)
        _log_origin(record.parent, files, origin)
        return _summary(study, search)


def _log_origin(run: str, files: Mapping[str, Path], origin: Mapping[str, str]) -> None:
    """Say of a study's run what candidates' runs say of themselves."""
    with mlflow.start_run(run_id=run):
        mlflow.set_tags(dict(origin))
        for context, file in files.items():
            log_data(file, context, origin[f"data.{context}"])


def _summary(study: optuna.Study, search: Search) -> Tuned:
    ended = finished(study)
    complete = [trial for trial in ended if trial.state == TrialState.COMPLETE]
    present = search.present.to_dict()
    # A process that was killed in it may have left what is in force to a later trial.
    tried = next((each for each in complete if each.user_attrs["train"] == present), complete[0])
    before = tried.value
    assert before is not None, "a complete trial has a value"
    return Tuned(
        params=best_params(study),
        searched=list(search.plan.space),
        loss=study.best_value,
        before=before,
        trials=len(ended),
        pruned=sum(trial.state == TrialState.PRUNED for trial in ended),
    )
