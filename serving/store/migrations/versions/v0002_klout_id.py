"""A number for each person, by which the Klout API v2 names it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from serving.store.klout_id import klout_ids

revision = "0002"
down_revision = "0001"

_AT_ONCE = 50_000


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "persons", sa.Column("klout_id", sa.BigInteger, nullable=False, server_default="0")
    )
    _fill(op.get_bind())
    op.create_index("persons_klout_id", "persons", ["klout_id"], unique=True)


def _fill(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT key, person FROM persons ORDER BY key")).all()
    numbers = klout_ids((row.person for row in rows), ())
    statement = sa.text("UPDATE persons SET klout_id = :number WHERE key = :key")
    values = [{"key": row.key, "number": number} for row, number in zip(rows, numbers, strict=True)]
    for start in range(0, len(values), _AT_ONCE):
        connection.execute(statement, values[start : start + _AT_ONCE])
