"""Where a lake is and where the server listens: any path will do, and a port in use is one line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from features.errors import KloutError
from serving.cli.app import app
from serving.store import Store
from serving.store.address import url_of
from tests.serving.conftest import ROOT, free_port, wait_until_ready
from tests.support import command
from tests.support.days import ago, came, likes, model

NAMES = ["a[1]", "what?", "50%", "a#b", "two words", "lac élan", "a%20b", "*", "a@b:c", "a&b=c;d"]


@pytest.fixture(autouse=True)
def _no_other_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)


def klout(*words: object) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, (done.output, done.exception)
    return done


def published(folder: Path) -> Path:
    """Make a lake in a folder, and run a day."""
    model().save(folder / "model")
    lake = folder / "lake"
    came(lake, 0, likes(ago(8), 30))
    klout("daily", "--lake", lake, "--model", folder / "model", "--as-of", ago(7), "--quiet")
    return lake


@pytest.mark.parametrize("name", NAMES)
def test_a_store_is_in_its_lake_whatever_the_path(tmp_path: Path, name: str) -> None:
    lake = published(tmp_path / name)
    assert (lake / "store.db").is_file()
    klout("keys", "create", "web", "--lake", lake)
    assert "read" in klout("keys", "list", "--lake", lake).stdout
    klout("store", "load", "--lake", lake, "--quiet")
    klout("store", "backup", tmp_path / name / "copy", "--lake", lake)
    klout("forget", "twitter:star1", "--yes", "--lake", lake)
    with Store.open(url_of(None, lake)) as store:
        assert store.latest() == ago(7)
        assert "twitter:star1" not in store.everybody()["person"]
    assert {each.name for each in tmp_path.iterdir()} == {name}


def test_such_a_lake_is_served_and_forgets(tmp_path: Path) -> None:
    lake = published(tmp_path / "a[1]? 50%20 #é")
    port = free_port()
    words = ["serve", "--lake", lake, "--model", lake.parent / "model", "--port", str(port)]
    environment = {**os.environ, "BENTOML_HOME": str(tmp_path / "bento"), "PYTHONPATH": str(ROOT)}
    log = tmp_path / "log"
    call = [sys.executable, "-m", "serving.cli", *words]
    with (
        log.open("wb") as out,
        subprocess.Popen(call, env=environment, stdout=out, stderr=out, cwd=tmp_path) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        try:
            wait_until_ready(client, process, log)
            answer = client.get("/v3/persons/twitter:star0")
            told = client.get("/v3/persons/twitter:star0/explanation")
            key = (lake / "store.db.key").read_text().strip()
            client.headers["Authorization"] = f"Bearer {key}"
            asked = client.delete("/v3/persons/twitter:star1")
            end = time.monotonic() + 60
            while (job := client.get(asked.json()["url"]).json())["state"] in ("queued", "running"):
                assert time.monotonic() < end
                time.sleep(0.1)
        finally:
            process.terminate()
            process.wait(20)
    assert (answer.status_code, told.status_code) == (200, 200), (answer.text, told.text)
    assert (asked.status_code, job["state"]) == (202, "done"), (asked.text, job)


def test_a_port_in_use_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = command.klout("serve", "--port", port)
    said = f"klout: 127.0.0.1:{port}: in use by another program; --port takes another\n"
    assert done == (1, "", said)


@pytest.mark.parametrize(("host", "port"), [("203.0.113.7", 3000), ("no.such.host", 3000)])
def test_an_address_that_is_not_ours_is_one_line(host: str, port: int) -> None:
    done = CliRunner().invoke(app, ["serve", "--host", host, "--port", str(port)])
    assert isinstance(done.exception, KloutError)
    assert str(done.exception).startswith(f"{host}:{port}: cannot be listened on: ")


def test_an_id_that_no_store_can_keep_is_named_and_keeps_out_nobody_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Of a lake that took it in before such ids were refused at the door."""
    model().save(tmp_path / "model")
    lake = tmp_path / "lake"
    came(lake, 0, likes(ago(8), 30))
    words = ("daily", "--lake", lake, "--model", tmp_path / "model", "--quiet", "--as-of")
    klout(*words, ago(7), "--no-store")
    [file] = (lake / "published").glob("*.parquet")
    rows = pl.read_parquet(file)
    bad = rows.head(1).with_columns(person=pl.lit("twitter:a\0b"))
    pl.concat([rows, bad]).write_parquet(file)
    klout("store", "load", "--lake", lake)
    assert "'twitter:a\\x00b' is left out of the store" in caplog.text
    klout(*words, ago(6))
    with Store.open(url_of(None, lake)) as store, store.read() as now:
        assert [each.as_of for each in now.days] == [ago(7), ago(6)]
        assert set(store.everybody()["person"]) == set(rows["person"])
