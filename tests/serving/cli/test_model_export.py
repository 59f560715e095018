"""`klout model export`: what comes out is loaded by the programs that it is for, elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import onnxruntime
import polars as pl
import pytest

from features.storage.folders import MARKER
from tests.serving.conftest import ROOT, free_port, wait_until_ready
from tests.support.command_scene import contents, klout
from training.influence.signals_frame import as_matrix

LOAD = """
import sys, mlflow, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pandas.read_parquet(sys.argv[2])).to_parquet(sys.argv[3])
import training
assert training.__file__.startswith(sys.argv[1]), training.__file__
"""


def export(to: str, model: Path, out: Path):
    return klout("model", "export", "--to", to, "--model", model, "--out", out)


def test_onnx_s_runtime_says_what_klout_score_says(model, model_folder, people, tmp_path):
    out = tmp_path / "new" / "klout.onnx"
    ended = export("onnx", model_folder, out)
    assert (ended.code, ended.out) == (0, f"{out}: model {model.version} for onnx\n")
    running = onnxruntime.InferenceSession(out)
    matrix = np.ascontiguousarray(as_matrix(people, model.catalogue))
    score, parts = running.run(["score", "parts"], {"signals": matrix})
    ours = model.score(people)
    np.testing.assert_allclose(score, ours["score"], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(parts, ours.select(pl.col(r"^part\..*$")).to_numpy())
    assert export("onnx", model_folder, out).code == 0  # its own is replaced


def test_mlflow_loads_its_folder_without_this_code(model, model_folder, people, tmp_path):
    out, signals, scores = (tmp_path / name for name in ("made", "s.parquet", "scores.parquet"))
    ended = export("mlflow", model_folder, out)
    assert ended.code == 0, ended.err
    people.write_parquet(signals)
    (tmp_path / "sitecustomize.py").write_text(
        "import pathlib, sys\n"
        "sys.path[:] = [p for p in sys.path if not pathlib.Path(p, 'pyproject.toml').exists()]\n"
    )
    command = [sys.executable, "-c", LOAD, str(out), str(signals), str(scores)]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert pl.read_parquet(scores)["score"].equals(model.score(people)["score"])
    names = {path.name for path in out.iterdir()}
    assert {"MLmodel", "code", "artifacts", "requirements.txt", MARKER} <= names
    assert not {"uv.lock", "pyproject.toml"} & names
    assert export("mlflow", model_folder, out).code == 0  # its own is replaced


@pytest.mark.parametrize("to", ["onnx", "bento", "mlflow"])
@pytest.mark.parametrize("there", ["file", "folder", "empty name", "model"])
def test_what_is_not_its_own_is_never_replaced(to, there, model_folder, tmp_path):
    out = tmp_path / "out"
    if there == "file":
        out.write_text("mine")
    elif there == "folder":
        out.mkdir()
        (out / "mine").write_text("mine")
    elif there == "model":
        out = model_folder
    else:
        out = tmp_path / "file" / "out"
        out.parent.write_text("mine")
    before = {**contents(tmp_path), **contents(model_folder)}
    ended = export(to, model_folder, out)
    assert ended.code == 1
    assert ended.err.startswith("klout: ")
    assert ended.err.count("\n") == 1
    assert {**contents(tmp_path), **contents(model_folder)} == before


def test_a_format_that_there_is_none_of_is_bad_usage(model_folder, tmp_path):
    ended = export("pickle", model_folder, tmp_path / "out")
    assert ended.code == 2
    assert "'pickle' is not one of" in ended.err


def test_a_missing_package_is_said_in_one_line(model_folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    ended = export("onnx", model_folder, tmp_path / "m.onnx")
    assert ended.code == 1
    assert ended.err.endswith("not installed: pip install 'klout-score[onnx]'\n")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_uv_and_a_bento_that_fails_are_said_in_one_line(
    model_folder, tmp_path, monkeypatch
):
    out = tmp_path / "k.bento"
    with monkeypatch.context() as without:
        without.setattr("shutil.which", lambda name, path: None)
        ended = export("bento", model_folder, out)
    assert ended.err == "klout: a bento is built with uv, which is not there; `make` installs it\n"
    monkeypatch.setattr("shutil.which", lambda name, path: name)
    monkeypatch.setattr(sys, "executable", "false")
    ended = export("bento", model_folder, out)
    assert ended.err == "klout: bentoml build fails: nothing is said\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_bento_is_imported_and_serves_the_model(model, model_folder, tmp_path):
    out = tmp_path / "k.bento"
    ended = export("bento", model_folder, out)
    assert ended.code == 0, ended.err
    assert export("bento", model_folder, out).code == 0  # its own is replaced
    environment = os.environ | {
        "BENTOML_HOME": str(tmp_path / "home"),
        "BENTOML_DO_NOT_TRACK": "True",
        "KLOUT_KEYS": "off",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    elsewhere, log = tmp_path / "elsewhere", tmp_path / "log"
    elsewhere.mkdir()
    subprocess.run(["bentoml", "import", str(out)], env=environment, cwd=elsewhere, check=True)
    port = free_port()
    command = ["bentoml", "serve", "klout_score:latest", "--host", "127.0.0.1", "--port", str(port)]
    with (
        log.open("wb") as stream,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        subprocess.Popen(
            command, env=environment, cwd=elsewhere, stdout=stream, stderr=stream
        ) as process,
    ):
        try:
            wait_until_ready(client, process, log)
            asked = {"person": "ann", "signals": {"twitter.connected": 1}}
            assert client.post("/score", json=asked).json()["model_version"] == model.version
        finally:
            process.terminate()
            process.wait(20)
    assert ROOT not in elsewhere.parents
