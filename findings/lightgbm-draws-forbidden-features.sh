#!/usr/bin/env bash
# LightGBM 4.7.0, `feature_fraction` together with `interaction_constraints`, which leave some features out.
# Expected: a feature that is in no group can be in no tree, so the model does not depend on it in any way.
# Seen: it is drawn among the features of a tree all the same, where `feature_fraction` is below 1, and takes the place
# of one that may be split on. The model is another one when such a feature holds numbers than when it is constant.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check lightgbm==4.7.0
env/bin/python - <<'PY'
import lightgbm
import numpy as np

rng = np.random.default_rng(1)
rows, used, unused = 1000, 10, 40
x = rng.random((rows, used + unused))
y = x[:, :used].sum(axis=1)
settings = {
    "objective": "regression",
    "interaction_constraints": [list(range(used))],
    "feature_fraction": 0.2,
    "num_leaves": 4,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbose": -1,
}


def trained(data):
    return lightgbm.train(settings, lightgbm.Dataset(data, y), num_boost_round=10)


constant = x.copy()
constant[:, used:] = 0.0
with_numbers, without = trained(x), trained(constant)
print(lightgbm.__version__, "features drawn:", sorted(np.flatnonzero(with_numbers.feature_importance())))
assert not with_numbers.feature_importance()[used:].any()
moved = np.abs(with_numbers.predict(x) - without.predict(constant)).max()
print("largest difference of predictions:", moved)
assert moved > 0, "changed: features in no group make no difference"
PY
