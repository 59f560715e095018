# Needs Python 3.11+, git and make; everything else is installed into .uv and .venv.
.DEFAULT_GOAL := all
.PHONY: all try test tests test-fast test-all cov lint docs serve bento mlflow tune experiments ablations clean help
.PHONY: bench-signals bench-reading bench-ingest-days bench-scoring bench-objectives bench-stability bench-authenticity bench-integrity bench-belief bench-behaviours bench-judging
.PHONY: bench-daily bench-daily-costs bench-topics bench-cluster bench-store bench-serving bench-compare bench-follow
.PHONY: eval-peerindex eval-higgs eval-stackexchange eval-accounts eval-real eval-realism
.PHONY: eval-confidence eval-adapting eval-labels eval-topics

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION := false
export BENTOML_DO_NOT_TRACK := True
# What is imported is compiled once, also where the environment forbids it beside the sources.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX ?= $(CURDIR)/.bytecode

# The champion and what is served: it needs all of dvc.yaml, which brings a model and its figures.
RELEASE = pipeline/release/dvc.yaml

##@ Every day
all: .venv/ready  ## set up, run the pipeline, show the scores; then the week of days for the pages
	dvc repro
	dvc repro $(RELEASE):score
	klout report --scores data/scores.parquet --metrics reports/evaluation.json --model models/champion
	dvc repro $(RELEASE)

try: .venv/ready  ## a log of your own, from file to pages: LOG=recording.jsonl OPTIONS="--lake DIR"
	test -d models/champion || dvc repro $(RELEASE):promote
	klout try $(LOG) $(OPTIONS)

test: .venv/ready  ## set up, check the style, types and layers, run the tests
	$(MAKE) --no-print-directory -j2 lint tests

# Tests wait for servers and for clocks; meanwhile the style and the types are checked.
tests: .venv/ready
	pytest -m "not slow" -n auto --dist loadfile

# Files whose tests take some milliseconds each: no server, no database, no trained model.
FAST = tests/features/catalogue tests/features/incremental/test_window_state.py \
  tests/features/lake/test_known_days.py tests/features/lake/test_template.py \
  tests/features/sources/test_odd_files.py tests/features/sources/test_peerindex.py \
  tests/features/storage/test_hashing.py \
  tests/serving/cli/test_console.py tests/serving/cli/test_printing.py \
  tests/serving/daily/test_gate.py tests/serving/daily/test_report_text.py tests/serving/daily/test_scoring.py \
  tests/serving/explain/test_attribution.py \
  tests/serving/http/test_door.py tests/serving/http/test_own_key.py \
  tests/serving/http/api/test_access.py tests/serving/http/api/test_bodies.py \
  tests/serving/http/api/test_memory.py tests/serving/http/api/test_refusals.py \
  tests/serving/http/api/test_turns.py tests/serving/http/klout_v2/test_forms.py \
  tests/serving/http/web/test_score_line.py \
  tests/test_pipeline.py tests/test_promises.py \
  tests/training/baselines/test_baselines_learned.py \
  tests/training/evaluation/test_ablations.py tests/training/evaluation/test_bands.py \
  tests/training/evaluation/test_spread.py \
  tests/training/influence/test_link.py tests/training/influence/test_smoothing.py \
  tests/training/integrity/behaviours/test_lockstep.py \
  tests/training/integrity/behaviours/test_reciprocity.py \
  tests/training/integrity/test_outliers.py tests/training/integrity/test_quantize.py \
  tests/training/judgements/test_judge_reliability.py \
  tests/training/judgements/test_judgement_table.py tests/training/judgements/test_ownership.py \
  tests/training/judgements/test_splits.py

test-fast: .venv/ready  ## unit tests alone, in half a minute
	pytest $(FAST)

test-all: lint  ## the tests that take long as well
	pytest

cov: .venv/ready  ## which lines the tests reach: reports/coverage
	pytest -m "not slow" -n auto --dist loadfile --cov --cov-report html:reports/coverage --cov-report term:skip-covered

lint: .venv/ready  ## style, types, layers, unused code and dependencies
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	deptry features training serving
	vulture

