"""`klout rebuild`: a served lake made anew, with what people decided in it and its keys."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from features.errors import KloutError
from features.lake import Lake
from features.people.accounts import connect, owner
from features.people.forgetting import forget
from features.people.optouts import opt_out
from serving.cli.app import app
from serving.store.address import url_of
from serving.store.store import Store
from tests.support.histories import arrive
from tests.support.lives import HISTORY, TODAY, TWITTER, YESTERDAY, files_of, small_model

MODEL = small_model(TWITTER)
NOW = datetime.now(UTC)


def rebuild(place: Path, seed: int = 1) -> None:
    small_model(TWITTER, seed).save(place / "model")
    words = ["rebuild", "--lake", place / "live", "--source", place / "lake", "--from", YESTERDAY,
             "--to", TODAY, "--model", place / "model", "--quiet"]  # fmt: skip
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None:
        raise result.exception


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A lake, and another made from it."""
    arrive(tmp_path / "lake", HISTORY.arrivals[0], 0, TWITTER)
    rebuild(tmp_path)
    return tmp_path


def test_decisions_and_keys_survive_new_data_and_a_server_goes_on(place: Path) -> None:
    live = place / "live"
    with Store.open(url_of(None, live)) as served:  # as `make serve` holds it
        people = served.everybody()["person"].to_list()
        connect(live, "zoe", ("twitter", "zoe_tw"), "personal", NOW, TWITTER)
        away, gone = (each for each in people[:2])
        opt_out(live, away, NOW, TWITTER)
        forget(live, gone)
        with Store.open(url_of(None, live), write=True) as written:
            _, secret = written.create_key("news", ["read"])
        (live / "notes.txt").write_text("mine")
        arrive(place / "lake", HISTORY.arrivals[1], 1, TWITTER)
        rebuild(place, seed=2)
        assert served.verify_key(secret) is not None
        seen = served.everybody()["person"].to_list()
        assert away not in seen and gone not in seen and seen
    assert owner(Lake(live), ("twitter", "zoe_tw")) == "zoe"
    assert (live / "notes.txt").read_text() == "mine"
    with pytest.raises(KloutError, match="has opted out already"):
        opt_out(live, away, NOW, TWITTER)
    assert forget(live, gone).already
    assert {path.name for path in place.iterdir()} == {"lake", "live", "model"}
    rebuild(place, seed=2)  # and once more
    assert owner(Lake(live), ("twitter", "zoe_tw")) == "zoe"


def test_what_fails_leaves_the_served_lake(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files_of(place / "live")

    def failing(*_: object, **__: object) -> None:
        raise KloutError("no space left")

    monkeypatch.setattr("serving.daily.rebuilding.daily", failing)
    with pytest.raises(KloutError, match="no space left"):
        rebuild(place)
    assert files_of(place / "live") == before


def test_a_lake_that_something_was_ingested_into_is_refused(place: Path) -> None:
    file = place / "interactions.csv"
    file.write_text("network,reaction,actor,target,at\n")
    ingest = ["ingest", "tables", str(file), "--lake", str(place / "live"), "--quiet"]
    assert CliRunner().invoke(app, ingest).exit_code == 0
    before = files_of(place / "live")
    with pytest.raises(KloutError, match=r"interactions.csv' was ingested into it and would be"):
        rebuild(place)
    assert files_of(place / "live") == before


def test_a_lake_of_somebody_is_refused(place: Path) -> None:
    shutil.rmtree(place / "live")
    arrive(place / "live", HISTORY.arrivals[0], 0, TWITTER)
    before = files_of(place / "live")
    with pytest.raises(KloutError, match="is a lake that `klout rebuild` did not make"):
        rebuild(place)
    assert files_of(place / "live") == before
