"""The tables are those of the migrations, and old ones are refused by the name of the cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from typer.testing import CliRunner

from features.errors import KloutError
from serving.cli.app import app
from serving.store import Store
from serving.store.engine import connected, parsed, writing
from serving.store.schema import REVISION, metadata
from serving.store.upgrading import config
from tests.support.store_people import day


def test_migrations_make_the_tables_that_the_code_knows(store: Store) -> None:
    options = {"compare_type": True, "compare_server_default": True}
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == REVISION


def test_names_are_ordered_by_code_point_for_prefixes(store: Store) -> None:
    """PostgreSQL would order them by language, and a prefix would be no range."""
    store.publish(day(0, dict.fromkeys(["a", "B", "ä", "Z", "a b", "ab"], 1.0)))
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT person FROM persons ORDER BY person"))
        found = [row.person for row in rows]
    assert found == sorted(found)


def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    words = ["store", "upgrade", "--store", empty_url]
    for _ in range(2):
        done = CliRunner().invoke(app, words)
        assert (done.exit_code, done.stdout[-13:-1]) == (0, f" schema {REVISION}")


def test_who_has_a_score_keeps_it_when_the_table_of_signals_and_ties_goes(empty_url: str) -> None:
    engine = connected(parsed(empty_url))
    with writing(engine) as connection:
        alembic = config()
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "0002")
        connection.execute(text("INSERT INTO details (key) VALUES (1)"))
        connection.execute(text("INSERT INTO persons (key, person, klout_id) VALUES (1, 'ann', 7)"))
        scores = text("INSERT INTO scores VALUES (1, 50, 2, 60, 1, 1, :parts)")
        connection.execute(scores, {"parts": b""})
    engine.dispose()
    with Store.upgraded(empty_url) as store, store.read() as now:
        ann = now.person("ann")
        assert (ann.score, ann.confidence, ann.low, ann.high) == (50.0, 0.0, 1.0, 100.0)
        assert not inspect(store.engine).has_table("details")


def test_an_older_or_newer_store_is_refused(store: Store, url: str) -> None:
    for version, said in (("0000", "run `klout store upgrade`"), ("9999", "of a newer klout")):
        stamp(store, version)
        with pytest.raises(KloutError, match=said):
            Store.open(url)
    stamp(store, REVISION)
    Store.open(url).close()


def stamp(store: Store, version: str) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))


def test_a_database_without_tables_is_refused_by_readers(empty_url: str) -> None:
    with pytest.raises(KloutError, match=r"klout store (upgrade|load)"):
        Store.open(empty_url)


def test_a_file_is_made_by_who_writes_and_by_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "new" / "store.db"
    with pytest.raises(KloutError, match=f"no store at sqlite:///{file}"):
        Store.open(f"sqlite:///{file}")
    assert not file.parent.exists()
    Store.open(f"sqlite:///{file}", write=True).close()
    Store.open(f"sqlite:///{file}").close()


@pytest.mark.parametrize("url", ["", "x", "sqlite://", "mysql://a/b", "sqlite:///:memory:"])
def test_what_is_no_store_is_refused(url: str) -> None:
    with pytest.raises(KloutError, match="no URL of a store; expected sqlite:///FILE or"):
        Store.open(url)


def test_a_server_that_does_not_answer_is_one_line_without_the_password() -> None:
    with pytest.raises(KloutError) as caught:
        Store.open("postgresql+psycopg://ann:secret@127.0.0.1:1/klout")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
