"""Run by Alembic: migrates the connection that `serving.store.upgrading` hands over."""

from __future__ import annotations

from alembic import context

from serving.store.schema import metadata


def migrate() -> None:
    """Apply what is missing."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=metadata,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


# Who only imports this module, as doctests do, has no migration under way.
if hasattr(context, "config"):
    migrate()
