"""How sure each score is. Of scores that are there nothing is known, until the next day comes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UNKNOWN = {"confidence": "0", "low": "1", "high": "100"}


def upgrade() -> None:
    """Apply."""
    for name, value in UNKNOWN.items():
        op.add_column("scores", sa.Column(name, sa.Double, nullable=False, server_default=value))
