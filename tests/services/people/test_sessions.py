import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, func, select

from portal.domain.attempts import ACCOUNT, ADDRESS
from portal.domain.errors import Invalid, NotFound, Throttled
from portal.domain.permissions import BUILT_IN_ROLES
from portal.services.people import passwords, sessions, sign_in_attempts, users
from portal.store.audit import AuditRecord
from portal.store.base import db, reading, transaction
from portal.store.people import UserRecord
from portal.store.sessions import SessionRecord, SignInAttemptRecord
from tests.conftest import Actors

PASSWORD = "a correct horse"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def go(self, **amount: float) -> None:
        self.time += timedelta(**amount)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tools(tools, clock):
    return replace(tools, now=clock)


@pytest.fixture
def uma_can_sign_in(app) -> None:
    with transaction() as session:
        user = session.get_one(UserRecord, Actors.uma.id)
        user.password_hash = passwords.hash_password(PASSWORD)


def sign_in(tools, email="uma@example.org", password=PASSWORD, address="192.0.2.7", **more) -> str:
    return sessions.sign_in(tools, email, password, address, "pytest", **more)


def fail(tools, **more) -> str:
    with pytest.raises(Invalid) as caught:
        sign_in(tools, **{"password": "a wrong horse"} | more)
    return caught.value.sentence


def count(record) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(record))


def open_for(tools, user_id=Actors.uma.id, agent="pytest") -> str:
    with transaction() as session:
        return sessions.open_session(session, tools, user_id, "192.0.2.7", agent)


def test_the_right_password_opens_a_session(tools, uma_can_sign_in):
    found = sessions.find(sign_in(tools, email=" Uma@Example.org "), tools)
    assert found.user_id == Actors.uma.id
    assert found.roles == ("Developer",)
    assert found.permissions == BUILT_IN_ROLES["developer"].permissions


def test_the_token_is_stored_nowhere(tools, uma_can_sign_in):
    token = sign_in(tools)
    with reading() as session:
        row = session.execute(select(SessionRecord)).scalar_one()
    assert token not in repr(vars(row))
    assert row.token_hash == sessions.hash_token(token)


def test_a_session_ends_after_its_hours_however_busy(tools, clock, uma_can_sign_in):
    token = sign_in(tools)
    for _ in range(11):
        clock.go(hours=1)
        assert sessions.find(token, tools)
    clock.go(minutes=59)
    assert sessions.find(token, tools)
    clock.go(minutes=1)
    assert sessions.find(token, tools) is None


def test_a_session_that_nobody_uses_ends_after_two_hours(tools, clock):
    token = open_for(tools)
    clock.go(hours=1, minutes=59)
    assert sessions.find(token, tools)
    clock.go(hours=2)
    assert sessions.find(token, tools) is None


def test_the_last_use_is_written_at_most_once_a_minute(tools, clock):
    token = open_for(tools)

    def seen():
        with reading() as session:
            return session.scalar(select(SessionRecord.last_seen_at))

    clock.go(seconds=59)
    sessions.find(token, tools)
    assert seen() == START
    clock.go(seconds=1)
    sessions.find(token, tools)
    assert seen() == START + timedelta(minutes=1)


def test_a_stranger_and_a_disabled_user_are_not_found(app, tools):
    token = open_for(tools)
    assert sessions.find("nobody's", tools) is None
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).enabled = False
    assert sessions.find(token, tools) is None


def test_somebody_without_a_role_is_found_and_may_do_nothing(tools):
    found = sessions.find(open_for(tools, Actors.eve.id), tools)
    assert (found.roles, found.permissions) == ((), frozenset())


def test_every_refusal_is_the_same(tools, uma_can_sign_in):
    with transaction() as session:
        session.get_one(UserRecord, Actors.otto.id).enabled = False
        session.get_one(UserRecord, Actors.otto.id).password_hash = passwords.hash_password(PASSWORD)
    wrong = fail(tools)
    assert "do not go together" in wrong
    assert fail(tools, email="nobody@example.org") == wrong
    assert fail(tools, email="otto@example.org", password=PASSWORD) == wrong
    assert fail(tools, email="eve@example.org", password="x" * 5000) == wrong
    assert fail(tools, email="ada@example.org", password="short") == wrong


