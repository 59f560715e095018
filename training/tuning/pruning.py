"""Stopping trials that come to nothing.

The median stopping rule (Golovin and others, Google Vizier, 2017): a trial ends where it is worse
than the median of the finished trials at the same step. Steps are folds, and times within a fold,
and the value at a step is the mean over the folds up to there, the last as far as it has come.

Why not one of Optuna's: its `MedianPruner` takes a trial's best value at any step before, so that
an easy fold would protect a trial for good. `WilcoxonPruner` compares with the best trial fold by
fold, but 4 folds can't say anything at its level before the last is done (the smallest p of 3 is
1/8). Hyperband would give most trials a small part of the folds; trials here are cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from optuna import Study, Trial, TrialPruned
from optuna.pruners import BasePruner
from optuna.trial import FrozenTrial, TrialState

STRIDE = 100_000
"""Steps of a fold; the last is its end. Time runs to trees x learning rate, some hundreds."""
STARTUP = 5
"""Trials are finished before one is ended."""
WARMUP = 10
"""Time in each fold without pruning, about half of what a fold takes. Trials with few signals or
leaves a tree begin slowly and may still end well."""


class MedianStopping(BasePruner):
    """End a trial that is worse, at a step, than the median of finished trials at that step.

    Parameters
    ----------
    startup
        How many trials must be finished before.
    warmup
        Time at the beginning of each fold that no trial is ended in.
    """

    def __init__(self, startup: int = STARTUP, warmup: int = WARMUP) -> None:
        self._startup, self._warmup = startup, warmup

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Say whether to end the trial at its last step."""
        step = trial.last_step
        if step is None or step % STRIDE <= self._warmup:
            return False
        finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        there = [t.intermediate_values[step] for t in finished if step in t.intermediate_values]
        if len(finished) < self._startup or not there:
            return False
        return bool(trial.intermediate_values[step] > np.median(there))


@dataclass
class Reporter:
    """Tells Optuna of a trial's progress, and ends the trial if it is to be pruned.

    Attributes
    ----------
    trial
        The trial that is running.
    ended
        Log-loss of each fold before the one that is running.
    """

    trial: Trial
    ended: list[float] = field(default_factory=list)

    def __call__(self, fold: int, time: int, loss: float) -> None:
        """Report from within a fold; see `training.tuning.folds.CrossValidation.run`."""
        self.trial.report(float(np.mean([*self.ended, loss])), fold * STRIDE + time)
        if self.trial.should_prune():
            raise TrialPruned

    def end(self, loss: float, *, last: bool) -> float:
        """Report a fold's end; gives the mean so far. The end of the last fold prunes nothing."""
        self.ended.append(loss)
        mean = float(np.mean(self.ended))
        self.trial.report(mean, len(self.ended) * STRIDE - 1)
        if not last and self.trial.should_prune():
            raise TrialPruned
        return mean
