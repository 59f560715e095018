"""Each test of the store runs in SQLite and in a PostgreSQL of its own session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from serving.store import Store
from serving.store.schema import metadata
from tests.support.postgres import missing, running

BOTH = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URLs of the databases of a PostgreSQL server, with ``{}`` for the name.

    ``bare`` has no tables, ``ready`` has them all.
    """
    if reason := missing():
        pytest.skip(reason)
    with running("bare", "ready") as url:
        Store.upgraded(url.format("ready")).close()
        yield url


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store may be made."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    made = request.getfixturevalue("server").format("bare")
    _execute(made, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    return str(made)


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store with all tables."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'store.db'}"
        Store.upgraded(made).close()
        return made
    made = request.getfixturevalue("server").format("ready")
    _execute(made, f"TRUNCATE {', '.join(metadata.tables)}")
    return made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, write=True) as opened:
        yield opened


def _execute(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
