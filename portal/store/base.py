"""The database: one engine, two ways in. `transaction()` writes, `reading()` reads; nothing else opens a session.

What every request asks first has a shorter way of its own: `one_statement()`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, DateTime, Dialect, Engine, MetaData, Uuid
from sqlalchemy import Connection as Connection  # exported: services name what they pass through
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.orm import Session as Session  # exported: services name what they pass through
from sqlalchemy.types import TypeDecorator

from portal.store import connections, trouble
from portal.store.driver import Direct as Direct  # exported: services name what they pass through

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


Kept = TypeVar("Kept")


def one_for(make: Callable[[Database], Kept]) -> Kept:
    """What there is one of for each database in a process: made when it is first asked for, and gone with it."""
    kept: dict[Callable[[Database], Any], Any] = vars(this_database()).setdefault("portal_kept", {})
    if make not in kept:
        kept.setdefault(make, make(this_database()))
    return cast("Kept", kept[make])


class at:  # noqa: N801 - it is used as a function is
    """Inside, `transaction()` and `reading()` are of this database: for a thread that belongs to no application."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._before = _working_with.set(self._database)

    def __exit__(self, *_: object) -> None:
        _working_with.reset(self._before)


_inside: ContextVar[bool] = ContextVar("portal_session_open", default=False)


def is_session_open() -> bool:
    """Whether this thread works inside a `transaction()` or `reading()`: then it must not wait for anybody else."""
    return _inside.get()


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose changes are saved together at the end, or not at all. Raises `Unavailable` without a database.

    On SQLite it holds the write lock, and this process sends one writer at a time, in turn; on PostgreSQL it locks the
    rows that its queries ask for (`with_for_update`). Never call the network inside; another session is refused.
    """
    database = this_database()
    engine = _with_options(database, portal_writing=True)
    with (
        _alone,
        _trouble_told,
        connections.of(database).writing(),
        Session(engine, expire_on_commit=False) as session,
        session.begin(),
    ):
        connections.connect(session)
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that sees one moment of the database, whatever others write meanwhile. It saves nothing.

    What holds for `transaction()` holds here: nothing that waits inside, and no other session.
    """
    database = this_database()
    engine = database
    if engine.dialect.name == "postgresql":
        engine = _with_options(engine, isolation_level="REPEATABLE READ")
    taken = connections.of(database).reading()
    with _alone, _trouble_told, taken, Session(engine, autoflush=False) as session:
        connections.connect(session)
        yield session


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction of plain statements, as `transaction()` is one of records: for what each request writes."""
    database = this_database()
    engine = _with_options(database, portal_writing=True)
    with _alone, _trouble_told, connections.of(database).writing(), engine.begin() as connection:
        yield connection


@contextmanager
def one_statement() -> Iterator[Connection]:
    """A connection for a single SELECT, which sees one moment by itself.

    No transaction is begun and ended around it: that would be two round trips more, and half of the time it takes.
    """
    database = this_database()
    # The driver of SQLite begins none by itself, and would forget what it was told if it were told anew.
    options = {"portal_one_statement": True} if database.dialect.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
    engine = _with_options(database, **options)
    with _alone, _trouble_told, connections.of(database).reading(), engine.connect() as connection:
        yield connection


@contextmanager
def one_change() -> Iterator[Direct]:
    """The same for a single statement that changes something, a `Prepared` one: it is a transaction by itself."""
    database = this_database()
    with _alone, _trouble_told, connections.of(database).writing():
        direct = Direct(database)
        try:
            yield direct
        finally:
            direct.close()


class _Alone:
    """Refuse a session inside another: of two connections that one thread holds, the second may never come."""

    def __enter__(self) -> None:
        if _inside.get():
            raise RuntimeError("a session is opened inside another: hand on the one that is open, or end it first")
        _inside.set(True)

    def __exit__(self, *_: object) -> None:
        _inside.set(False)


_alone = _Alone()


def _with_options(engine: Engine, **options: Any) -> Engine:
    """An engine with these options, made once and kept with it: making one costs as much as a query."""
    made: dict[Any, Engine] = vars(engine).setdefault("portal_with_options", {})
    key = tuple(options.items())
    if key not in made:
        made[key] = engine.execution_options(**options)
    return made[key]


class _TroubleTold:
    """What the database cannot do (no connection, no room, locked for too long) is not a fault of the portal."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OperationalError | InterfaceError | NoConnectionFree):
            raise trouble.refusal_of(error) from error


_trouble_told = _TroubleTold()
