"""A database that is full, away or started anew: people read a sentence, the log tells the cause, nothing leaks."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from flask import Flask
from sqlalchemy import create_engine, event, make_url, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from portal.domain.errors import Unavailable
from portal.services.chat import answering
from portal.services.chat.events import Arrived, Ended
from portal.store import trouble
from portal.store.base import db, reading, transaction
from portal.store.connections import engine_options
from portal.store.sessions import SessionRecord
from tests.chatting import KEY, connect, send_message
from tests.conftest import CANARY, Client
from tests.upstream import Upstream
from tests.waiting import finished

A_SERVER = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""Only a server can be away."""

A_FILE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""Only the disk below a file is a test's to fill."""


@pytest.fixture
def postgresql(app: Flask, database_url: str) -> str:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return database_url


def from_outside(url: str, statement: str) -> None:
    """Run a statement as the one who runs the server does: from another database."""
    engine = create_engine(db.engine.url.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement.format(name=url.rpartition("/")[2].partition("?")[0])))


def drop_connections(url: str) -> None:
    from_outside(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@contextmanager
def away(url: str) -> Iterator[None]:
    from_outside(url, 'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
    drop_connections(url)
    try:
        yield
    finally:
        from_outside(url, 'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')


@A_SERVER
def test_a_database_that_was_started_anew_is_used_again(postgresql: str, ada: Client):
    assert ada.get("/profile").status_code == 200
    drop_connections(postgresql)
    assert ada.get("/profile").status_code == 200


@A_SERVER
def test_while_the_database_is_away_pages_say_so_and_the_log_says_why(postgresql: str, ada: Client, nobody: Client):
    with away(postgresql), structlog.testing.capture_logs() as log:
        answer = ada.get("/profile")
        assert answer.status_code == 503
        assert trouble.AWAY.partition(".")[0] in answer.text
        assert "Traceback" not in answer.text
        data = {"email": "ada@example.org", "password": "correct horse battery", "csrf_token": nobody.csrf_token()}
        assert nobody.post("/sign-in", data=data).status_code == 503
        assert nobody.get("/readyz").status_code == 503
        assert nobody.get("/healthz").status_code == 200
    assert any("not currently accepting connections" in str(line.get("exc_info")) for line in log)
    assert ada.get("/profile").status_code == 200


@A_SERVER
def test_an_answer_outlives_a_database_that_is_away_for_a_moment(postgresql: str, app: Flask, runtime, actors):
    with Upstream.openai(key=KEY, answer="one two three four five", pause_after=2) as up:
        connect(runtime, actors.ada, up.base_url)
        sent = send_message(actors.uma, runtime, "Hello")
        events = []

        def run() -> None:
            with app.app_context():
                events.extend(answering.answer(actors.uma, runtime, sent))

        heard = threading.Thread(target=run)
        heard.start()
        up.wait_until(lambda: up.requests)
        time.sleep(0.8)
        with away(postgresql):
            up.go.set()
            time.sleep(1.5)
        finished(heard)
    assert events[-1] == Ended("complete")
    assert "".join(event.text for event in events if isinstance(event, Arrived)) == "one two three four five"
    with reading() as session:
        kept = session.execute(text("SELECT state, text FROM attempts")).one()
    assert tuple(kept) == ("complete", "one two three four five")


@pytest.fixture
def full_disk(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    @event.listens_for(db.engine, "connect")
    def fill(connection, _record) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # never below what the file has: the next page is refused

    db.engine.dispose()


@A_FILE
def test_a_full_disk_is_told_and_what_is_stored_can_still_be_read(full_disk, uma: Client):
    sent = {"text": CANARY * 2000, "client_id": "c", "new": "yes"}
    answer = uma.post_form("/chat/11111111-1111-1111-1111-111111111111/turns", sent)
    assert answer.status_code == 503
    assert "its disk is full" in answer.text
    assert uma.get("/profile").status_code == 200


@A_FILE
def test_a_disk_that_takes_nothing_more_still_shows_what_is_stored(app: Flask, ada: Client):
    with transaction() as session:
        session.execute(update(SessionRecord).values(last_seen_at=datetime.now(UTC) - timedelta(minutes=5)))

    @event.listens_for(db.engine, "connect")
    def write_protect(connection, _record) -> None:
        connection.execute("PRAGMA query_only = 1")

    db.engine.dispose()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert ada.get("/profile").status_code == 200
    assert ada.post_form("/profile", {"name": "Ada"}).status_code == 503


def test_what_somebody_typed_is_no_part_of_a_database_error(app: Flask):
    with pytest.raises((SQLAlchemyError, Unavailable)) as raised, transaction() as session:
        session.execute(text("SELECT no_such_function(:typed)"), {"typed": CANARY})
    told = raised.value.__cause__ if isinstance(raised.value, Unavailable) else raised.value
    assert "no_such_function" in str(told)
    assert CANARY not in str(told)


PATIENCE = {"sqlite": "timeout=2", "postgresql": "options=-c%20lock_timeout%3D2s"}
"""An address that says how long to wait, so that the test need not wait as long as people do."""


class TestBehindALockThatSomebodyForgot:
    @pytest.fixture
    def database_url(self, database_url: str) -> str:
        return (
            f"{database_url}{'&' if '?' in database_url else '?'}{PATIENCE[make_url(database_url).get_backend_name()]}"
        )

    def test_nobody_waits_for_good(self, app: Flask, ada: Client, otto: Client):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        outside = create_engine(db.engine.url, poolclass=NullPool)
        answers = []
        with outside.connect() as forgotten:
            if outside.dialect.name == "sqlite":
                forgotten.connection.dbapi_connection.isolation_level = None
                forgotten.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                forgotten.exec_driver_sql("SELECT * FROM audit_head FOR UPDATE")
            began = time.monotonic()
            renaming = [
                threading.Thread(target=lambda one=one: answers.append(one.save_form("/profile", {"name": "A"})))
                for one in (ada, otto)
            ]
            for thread in renaming:
                thread.start()
            for thread in renaming:
                finished(thread)
            assert [answer.status_code for answer in answers] == [503, 503]
            assert all(trouble.BUSY.partition(".")[0] in answer.text for answer in answers), "nothing else is wrong"
            assert time.monotonic() - began >= 2, "as long as the address says"
        assert ada.save_form("/profile", {"name": "A"}).status_code == 302


def test_without_another_word_a_change_waits_fifteen_seconds():
    assert engine_options("sqlite:////srv/portal.sqlite3", 8)["connect_args"] == {"timeout": 15}
    said = engine_options("postgresql+psycopg://somebody@host/portal", 8)["connect_args"]["options"]
    assert said == "-c lock_timeout=15s"
