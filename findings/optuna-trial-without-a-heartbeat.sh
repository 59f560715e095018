#!/usr/bin/env bash
# Optuna 5.0.0, `fail_stale_trials` of a study in a database with `heartbeat_interval` and `grace_period`.
# Expected: a trial whose process was killed is failed once the grace period is over, whenever it was killed.
# Seen: only trials that have given a sign of life are. One whose process ended between `ask` and its first heartbeat
# stays RUNNING for good, so whoever waits for all trials of a study waits for ever.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check optuna==5.0.0
env/bin/python -W ignore - <<'PY'
import time

import optuna
from optuna.storages import RDBStorage, fail_stale_trials

optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = RDBStorage("sqlite:///study.db", heartbeat_interval=1, grace_period=2)
study = optuna.create_study(storage=storage)
silent, heard = study.ask(), study.ask()
storage.record_heartbeat(heard._trial_id)
time.sleep(5)
fail_stale_trials(study)
states = [trial.state.name for trial in study.trials]
print("optuna", optuna.__version__, "after the grace period: never heard of", states[0], ", heard of once", states[1])
assert states[1] == "FAIL"
assert states[0] == "RUNNING", "changed: a trial that was never heard of is failed too"
PY
