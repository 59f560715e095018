"""Bringing a database to the tables of `serving.store.schema`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from features.errors import KloutError
from serving.store.schema import REVISION

if TYPE_CHECKING:  # a server starts without it, unless there is something to upgrade
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
_TABLE = "alembic_version"


def config() -> Config:
    """Tell Alembic where the migrations are."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


def upgrade(connection: Connection) -> None:
    """Apply the migrations that are missing, within the caller's transaction."""
    from alembic import command

    alembic = config()
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, "head")


def revision(connection: Connection) -> str | None:
    """Tell the newest migration that was applied; None: none was."""
    if not inspect(connection).has_table(_TABLE):
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {_TABLE}"))
    return found


def check(connection: Connection, name: str) -> None:
    """Refuse a store whose tables are not those of this version.

    Raises
    ------
    KloutError
        Naming the command that mends it.
    """
    found = revision(connection)
    if found == REVISION:
        return
    if found is not None and found > REVISION:
        raise KloutError(f"store {name} is of a newer klout (schema {found}; this has {REVISION})")
    state = "is empty" if found is None else f"has schema {found}"
    raise KloutError(
        f"store {name} {state}, this version needs {REVISION}: run `klout store upgrade`"
    )
