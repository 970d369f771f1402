"""Alembic's entry: runs the migrations on the connection that :func:`slm_instrument.store.engine.upgrade` gives."""

from alembic import context

from slm_instrument.store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,  # the caller's transaction holds all of it
)
context.run_migrations()