docs: .venv/ready  ## draw again what docs/ shows of the code
	klout signals --format markdown > docs/signals.md
	klout ingest --tables > docs/tables.md
	python docs/draw.py
	python docs/figures.py

##@ Running it
serve: .venv/ready  ## serve pages and the API on http://127.0.0.1:3000
	klout serve --lake data/live

bento: .venv/ready  ## pack the champion and the service into a bento
	PATH="$(CURDIR)/.uv/bin:$$PATH" bentoml build

mlflow: .venv/ready  ## show runs and models in the browser, at the links it prints
	@python -m training.registry.pages http://127.0.0.1:5000
	mlflow server --backend-store-uri sqlite:///mlflow/mlflow.db \
	  --artifacts-destination mlflow/artifacts --host 127.0.0.1 --port 5000

##@ How fast and how good
bench-signals: .venv/ready  ## interactions per second, memory, ratio to DuckDB
	python -m benchmarks.signals

bench-reading: .venv/ready  ## events per second into a lake, beside parsing with orjson
	python -m benchmarks.reading --shared $(SHARED)

bench-ingest-days: .venv/ready  ## a day into a lake while it grows: OPTIONS="--rows 100000"
	python -m benchmarks.ingest_days $(OPTIONS)

bench-follow: .venv/ready  ## a live network at 2,000 events a second, an hour: OPTIONS="--minutes 5"
	python -m benchmarks.follow $(OPTIONS)

bench-scoring: .venv/ready  ## people scored per second, parts included, beside LightGBM without
	python -m benchmarks.scoring

bench-objectives: .venv/ready  ## our objective beside LightGBM's ranking objectives
	python -m benchmarks.objectives

bench-authenticity: .venv/ready  ## how well the inauthentic are told apart, attack by attack
	python -m benchmarks.authenticity

bench-behaviours: .venv/ready  ## what a day costs integrity, and how lockstep grows
	python -m benchmarks.behaviours

bench-judging: .venv/ready  ## the day's judging of accounts beside the day's tiles
	python -m benchmarks.judging

bench-belief: .venv/ready  ## accuracy with and without authenticity, by inauthentic support
	python -m benchmarks.belief

bench-stability: .venv/ready  ## how far scores move when retrained, and from day to day
	python -m benchmarks.stability

bench-integrity: .venv/ready  ## what attacks on a score gain, and what honest reactions do
	python -m benchmarks.integrity

bench-daily: .venv/ready  ## a day from raw Parquet to published scores, beside DuckDB: OPTIONS="--scale 0.01"
	python -m benchmarks.daily $(OPTIONS)

bench-topics: .venv/ready  ## a day with ten topics a content beside one without: OPTIONS="--scale 0.1"
	python -m benchmarks.topics $(OPTIONS)

bench-daily-costs: .venv/ready  ## what a day costs, by history, traffic and people: OPTIONS="--traffic 0.1 3"
	python -m benchmarks.daily_costs $(OPTIONS)

bench-cluster: .venv/ready  ## what a second worker brings on Ray: OPTIONS="--interactions 1"
	python -m benchmarks.cluster $(OPTIONS)

bench-store: .venv/ready  ## a day of a million people into SQLite and PostgreSQL
	python -m benchmarks.store

bench-serving: .venv/ready  ## requests a second beside MLflow and a bare FastAPI: OPTIONS="--minutes 1"
	python -m benchmarks.serving $(OPTIONS)

bench-compare: .venv/ready  ## this build beside an earlier revision: BASE=REV OPTIONS="--rounds 3"
	python -m benchmarks.compare --base $(BASE) $(OPTIONS)

ablations: .venv/ready  ## what would be lost without each network and each measure
	python -m benchmarks.ablations

##@ Parameters
tune: .venv/ready  ## search for better parameters of training, and write them to params.yaml
	klout tune --signals data/signals.parquet --judgements data/judgements/train.parquet \
	  --params params.yaml --out reports/tuned.yaml --study sqlite:///mlflow/tuning.db --write

