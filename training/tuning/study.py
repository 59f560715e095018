"""The search itself: an Optuna study that can be interrupted at any moment and goes on.

Every trial's sampler is seeded by the study's seed and how many trials are finished, so that an
interrupted study tries the same as one that never was. A trial that was running when its process
was killed is failed, and what it tried is tried again. One process at a time works on a study.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from features.errors import KloutError
from training.influence.params import TrainingParams
from training.tuning.folds import CrossValidation
from training.tuning.plan import Plan
from training.tuning.pruning import MedianStopping, Reporter

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
SEEDS = 1_000_003
"""Seeds of a study's trials lie this far from those of the study with the next seed."""
STARTUP = 8
"""Trials at random before Optuna's model of the space picks them."""

OnTrial = Callable[[optuna.Study, FrozenTrial], None]


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
        """Try until the budget is spent.

        Parameters
        ----------
        study
            From `opened`.
        on_trial
            Told of every trial that ends.
        """
        began = time.monotonic()
        while (count := len(finished(study))) < self.plan.trials:
            if count and time.monotonic() - began >= 60 * self.plan.minutes:
                return
            on_trial(study, self._try(study, self._ask(study, count)))

    def _ask(self, study: optuna.Study, count: int) -> optuna.Trial:
        waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
        if self._is_due(study) and not waiting:
            study.enqueue_trial(self.plan.present(self.present))
        seed = self.plan.seed * SEEDS + count
        study.sampler = TPESampler(seed=seed % 2**32, n_startup_trials=STARTUP)
        return study.ask()

    def _is_due(self, study: optuna.Study) -> bool:
        """Say whether what is in force was not tried yet."""
        present = self.present.to_dict()
        return all(trial.user_attrs["train"] != present for trial in finished(study))

    def _try(self, study: optuna.Study, trial: optuna.Trial) -> FrozenTrial:
        suggested = self.plan.suggest(trial, self.present)
        # Suggestions are rounded, what is in force is not.
        params = self.present if self._is_due(study) else suggested
        trial.set_user_attr("train", params.to_dict())
        reporter, trees = Reporter(trial), []
        value = None
        try:
            for loss, count in self.validation.run(params, reporter):
                trees.append(count)
                value = reporter.end(loss, last=len(trees) == self.plan.folds)
        except optuna.TrialPruned:
            value = None
        trial.set_user_attr("fold_log_loss", reporter.ended)
        trial.set_user_attr("trees", trees)
        state = TrialState.PRUNED if value is None else TrialState.COMPLETE
        return study.tell(trial, value, state)


@contextmanager
def opened(storage: str, name: str, search: Search) -> Iterator[optuna.Study]:
    """Open a study, or make it; trials that a killed process left running are failed.

    Parameters
    ----------
    storage
        As ``sqlite:///tuning.db``.
    name
        Of the study in there.
    search
        What the study is for.

    Raises
    ------
    KloutError
        If the storage can't be opened, or the study was made with other data or another space.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        store = optuna.storages.RDBStorage(storage)
    except (SQLAlchemyError, ValueError, ImportError) as error:
        reason = str(error).partition("\n")[0]
        message = f"{storage}: no study can be kept there: {reason}; expected sqlite:///FILE"
        raise KloutError(message) from error
    try:
        study = optuna.create_study(
            storage=store,
            study_name=name,
            direction="minimize",
            pruner=MedianStopping(),
            load_if_exists=True,
        )
        _claim(study, storage, search)
        _fail_abandoned(study)
        yield study
    finally:
        store.remove_session()
        store.engine.dispose()


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Trials that ran to their end or were pruned, in order."""
    return study.get_trials(deepcopy=False, states=FINISHED)


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


def _fail_abandoned(study: optuna.Study) -> None:
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)
