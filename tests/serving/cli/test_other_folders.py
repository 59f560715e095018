"""A store is made in a lake alone, and a copy of it takes no other file's place."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from features.storage.folders import LAKE, claim
from tests.support.command import klout, refused

OPENING: tuple[tuple[str, ...], ...] = (
    ("store", "upgrade"),
    ("store", "load"),
    ("store", "prune", "--before", "2014-01-01"),
    ("store", "backup", "copy.db"),
    ("keys", "create", "somebody"),
    ("keys", "list"),
    ("keys", "revoke", "0000"),
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KLOUT_STORE_URL", raising=False)
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("words", OPENING, ids=" ".join)
def test_a_store_is_made_in_no_folder_but_a_lake(words: tuple[str, ...], place: Path) -> None:
    (place / "thesis").mkdir()
    (place / "thesis" / "thesis.tex").write_text("years of work")
    (place / "empty").mkdir()
    before = files(place)
    for folder, said in (
        ("nowhere/at-all", "no lake here"),
        ("empty", "no lake here"),
        ("thesis", "holds 'thesis.tex', and no klout.json"),
        ("thesis/thesis.tex", "this is a file"),
    ):
        for more in ((), ("--store", "sqlite:///other.db")):
            assert said in refused(*words, "--lake", folder, *more)
            assert files(place) == before


def test_a_server_makes_no_store_in_any_folder(place: Path, model_folder: Path) -> None:
    (place / "empty").mkdir()
    assert "no lake here" in refused(
        "serve", "--model", model_folder, "--lake", "empty", "--port", 0
    )
    assert files(place) == ["empty"]


def test_a_backup_takes_the_place_of_a_backup_alone(place: Path) -> None:
    claim(place / "lake", LAKE)
    assert klout("store", "upgrade", "--lake", "lake").code == 0
    for _ in range(2):
        assert klout("store", "backup", "copy.db", "--lake", "lake").code == 0
    (place / "thesis.tex").write_text("years of work")
    with sqlite3.connect(place / "notes.db") as notes:
        notes.execute("CREATE TABLE notes (note TEXT)")
    assert klout("store", "upgrade", "--store", "sqlite:///served.db").code == 0
    for name in ("thesis.tex", "notes.db", "served.db"):
        before = (place / name).read_bytes()
        assert "is not a backup of a store" in refused("store", "backup", name, "--lake", "lake")
        assert (place / name).read_bytes() == before