# Columns of what changed, and the few figures that models are compared by.
experiments: .venv/ready  ## show what was tried with other numbers, and what came of it: OPTIONS="--csv"
	dvc exp show --only-changed --drop '^(State|Executor|data|features|training|serving|evaluations|pipeline|models|reports|params\.yaml|cold\.yaml)$$|^(data|models)/' --precision 4 --no-pager $(OPTIONS)

BASE ?= main

# Real data, not part of the project; another place: make eval-higgs SHARED=folder
SHARED ?= ../shared/data
JUDGEMENTS ?= $(SHARED)/peerindex/judgements.csv
HIGGS ?= $(SHARED)/higgs-twitter/higgs-activity_time.txt.gz
DUMP ?= $(SHARED)/stackexchange-bicycles-meta
SITE ?= bicycles.meta
SPLIT ?= 2018-01-01
ACCOUNTS ?= $(SHARED)/accounts/twitter_bots_humans.csv

##@ On real data: SHARED=folder
eval-real: .venv/ready  ## every method on every real log, in one table: OPTIONS="--model DIR"
	python -m evaluations.real --shared $(SHARED) $(OPTIONS)

eval-realism: .venv/ready  ## worlds and real logs side by side: OPTIONS="--lake DIR"
	python -m evaluations.realism --shared $(SHARED) $(OPTIONS)

eval-confidence: .venv/ready  ## whether scores are as sure as they say: OPTIONS="--model DIR"
	python -m evaluations.confidence --shared $(SHARED) $(OPTIONS)

eval-adapting: .venv/ready  ## training on 50 to 5,000 judgements of real logs, from the default
	python -m evaluations.adapting --shared $(SHARED) $(OPTIONS)

eval-labels: .venv/ready  ## scores as a teacher, beside ridge regression; after make
	python -m evaluations.labels --judgements $(JUDGEMENTS) --model models/champion

eval-peerindex: .venv/ready  ## people's judgements of Twitter accounts: JUDGEMENTS=file
	python -m evaluations.peerindex --judgements $(JUDGEMENTS)

eval-higgs: .venv/ready  ## a real log: who will drive more people to act: HIGGS=file
	python -m evaluations.higgs --log $(HIGGS)

eval-stackexchange: .venv/ready  ## any Stack Exchange dump: DUMP=folder SITE=name SPLIT=date
	python -m evaluations.stackexchange --dump $(DUMP) --site $(SITE) --split $(SPLIT)

eval-topics: .venv/ready  ## experts by tag of a Stack Exchange dump: DUMP=folder SITE=name SPLIT=date (or dates)
	python -m evaluations.topics --dump $(DUMP) --site $(SITE) --split $(SPLIT)

eval-accounts: .venv/ready  ## people and bots, as labelled: ACCOUNTS=file, to test on TEST=file
	python -m evaluations.accounts --accounts $(ACCOUNTS) $(if $(TEST),--test $(TEST))

.venv/ready: pyproject.toml uv.lock | .uv/bin/uv
	.uv/bin/uv sync --frozen --all-extras --quiet --python $(PYTHON)
	touch $@

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9

# By name, and not the lake that is served (data/live), nor anything that somebody put beside it.
MADE = data/code data/lake data/labelled data/cold/signals.parquet data/cold/scores.parquet \
  data/judgements/train.parquet data/judgements/test.parquet data/authenticity.parquet \
  data/signals.parquet data/scores.parquet models/integrity models/cold models/candidate \
  models/champion reports/audit.json reports/evaluation.json reports/plots reports/real_logs.json \
  mlflow/promotion.json reports/model_card.md

##@ Cleaning up
clean:  ## remove what the pipeline made; data/live, which people used, and mlflow stay
	rm -rf $(MADE)
	-rmdir data/cold data/judgements data models reports 2>/dev/null

help:  ## show this
	@grep -hE '^([a-z-]+:.*##|##@)' $(MAKEFILE_LIST) | \
	  sed -E 's/^##@ /\n/; s/^([a-z-]+):.*## /  \1\t/' | expand -t 22
