"""Servers beside each other, each with two workers: ours, MLflow's and a bare FastAPI."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import mlflow
import psutil

import training
from benchmarks.load import Request
from features.catalogue.catalogue import Catalogue
from features.errors import KloutError
from training.promotion.mlflow_run import signature

WORKERS = 2
PATIENCE_S = 300
Signals = dict[str, float]


@dataclass(frozen=True)
class Server:
    """A server that is up.

    Attributes
    ----------
    port
        Where it listens, on this machine.
    process
        The first of its processes.
    """

    port: int
    process: psutil.Process

    def memory(self) -> float:
        """Give the megabytes that it holds, those that its processes share counted once."""
        each = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_full_info().pss for one in each) / 1e6


@contextmanager
def ours(model: Path, store: str, log: Path) -> Iterator[Server]:
    """Run `klout serve`."""
    options = ["--model", str(model), "--store", store, "--workers", str(WORKERS), "--port"]
    with running([_program("klout"), "serve", *options], "/readyz", log) as server:
        yield server


@contextmanager
def mlflows(model: Path, catalogue: Catalogue, folder: Path, log: Path) -> Iterator[Server]:
    """Run `mlflow models serve` on the same model, saved as a run of the pipeline has it."""
    saved, code = folder / "mlflow", Path(training.__file__).parent
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"  # none in the checkout
    mlflow.pyfunc.save_model(
        saved,
        python_model=str(code / "registry" / "mlflow_model.py"),
        artifacts={"model": str(model.resolve())},
        signature=signature(catalogue),
        pip_requirements=[],
    )
    options = ["-m", str(saved), "--env-manager", "local", "-h", "127.0.0.1"]
    options += ["--workers", str(WORKERS), "-p"]
    with running([_program("mlflow"), "models", "serve", *options], "/ping", log) as server:
        yield server


@contextmanager
def fastapis(model: Path, log: Path) -> Iterator[Server]:
    """Run `benchmarks.serving_fastapi` by uvicorn alone."""
    options = ["--workers", str(WORKERS), "--log-level", "warning", "--port"]
    command = [_program("uvicorn"), "benchmarks.serving_fastapi:app", *options]
    with running(command, "/ping", log, KLOUT_MODEL=str(model.resolve())) as server:
        yield server


def asked_of_us(person: str, signals: Signals) -> Request:
    """Ask for a score as our API has it, and the bare one too."""
    return Request("/score", json.dumps({"person": person, "signals": signals}))


def asked_of_mlflow(person: str, signals: Signals) -> Request:
    """Ask for the same as MLflow has it."""
    frame = {"columns": ["person", *signals], "data": [[person, *signals.values()]]}
    return Request("/invocations", json.dumps({"dataframe_split": frame}))


def same_scores(ask: Callable[[], list[Any]]) -> None:
    """Check that all servers gave one score.

    Raises
    ------
    KloutError
        If not: then they don't do the same work.
    """
    scores = ask()
    if max(scores) - min(scores) > 0:
        raise KloutError(f"the servers don't agree: {scores}")


def score_of(server: Server, request: Request) -> float:
    """Ask once, and take the score out of the answer."""
    url = f"http://127.0.0.1:{server.port}{request.path}"
    kind = {"Content-Type": "application/json"}
    answer = httpx.post(url, content=request.body, headers=kind, timeout=60).raise_for_status()
    found = answer.json()
    return float(found["score"] if "score" in found else found["predictions"][0]["score"])


@contextmanager
def running(command: list[str], ping: str, log: Path, **environment: str) -> Iterator[Server]:
    """Run a server whose command ends with the port, until it is not needed any more."""
    port = _free_port()
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [*command, str(port)], stdout=file, stderr=file, env={**os.environ, **environment}
        ) as process,
    ):
        try:
            _await(f"http://127.0.0.1:{port}{ping}", process, log)
            yield Server(port, psutil.Process(process.pid))
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    _, left = psutil.wait_procs(children, timeout=20)
    for each in left:  # MLflow leaves its workers behind
        each.kill()


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(url).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise KloutError(f"{url} does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
