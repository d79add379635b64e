"""How alembic reaches the database: over the connection that it is handed, inside its transaction."""

from alembic import context

from neurarium.sessions.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
