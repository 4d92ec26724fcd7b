"""The database: one engine, two ways in. `transaction()` writes, `reading()` reads; nothing else opens a session.

What every request asks first has a shorter way of its own: `one_statement()`.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, Uuid, event
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.orm import Session as Session  # exported: services name what they pass through
from sqlalchemy.types import TypeDecorator

from portal.domain.errors import Unavailable
from portal.store import trouble

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Time(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so a naive value is refused on the way in and UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: Time, UUID: Uuid, dict[str, Any]: JSON, list[Any]: JSON},
    )


db = SQLAlchemy(model_class=Base)


class Record(db.Model):  # the one mention of db.Model: the word "model" means a language model everywhere else
    """A row. Relationships are not declared: queries say what they read."""

    __abstract__ = True


Database = Engine
"""One database, as a thread that outlives a request names it."""

_working_with: ContextVar[Database | None] = ContextVar("portal_database", default=None)


def this_database() -> Database:
    """The database of this application, or the one that this thread was told to work with."""
    return _working_with.get() or db.engine


@contextmanager
def at(database: Database) -> Iterator[None]:
    """Inside, `transaction()` and `reading()` are of this database: for a thread that belongs to no application."""
    before = _working_with.set(database)
    try:
        yield
    finally:
        _working_with.reset(before)


WAIT = 15
"""Seconds that a change waits for another one to end. Longer than that, whoever sent it would send it again.

The database's address may say another: SQLite's with `timeout`, PostgreSQL's with `options`.
"""

_one_writer = threading.Lock()


EngineOptions = dict[str, Any]
"""What SQLAlchemy's `create_engine` is told beside the address."""


def engine_options(address: str, threads: int) -> EngineOptions:
    """How to connect, for so many threads.

    Parameters are hidden: an exception's text ends up in the log, and messages and hashes do not belong there. A server
    that is gone, or that somebody else keeps locked, is given up; what the address itself says goes before that.
    """
    said = parse_qs(urlsplit(address).query)
    if address.startswith("sqlite"):
        connect_args = {} if "timeout" in said else {"timeout": WAIT}
        return {"connect_args": connect_args, "pool_size": 0, "max_overflow": -1, "hide_parameters": True}
    usual: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": f"-c lock_timeout={WAIT}s",
    }
    return {
        "connect_args": {name: value for name, value in usual.items() if name not in said},
        "pool_size": 10,
        "max_overflow": threads,
        "pool_pre_ping": True,
        "hide_parameters": True,
    }


def prepare(engine: Engine) -> None:
    """Take transactions over from the SQLite driver and switch on what the portal relies on."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if options.get("portal_one_statement"):
            return
        writing = options.get("portal_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose changes are saved together at the end, or not at all. Raises `Unavailable` without a database.

    On SQLite it holds the write lock from its first statement, and this process sends one writer at a time; on
    PostgreSQL it locks the rows that its queries ask for (`with_for_update`). Never call the network inside.
    """
    engine = _with_options(this_database(), portal_writing=True)
    turn = _one_after_the_other(engine) if engine.dialect.name == "sqlite" else nullcontext()
    with _trouble_told(), turn, Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees one moment of the database, whatever others write meanwhile. It saves nothing."""
    engine = this_database()
    if engine.dialect.name == "postgresql":
        engine = _with_options(engine, isolation_level="REPEATABLE READ")
    with _trouble_told(), Session(engine, autoflush=False) as session:
        yield session


@contextmanager
def one_statement() -> Iterator[Connection]:
    """A connection for a single SELECT, which sees one moment by itself.

    No transaction is begun and ended around it: that would be two round trips more, and half of the time it takes.
    """
    engine = this_database()
    # The driver of SQLite begins none by itself, and would forget what it was told if it were told anew.
    options = {"portal_one_statement": True} if engine.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    with _trouble_told(), _with_options(engine, **options).connect() as connection:
        yield connection


def _with_options(engine: Engine, **options: Any) -> Engine:
    """An engine with these options, made once and kept with it: making one costs as much as a query."""
    made: dict[Any, Engine] = vars(engine).setdefault("portal_with_options", {})
    key = tuple(options.items())
    if key not in made:
        made[key] = engine.execution_options(**options)
    return made[key]


@contextmanager
def _trouble_told() -> Iterator[None]:
    """What the database cannot do (no connection, no room, locked for too long) is not a fault of the portal."""
    try:
        yield
    except (OperationalError, InterfaceError, NoConnectionFree) as error:
        raise Unavailable(trouble.sentence_of(error)) from error


@contextmanager
def _one_after_the_other(engine: Engine) -> Iterator[None]:
    """This process's next turn to write. Behind a writer that does not end nobody waits longer than for the file."""
    if not _one_writer.acquire(timeout=float(str(engine.url.query.get("timeout", WAIT)))):
        raise Unavailable(trouble.BUSY)
    try:
        yield
    finally:
        _one_writer.release()
