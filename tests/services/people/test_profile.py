from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.domain.attempts import PAIR
from portal.domain.errors import Denied, Invalid, Throttled
from portal.services.people import passwords, profile, sessions, users
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord
from tests.conftest import Actors

OLD, NEW = "a correct horse", "a newer horse still"


@pytest.fixture
def this(app, runtime):
    """Uma's session; she has two more."""
    hashed = passwords.hash_password(OLD)
    with transaction() as session:
        session.get_one(UserRecord, Actors.uma.id).password_hash = hashed
        tokens = [sessions.open_session(session, runtime, Actors.uma.id, "127.0.0.1", "pytest") for _ in range(3)]
    return sessions.find(tokens[0], runtime).session_id


def test_changing_the_password_ends_all_other_sessions_and_keeps_this_one(runtime, this):
    assert profile.change_password(Actors.uma, runtime, this, OLD, NEW, NEW) == 2
    assert [item.id for item in sessions.list_of(Actors.uma, runtime, this)] == [this]
    with pytest.raises(Invalid):
        sessions.sign_in(runtime, "uma@example.org", OLD, "192.0.2.1", "pytest")
    assert sessions.sign_in(runtime, "uma@example.org", NEW, "192.0.2.1", "pytest")


def test_a_first_password_is_changed_once(runtime, this):
    reset = users.reset_password(Actors.ada, runtime, Actors.uma.id)
    token = sessions.sign_in(runtime, reset.email, reset.password, "192.0.2.1", "pytest")
    found = sessions.find(token, runtime)
    assert found.must_change_password
    profile.change_password(Actors.uma, runtime, found.session_id, reset.password, NEW, NEW)
    assert not sessions.find(token, runtime).must_change_password


@pytest.mark.parametrize(
    ("current", "new", "again", "fields"),
    [
        ("", NEW, NEW, {"current"}),
        (OLD, "short", "short", {"new"}),
        (OLD, "x" * 1025, "x" * 1025, {"new"}),
        (OLD, OLD, OLD, {"new"}),
        (OLD, NEW, NEW + "!", {"again"}),
        ("", "", "", {"current", "new"}),
        ("a wrong horse", NEW, NEW, {"current"}),
    ],
)
def test_what_cannot_be_used_is_named_and_changes_nothing(runtime, this, current, new, again, fields):
    with pytest.raises(Invalid) as caught:
        profile.change_password(Actors.uma, runtime, this, current, new, again)
    assert set(caught.value.faults) == fields
    assert len(sessions.list_of(Actors.uma, runtime, this)) == 3


def test_guessing_the_current_password_is_paused(runtime, this):
    for _ in range(PAIR.free):
        with pytest.raises(Invalid):
            profile.change_password(Actors.uma, runtime, this, "a wrong horse", NEW, NEW)
    with pytest.raises(Throttled):
        profile.change_password(Actors.uma, runtime, this, OLD, NEW, NEW)


def test_one_s_own_name_is_changed_and_said_in_the_trail(runtime, this):
    profile.change_name(Actors.uma, runtime, "  Uma  Ortiz-Lee ")
    profile.change_name(Actors.uma, runtime, "Uma Ortiz-Lee")
    with pytest.raises(Invalid):
        profile.change_name(Actors.uma, runtime, " ")
    with reading() as session:
        rows = session.scalars(select(AuditRecord)).all()
    assert [(row.verb, row.before, row.after) for row in rows] == [
        ("user.change", {"name": "Uma Ortiz"}, {"name": "Uma Ortiz-Lee"})
    ]


def test_a_closed_account_changes_nothing(runtime, this):
    users.disable(Actors.ada, runtime, Actors.uma.id)
    with pytest.raises(Denied):
        profile.change_name(Actors.uma, runtime, "Uma")
    with pytest.raises(Denied):
        profile.change_password(Actors.uma, runtime, this, OLD, NEW, NEW)
    with pytest.raises(Denied):
        profile.change_name(replace(Actors.uma, id=None), runtime, "Uma")
