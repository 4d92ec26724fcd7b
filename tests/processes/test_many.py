"""Several processes on one database: no write is lost, and what one changes the others see with their next page."""

import multiprocessing
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from cryptography.fernet import Fernet

from portal import create_app
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.audit import verification as audit_verification
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import db, transaction
from portal.store.chats import ChatRecord
from portal.web.context import runtime as runtime_of
from tests.conftest import Actors
from tests.databases import Databases
from tests.processes.portal_process import ADMIN, Browser, running
from tests.waiting import PATIENCE

WRITERS, WRITES = 8, 40


def write(settings: Settings, user_id: UUID, writer: int) -> None:
    """What one of the processes does: a chat and a row of the audit trail, again and again."""
    with create_app(settings, environment={}).app_context():
        for number in range(WRITES):
            with transaction() as session:
                now = datetime.now(UTC)
                session.add(ChatRecord(user_id=user_id, title=f"{writer}-{number}", created_at=now, changed_at=now))
                by = Actor(user_id, "writer")
                audit_trail.record(session, runtime_of(), by, "chat.create", "chat", f"{number}", "a chat")


def test_eight_writing_processes_lose_no_write(settings: Settings, runtime: Runtime, actors: Actors):
    parents = multiprocessing.get_context("forkserver")  # which has imported the portal once, for all of them
    parents.set_forkserver_preload([__name__])
    writers = [parents.Process(target=write, args=(settings, actors.uma.id, number)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(PATIENCE)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    with db.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM chats")) == WRITERS * WRITES
    verified = audit_verification.verify(runtime)
    assert verified.sound, verified.faults
    assert verified.count == WRITERS * WRITES


def offered(browser: Browser) -> list[str]:
    """The models that the selector of a new chat offers."""
    return re.findall(r"<option[^>]*>(\[[^<]+)</option>", browser.get("/chat").text)


def two_doors(tmp_path: Path, **environ: str):
    """Two portals on one database, with the same keys."""
    shared = {"PORTAL_MASTER_KEY": Fernet.generate_key().decode(), "PORTAL_SECRET_KEY": "shared"} | environ | ADMIN
    return running(tmp_path / "one", **shared), running(tmp_path / "two", **shared)


def test_a_model_disabled_in_one_process_is_not_offered_by_the_next_page_of_another(
    tmp_path: Path, databases: Databases, database_url: str
):
    first, second = two_doors(tmp_path, PORTAL_DATABASE_URL=database_url)
    with first as one, second as two:
        here, there = Browser(one.url).sign_in(), Browser(two.url).sign_in()
        assert here.post("/overview/demo", {}, page="/overview").status_code == 200
        before = offered(there)
        assert len(before) == 2
        asks_first = re.search(r'href="(/explain/impact/models/[^"]+/off)"', here.get("/models").text)
        assert asks_first
        turn_off = re.search(r'action="(/models/[^"]+/disable)"', here.get(asks_first[1]).text)
        assert turn_off
        assert here.post(turn_off[1], {}, page=asks_first[1]).status_code == 200
        assert len(offered(there)) == 1
        assert set(offered(there)) < set(before)
