"""Run by Alembic: migrates the connection that `serving.store.upgrading` hands over."""

from __future__ import annotations

from alembic import context

from serving.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
