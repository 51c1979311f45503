"""Runs the migrations over the connection that `chatdesk.adapters.db.migrate` hands in."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # Everything or nothing, on SQLite too: a migration that was killed is simply run again.
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
