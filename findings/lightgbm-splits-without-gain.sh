#!/usr/bin/env bash
# LightGBM 4.7.0, `feature_importance("split")` of a model whose trees have splits with a gain of 0, as trees that
# were written by hand or rounded have.
# Expected: the number of splits on each feature, which is what the documentation calls it.
# Seen: splits with a gain of 0 are not counted, so a feature that decides every prediction has importance 0.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check lightgbm==4.7.0
env/bin/python - <<'PY'
import re

import lightgbm
import numpy as np

rng = np.random.default_rng(1)
x = rng.random((500, 2))
model = lightgbm.train(
    {"objective": "regression", "num_leaves": 4, "verbose": -1},
    lightgbm.Dataset(x, 3.0 * x[:, 0]),
    num_boost_round=5,
)
counted = model.feature_importance("split")
text = re.sub(r"tree_sizes=.*\n", "", model.model_to_string())  # may be left out; lengths change
text = re.sub(r"split_gain=.*", lambda m: "split_gain=" + " ".join("0" * len(m[0].split())), text)
same = lightgbm.Booster(model_str=text)
assert (same.predict(x) == model.predict(x)).all()
splits = sum(len(line.split("=")[1].split()) for line in text.splitlines() if line.startswith("split_feature="))
print(lightgbm.__version__, "splits in the text:", splits, "counted before:", counted.sum(), "counted now:", same.feature_importance("split").sum())
assert splits == counted.sum() == 15
assert same.feature_importance("split").sum() == 0, "changed: splits without gain are counted"
PY
