"""A small model, and one real server for the whole session."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import pytest

from features.catalogue.catalogue import Catalogue
from features.catalogue.declaration import load_networks
from training.influence.fit import fit
from training.influence.model import Model
from training.influence.params import TrainingParams

PERSONS = 150
START = "import sys; from serving.http.server import serve; from pathlib import Path; "
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def people() -> pl.DataFrame:
    """Signals of 150 people whose reach is heavy-tailed; half of each one's signals are 0."""
    names = Catalogue(load_networks()).names
    random = np.random.default_rng(1)
    reach = random.pareto(1.5, PERSONS)
    shape = (PERSONS, len(names))
    values = np.floor(
        reach[:, None] * random.gamma(1.0, 20.0, shape) * (random.random(shape) < 0.5)
    )
    persons = pl.Series("person", [f"p{i:03}" for i in range(PERSONS)])
    return pl.DataFrame(values, schema=names).insert_column(0, persons)


@pytest.fixture(scope="session")
def model_folder(people: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that learned from who of two has the larger signals."""
    random = np.random.default_rng(2)
    a = random.integers(0, PERSONS, 2000)
    b = (a + random.integers(1, PERSONS, 2000)) % PERSONS
    reach = people.drop("person").sum_horizontal().to_numpy()
    judgements = pl.DataFrame(
        {
            "a": people["person"].gather(a),
            "b": people["person"].gather(b),
            "preference": (reach[a] > reach[b]).astype(float),
            "weight": 1.0,
        }
    )
    params = TrainingParams(num_trees=20, num_threads=1)
    folder = tmp_path_factory.mktemp("model") / "small"
    fit(people, judgements, Catalogue(load_networks()), params).save(folder)
    return folder


@pytest.fixture(scope="session")
def model(model_folder: Path) -> Model:
    return Model.load(model_folder)


@pytest.fixture(scope="session")
def client(model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a running server."""
    with running(model_folder, tmp_path_factory.mktemp("bentoml")) as client:
        until_large_ones_are_taken(client)
        yield client


@contextmanager
def running(
    model: Path, home: Path, store: str | None = None, workers: int = 1, keys: bool | None = None
) -> Iterator[httpx.Client]:
    """Start a server as `klout serve` does, and end it: within 10 s, without a complaint."""
    port = free_port()
    call = f"serve(Path(sys.argv[1]), '127.0.0.1', {port}, {workers}, store={store!r}, keys={keys})"
    environment = {**os.environ, "BENTOML_HOME": str(home), "PYTHONPATH": str(ROOT)}
    log = (home / "log").open("wb")
    command = [sys.executable, "-c", START + call, str(model)]
    with log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        try:
            wait_until_ready(client, process, home / "log")
            yield client
        finally:
            client.close()
            process.terminate()
            code = process.wait(10)
    assert code == 0
    assert "Traceback" not in (home / "log").read_text()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until_ready(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 240
    while time.monotonic() < end and process.poll() is None:
        try:
            if client.get("/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"the server did not come up:\n{log.read_text()[-4000:]}")


def until_large_ones_are_taken(client: httpx.Client, **options: Any) -> None:
    """Ask until the process that works large requests off has started."""
    for _ in range(20):
        answer = client.post("/score", content=b" " * 2**20, **options)
        if answer.status_code == httpx.codes.BAD_REQUEST:
            return
        assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(1)
    raise AssertionError("large requests are never taken")
