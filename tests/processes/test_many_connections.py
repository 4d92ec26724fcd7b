"""Hundreds of threads on PostgreSQL, few connections: every stream runs, and pages answer meanwhile."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
import sqlalchemy as sa
from cryptography.fernet import Fernet
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from portal.services.people import sessions
from portal.serving import build
from portal.settings import Settings
from portal.store.base import db, transaction
from portal.store.people import RoleRecord, UserRecord, UserRoleRecord
from portal.web.context import runtime as runtime_of
from tests.chatting import connect
from tests.conftest import PASSWORD_HASH, Actors
from tests.processes.portal_process import PortalProcess, running
from tests.upstream import Upstream
from tests.waiting import PATIENCE, eventually, finished
from tests.web.asking import chats as asked

STREAMS, THREADS, CONNECTIONS = 48, 300, 3
"""Streams of each of two processes, and the threads and connections of each."""

WORKERS = 3
"""Connections of the worker beside each: what the server itself is asked for, and no more than the setting."""

EACH = 8
"""Answers of one person at once; more than some are refused for one's own limit."""

RAW_TOKEN = "0123456789abcdef0123456789abcdef01234567"
ANSWER = "one two three four"


@pytest.fixture
def provider() -> Iterator[Upstream]:
    with Upstream.openai(answer=ANSWER, pause_after=2) as up:
        yield up
        up.go.set()


@pytest.fixture
def environ(databases, tmp_path: Path) -> Iterator[dict[str, str]]:
    with databases.one("postgresql") as url:
        yield {
            "PORTAL_DATABASE_URL": url,
            "PORTAL_MASTER_KEY": Fernet.generate_key().decode(),
            "PORTAL_SECRET_KEY": "shared",
            "PORTAL_THREADS": str(THREADS),
            "PORTAL_DATABASE_CONNECTIONS": str(CONNECTIONS),
        }


@pytest.fixture
def portal_app(environ: dict[str, str], tmp_path: Path, provider: Upstream) -> Iterator[Flask]:
    """What both processes serve, seen from the test: a model of this provider."""
    app = build(Settings.from_env(environ | {"PORTAL_DATA_DIR": str(tmp_path / "seen")}))
    with app.app_context():
        connect(runtime_of(), Actors.ada, provider.base_url, read_timeout=PATIENCE)
        yield app
        db.engine.dispose()


def people(app: Flask, count: int) -> list[dict[str, str]]:
    """So many people who are signed in: the cookies of their browsers."""
    runtime, cookies = runtime_of(), []
    signer = app.session_interface.get_signing_serializer(app)
    with transaction() as session:
        role = session.scalar(sa.select(RoleRecord.id).where(RoleRecord.built_in == "developer"))
        for number in range(count):
            user = UserRecord(
                id=uuid4(),
                email=f"p{number}@example.org",
                name=f"Person {number}",
                password_hash=PASSWORD_HASH,
                created_at=runtime.now(),
            )
            session.add(user)
            session.flush()
            session.add(UserRoleRecord(user_id=user.id, role_id=role))
            token = sessions.open_session(session, runtime, user.id, "127.0.0.1", "pytest")
            cookies.append({"portal": signer.dumps({"_user_id": token, "_fresh": True, "csrf_token": RAW_TOKEN})})
    return cookies


class Reader(threading.Thread):
    """Somebody who asks a question and reads the answer to its end."""

    def __init__(self, portal: PortalProcess, cookies: dict[str, str], csrf_token: str) -> None:
        super().__init__(daemon=True)
        self.told, self.began = "", threading.Event()
        self._portal, self._cookies = portal, cookies
        self._form = {"text": "Hello?", "client_id": str(uuid4()), "new": "yes", "csrf_token": csrf_token}

    def run(self) -> None:
        address = f"{self._portal.url}/chat/{uuid4()}/turns"
        told = {"Accept": "text/event-stream"}
        with requests.post(
            address, self._form, headers=told, cookies=self._cookies, stream=True, timeout=PATIENCE
        ) as answer:
            for piece in answer.iter_content(None, decode_unicode=True):
                self.told += piece if isinstance(piece, str) else piece.decode()


def connections_of(url: str) -> int:
    """How many the server counts to this database, that of the question left out."""
    with db.engine.connect() as connection:
        return connection.scalar(
            sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"),
            {"name": url.rpartition("/")[2].partition("?")[0]},
        )


def test_every_stream_runs_and_pages_answer(portal_app, environ, provider, tmp_path):
    cookies = people(portal_app, 2 * STREAMS // EACH)
    csrf_token = URLSafeTimedSerializer("shared", salt="wtf-csrf-token").dumps(RAW_TOKEN)
    with running(tmp_path / "one", **environ) as one, running(tmp_path / "two", **environ) as two:
        readers = [
            Reader(portal, cookies[number % len(cookies)], csrf_token)
            for number, portal in enumerate([one] * STREAMS + [two] * STREAMS)
        ]
        for reader in readers:
            reader.start()
        chats = lambda: len(asked(provider))  # noqa: E731
        eventually(lambda: chats() == len(readers) or not any(reader.is_alive() for reader in readers))
        assert chats() == len(readers), {reader.told[:200] for reader in readers if not reader.is_alive()}
        for portal in (one, two):
            for page in ("/profile", "/chat", "/readyz", "/healthz"):
                assert requests.get(portal.url + page, cookies=cookies[0], timeout=PATIENCE).status_code == 200
        held = connections_of(environ["PORTAL_DATABASE_URL"])
        provider.go.set()
        for reader in readers:
            finished(reader)
        assert {re.findall(r'"state": "(\w+)"', reader.told)[-1] for reader in readers} == {"complete"}
        with db.engine.connect() as connection:
            kept = connection.execute(sa.text("SELECT state, text, count(*) FROM attempts GROUP BY 1, 2")).all()
        assert [tuple(row) for row in kept] == [("complete", ANSWER, len(readers))]
        assert held <= 2 * (CONNECTIONS + WORKERS) + CONNECTIONS, "theirs, and what this test holds itself"
        for portal in (one, two):
            assert "too many" not in portal.output
            assert "Traceback" not in portal.output
