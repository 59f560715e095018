"""A checkout that was moved or copied reads its own models, and no other checkout's."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path

import mlflow
import pytest

import training
from features.errors import KloutError
from tests.training.conftest import CATALOGUE
from training.promotion.mlflow_run import log_model
from training.registry.registry import CHAMPION, NAME, Registry

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own

LOADING = (
    "import sys, mlflow; mlflow.set_tracking_uri(sys.argv[1]); "
    f"model = mlflow.pyfunc.load_model('models:/{NAME}@{CHAMPION}'); "
    "print(model.unwrap_python_model().model.version)"
)
"""As somebody else's program does it: of ours it imports nothing."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, world, model) -> Path:
    """A folder with a champion."""
    here = tmp_path_factory.mktemp("moved") / "first"
    model.save(here / "model")
    registry = Registry(here / "mlflow")
    registry.connect()
    with mlflow.start_run() as run:
        info = log_model(here / "model", CATALOGUE, world[0])
    version = registry.register(info, run.info.run_id, {"model_version": model.version}, "card")
    registry.enthrone(version)
    return here


WITHOUT_US = (
    f"import sys; sys.path.append({sysconfig.get_path('purelib')!r}); {LOADING}; "
    "import training; print(training.__file__)"
)
"""On a machine that has the packages and no checkout: what an editable install adds is left out."""


def loaded(
    uri: str, where: Path, words: tuple[str, ...] = ("-c", LOADING)
) -> subprocess.CompletedProcess[str]:
    # MLflow leaves what this process asked in the environment.
    own = {name: value for name, value in os.environ.items() if "MLFLOW" not in name}
    quiet = {**own, "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONWARNINGS": "ignore"}
    call = [sys.executable, *words, uri]
    return subprocess.run(call, cwd=where, env=quiet, capture_output=True, text=True, check=False)


def test_what_was_moved_reads_its_own_champion(checkout, tmp_path, model):
    moved = shutil.move(checkout, tmp_path / "some where else")
    try:
        ended = loaded("sqlite:///mlflow/mlflow.db", moved)
        assert ended.stdout.strip() == model.version, ended.stderr
        assert Registry(moved / "mlflow").champion().version == model.version
    finally:
        shutil.move(moved, checkout)


def test_a_copy_does_not_read_the_champion_of_the_first(checkout, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(checkout, copy)
    for file in (copy / "mlflow").rglob("model.json"):
        file.write_text("{}")
    with pytest.raises(KloutError, match="a model of format None"):
        Registry(copy / "mlflow").champion()
    shutil.rmtree(copy / "mlflow" / "artifacts")
    with pytest.raises(KloutError, match=r"version 1 (is not there|holds no model)"):
        Registry(copy / "mlflow").champion()


def test_no_address_in_the_store_names_a_folder(checkout):
    text = (checkout / "mlflow" / "mlflow.db").read_bytes()
    client = Registry(checkout / "mlflow").connect()
    [run] = mlflow.search_runs(experiment_names=["klout-score"], output_format="list")
    [version] = client.search_model_versions(f"name = '{NAME}'")
    stored = client.get_model_version_download_uri(NAME, version.version)
    assert {each.split("/")[0] for each in (run.info.artifact_uri, stored)} == {"mlflow-artifacts:"}
    assert str(checkout).encode() not in text


def test_a_store_of_an_older_klout_is_refused_in_one_line(tmp_path, monkeypatch):
    home = tmp_path / "mlflow"
    home.mkdir()
    client = mlflow.MlflowClient(f"sqlite:///{home}/mlflow.db")
    client.create_experiment("klout-score", (home / "artifacts").as_uri())
    with pytest.raises(KloutError, match=r"named by a path, file://.*: move mlflow\.db and"):
        Registry(home).champion()


@pytest.mark.slow
def test_make_mlflow_serves_the_champion_of_where_it_runs(checkout, tmp_path, model):
    copy = tmp_path / "copy"
    shutil.copytree(checkout, copy)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    words = ["mlflow", "server", "--backend-store-uri", "sqlite:///mlflow/mlflow.db"]
    words += ["--artifacts-destination", "mlflow/artifacts", "--port", str(port), "--workers", "1"]
    env = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = subprocess.Popen([sys.executable, "-m", *words], cwd=copy, env=env)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health").close()
                break
            except OSError:
                time.sleep(0.5)
        server_uri = f"http://127.0.0.1:{port}"
        ended = loaded(server_uri, tmp_path)
        assert ended.stdout.strip() == model.version, ended.stderr
        ended = loaded(server_uri, tmp_path, ("-S", "-c", WITHOUT_US))
        version, code = ended.stdout.split()
        assert version == model.version, ended.stderr
        assert not Path(code).is_relative_to(Path(training.__file__).parent)
    finally:
        server.terminate()
        server.wait()
