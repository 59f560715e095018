"""Trials whose process is gone: told from those that a living process still works on.

On one machine a trial is known to be abandoned as soon as its process has ended. From elsewhere
only Optuna's heartbeat tells: a process that is at work writes one every `BEAT` seconds.
"""

from __future__ import annotations

import os
import warnings
from datetime import datetime, timedelta
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

BEAT = 10
"""Seconds between two heartbeats of a running trial."""
GRACE = 120
"""Seconds without one, after which a trial is nobody's: a machine that swaps is not dead."""
PROCESS = "process"
"""A trial's attribute: where it runs, and the number of its process there."""


def claim(trial: optuna.Trial) -> None:
    """Note that this process works on a trial."""
    trial.set_user_attr(PROCESS, [machine(), os.getpid()])


def machine() -> str:
    """Name the place in which a process number means something; "" where that is not known.

    That is a machine since it was started, and a container in it.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def fail_abandoned(study: optuna.Study) -> None:
    """Fail the trials whose process is gone; their places are free then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if _is_abandoned(trial):
            try:
                study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
            except UpdateFinishedTrialError:  # somebody else has just seen it too
                continue


def _is_abandoned(trial: FrozenTrial) -> bool:
    owner = trial.user_attrs.get(PROCESS)
    if owner is None:  # killed before its first heartbeat, if it does not begin right now
        began = trial.datetime_start
        return began is not None and datetime.now() - began > timedelta(seconds=GRACE)
    where, process = owner
    return bool(where) and where == machine() and not _runs(process)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
