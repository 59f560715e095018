# Needs Python 3.11+, git and make; everything else is installed into .uv and .venv.
.DEFAULT_GOAL := all
.PHONY: all test test-all lint docs serve bento mlflow bench-signals clean help

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false
export BENTOML_DO_NOT_TRACK := True

all: .venv/ready  ## set up, run the pipeline, show the scores
	dvc repro
	klout report --scores data/scores.parquet --metrics metrics.json --model models/champion

test: lint  ## set up, check the style, types and layers, run the tests
	pytest -m "not slow"

test-all: lint  ## the tests that take long as well
	pytest

lint: .venv/ready
	ruff check .
	ruff format --check .
	mypy
	lint-imports

docs: .venv/ready  ## write docs/signals.md anew from the declarations
	klout signals --format markdown > docs/signals.md

serve: .venv/ready  ## serve the scoring API on http://127.0.0.1:3000
	klout serve

bento: .venv/ready  ## pack the champion and the service into a bento
	PATH="$(CURDIR)/.uv/bin:$$PATH" bentoml build

mlflow: .venv/ready  ## show runs and models on http://127.0.0.1:5000
	mlflow server --backend-store-uri sqlite:///mlflow/mlflow.db --host 127.0.0.1 --port 5000

bench-signals: .venv/ready  ## interactions per second, memory, ratio to DuckDB
	python -m benchmarks.signals

.venv/ready: pyproject.toml uv.lock | .uv/bin/uv
	.uv/bin/uv sync --frozen --quiet --python $(PYTHON)
	touch $@

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

clean:  ## remove what was made, not what was installed
	rm -rf data models reports mlflow/mlflow.db mlflow/artifacts

help:  ## show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16