def test_an_unknown_e_mail_takes_as_long_as_a_wrong_password(tools, uma_can_sign_in):
    def took(email: str) -> float:
        began = time.perf_counter()
        passwords.matches(hashes[email], "a wrong horse")
        return time.perf_counter() - began

    with reading() as session:
        hashes = {"uma": session.scalar(select(UserRecord.password_hash).filter_by(id=Actors.uma.id)), "nobody": None}
    took("uma")
    known, unknown = (statistics.median(took(email) for _ in range(5)) for email in ("uma", "nobody"))
    assert 0.5 < known / unknown < 2
    assert not passwords.outdated(passwords.NOBODYS)


def test_blank_fields_are_named_and_cost_no_try(tools):
    with pytest.raises(Invalid) as caught:
        sign_in(tools, email=" ", password="")
    assert set(caught.value.faults) == {"email", "password"}
    assert count(SignInAttemptRecord) == 0


def test_failures_in_a_row_lead_to_growing_pauses(tools, clock, uma_can_sign_in):
    for _ in range(ACCOUNT.free - 2):
        assert "more tries before a pause" in fail(tools)
    assert "One more try before a pause" in fail(tools)
    assert "Wait 1 minute" in fail(tools)
    with pytest.raises(Throttled, match="Wait 1 minute") as caught:
        sign_in(tools)
    assert caught.value.retry_after == 60
    clock.go(minutes=1)
    assert "Wait 5 minutes" in fail(tools)
    clock.go(minutes=4, seconds=50)
    with pytest.raises(Throttled, match="Wait 10 seconds"):
        sign_in(tools)
    clock.go(seconds=10)
    assert sign_in(tools)
    assert "4 more tries" in fail(tools)


def test_who_tries_on_in_a_pause_is_in_the_trail_once_a_pause(tools, clock, uma_can_sign_in):
    def refused() -> list[tuple[str, str, str]]:
        with reading() as session:
            rows = session.scalars(select(AuditRecord).filter_by(verb="session.refuse"))
            return [(row.actor, row.subject, row.address) for row in rows]

    for _ in range(ACCOUNT.free):
        fail(tools)
    assert refused() == []
    for _ in range(3):
        with pytest.raises(Throttled):
            sign_in(tools)
    assert refused() == [("somebody", "Uma Ortiz", "192.0.2.7")]
    clock.go(minutes=1)
    fail(tools)
    with pytest.raises(Throttled, match="Wait 5 minutes"):
        sign_in(tools)
    assert len(refused()) == 2


def test_an_account_that_does_not_exist_is_paused_like_one_that_does(tools):
    said = [fail(tools, email="nobody@example.org") for _ in range(ACCOUNT.free)]
    assert "Wait 1 minute" in said[-1]
    with pytest.raises(Throttled):
        sign_in(tools, email="nobody@example.org")


def test_an_address_that_tries_many_accounts_is_paused(tools, uma_can_sign_in):
    for number in range(ADDRESS.free):
        fail(tools, email=f"guess-{number}@example.org", password="a wrong horse")
    with pytest.raises(Throttled):
        sign_in(tools)
    assert sign_in(tools, address="198.51.100.1")


def test_the_addresses_of_one_ipv6_network_count_as_one(tools):
    for number in range(ADDRESS.free):
        sign_in_attempts.count(tools, f"guess-{number}@example.org", f"2001:db8::{number:x}")
    with pytest.raises(Throttled):
        sign_in_attempts.count(tools, "another@example.org", "2001:db8::ffff")
    assert sign_in_attempts.count(tools, "another@example.org", "2001:db8:0:1::1")


def test_an_e_mail_that_no_database_takes_is_refused_like_any_other(tools):
    assert "do not go together" in fail(tools, email="a\0b@example.org")
    assert "do not go together" in fail(tools, email="x" * 5000)


def test_who_is_signed_in_costs_one_query(app, tools):
    token = open_for(tools, Actors.ada.id)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert sessions.find(token, tools)
    assert [statement.split()[0] for statement in asked if statement != "BEGIN"] == ["SELECT"]


def test_old_failures_are_forgotten(tools, clock, uma_can_sign_in):
    for _ in range(ACCOUNT.free - 1):
        fail(tools)
    clock.go(days=1, seconds=1)
    assert "4 more tries" in fail(tools)


def test_tries_at_once_count_as_many(app, tools, uma_can_sign_in):
    def guess(number: int) -> str:
        with app.app_context():
            try:
                sign_in(tools, password=f"guess number {number}")
            except (Invalid, Throttled) as refused:
                return type(refused).__name__
            return "opened"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count("Invalid") == ACCOUNT.free
    assert answers.count("Throttled") == 12 - ACCOUNT.free


