"""What docs/operations.md says of a running server, and of the model that it serves."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml

from serving.daily.run import daily
from serving.store import Day, Store
from tests.serving.conftest import ROOT, free_port, wait_until_ready
from tests.support.days import ONE, ago, came, likes, model
from tests.support.documented import DOCUMENT, boxes, run
from tests.support.populations import QUICK, judged, population
from tests.support.store_people import scores_of
from training.influence.fit import fit
from training.influence.model import Model
from training.promotion import mlflow_run
from training.promotion.promote_job import Submission, promote

pytestmark = pytest.mark.slow
STORE = "sqlite:///L/store.db"
STARTED = "start on this machine"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's folder: a model, and a lake of which no day is published."""
    monkeypatch.chdir(tmp_path)
    for name in ("KLOUT_STORE_URL", "KLOUT_LAKE", "KLOUT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path / "bentoml"))
    model().save(tmp_path / "models/champion")
    came(tmp_path / "L", 0, [*likes(ago(9), 300), *likes(ago(8), 30)])
    return tmp_path


@contextmanager
def served(place: Path, more: str = "") -> Iterator[httpx.Client]:
    """Start the server by the document's command, on a port of its own."""
    port = free_port()
    words = shlex.split(f"{boxes()[STARTED][-1]} --port {port} {more}")
    assert words[:2] == ["klout", "serve"]
    command = [sys.executable, "-m", "serving.cli", *words[1:]]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    log = place / "log"
    with (
        log.open("wb") as out,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out) as process,
    ):
        try:
            wait_until_ready(client, process, log)
            yield client
        finally:
            process.terminate()
            code = process.wait(10)
    assert code == 0


def is_new(client: httpx.Client) -> bool:
    """Ask, as the document does, whether the latest day is not older than yesterday."""
    try:
        run("ask how old the latest day is", address=str(client.base_url).rstrip("/"))
    except subprocess.CalledProcessError:
        return False
    return True


def test_a_server_says_how_it_is_and_how_old_its_day_is(place: Path) -> None:
    with served(place) as client:
        told = run("ask whether the server is well", address=str(client.base_url).rstrip("/"))
        assert "bentoml_service_request_total" in told
        assert client.get("/v3/leaderboard").status_code == 503
        assert client.get("/").status_code == 503
        assert not is_new(client)
        run(STARTED, slice(1), day=str(ago(7)))
        assert client.get("/v3/leaderboard").json()["as_of"] == str(ago(7))
        assert not is_new(client)
        today = datetime.now(UTC).date()
        with Store.open(STORE, write=True) as store:
            store.publish(Day(today, "m1", None, scores_of({"ann": 50.0}).lazy()))
        assert is_new(client)
        client.get("/v3/persons/ann")
        client.get("/v3/persons/ann/explanation")
        alerts_are_of(client.get("/metrics").text)


def alerts_are_of(metrics: str) -> None:
    """What the document's alerts ask for is measured, under these names."""
    (text,) = re.findall(r"^```yaml\n(groups:(?:.*\n)*?)```$", DOCUMENT.read_text(), re.MULTILINE)
    rules = yaml.safe_load(text)["groups"][0]["rules"]
    asked = " ".join(rule["expr"] for rule in rules)
    names = set(re.findall(r"\bbentoml_\w+", asked))
    labels = set(re.findall(r'\b\w+="[^"]*"', asked))
    assert len(names) == 2
    assert {'http_response_code="503"', 'endpoint="/v3/persons/{person}"'} <= labels
    assert [each for each in names if f"\n{each}{{" not in metrics] == []
    assert [each for each in labels - {'job="klout"'} if each not in metrics] == []


def test_a_key_is_made_rotated_and_revoked_and_opens_nothing_after_5_seconds(place: Path) -> None:
    run(STARTED, slice(1), day=str(ago(7)))
    first, second = (run("make a key").strip() for _ in range(2))
    key = run("revoke a key", slice(1)).split()[0]
    with served(place, "--keys") as client:
        person = "/v3/persons/twitter:star0"
        assert client.get(person).status_code == 401
        assert client.get("/").status_code == 401
        assert status(client, person, first) == status(client, person, second) == 200
        assert client.get("/", auth=("", first)).status_code == 200
        run("revoke a key", key=key)
        time.sleep(5)
        assert status(client, person, first) == 401
        assert client.get("/", auth=("", first)).status_code == 401
        assert status(client, person, second) == 200
        assert client.get("/livez").status_code == client.get("/metrics").status_code == 200
    assert key in {each.get("key") for each in logged(place / "log") if each.get("endpoint") == "/"}


def logged(log: Path) -> list[dict[str, str]]:
    lines = log.read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"')]


def status(client: httpx.Client, path: str, secret: str) -> int:
    return client.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code


@pytest.mark.filterwarnings("ignore")  # MLflow's own
def test_the_former_model_scores_again_after_a_rollback(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mlflow_run, "draw_shadow", lambda _, file: file.write_bytes(b"picture"))
    signals, influence = population(ONE, 1)
    signals.write_parquet("signals.parquet")
    judged(influence, seed=7).write_parquet("test.parquet")
    Path("metrics.json").write_text("{}")
    Path("plots").mkdir()
    Path("params.yaml").write_text(
        "promotion: {most_mean_change: 50, most_moved: 1, least_rank_correlation: 0}"
    )
    poor = fit(signals, judged(influence, seed=3, pairs=100), ONE, QUICK)
    for number, candidate in enumerate((poor, model())):
        promoted(candidate)
        daily(Path("L"), ago(7 - number), Model.load(Path("models/champion")), store=STORE)
    assert models() == [poor.version, model().version]
    with served(place) as client:
        assert scorer(client) == model().version
        run("go back to the former model")
        end = time.monotonic() + 20
        while scorer(client) != poor.version:
            assert time.monotonic() < end
            time.sleep(0.2)
    assert Model.load(Path("models/champion")).version == poor.version
    run(STARTED, slice(1), day=str(ago(5)))
    assert models() == [poor.version, model().version, poor.version]


def scorer(client: httpx.Client) -> str:
    answer = client.post("/score", json={"signals": {"twitter.connected": 1}})
    return str(answer.json()["model_version"])


def promoted(candidate: Model) -> None:
    candidate.save(Path("candidate"))
    names = ("candidate", "models/champion", "signals.parquet", "test.parquet", "metrics.json")
    files = [Path(name) for name in (*names, "plots")]
    story = promote(Submission(*files, params=Path("params.yaml")))
    assert story.promoted, story.lines


def models() -> list[str]:
    """Whose scores the days of the store are."""
    with Store.open(STORE) as store, store.read() as now:
        return [each.model for each in now.days]
