"""The search itself: an Optuna study on which any number of processes work at the same time.

Every trial has a place of its own, from 0 to one less than the plan's number of trials, which so is
that of the study, however many work on it. The sampler is seeded by the study's seed and the place,
so that an interrupted study tries the same as one that never was. What a process tried when it was
killed is failed by the next one, and its place is free again (`training.tuning.abandoned`); nobody
touches what a living process tries.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from features.errors import KloutError
from training.influence.params import TrainingParams
from training.tuning.abandoned import BEAT, GRACE, claim, fail_abandoned
from training.tuning.folds import CrossValidation
from training.tuning.plan import Plan
from training.tuning.pruning import MedianStopping, Reporter

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
PLACED = (*FINISHED, TrialState.RUNNING)
"""States of trials that have a place."""
PLACE = "place"
"""The trial's attribute that holds it."""
SEEDS = 1_000_003
"""Seeds of a study's trials lie this far from those of the study with the next seed."""
STARTUP = 8
"""Trials at random before Optuna's model of the space picks them."""
PAUSE = 0.5
"""Seconds between two looks at what others are trying."""
PATIENT = 60
"""Seconds that a process waits for another that writes to the same SQLite file."""

OnTrial = Callable[[optuna.Study], None]


class _SurplusError(Exception):
    """A trial that somebody else has begun already, or that is one too many."""


@dataclass(frozen=True)
class Search:
    """What is searched, and on what.

    Attributes
    ----------
    plan
        The space and the budget.
    present
        The parameters in force, tried before others: the best is never worse than these.
    validation
        The folds; those of ``plan``.
    """

    plan: Plan
    present: TrainingParams
    validation: CrossValidation

    def run(self, study: optuna.Study, on_trial: OnTrial) -> None:
        """Try until the budget is spent, and wait for what others are still trying.

        Parameters
        ----------
        study
            From `opened`.
        on_trial
            Told after every look at the study: a trial of this process ended, or others' may have.
        """
        began = time.monotonic()
        while (ended := len(finished(study))) < self.plan.trials:
            if ended and time.monotonic() - began >= 60 * self.plan.minutes:
                return
            fail_abandoned(study)
            if len(_placed(study)) < self.plan.trials:
                self._begin(study)
            else:
                time.sleep(PAUSE)
            on_trial(study)

    def _begin(self, study: optuna.Study) -> None:
        """Let Optuna run one trial, unless others were faster."""
        present = self.present.to_dict()
        if not _tried(study, present):
            study.enqueue_trial(self.plan.present(self.present), user_attrs={"train": present})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)  # Optuna calls its heartbeat so
            study.optimize(self._try, n_trials=1, catch=(_SurplusError,))

    def _try(self, trial: optuna.Trial) -> float:
        claim(trial)
        present = self.present.to_dict()
        # Suggestions are rounded, what is in force is not.
        is_present = trial.user_attrs.get("train") == present
        if is_present and _is_repeated(trial, present):
            raise _SurplusError
        self._take_place(trial)
        suggested = self.plan.suggest(trial, self.present)
        params = self.present if is_present else suggested
        trial.set_user_attr("train", params.to_dict())
        return self._validate(trial, params)

    def _take_place(self, trial: optuna.Trial) -> None:
        place = free_place(trial.number, _placed(trial.study))
        if place >= self.plan.trials:
            raise _SurplusError
        trial.set_user_attr(PLACE, place)
        seed = self.plan.seed * SEEDS + place
        trial.study.sampler = TPESampler(seed=seed % 2**32, n_startup_trials=STARTUP)

    def _validate(self, trial: optuna.Trial, params: TrainingParams) -> float:
        reporter, trees, value = Reporter(trial), list[int](), 0.0
        try:
            for loss, best in self.validation.run(params, reporter):
                trees.append(best)
                value = reporter.end(loss, last=len(trees) == self.plan.folds)
        finally:
            trial.set_user_attr("fold_log_loss", reporter.ended)
            trial.set_user_attr("trees", trees)
        return value


@contextmanager
def opened(storage: str, name: str, search: Search) -> Iterator[optuna.Study]:
    """Open a study, or make it.

    Parameters
    ----------
    storage
        As ``sqlite:///tuning.db``, or a database on a server: ``postgresql+psycopg://…``.
    name
        Of the study in there.
    search
        What the study is for.

    Raises
    ------
    KloutError
        If the storage can't be opened, or the study was made with other data or another space.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # a trial that is given up is no warning
    store = _store(storage)
    try:
        study = optuna.create_study(
            storage=store,
            study_name=name,
            direction="minimize",
            pruner=MedianStopping(),
            load_if_exists=True,
        )
        _claim(study, storage, search)
        yield study
    finally:
        store.remove_session()
        store.engine.dispose()


def _store(storage: str) -> optuna.storages.RDBStorage:
    waiting = {"connect_args": {"timeout": PATIENT}}
    options: dict[str, Any] = waiting if storage.startswith("sqlite") else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return optuna.storages.RDBStorage(
                storage, options, heartbeat_interval=BEAT, grace_period=GRACE
            )
    except (SQLAlchemyError, ValueError, ImportError) as error:
        reason = str(error).partition("\n")[0]
        message = f"{storage}: no study can be kept there: {reason}; expected sqlite:///FILE"
        raise KloutError(message) from error


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that ran to their end or were pruned, in order."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def _placed(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=PLACED)


def free_place(number: int, trials: list[FrozenTrial]) -> int:
    """Find the place of a trial that begins: the first that nobody has, or is about to take.

    Whoever begins at the same time with a lower number has not said yet which it takes. It takes
    the first that is free, as this one would; so this one leaves it to them.

    >>> free_place(0, [])
    0
    """
    taken = {each.user_attrs.get(PLACE) for each in trials}
    sooner = sum(each.number < number and PLACE not in each.user_attrs for each in trials)
    free = (place for place in count() if place not in taken)
    return next(islice(free, sooner, None))


def _is_repeated(trial: optuna.Trial, train: dict[str, Any]) -> bool:
    before = (each for each in _placed(trial.study) if each.number < trial.number)
    return any(each.user_attrs.get("train") == train for each in before)


def _tried(study: optuna.Study, train: dict[str, Any]) -> bool:
    """Say whether parameters were tried, are being tried, or wait for it."""
    trials = study.get_trials(deepcopy=False, states=(*PLACED, TrialState.WAITING))
    return any(trial.user_attrs.get("train") == train for trial in trials)


def best_params(study: optuna.Study) -> TrainingParams:
    """Parameters of the trial with the lowest mean log-loss."""
    return TrainingParams.checked(study.best_trial.user_attrs["train"], study.study_name)


def _claim(study: optuna.Study, storage: str, search: Search) -> None:
    """Note what the study is of; refuse to go on with anything else."""
    digests: dict[str, Any] = {
        "data": search.validation.digest(),
        "folds, seed, space or fixed parameters": search.plan.digest(search.present),
    }
    for what, digest in digests.items():
        known = study.user_attrs.get(what)
        if known is None:
            study.set_user_attr(what, digest)
        elif known != digest:
            raise KloutError(
                f"{storage}: study {study.study_name!r} was made with other {what}, so its trials "
                "say nothing of these; choose another --name or another --study file"
            )
