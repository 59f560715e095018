"""Health, metrics, the catalogue, the specification; starting and stopping."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from features.errors import KloutError
from serving.http.score.examples import BATCH, SCORE
from serving.http.server import serve
from training.influence.model import Model
from training.use import NOT_FOR


def test_signals_are_the_models_catalogue(client: httpx.Client, model: Model) -> None:
    listed = client.get("/signals").json()
    assert listed == client.post("/signals").json()
    assert [one["name"] for one in listed] == model.catalogue.names
    assert set(listed[0]) == {"name", "network", "unit", "window", "meaning", "sign", "learned"}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/healthz"])
def test_it_says_that_it_is_well(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 200


def requests_counted(client: httpx.Client, path: str, status: int) -> float:
    labels = (f'endpoint="{path}"', f'http_response_code="{status}"')
    lines = client.get("/metrics").text.splitlines()
    counts = [
        line.rpartition(" ")[2]
        for line in lines
        if line.startswith("bentoml_service_request_total{") and all(one in line for one in labels)
    ]
    return float(counts[0]) if counts else 0.0


def test_metrics_count_requests_by_endpoint_and_status(client: httpx.Client) -> None:
    good, bad = (requests_counted(client, "/score", status) for status in (200, 400))
    for body in (SCORE, SCORE, {}):
        client.post("/score", json=body)
    assert requests_counted(client, "/score", 200) == good + 2
    assert requests_counted(client, "/score", 400) == bad + 1
    client.post("/score_batch", json=BATCH)
    assert "bentoml_service_adaptive_batch_size" in client.get("/metrics").text


def test_the_specification_describes_our_paths(client: httpx.Client) -> None:
    specification = client.get("/docs.json").json()
    assert specification["openapi"] == "3.1.0"
    assert NOT_FOR in specification["info"]["description"]
    schemas = specification["components"]["schemas"]
    for reference in references(specification):
        assert reference.removeprefix("#/components/schemas/") in schemas
    for path in ("/score", "/score_batch", "/v3/score", "/v3/score_batch"):
        operation = specification["paths"][path]["post"]
        assert set(operation["responses"]) == {
            *("200", "400", "401", "403", "408", "413", "415", "429", "500", "503")
        }
        for one in operation["requestBody"]["content"]["application/json"]["examples"].values():
            assert client.post(path, json=one["value"]).status_code == 200
    assert set(specification["paths"]["/signals"]) == {"get", "post"}


@pytest.mark.parametrize(("path", "body"), [("/score", SCORE), ("/score_batch", BATCH)])
def test_scoring_is_versioned_too(client: httpx.Client, path: str, body: object) -> None:
    counted = requests_counted(client, path, 200)
    assert client.post(f"/v3{path}", json=body).json() == client.post(path, json=body).json()
    assert requests_counted(client, path, 200) == counted + 2
    assert client.get("/v3/signals").json() == client.get("/signals").json()


def references(value: object) -> list[str]:
    """Every $ref in a specification."""
    if isinstance(value, list):
        return [one for part in value for one in references(part)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + references(list(value.values()))


def test_swagger_loads_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert "http" not in page
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert "static_content/swagger-ui-bundle.js" in files
    assert all(client.get(f"/{file}").status_code == 200 for file in files)


def test_without_a_model_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(KloutError, match="no model here; make one with `klout train`"):
        serve(tmp_path / "none", "127.0.0.1", 1, 1)


def test_without_a_model_bentoml_serve_ends_with_one_line(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
    environment |= {"KLOUT_MODEL": str(tmp_path / "none"), "BENTOML_HOME": str(tmp_path)}
    environment |= {"BENTOML_DO_NOT_TRACK": "True", "PATH": "", "PYTHONPATH": "."}
    command = [
        sys.executable,
        "-m",
        "bentoml",
        "serve",
        "serving.http.service:KloutScore",
        "-p",
        "1",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].endswith("make one with `klout train`")
    assert "Traceback" not in done.stderr
