"""Runs the revisions beside it in one transaction, behind an advisory lock, so that two starting servers do not race."""

from alembic import context
from sqlalchemy import create_engine, pool, text

_LOCK = 0x1EA2F10


def _run() -> None:
    url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        context.configure(connection=connection, transaction_per_migration=False)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()
