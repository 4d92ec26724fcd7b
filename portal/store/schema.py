"""The declared schema, and the way from whatever the database holds to it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from portal.later import Later
from portal.store import (
    access_tokens,
    allowances,
    applications,
    attachments,
    attempts,
    audit,
    budget_counts,
    chat_shares,
    chat_words,
    chats,
    check_days,
    compactions,
    health,
    language_models,
    limit_counts,
    model_cooldowns,
    overrides,
    people,
    personal_keys,
    provider_faults,
    provider_headers,
    provider_listings,
    provider_states,
    providers,
    role_patterns,
    schedules,
    sessions,
    settings,
    shared_keys,
    usage,
    usage_sums,
    webhooks,
)
from portal.store.base import db

command, config = Later("alembic.command"), Later("alembic.config")  # of use where something is to be migrated

MIGRATIONS = Path(__file__).parents[2] / "migrations"
ADVISORY_LOCK = 7_316_402_118
metadata = db.metadata
RECORDS = (
    access_tokens,
    allowances,
    applications,
    attachments,
    attempts,
    audit,
    budget_counts,
    chat_shares,
    chat_words,
    chats,
    check_days,
    compactions,
    health,
    language_models,
    limit_counts,
    model_cooldowns,
    overrides,
    people,
    personal_keys,
    provider_faults,
    provider_headers,
    provider_listings,
    provider_states,
    providers,
    role_patterns,
    schedules,
    sessions,
    settings,
    shared_keys,
    usage,
    usage_sums,
    webhooks,
)
"""Every module of records: importing this one makes `metadata` complete."""

OUTSIDE = ("chat_words_index", "ix_chat_words_words")
"""How names begin of what a migration makes for one kind of database alone, so that no record declares it."""


class WrongRevision(Exception):
    """The database is older or newer than this program."""


class DatabaseUnusable(Exception):
    """The database cannot be opened or written; the text says so in one sentence, without its password."""


def _config() -> Any:
    made = config.Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    return made


def _revisions() -> list[str]:
    """Every revision this program knows, oldest first: a migration's number begins the name of its file."""
    return sorted(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def _engine(url: str) -> Engine:
    """An engine for migrations alone: its transactions are exclusive, and foreign keys are off on SQLite."""
    engine = create_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _configure(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("PRAGMA busy_timeout=30000")

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN EXCLUSIVE")

    return engine


def revision_of(url: str) -> str | None:
    """The revision a database is at; None when it is empty."""
    engine = _engine(url)
    with engine.connect() as connection:
        return revision_in(connection)


def revision_in(connection: Connection) -> str | None:
    """The same over a connection, read as Alembic keeps it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def head() -> str:
    """The revision this program is written for."""
    return _revisions()[-1]


def migrate(url: str, target: str = "head") -> None:
    """Bring the database to `target`. A SQLite file that holds something is copied beside itself first.

    Where nothing is to be done, what migrates is not even loaded: that is every start but the first after an upgrade.
    """
    with _refusing_kindly(url):
        current = revision_of(url)
    if target == "head" and current == head():
        return
    if current is not None and current not in _revisions():
        raise WrongRevision(
            f"The database is at revision {current}, which this version does not know. "
            "Start the newer version of the portal that made it."
        )
    engine = _engine(url)
    file = Path(engine.url.database or "") if engine.dialect.name == "sqlite" else None
    if file and current and current != head() and target == "head":
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        shutil.copy2(file, file.with_name(f"{file.name}.before-{head()}.{stamp}"))
    told = _config()
    with _refusing_kindly(url), engine.connect() as connection:
        told.attributes["connection"] = connection
        if target == "base" or (target != "head" and current is not None and target < current):
            command.downgrade(told, target)
        else:
            command.upgrade(told, target)


@contextmanager
def _refusing_kindly(url: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        told = str(error.orig).strip().splitlines()[0].rstrip(".")
        raise DatabaseUnusable(f"The database cannot be used ({make_url(url)!r}): {told}.") from error


def require_head(url: str) -> None:
    """Raise `WrongRevision` unless the database is exactly at this program's revision."""
    current = revision_of(url)
    if current != head():
        raise WrongRevision(
            f"The database is at revision {current or 'none'}, this version needs {head()}. Run: flask migrate"
        )


def write_revision(url: str, number: str, message: str) -> None:
    """Draft the next migration from the difference between the records and the database (for developers)."""
    told = _config()
    with _engine(url).connect() as connection:
        told.attributes["connection"] = connection
        command.revision(told, message=message, autogenerate=True, rev_id=number)
