"""What takes longer than a request may is accepted, goes on, and can be asked for."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text

from features.errors import KloutError
from features.lake import Lake
from features.lake.lock import writing
from features.people.forgetting import Forgotten, forget
from serving.http.api import admin
from serving.http.api.context import Context
from serving.http.api.job_runner import Runner
from serving.http.api_app import api
from serving.store import Day, Store
from serving.store.jobs import DONE
from tests.serving.conftest import ROOT
from tests.support.api_client import Client, client_of
from tests.support.explain_scenes import identity, model, scene
from tests.support.store_people import scores_of
from tests.support.worlds import AS_OF

DIES = """
import sys, time
from serving.http.api.job_runner import Runner
from serving.store import Store

def work(person):
    print("begun", flush=True)
    time.sleep(600)

with Store.open(sys.argv[1]) as store:
    Runner().run_one(store, {"forget": work})
"""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    scene(tmp_path / "lake", identities=[identity("zoe", "z")])
    with Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True) as store:
        people = scores_of({"ann": 50.0, "zoe": 2.0}).lazy()
        store.publish(Day(AS_OF, model().version, None, people))
        yield Context(store, tmp_path / "lake", model, runner=Runner(look_s=0.1))


@pytest.fixture
def client(context: Context) -> Iterator[Client]:
    with client_of(api(context)) as made:
        assert context.store is not None
        made.decides(context.store)
        yield made


def test_a_deletion_is_accepted_at_once_and_is_the_same_job_while_it_runs(
    client: Client, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = Event(), Event()

    def long(lake: Path, person: str) -> Forgotten:
        begun.set()
        assert over.wait(60)
        return forget(lake, person)

    monkeypatch.setattr(admin, "forget_in_lake", long)
    asked = client.delete("/v3/persons/zoe")
    assert asked.status_code == 202
    assert begun.wait(60)
    assert client.get("/v3/persons/zoe").status_code == 404  # at once
    assert client.get("/v3/persons/ann").status_code == 200
    told = client.get(asked.json()["url"]).json()
    assert (told["state"], told["job"]) == ("running", asked.json()["job"])
    assert client.delete("/v3/persons/zoe").json()["job"] == asked.json()["job"]
    over.set()
    assert client.done(asked)["state"] == "done"
    assert context.lake is not None
    assert Lake(context.lake).scan("identities").filter(person="zoe").collect().is_empty()
    again = client.done(client.delete("/v3/persons/zoe"))
    assert (again["state"], "was forgotten before" in again["reason"]) == ("done", True)


def test_while_another_run_writes_a_deletion_waits_and_says_so(
    client: Client, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admin, "PATIENCE_S", 0.1)
    assert context.lake is not None
    with writing(context.lake):
        asked = client.delete("/v3/persons/zoe")
        assert asked.status_code == 202
        while not (told := client.get(asked.json()["url"]).json())["reason"]:
            time.sleep(0.05)
        assert told["state"] in ("queued", "running")
        assert "it is tried again" in told["reason"]
    assert client.done(asked)["state"] == "done"


def test_a_deletion_that_failed_says_why_and_can_be_asked_for_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path, __: str) -> Forgotten:
        raise KloutError("no space left on the disk")

    with monkeypatch.context() as patched:
        patched.setattr(admin, "forget_in_lake", full)
        asked = client.delete("/v3/persons/zoe")
        told = client.done(asked)
    assert (told["state"], told["reason"]) == ("failed", "no space left on the disk")
    again = client.delete("/v3/persons/zoe")
    assert client.done(again)["state"] == "done"


def test_a_deletion_that_failed_keeps_no_name_in_the_store(
    client: Client, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_: Path, person: str) -> Forgotten:
        raise KloutError(f"{person!r} is an account of 'Zoe'; name that person instead")

    monkeypatch.setattr(admin, "forget_in_lake", refuses)
    told = client.done(client.delete("/v3/persons/zoe"))
    assert told["state"] == "failed"
    assert "`klout forget` tells it" in told["reason"]
    assert context.store is not None
    with context.store.engine.connect() as connection:
        assert "zoe" not in str(connection.execute(text("SELECT * FROM jobs")).all()).lower()


def test_a_job_whose_server_was_killed_is_run_by_another(client: Client, context: Context) -> None:
    store = context.store
    assert store is not None
    job = store.ask_job("forget", "zoe")
    command = [sys.executable, "-c", DIES, store.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        told = store.job(job.id)
        process.kill()
    assert told is not None
    assert told.state == "running"
    assert not Runner(silent_s=3600).run_one(store, {})  # it may still be alive
    context.runner.silent_s = 0.0
    url = f"/v3/jobs/{job.id}"
    while (found := client.get(url).json())["state"] != DONE:
        assert found["state"] == "running"
        time.sleep(0.05)
    assert context.lake is not None
    assert Lake(context.lake).scan("identities").filter(person="zoe").collect().is_empty()


def test_a_job_that_nobody_asked_for_is_404_and_jobs_need_a_key_for_admin(
    client: Client, context: Context
) -> None:
    missing = client.get("/v3/jobs/nothing")
    assert (missing.status_code, missing.json()["field"]) == (404, "job")
    assert context.store is not None
    _, secret = context.store.create_key("reads", ["read"])
    answer = client.get("/v3/jobs/nothing", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 403
