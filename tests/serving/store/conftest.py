"""Each test of the store runs in SQLite and in a PostgreSQL of its own session."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from serving.store import Store
from tests.serving.store.postgres import missing, running

_NUMBERS = count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server; the URL of its database ``template``, which has the tables."""
    if reason := missing():
        pytest.skip(reason)
    with running() as url:
        Store.upgraded(url("template")).close()
        yield url("{}")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return _database(request.getfixturevalue("server"), "postgres")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store with all tables."""
    if request.param == "postgresql":
        return _database(request.getfixturevalue("server"), "template")
    made = f"sqlite:///{tmp_path / 'store.db'}"
    Store.upgraded(made).close()
    return made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, write=True) as opened:
        yield opened


def _database(server: str, template: str) -> str:
    name = f"store{next(_NUMBERS)}"
    engine = create_engine(server.format("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        copied = "template0" if template == "postgres" else template
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {copied}"))
    engine.dispose()
    return server.format(name)
