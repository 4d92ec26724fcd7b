"""Last uses are collected by the process and written together; none is lost by a process that ends as it should."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update

from portal.domain.errors import Unavailable
from portal.services.last_used import LastUsed, Used, here
from portal.services.people import sessions
from portal.store.base import db, reading, this_database, transaction
from portal.store.sessions import SessionRecord
from tests.conftest import Actors
from tests.counting import traffic
from tests.processes.forked import ROOT
from tests.processes.portal_process import clean_environment
from tests.waiting import PATIENCE, eventually

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
NEVER = 3600.0
"""Seconds: none of these tests waits for the thread."""


@pytest.fixture
def ids(app, runtime):
    """Fifty sessions that were last seen a year ago."""
    with transaction() as session:
        for _ in range(50):
            sessions.open_session(session, runtime, Actors.uma.id, "127.0.0.1", "pytest")
        session.execute(update(SessionRecord).values(last_seen_at=NOW - timedelta(days=400)))
        return list(session.scalars(select(SessionRecord.id)))


def seen() -> set[datetime]:
    with reading() as session:
        return set(session.scalars(select(SessionRecord.last_seen_at)))


def test_all_of_them_are_written_in_one_transaction(ids):
    uses = LastUsed(this_database(), NEVER)
    with traffic() as asked:
        for id in ids:
            uses.note(Used.SESSION, id, NOW - timedelta(seconds=5))
            uses.note(Used.SESSION, id, NOW)
            uses.note(Used.SESSION, id, NOW - timedelta(seconds=5))
        uses.note(Used.SHARED_KEY, uuid4(), NOW)
        uses.write()
    assert asked.writes == 1
    assert len(asked.statements) == 2, asked.told()
    assert seen() == {NOW}


def test_within_the_minute_nothing_is_written_again(ids):
    uses = LastUsed(this_database(), NEVER)
    for at in (NOW, NOW + timedelta(seconds=59)):
        uses.note(Used.SESSION, ids[0], at)
        uses.write()
    assert max(seen()) == NOW


def test_the_thread_writes_them_by_itself(ids):
    here().note(Used.SESSION, ids[0], NOW)
    eventually(lambda: NOW in seen())


def test_what_could_not_be_written_is_kept_for_the_next_time(ids):
    uses, broken = LastUsed(this_database(), NEVER), True

    def refuse(*_asked: object) -> None:
        if broken:
            raise Unavailable("not now")

    event.listen(db.engine, "begin", refuse)
    try:
        uses.note(Used.SESSION, ids[0], NOW)
        with pytest.raises(Unavailable):
            uses.write()
    finally:
        broken = False
        event.remove(db.engine, "begin", refuse)
    uses.write()
    assert max(seen()) == NOW


ENDS = """
import sys
from datetime import UTC, datetime
from uuid import UUID
from portal import create_app
from portal.settings import Settings
from portal.services.last_used import LastUsed, Used
from portal.store.base import this_database
with create_app(Settings.from_env(), environment={}).app_context():
    LastUsed(this_database(), 3600.0).note(Used.SESSION, UUID(sys.argv[1]), datetime(2030, 5, 1, 12, tzinfo=UTC))
sys.exit(3)
"""


def test_a_process_that_ends_writes_them_first(ids, database_url, tmp_path):
    environ = clean_environment(PORTAL_DATABASE_URL=database_url, PORTAL_DATA_DIR=str(tmp_path))
    command = [sys.executable, "-c", ENDS, str(ids[0])]
    assert subprocess.run(command, cwd=ROOT, env=environ, timeout=PATIENCE).returncode == 3
    assert max(seen()) == NOW
