#!/usr/bin/env bash
# MLflow 3.17.2, `mlflow.pyfunc.save_model(path, python_model=…, pip_requirements=[…])` in a working directory that
# happens to hold a project of uv (pyproject.toml and uv.lock).
# Expected: the model's folder holds the model and the requirements that were given; who saves it from which directory
# makes no difference.
# Seen: both files of that project are copied into the model, though requirements are given and the project has nothing
# to do with it: its name, sources and addresses of indexes go wherever the model goes. MLFLOW_UV_AUTO_DETECT=false
# keeps them out.
set -euo pipefail
cd "$(mktemp -d)"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check mlflow==3.17.2
mkdir plain project
printf '[project]\nname = "somebody-elses"\nversion = "1"\n' > project/pyproject.toml
echo 'version = 1' > project/uv.lock
cat > save.py <<'PY'
import os
import sys

import mlflow


class Same(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return model_input


mlflow.pyfunc.save_model(sys.argv[1], python_model=Same(), pip_requirements=["numpy"])
print(*sorted(os.listdir(sys.argv[1])))
PY
export MLFLOW_DISABLE_TELEMETRY=true
saved() { (cd "$1" && ../env/bin/python ../save.py "$2" 2> /dev/null); }
plain=$(saved plain model)
there=$(saved project model)
without=$(MLFLOW_UV_AUTO_DETECT=false saved project other)
printf 'in an empty folder:  %s\nin a project of uv:  %s\nwithout looking:     %s\n' "$plain" "$there" "$without"
[[ "$plain" != *uv.lock* && "$plain" != *pyproject.toml* ]]
[[ "$without" == "$plain" ]]
[[ "$there" == *pyproject.toml* && "$there" == *uv.lock* ]] || { echo "changed: the project is left out"; exit 1; }
