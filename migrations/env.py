"""Runs the pending migrations in one transaction that nobody else can enter.

SQLite: foreign keys are off while tables are rebuilt (a batch change would cascade deletes) and checked before the
commit; the exclusive lock is taken before the current revision is read, so two starting processes cannot both migrate.
PostgreSQL: an advisory lock does the same.
"""

from alembic import context
from sqlalchemy import text

from portal.store.schema import ADVISORY_LOCK, metadata

connection = context.config.attributes["connection"]
sqlite = connection.dialect.name == "sqlite"

with connection.begin():
    if not sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transaction_per_migration=False,
    )
    context.run_migrations()
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"foreign keys are broken after migrating: {broken[:5]}")
