"""No table of signals and ties: they are computed from the lake when somebody asks."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.drop_table("details")
