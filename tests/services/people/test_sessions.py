import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import event, func, select

from portal.domain.attempts import ACCOUNT, ADDRESS, PAIR
from portal.domain.errors import Denied, Invalid, NotFound, Throttled
from portal.domain.permissions import BUILT_IN_ROLES
from portal.services import last_used
from portal.services.people import passwords, sessions, sign_in_attempts, users
from portal.store.audit import AuditRecord
from portal.store.base import db, reading, transaction
from portal.store.people import UserRecord
from portal.store.sessions import SessionRecord, SignInAttemptRecord
from tests.clocks import Clock
from tests.conftest import Actors
from tests.waiting import PATIENCE

PASSWORD = "a correct horse"
START = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def runtime(runtime, clock):
    return replace(runtime, now=clock)


@pytest.fixture
def uma_can_sign_in(app) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        user = session.get_one(UserRecord, Actors.uma.id)
        user.password_hash = hashed


def sign_in(runtime, email="uma@example.org", password=PASSWORD, address="192.0.2.7", **more) -> str:
    return sessions.sign_in(runtime, email, password, address, "pytest", **more)


def fail(runtime, **more) -> str:
    with pytest.raises(Invalid) as caught:
        sign_in(runtime, **{"password": "a wrong horse"} | more)
    return caught.value.sentence


def count(record) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(record))


def open_for(runtime, user_id=Actors.uma.id, agent="pytest") -> str:
    with transaction() as session:
        return sessions.open_session(session, runtime, user_id, "192.0.2.7", agent)


def test_the_right_password_opens_a_session(runtime, uma_can_sign_in):
    found = sessions.find(sign_in(runtime, email=" Uma@Example.org "), runtime)
    assert found.user_id == Actors.uma.id
    assert found.roles == ("Developer",)
    assert found.permissions == BUILT_IN_ROLES["developer"].permissions


def test_the_token_is_stored_nowhere(runtime, uma_can_sign_in):
    token = sign_in(runtime)
    with reading() as session:
        row = session.execute(select(SessionRecord)).scalar_one()
    assert token not in repr(vars(row))
    assert row.token_hash == sessions.hash_token(token)


def test_a_session_ends_after_its_hours_however_busy(runtime, clock, uma_can_sign_in):
    token = sign_in(runtime)
    for _ in range(11):
        clock.go(hours=1)
        assert sessions.find(token, runtime)
        last_used.here().write()
    clock.go(minutes=59)
    assert sessions.find(token, runtime)
    clock.go(minutes=1)
    assert sessions.find(token, runtime) is None


def test_a_session_that_nobody_uses_ends_after_two_hours(runtime, clock):
    token = open_for(runtime)
    clock.go(hours=1, minutes=59)
    assert sessions.find(token, runtime)
    clock.go(hours=2)
    assert sessions.find(token, runtime) is None


def test_the_last_use_is_written_at_most_once_a_minute(runtime, clock):
    token = open_for(runtime)

    def seen():
        with reading() as session:
            return session.scalar(select(SessionRecord.last_seen_at))

    clock.go(seconds=59)
    sessions.find(token, runtime)
    last_used.here().write()
    assert seen() == START
    clock.go(seconds=1)
    sessions.find(token, runtime)
    last_used.here().write()
    assert seen() == START + timedelta(minutes=1)


def test_a_stranger_and_a_disabled_user_are_not_found(app, runtime):
    token = open_for(runtime)
    assert sessions.find("nobody's", runtime) is None
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).enabled = False
    assert sessions.find(token, runtime) is None


def test_somebody_without_a_role_is_found_and_may_do_nothing(runtime):
    found = sessions.find(open_for(runtime, Actors.eve.id), runtime)
    assert (found.roles, found.permissions) == ((), frozenset())


def test_every_refusal_is_the_same(runtime, uma_can_sign_in):
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.otto.id).enabled = False
        session.get_one(UserRecord, Actors.otto.id).password_hash = hashed
    wrong = fail(runtime)
    assert "do not go together" in wrong
    assert fail(runtime, email="nobody@example.org") == wrong
    assert fail(runtime, email="otto@example.org", password=PASSWORD) == wrong
    assert fail(runtime, email="eve@example.org", password="x" * 5000) == wrong
    assert fail(runtime, email="ada@example.org", password="short") == wrong


