"""`flask demo-data`: what it fills an empty portal with, and where it refuses."""

import re
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.domain.permissions import GRANTABLE
from portal.services import demo_data
from portal.services.audit.verification import verify
from portal.services.chat import chats
from portal.services.health import history as check_history
from portal.services.health.history import CheckFilter
from portal.services.people import sessions
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord, UserRoleRecord, lock_people
from tests.cli.command_line import run
from tests.conftest import Actors

OPERATOR = Actor(None, "command line (tests)", GRANTABLE)


@pytest.fixture
def empty(app) -> None:
    """The cast has left."""
    with transaction() as session:
        session.execute(delete(UserRoleRecord))
        session.execute(delete(UserRecord))


def people() -> dict[str, UserRecord]:
    with reading() as session:
        return {user.email: user for user in session.scalars(select(UserRecord))}


def as_(email: str, actor: Actor) -> Actor:
    return Actor(people()[email].id, actor.label, actor.permissions)


def test_an_empty_portal_gets_people_chats_with_answers_and_checks(runtime, empty):
    seated = demo_data.seat(OPERATOR, runtime)
    steps = list(demo_data.play(OPERATOR, runtime))
    assert set(people()) == {"ada@example.org", "otto@example.org", "uma@example.org", "eve@example.org"}
    assert sessions.sign_in(runtime, "uma@example.org", seated.password, "127.0.0.1", "tests")
    assert not people()["uma@example.org"].must_change_password
    listed = chats.list_for(as_("uma@example.org", Actors.uma), runtime).talks
    assert len(listed) == 5
    assert (runtime.now() - listed[-1].changed_at).days == 40
    with reading() as session:
        answers = session.scalars(select(AttemptRecord)).all()
    assert {answer.state for answer in answers} == {"complete"}
    assert all("This is the demo." in answer.text for answer in answers)
    ada = as_("ada@example.org", Actors.ada)
    page = check_history.list_checks(ada, CheckFilter())
    assert [check.outcome for check in page.checks] == ["ok", "failed", "ok"]
    assert steps[-1] == "Checks"
    assert verify(runtime).sound


def test_the_first_administrator_stays_as_she_is(runtime, actors, empty):
    with transaction() as session:
        administrator = lock_people(session)
        session.add(
            UserRecord(
                id=actors.ada.id,
                name="Ada Own",
                email="ada@example.org",
                password_hash="hers",
                created_at=runtime.now(),
            )
        )
        session.flush()
        session.add(UserRoleRecord(user_id=actors.ada.id, role_id=administrator.id))
    seated = demo_data.seat(OPERATOR, runtime)
    assert [member.email for member in seated.members] == ["otto@example.org", "uma@example.org", "eve@example.org"]
    ada = people()["ada@example.org"]
    assert (ada.name, ada.password_hash) == ("Ada Own", "hers")


def test_a_portal_with_people_is_left_alone(runtime, actors):
    with pytest.raises(Conflict, match="already"):
        demo_data.seat(OPERATOR, runtime)


def test_the_command_prints_who_may_sign_in_and_refuses_a_second_time(tmp_path: Path):
    code, printed, complained = run(tmp_path, "demo-data")
    assert code == 0, complained
    assert re.search(r"The password of each: \S{12,}", printed)
    assert "uma@example.org" in printed
    code, printed, complained = run(tmp_path, "demo-data")
    assert code == 1
    assert "This portal has providers or people already" in complained
    assert printed == ""
