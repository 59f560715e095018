"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Apply."""
    _days_and_names()
    _latest_day()
    _history()
    _keys()


def _key(*, primary: bool = True) -> sa.Column[int]:
    return sa.Column("key", sa.Integer, primary_key=primary, autoincrement=False, nullable=False)


def _days_and_names() -> None:
    op.create_table(
        "days",
        sa.Column("as_of", sa.Date, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("catalogue", sa.Text),
        sa.Column("published_at", sa.DateTime, nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("last_key", sa.Integer, nullable=False),
    )
    op.create_table(
        "words",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("word", sa.Text, nullable=False, unique=True),
    )
    op.create_table("persons", _key(), sa.Column("person", NAME, nullable=False, unique=True))
    op.create_table(
        "accounts",
        sa.Column("network", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("account", NAME, primary_key=True),
        _key(primary=False),
        sqlite_with_rowid=False,
    )
    op.create_index("accounts_key", "accounts", ["key"])
    op.create_table(
        "names", sa.Column("name", NAME, primary_key=True), _key(), sqlite_with_rowid=False
    )


def _latest_day() -> None:
    op.create_table(
        "scores",
        _key(),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("influence", sa.Double, nullable=False),
        sa.Column("percentile", sa.Double, nullable=False),
        sa.Column("coverage", sa.Double, nullable=False),
        sa.Column("rank", sa.Integer, nullable=False),
        sa.Column("parts", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "boards",
        sa.Column("network", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("persons", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "details",
        _key(),
        sa.Column("signals", sa.LargeBinary),
        sa.Column("influencers", sa.LargeBinary),
        sa.Column("influencees", sa.LargeBinary),
    )


def _history() -> None:
    op.create_table(
        "history",
        sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("as_of", sa.Date, primary_key=True),
        sa.Column("scores", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("history_as_of", "history", ["as_of"])


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("per_minute", sa.Integer),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("revoked_at", sa.DateTime),
        sa.CheckConstraint("per_minute > 0", name="api_keys_per_minute"),
    )