class Counting:
    """A hasher that keeps what it was given to compare with."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self.compared: list[str] = []

    def verify(self, stored: str, password: str) -> bool:
        self.compared.append(stored)
        return self._hasher.verify(stored, password)


def test_an_unknown_e_mail_takes_as_long_as_a_wrong_password(runtime, uma_can_sign_in):
    """The same work is done for both: one comparison, at the same cost."""
    with reading() as session:
        stored = session.scalar(select(UserRecord.password_hash).filter_by(id=Actors.uma.id))
    counting = Counting(passwords.HASHER)
    assert not passwords.matches(stored, "a wrong horse", counting)
    assert not passwords.matches(None, "a wrong horse", counting)
    assert counting.compared == [stored, passwords.NOBODYS]
    assert extract_parameters(stored) == extract_parameters(passwords.NOBODYS)


def test_blank_fields_are_named_and_cost_no_try(runtime):
    with pytest.raises(Invalid) as caught:
        sign_in(runtime, email=" ", password="")
    assert set(caught.value.faults) == {"email", "password"}
    assert count(SignInAttemptRecord) == 0


def test_failures_in_a_row_lead_to_growing_pauses(runtime, clock, uma_can_sign_in):
    for _ in range(PAIR.free - 2):
        assert "more tries before a pause" in fail(runtime)
    assert "One more try before a pause" in fail(runtime)
    assert "Wait 1 minute" in fail(runtime)
    with pytest.raises(Throttled, match="Wait 1 minute") as caught:
        sign_in(runtime)
    assert caught.value.retry_after == 60
    clock.go(minutes=1)
    assert "Wait 5 minutes" in fail(runtime)
    clock.go(minutes=4, seconds=50)
    with pytest.raises(Throttled, match="Wait 10 seconds"):
        sign_in(runtime)
    clock.go(seconds=10)
    assert sign_in(runtime)
    assert "4 more tries" in fail(runtime)


def test_who_tries_on_in_a_pause_is_in_the_trail_once_a_pause(runtime, clock, uma_can_sign_in):
    def refused() -> list[tuple[str, str, str]]:
        with reading() as session:
            rows = session.scalars(select(AuditRecord).filter_by(verb="session.refuse"))
            return [(row.actor, row.subject, row.address) for row in rows]

    for _ in range(PAIR.free):
        fail(runtime)
    assert refused() == []
    for _ in range(3):
        with pytest.raises(Throttled):
            sign_in(runtime)
    assert refused() == [("somebody", "Uma Ortiz", "192.0.2.7")]
    clock.go(minutes=1)
    fail(runtime)
    with pytest.raises(Throttled, match="Wait 5 minutes"):
        sign_in(runtime)
    assert len(refused()) == 2


def test_an_account_that_does_not_exist_is_paused_like_one_that_does(runtime):
    said = [fail(runtime, email="nobody@example.org") for _ in range(PAIR.free)]
    assert "Wait 1 minute" in said[-1]
    with pytest.raises(Throttled):
        sign_in(runtime, email="nobody@example.org")


def test_an_address_that_tries_many_accounts_is_paused(runtime, uma_can_sign_in):
    for number in range(ADDRESS.free):
        fail(runtime, email=f"guess-{number}@example.org", password="a wrong horse")
    with pytest.raises(Throttled):
        sign_in(runtime)
    assert sign_in(runtime, address="198.51.100.1")


def test_who_guesses_elsewhere_keeps_nobody_out(runtime, uma_can_sign_in):
    for _ in range(PAIR.free + 1):
        with pytest.raises((Invalid, Throttled)):
            sign_in(runtime, password="a wrong horse", address="198.51.100.1")
    with pytest.raises(Throttled):
        sign_in(runtime, address="198.51.100.1")
    assert sign_in(runtime)


def test_guesses_from_everywhere_pause_all_but_a_browser_that_was_there_before(runtime, uma_can_sign_in):
    for number in range(ACCOUNT.free):
        sign_in_attempts.count(runtime, "uma@example.org", f"198.51.{number}.1")
    with pytest.raises(Throttled):
        sign_in(runtime)
    assert sign_in(runtime, browser="known")
    with pytest.raises(Throttled):
        sign_in(runtime)


def test_a_browser_that_was_there_before_guesses_no_faster(runtime, uma_can_sign_in):
    for _ in range(PAIR.free):
        fail(runtime, browser="known")
    with pytest.raises(Throttled):
        sign_in(runtime, browser="known")
    assert sign_in(runtime)


def test_an_account_is_unlocked_wherever_it_was_paused(runtime, uma_can_sign_in):
    for number in range(ACCOUNT.free):
        sign_in_attempts.count(runtime, "uma@example.org", f"198.51.{number}.1")
    for _ in range(PAIR.free):
        fail(runtime, browser="known")

    assert sign_in_attempts.unlock(Actors.ada, runtime, " UMA@example.org ") == "Uma Ortiz"

    assert sign_in(runtime)
    assert sign_in(runtime, browser="known")
    with pytest.raises(NotFound):
        sign_in_attempts.unlock(Actors.ada, runtime, "nobody@example.org")
    with pytest.raises(Denied):
        sign_in_attempts.unlock(Actors.otto, runtime, "uma@example.org")


def test_the_addresses_of_one_ipv6_network_count_as_one(runtime):
    for number in range(ADDRESS.free):
        sign_in_attempts.count(runtime, f"guess-{number}@example.org", f"2001:db8::{number:x}")
    with pytest.raises(Throttled):
        sign_in_attempts.count(runtime, "another@example.org", "2001:db8::ffff")
    assert sign_in_attempts.count(runtime, "another@example.org", "2001:db8:0:1::1")


def test_an_e_mail_that_no_database_takes_is_refused_like_any_other(runtime):
    assert "do not go together" in fail(runtime, email="a\0b@example.org")
    assert "do not go together" in fail(runtime, email="x" * 5000)


def test_who_is_signed_in_costs_one_query(app, runtime):
    token = open_for(runtime, Actors.ada.id)
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert sessions.find(token, runtime)
    assert [statement.split()[0] for statement in asked if statement != "BEGIN"] == ["SELECT"]


def test_old_failures_are_forgotten(runtime, clock, uma_can_sign_in):
    for _ in range(PAIR.free - 1):
        fail(runtime)
    clock.go(days=1, seconds=1)
    assert "4 more tries" in fail(runtime)


def test_tries_at_once_count_as_many(app, runtime, uma_can_sign_in):
    def guess(number: int) -> str:
        with app.app_context():
            try:
                sign_in(runtime, password=f"guess number {number}")
            except (Invalid, Throttled) as refused:
                return type(refused).__name__
            return "opened"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count("Invalid") == PAIR.free
    assert answers.count("Throttled") == 12 - PAIR.free


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
            assert waiting.result(PATIENCE) is False
    finally:
        passwords._two_at_once.release()


def test_a_hash_with_older_parameters_is_renewed_at_sign_in(runtime):
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).password_hash = old
    sign_in(runtime)
    with reading() as session:
        renewed = session.scalar(select(UserRecord.password_hash).filter_by(id=Actors.uma.id))
    assert not passwords.outdated(renewed)
    assert passwords.matches(renewed, PASSWORD)


def test_signing_in_again_ends_the_session_before(runtime, uma_can_sign_in):
    first = sign_in(runtime)
    second = sign_in(runtime, replaces=first)
    assert first != second
    assert sessions.find(first, runtime) is None
    assert sessions.find(second, runtime)


def test_signing_out_deletes_the_row(runtime):
    token = open_for(runtime)
    sessions.sign_out(Actors.uma, runtime, sessions.find(token, runtime).session_id)
    assert count(SessionRecord) == 0


def test_sessions_are_listed_with_this_one_marked(runtime, clock):
    first = open_for(runtime, agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
    clock.go(hours=1)
    second = open_for(runtime)
    open_for(runtime, Actors.ada.id)
    this = sessions.find(second, runtime).session_id
    listed = sessions.list_of(Actors.uma, runtime, this)
    assert [item.is_this for item in listed] == [True, False]
    assert listed[1].browser == "Firefox on Linux"
    clock.go(hours=1, minutes=30)
    assert [item.is_this for item in sessions.list_of(Actors.uma, runtime, this)] == [True]
    assert sessions.find(first, runtime) is None


def test_somebody_elses_session_is_not_there(runtime):
    adas = sessions.find(open_for(runtime, Actors.ada.id), runtime).session_id
    with pytest.raises(NotFound):
        sessions.end_one(Actors.uma, runtime, adas)
    sessions.sign_out(Actors.uma, runtime, adas)
    assert count(SessionRecord) == 1
    sessions.end_one(Actors.ada, runtime, adas)
    assert count(SessionRecord) == 0


def test_signing_out_everywhere_else_keeps_this_one_and_other_people(runtime):
    mine = [open_for(runtime) for _ in range(3)]
    other = open_for(runtime, Actors.ada.id)
    assert sessions.end_others(Actors.uma, runtime, sessions.find(mine[1], runtime).session_id) == 2
    assert [bool(sessions.find(token, runtime)) for token in mine] == [False, True, False]
    assert sessions.find(other, runtime)


def test_sessions_that_ran_out_are_swept_at_a_sign_in(runtime, clock, uma_can_sign_in):
    open_for(runtime, Actors.ada.id)
    clock.go(hours=13)
    sign_in(runtime)
    assert count(SessionRecord) == 1


def test_the_trail_names_who_signed_in_and_never_what_a_stranger_typed(runtime, uma_can_sign_in):
    sign_in(runtime)
    fail(runtime)
    fail(runtime, email="mistyped-secret@example.org", password="mistyped-secret")
    with reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    assert [(row.verb, row.actor, row.subject, row.address) for row in rows] == [
        ("session.open", "Uma Ortiz", "Uma Ortiz", "192.0.2.7"),
        ("session.fail", "somebody", "Uma Ortiz", "192.0.2.7"),
        ("session.fail", "somebody", "", "192.0.2.7"),
    ]
    assert "mistyped" not in repr([vars(row) for row in rows])


def test_a_password_that_was_reset_during_the_check_opens_nothing(app, runtime, uma_can_sign_in):
    """The account changes between the look at the hash and the opening: what counts is what is stored then."""
    with reading() as session:
        seen = session.scalar(select(UserRecord).filter_by(id=Actors.uma.id))
    users.reset_password(Actors.ada, runtime, Actors.uma.id)
    with transaction() as session:
        assert sessions._admit(session, runtime, seen, None, "192.0.2.7", "pytest", None) is None
    assert count(SessionRecord) == 0