def test_at_most_two_passwords_are_hashed_at_once():
    """Two tickets, and both are taken: a third would wait."""
    assert passwords._two_at_once.acquire(blocking=False)
    assert passwords._two_at_once.acquire(blocking=False)
    try:
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(passwords.matches, None, "anything at all")
            time.sleep(0.3)
            assert not waiting.done()
            passwords._two_at_once.release()
            assert waiting.result(10) is False
    finally:
        passwords._two_at_once.release()


def test_a_hash_with_older_parameters_is_renewed_at_sign_in(tools):
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).password_hash = old
    sign_in(tools)
    with reading() as session:
        renewed = session.scalar(select(UserRecord.password_hash).filter_by(id=Actors.uma.id))
    assert not passwords.outdated(renewed)
    assert passwords.matches(renewed, PASSWORD)


def test_signing_in_again_ends_the_session_before(tools, uma_can_sign_in):
    first = sign_in(tools)
    second = sign_in(tools, replaces=first)
    assert first != second
    assert sessions.find(first, tools) is None
    assert sessions.find(second, tools)


def test_signing_out_deletes_the_row(tools):
    token = open_for(tools)
    sessions.sign_out(Actors.uma, tools, sessions.find(token, tools).session_id)
    assert count(SessionRecord) == 0


def test_sessions_are_listed_with_this_one_marked(tools, clock):
    first = open_for(tools, agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    clock.go(hours=1)
    second = open_for(tools)
    open_for(tools, Actors.ada.id)
    this = sessions.find(second, tools).session_id
    listed = sessions.list_of(Actors.uma, tools, this)
    assert [item.is_this for item in listed] == [True, False]
    assert listed[1].browser == "Firefox on Linux"
    clock.go(hours=1, minutes=30)
    assert [item.is_this for item in sessions.list_of(Actors.uma, tools, this)] == [True]
    assert sessions.find(first, tools) is None


def test_somebody_elses_session_is_not_there(tools):
    adas = sessions.find(open_for(tools, Actors.ada.id), tools).session_id
    with pytest.raises(NotFound):
        sessions.end_one(Actors.uma, tools, adas)
    sessions.sign_out(Actors.uma, tools, adas)
    assert count(SessionRecord) == 1
    sessions.end_one(Actors.ada, tools, adas)
    assert count(SessionRecord) == 0


def test_signing_out_everywhere_else_keeps_this_one_and_other_people(tools):
    mine = [open_for(tools) for _ in range(3)]
    other = open_for(tools, Actors.ada.id)
    assert sessions.end_others(Actors.uma, tools, sessions.find(mine[1], tools).session_id) == 2
    assert [bool(sessions.find(token, tools)) for token in mine] == [False, True, False]
    assert sessions.find(other, tools)


def test_sessions_that_ran_out_are_swept_at_a_sign_in(tools, clock, uma_can_sign_in):
    open_for(tools, Actors.ada.id)
    clock.go(hours=13)
    sign_in(tools)
    assert count(SessionRecord) == 1


def test_the_trail_names_who_signed_in_and_never_what_a_stranger_typed(tools, uma_can_sign_in):
    sign_in(tools)
    fail(tools)
    fail(tools, email="mistyped-secret@example.org", password="mistyped-secret")
    with reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [(row.verb, row.actor, row.subject, row.address) for row in rows] == [
        ("session.open", "Uma Ortiz", "Uma Ortiz", "192.0.2.7"),
        ("session.fail", "somebody", "Uma Ortiz", "192.0.2.7"),
        ("session.fail", "somebody", "", "192.0.2.7"),
    ]
    assert "mistyped" not in repr([vars(row) for row in rows])


def test_a_password_that_was_reset_during_the_check_opens_nothing(app, tools, uma_can_sign_in):
    """The account changes between the look at the hash and the opening: what counts is what is stored then."""
    with reading() as session:
        seen = session.scalar(select(UserRecord).filter_by(id=Actors.uma.id))
    users.reset_password(Actors.ada, tools, Actors.uma.id)
    with transaction() as session:
        assert sessions._admit(session, tools, seen, None, "192.0.2.7", "pytest", None) is None
    assert count(SessionRecord) == 0
