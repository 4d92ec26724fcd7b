"""Connections to the database: so many and no more, handed out in turn, and none kept while one waits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
import structlog
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.pool import NullPool

from portal.domain.errors import Unavailable
from portal.settings import Settings
from portal.store import connections, trouble
from portal.store.base import at, db, reading, this_database, transaction
from portal.store.people import UserRecord
from tests.waiting import eventually, finished

A_SERVER = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
FEW = 4


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return Settings(
        **{name: getattr(settings, name) for name in ("data_dir", "database_url", "secret_key", "master_key")},
        database_connections=FEW,
    )


@pytest.fixture
def impatient(app, monkeypatch) -> None:
    monkeypatch.setattr(connections.of(db.engine), "_patience", 0.05)


@contextmanager
def holding(count: int, opened) -> Iterator[threading.Event]:
    """So many threads inside a session of this kind, until the event is set."""
    database, inside, go = this_database(), threading.Semaphore(0), threading.Event()

    def hold() -> None:
        with at(database), opened() as session:
            session.execute(select(UserRecord.id))
            inside.release()
            go.wait()

    threads = [threading.Thread(target=hold) for _ in range(count)]
    for thread in threads:
        thread.start()
    for _ in threads:
        inside.acquire()
    try:
        yield go
    finally:
        go.set()
        for thread in threads:
            finished(thread)


def users() -> int:
    with reading() as session:
        return len(session.scalars(select(UserRecord.id)).all())


def test_whoever_finds_no_connection_free_is_told_the_truth(impatient, app, ada):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with holding(FEW, reading):
        with pytest.raises(Unavailable, match="did not get its turn"):
            users()
        answer = ada.get("/profile")
        assert answer.status_code == 503
        assert trouble.BUSY.partition(".")[0] in answer.text
        assert db.engine.pool.checkedout() == FEW
    assert users() == 4
    assert ada.get("/profile").status_code == 200


def test_whoever_waits_is_served_when_one_gets_free(app):
    database, counted = this_database(), []

    def count() -> None:
        with at(database):
            counted.append(users())

    waiting = [threading.Thread(target=count) for _ in range(3 * FEW)]
    with holding(FEW, reading) as go:
        for thread in waiting:
            thread.start()
        eventually(lambda: len(connections.of(db.engine)._all._waiting) == len(waiting))
        go.set()
        for thread in waiting:
            finished(thread)
    assert counted == [4] * len(waiting)
    assert db.engine.pool.checkedin() <= FEW


def test_those_who_write_leave_a_connection_to_those_who_read(impatient, app, database_url):
    writers = 1 if database_url.startswith("sqlite") else FEW - 1
    with holding(writers, transaction):
        assert users() == 4
        with pytest.raises(Unavailable), transaction():
            pass


@pytest.mark.parametrize("outer", [reading, transaction])
@pytest.mark.parametrize("inner", [reading, transaction])
def test_a_session_inside_another_is_refused(app, outer, inner):
    with pytest.raises(RuntimeError, match="inside another"), outer(), inner():
        pass
    assert users() == 4, "nothing is kept of what was refused"


def outside(statement: str) -> None:
    engine = create_engine(db.engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def an_engine(url, count: int) -> Engine:
    address = url.render_as_string(hide_password=False)
    engine = create_engine(address, **connections.engine_options(address, count))
    connections.prepare(engine)
    return engine


@A_SERVER
def test_no_more_are_used_than_the_server_allows(app):
    outside(f'ALTER DATABASE "{db.engine.url.database}" CONNECTION LIMIT 7')
    engine = an_engine(db.engine.url, 500)
    with structlog.testing.capture_logs() as log, at(engine):
        assert users() == 4
        assert users() == 4
    assert connections.of(engine).places == 7
    assert [(line["setting"], line["allowed"]) for line in log] == [(500, 7)]
    engine.dispose()
    outside(f'ALTER DATABASE "{db.engine.url.database}" CONNECTION LIMIT -1')


@A_SERVER
def test_a_server_that_has_none_left_is_asked_again(app, monkeypatch):
    role, refused = f"few_{uuid4().hex}", threading.Event()
    outside(f"CREATE ROLE {role} LOGIN PASSWORD 'few' CONNECTION LIMIT 1 IN ROLE pg_read_all_data")
    one, other = (an_engine(db.engine.url.set(username=role, password="few"), FEW) for _ in range(2))
    pause = connections.time.sleep
    monkeypatch.setattr(connections.time, "sleep", lambda seconds: (refused.set(), pause(seconds)))
    counted = []

    def count() -> None:
        with at(other):
            counted.append(users())

    waits = threading.Thread(target=count)
    try:
        with at(one), reading() as session:
            session.execute(select(UserRecord.id))
            waits.start()
            assert refused.wait(60)
        one.dispose()
        finished(waits)
        assert counted == [4]
    finally:
        for engine in (one, other):
            engine.dispose()
        outside(f"DROP ROLE {role}")
