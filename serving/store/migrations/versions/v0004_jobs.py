"""What was asked for and takes longer than a request may."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("person", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("asked_at", sa.DateTime, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("beat_at", sa.DateTime),
        sa.Column("tries", sa.Integer, nullable=False),
    )
