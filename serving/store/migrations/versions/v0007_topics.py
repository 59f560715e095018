"""What people are influential about. Nothing is known of it until the next day comes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "topics",
        _number("id"),
        sa.Column("topic", NAME, nullable=False, unique=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("experts", sa.Integer, nullable=False),
        sa.Column("sensitive", sa.Boolean, nullable=False),
        sa.Column("names", sa.Text, nullable=False),
    )
    op.create_table(
        "topic_names",
        sa.Column("name", NAME, primary_key=True),
        _number("topic"),
        sqlite_with_rowid=False,
    )
    op.create_table("topic_parents", _number("parent"), _number("topic"), sqlite_with_rowid=False)
    op.create_index("topic_parents_topic", "topic_parents", ["topic"])
    op.create_table(
        "person_topics", _number("key"), sa.Column("topics", sa.LargeBinary, nullable=False)
    )
    op.create_table(
        "topic_boards",
        _number("topic"),
        _number("block"),
        sa.Column("persons", sa.LargeBinary, nullable=False),
    )
