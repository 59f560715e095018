"""From a log to pages in one command."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import polars as pl
import pytest

from features.lake import Lake
from serving.http import server
from serving.store import Store
from tests.serving.conftest import free_port
from tests.support.command import klout, refused

DAYS = ("2014-02-01", "2014-02-02", "2014-02-03")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three days on which ann draws ever more people, and bob one."""
    rows = [
        ("twitter", "retweet", f"a{n}", "ann", f"{day}T0{n}:00:00Z")
        for place, day in enumerate(DAYS)
        for n in range(1 + 2 * place)
    ]
    rows.append(("twitter", "retweet", "a0", "bob", f"{DAYS[0]}T08:00:00Z"))
    file = tmp_path / "interactions.csv"
    names = ["network", "reaction", "actor", "target", "at"]
    pl.DataFrame(rows, names, orient="row").write_csv(file)
    return file


def tried(*words: object) -> str:
    ended = klout("try", *words)
    assert ended.code == 0, ended.err
    return ended.out


def test_a_log_becomes_scores_of_its_days_and_a_store(log, model_folder, tmp_path):
    lake = tmp_path / "lake"
    said = tried(log, "--lake", lake, "--model", model_folder, "--no-serve")
    assert "2 people, as of 2014-02-04" in said
    assert said.index("twitter:ann") < said.index("twitter:bob")
    assert f"klout serve --lake {lake} shows the pages" in said
    days = Lake(lake).scan("scores").select(pl.col("as_of").dt.date().unique().sort()).collect()
    assert [str(day) for day in days["as_of"]] == ["2014-02-02", "2014-02-03", "2014-02-04"]
    with Store.open(f"sqlite:///{lake / 'store.db'}") as store:
        assert store.latest() is not None


def test_once_more_changes_nothing_and_more_days_may_come(log, model_folder, tmp_path):
    lake, options = tmp_path / "lake", ("--model", model_folder, "--no-serve")
    tried(log, "--lake", lake, "--days", 1, *options)
    before = Lake(lake).scan("scores").collect()
    assert len(before) == 2
    tried(log, "--lake", lake, "--days", 1, *options)
    tried("--lake", lake, "--days", 1, *options)
    assert Lake(lake).scan("scores").collect().equals(before)


def test_it_serves_what_it_made(log, model_folder, tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(server, "serve", lambda *given, **more: asked.update(more, given=given))
    lake = tmp_path / "lake"
    port = free_port()
    tried(log, "--lake", lake, "--model", model_folder, "--port", port)
    assert asked["given"] == (model_folder, "127.0.0.1", port, 1)
    assert asked["lake"] == lake


def test_a_port_in_use_is_said_before_anything_is_read(log, model_folder, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused("try", log, "--lake", tmp_path / "lake", "--model", model_folder,
                       "--port", port)  # fmt: skip
    assert f"127.0.0.1:{port}: in use" in said
    assert not (tmp_path / "lake").exists()


def test_what_it_cannot_begin_with_is_said_in_one_line(log, model_folder, tmp_path):
    lake = tmp_path / "lake"
    with_model = ("--lake", lake, "--model", model_folder, "--no-serve")
    edges = tmp_path / "edges.txt"
    edges.write_text("".join(f"{n} {n + 1} {1_300_000_000 + n}\n" for n in range(50)))
    said = refused("try", edges, *with_model)
    assert "begin with klout ingest snap" in said
    assert "klout try --lake LAKE" in said
    (tmp_path / "x.json").write_text(json.dumps({"no": "log"}))
    assert "of no format that is known" in refused("try", tmp_path / "x.json", *with_model)
    assert not lake.exists()
    assert "no lake here" in refused("try", *with_model)
    assert "no model here" in refused("try", log, "--lake", lake, "--model", tmp_path / "none")
    assert not lake.exists()
