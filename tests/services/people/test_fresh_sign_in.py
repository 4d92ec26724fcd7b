from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.domain.attempts import PAIR
from portal.domain.errors import Denied, Invalid, Throttled
from portal.services.people import fresh_sign_in, passwords, profile, sessions, sign_in_attempts
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord
from tests.clocks import Clock
from tests.conftest import Actors

PASSWORD = "a correct horse"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)
DEED = "Deleting a user"


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def runtime(runtime, clock):
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).password_hash = hashed
    return replace(runtime, now=clock)


@pytest.fixture
def token(runtime) -> str:
    return sessions.sign_in(runtime, "uma@example.org", PASSWORD, "192.0.2.7", "pytest")


def fresh(runtime, token: str) -> bool:
    return fresh_sign_in.is_fresh(runtime, sessions.find(token, runtime).proven_at)


def prove(runtime, token: str, password: str = PASSWORD) -> None:
    fresh_sign_in.prove(Actors.uma, runtime, sessions.find(token, runtime).session_id, password, DEED)


def rows(verb: str) -> list[AuditRecord]:
    with reading() as session:
        return list(session.scalars(select(AuditRecord).where(AuditRecord.verb == verb)))


def test_a_sign_in_is_fresh_for_so_many_minutes(runtime, token, clock):
    assert fresh(runtime, token)
    clock.now = START + timedelta(minutes=30) - timedelta(seconds=1)
    assert fresh(runtime, token)
    clock.now = START + timedelta(minutes=30)
    assert not fresh(runtime, token)
    longer = replace(runtime, settings=replace(runtime.settings, fresh_minutes=31))
    assert fresh(longer, token)


def test_at_zero_minutes_nothing_is_asked_for_ever(runtime, clock):
    never = replace(runtime, settings=replace(runtime.settings, fresh_minutes=0))
    assert fresh_sign_in.is_fresh(never, START - timedelta(days=1))
    assert fresh_sign_in.is_fresh(never, None)


def test_a_session_of_which_nobody_knows_when_is_not_fresh(runtime):
    assert not fresh_sign_in.is_fresh(runtime, None)


def test_the_right_password_makes_this_session_fresh_and_no_other(runtime, token, clock):
    other = sessions.sign_in(runtime, "uma@example.org", PASSWORD, "192.0.2.8", "pytest")
    clock.now = START + timedelta(hours=1)
    prove(runtime, token)
    assert fresh(runtime, token)
    assert not fresh(runtime, other)
    (row,) = rows("session.prove")
    assert (row.actor, row.after) == ("Uma Ortiz", {"for": DEED})


def test_a_wrong_password_changes_nothing_and_is_told_to_the_trail(runtime, token, clock):
    clock.now = START + timedelta(hours=1)
    for password, said in (("", "Type your password."), ("a wrong horse", "This is not your password. Type it again.")):
        with pytest.raises(Invalid) as caught:
            prove(runtime, token, password)
        assert caught.value.faults == {"password": said}
    assert not fresh(runtime, token)
    assert len(rows("session.mistype")) == 1


def test_wrong_passwords_pause_this_session_alone_also_for_a_change_of_password(runtime, token):
    for _ in range(PAIR.free):
        with pytest.raises(Invalid):
            prove(runtime, token, "a wrong horse")
    with pytest.raises(Throttled):
        prove(runtime, token)
    session_id = sessions.find(token, runtime).session_id
    with pytest.raises(Throttled):
        profile.change_password(Actors.uma, runtime, session_id, PASSWORD, "another horse", "another horse")
    assert sessions.sign_in(runtime, "uma@example.org", PASSWORD, "192.0.2.9", "pytest")


def test_guesses_from_elsewhere_keep_nobody_from_proving_who_they_are(runtime, token):
    for _ in range(PAIR.free):
        sign_in_attempts.count(runtime, "uma@example.org", Actors.uma.address)
    with pytest.raises(Throttled):
        sign_in_attempts.count(runtime, "uma@example.org", Actors.uma.address)

    prove(runtime, token)


def test_the_right_password_forgives_the_wrong_ones(runtime, token):
    for _ in range(2 * PAIR.free):
        with pytest.raises(Invalid):
            prove(runtime, token, "a wrong horse")
        prove(runtime, token)


def test_a_session_of_somebody_else_is_never_made_fresh(runtime, token, clock):
    with transaction() as session:
        otto = sessions.open_session(session, runtime, Actors.otto.id, "192.0.2.7", "pytest")
    clock.now = START + timedelta(hours=1)
    with pytest.raises(Denied):
        fresh_sign_in.prove(Actors.uma, runtime, sessions.find(otto, runtime).session_id, PASSWORD, DEED)
    assert not fresh(runtime, otto)


def test_choosing_a_new_password_proves_the_old_one(runtime, token, clock):
    clock.now = START + timedelta(hours=1)
    this = sessions.find(token, runtime).session_id
    profile.change_password(Actors.uma, runtime, this, PASSWORD, "another horse battery", "another horse battery")
    assert fresh(runtime, token)
