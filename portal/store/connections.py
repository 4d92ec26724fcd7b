"""Connections to the database: how they are made, how many there are, and who has the next one.

However many threads a process has, it opens no more than `PORTAL_DATABASE_CONNECTIONS`, and no more than the server
allows. Whoever comes when all are in use waits in turn, for `WAIT` seconds at most.
"""

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from sqlalchemy import Engine, QueuePool, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from portal.store import driver, trouble
from portal.store.turns import Turns

WAIT = 15
"""Seconds that a change waits for another one to end, and anybody for a connection. Longer than that, whoever sent it
would send it again.

The database's address may say another: SQLite's with `timeout`, PostgreSQL's with `options` (for locks).
"""

USUAL = 20
"""Connections of an engine whose pool does not say how many it has."""

PAUSE = 0.1
"""Seconds between two tries at a server that has no connection left."""

log = structlog.get_logger("portal.database")


EngineOptions = dict[str, Any]
"""What SQLAlchemy's `create_engine` is told beside the address."""


def engine_options(address: str, connections: int) -> EngineOptions:
    """How to connect, so many times at once.

    Parameters are hidden: an exception's text ends up in the log, and messages and hashes do not belong there. A server
    that is gone, or that somebody else keeps locked, is given up; what the address itself says goes before that.
    """
    said = parse_qs(urlsplit(address).query)
    options: EngineOptions = {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": WAIT,
        # The one used last comes first: what it has prepared and read is warm, and those that nobody needs stay idle.
        "pool_use_lifo": True,
        "hide_parameters": True,
    }
    if address.startswith("sqlite"):
        return options | {"connect_args": {} if "timeout" in said else {"timeout": WAIT}}
    usual: dict[str, Any] = {
        "connect_timeout": 10,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "options": f"-c lock_timeout={WAIT}s",
    }
    connect_args = {name: value for name, value in usual.items() if name not in said}
    return options | {"connect_args": connect_args, "pool_pre_ping": True}


class Connections:
    """Who has one of an engine's connections, and who is next.

    Writers wait for each other: on SQLite for the file, one at a time, elsewhere for rows. So they never have all of
    them: a lock that somebody forgot stops nobody who only reads.
    """

    def __init__(self, places: int, *, one_writer: bool, patience: float) -> None:
        self._all = Turns(places)
        self._writers = Turns(1 if one_writer else _for_writers(places))
        self._patience = patience

    @property
    def places(self) -> int:
        return self._all.places

    def reading(self) -> "_Place":
        """A place among those who read. Raises `Unavailable` when none gets free in time."""
        return _Place((self._all,), self._patience)

    def writing(self) -> "_Place":
        """The same for who writes. That turn comes first: nobody keeps a connection while waiting for it."""
        return _Place((self._writers, self._all), self._patience)

    def limit(self, places: int) -> None:
        """No more than so many from now on."""
        self._all.limit(max(1, places))
        self._writers.limit(_for_writers(places))


class _Place:
    """A turn in each of these queues, one after the other, all given back at the end. Every request takes two."""

    def __init__(self, queues: tuple[Turns, ...], patience: float) -> None:
        self._queues, self._patience = queues, patience
        self._taken: list[Turns] = []

    def __enter__(self) -> None:
        until = time.monotonic() + self._patience
        try:
            for queue in self._queues:
                if not queue.take(until - time.monotonic()):
                    raise trouble.busy()
                self._taken.append(queue)
        except BaseException:  # an interrupted wait must not keep the place that it has already
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        while self._taken:
            self._taken.pop().give_back()


def _for_writers(places: int) -> int:
    return max(1, places - max(1, places // 4))


def of(engine: Engine) -> Connections:
    """Those of this engine, as many as its pool has."""
    found: Connections | None = vars(engine).get("portal_connections")
    if found is None:
        places = engine.pool.size() if isinstance(engine.pool, QueuePool) else USUAL
        one_writer = engine.dialect.name == "sqlite"
        patience = float(str(engine.url.query.get("timeout", WAIT))) if one_writer else WAIT
        found = vars(engine).setdefault(
            "portal_connections", Connections(places, one_writer=one_writer, patience=patience)
        )
    return found


def prepare(engine: Engine) -> None:
    """Ask a server how many connections it allows; make of a file what the portal relies on.

    SQLite's driver begins transactions where it likes, so they are taken over from it.
    """
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", lambda connection, _record: _ask_the_server(engine, connection), once=True)
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
        driver.execute(connection, "BEGIN IMMEDIATE" if options.get("portal_writing") else "BEGIN")


ALLOWED = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0),
    (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
    (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
)
"""
"""How many connections PostgreSQL allows all of the portal's processes together, at most."""


def _ask_the_server(engine: Engine, connection: Any) -> None:
    """With the first connection of a process: use no more than the server allows, and say so."""
    try:
        allowed = connection.execute(ALLOWED).fetchone()[0]
    except engine.dialect.loaded_dbapi.Error:  # what stands before it may hide such settings: then nothing is known
        return
    finally:
        connection.rollback()
    here = of(engine)
    if allowed < here.places:
        log.warning(
            "The database server allows fewer connections than PORTAL_DATABASE_CONNECTIONS says; no more are used.",
            setting=here.places,
            allowed=allowed,
        )
        here.limit(allowed)


def connect(session: Session) -> None:
    """Give the session its connection. While the server refuses one for others have them all, it waits."""
    until = time.monotonic() + WAIT
    while True:
        try:
            session.connection()
            return
        except OperationalError as error:
            if not trouble.is_refused_for_many(error) or time.monotonic() > until:
                raise
        time.sleep(PAUSE)
