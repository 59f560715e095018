"""Whoever serves on their own machine finds a key for themselves beside the store."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from serving.http.own_key import own_key
from serving.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'store.db'}", write=True)


def test_the_key_is_for_everything_and_for_its_owner_alone(store: Store, tmp_path: Path) -> None:
    file = own_key(store)
    assert file == tmp_path / "store.db.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = store.verify_key(file.read_text().strip())
    assert key is not None
    assert key.scopes == {"read", "score", "admin"}


def test_the_next_start_finds_the_same_key(store: Store) -> None:
    first = own_key(store).read_text()
    assert own_key(store).read_text() == first
    assert len(store.keys()) == 1


@pytest.mark.parametrize("text", [b"", b"klout_of_another_store\n", b"\xff\xfe"])
def test_a_file_that_opens_nothing_gets_another_key(store: Store, text: bytes) -> None:
    file = own_key(store)
    store.revoke_key(store.keys()[0].id)
    file.write_bytes(text)
    assert store.verify_key(own_key(store).read_text().strip()) is not None
    assert sorted(each.name for each in file.parent.glob("*.key*")) == [file.name]


def test_where_nothing_can_be_kept_there_is_none_and_nothing_is_left(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "store.db.key").mkdir()
    assert own_key(store) is None
    assert [each.name for each in tmp_path.glob("*.key*")] == ["store.db.key"]
