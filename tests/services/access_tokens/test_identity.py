"""Whose a token is: in one statement, alike on both databases, and from the next request on in every process."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import delete, func, select, update

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services import last_used
from portal.services.access_tokens import identity, own_tokens, peoples_tokens
from portal.services.last_used import LastUsed, Used
from portal.services.people import roles, users
from portal.services.runtime import Runtime
from portal.store.access_tokens import AccessTokenRecord, AccessTokenValueRecord
from portal.store.base import db, reading, transaction
from portal.store.catalog import lock_catalog, version_now
from portal.store.people import UserRecord, UserRoleRecord
from tests.conftest import Actors
from tests.counting import traffic
from tests.services.access_tokens.setting import HERE, another_process, later, make, who

UMA = Actors.uma
CHAT = Permission.CHAT


def hold(user_id, *role_ids) -> None:
    """Make these the roles of a person."""
    with transaction() as session:
        session.execute(delete(UserRoleRecord).where(UserRoleRecord.user_id == user_id))
        session.add_all(UserRoleRecord(user_id=user_id, role_id=role_id) for role_id in role_ids)


def set_person(user_id, **columns) -> None:
    with transaction() as session:
        session.execute(update(UserRecord).where(UserRecord.id == user_id).values(**columns))


def test_a_token_says_whose_it_is_and_what_it_may(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime, "laptop", "chat.use", "personal_key.use")
    found = who(runtime, made)
    assert found is not None
    assert (found.token_id, found.token_name, found.user_id) == (made.id, "laptop", UMA.id)
    assert (found.name, found.email) == ("Uma Ortiz", "uma@example.org")
    assert found.actor.permissions == {CHAT, Permission.PERSONAL_KEY}
    assert (found.actor.id, found.actor.label, found.actor.address) == (UMA.id, "Uma Ortiz", HERE)
    assert len(found.actor.role_ids) == 1
    assert found.catalog_version == version_now()
    with transaction() as session:
        lock_catalog(session)
    assert who(runtime, made).catalog_version == found.catalog_version + 1


def test_it_is_one_statement_and_no_transaction(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    who(runtime, made)
    last_used.here().write()
    with traffic() as seen:
        assert who(runtime, made)
        assert identity.identify(runtime, Secret(tokens.spell("x" * tokens.RANDOM)), HERE) is None
    assert len(seen.statements) == 2, seen.told()


def test_what_is_no_value_asks_the_database_nothing(runtime: Runtime):
    value = tokens.spell("x" * tokens.RANDOM)
    odd = ["", " ", value[:-1], value + "0", value[:-1] + "!", f" {value}", "llmp_", "\ud800", "\0" * 45, "é" * 45]
    with traffic() as seen:
        assert identity.identify(runtime, None, HERE) is None
        assert [identity.identify(runtime, Secret(text), HERE) for text in odd] == [None] * len(odd)
    assert not seen.statements


def test_two_tokens_that_begin_alike_are_two(runtime: Runtime, actors: Actors):
    made = [make(UMA, runtime, "one"), make(Actors.ada, runtime, "other", "audit.view")]
    with transaction() as session:
        session.execute(update(AccessTokenValueRecord).values(prefix="llmp_Same"))
    found = [who(runtime, one) for one in made]
    assert [one.token_id for one in found] == [one.id for one in made]
    assert [one.user_id for one in found] == [UMA.id, Actors.ada.id]
    assert [one.actor.permissions for one in found] == [{CHAT}, {Permission.AUDIT_VIEW}]
    shown = [own_tokens.list_own(actor, runtime).living[0].prefix for actor in (UMA, Actors.ada)]
    assert shown == ["llmp_Same", "llmp_Same"]


def test_every_way_to_end_a_token_counts_in_another_process_at_once(runtime: Runtime, actors: Actors):
    def end_by_owner(made):
        own_tokens.revoke(UMA, runtime, made.id)

    def end_by_administrator(made):
        peoples_tokens.revoke(actors.ada, runtime, UMA.id, made.id)

    def replace_at_once(made):
        own_tokens.replace(UMA, runtime, made.id, 0)

    for number, end in enumerate((end_by_owner, end_by_administrator, replace_at_once)):
        made = make(UMA, runtime, f"token {number}")
        with another_process():
            assert who(runtime, made)
        end(made)
        with another_process():
            assert who(runtime, made) is None, end.__name__
        assert who(runtime, made) is None


def test_an_expired_one_works_until_its_end(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime, expires_at=runtime.now() + timedelta(hours=2))
    with another_process():
        assert who(later(runtime, minutes=119), made)
        assert who(later(runtime, minutes=121), made) is None


def test_a_replaced_value_works_for_its_hours_and_both_are_one_token(runtime: Runtime, actors: Actors):
    old = make(UMA, runtime)
    new = own_tokens.replace(UMA, runtime, old.id, 24)
    with another_process():
        assert who(runtime, old).token_id == who(runtime, new).token_id == old.id
        after = later(runtime, hours=25)
        assert who(after, old) is None
        assert who(after, new).token_id == old.id


def test_what_its_owner_loses_the_token_loses(runtime: Runtime, actors: Actors):
    chats = roles.create(actors.ada, runtime, "Chats", "", [CHAT, Permission.ACCESS_TOKEN])
    reads = roles.create(actors.ada, runtime, "Reads", "", [Permission.AUDIT_VIEW, Permission.USAGE_VIEW])
    hold(UMA.id, chats, reads)
    uma = replace(UMA, permissions=frozenset({CHAT, Permission.ACCESS_TOKEN, Permission.AUDIT_VIEW}))
    made = make(uma, runtime, "both", "chat.use", "audit.view")
    found = who(runtime, made)
    assert found.actor.permissions == {CHAT, Permission.AUDIT_VIEW}
    assert found.actor.role_ids == {chats, reads}
    hold(UMA.id, chats)
    with another_process():
        assert who(runtime, made).actor.permissions == {CHAT}
    hold(UMA.id, chats, reads)
    assert who(runtime, made).actor.permissions == {CHAT, Permission.AUDIT_VIEW}
    hold(UMA.id, reads)
    assert who(runtime, made) is None, "its owner may not use tokens any more"
    hold(UMA.id)
    assert who(runtime, made) is None


@pytest.mark.parametrize("role", BUILT_IN_ROLES)
def test_an_owner_with_a_built_in_role_has_what_the_code_says(runtime: Runtime, actors: Actors, role: str):
    """Whatever stands in the rows of that role."""
    (person,) = [one for one in Actors.cast.values() if one.role == role] or [None]
    held = BUILT_IN_ROLES[role].permissions
    if person is None or Permission.ACCESS_TOKEN not in held:
        return
    made = make(person.actor, runtime, "all", *(one.value for one in held))
    assert who(runtime, made).actor.permissions == held


@pytest.mark.parametrize("change", [{"enabled": False}, {"must_change_password": True}])
def test_an_owner_who_may_not_enter_has_no_token_that_does(runtime: Runtime, actors: Actors, change):
    made = make(UMA, runtime)
    set_person(UMA.id, **change)
    with another_process():
        assert who(runtime, made) is None


def test_disabling_somebody_ends_their_tokens_for_good(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    users.disable(actors.ada, runtime, UMA.id)
    users.enable(actors.ada, runtime, UMA.id)
    assert who(runtime, made) is None
    assert [one.name for one in own_tokens.list_own(UMA, runtime).ended] == ["laptop"]


def test_deleting_somebody_deletes_their_tokens(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    assert users.what_goes_with(actors.ada, runtime, UMA.id).access_tokens == 1
    users.remove(actors.ada, runtime, UMA.id)
    assert who(runtime, made) is None
    with reading() as session:
        for record in (AccessTokenRecord, AccessTokenValueRecord):
            assert session.scalar(select(func.count()).select_from(record)) == 0


def test_the_log_says_why_and_never_the_value(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    text = made.value.judged_by(lambda value: value)
    own_tokens.revoke(UMA, runtime, made.id)
    refused = [None, Secret("sk-something-else"), Secret(text[:-1] + ("0" if text[-1] != "0" else "1")), made.value]
    refused.append(Secret(tokens.spell("y" * tokens.RANDOM)))
    with structlog.testing.capture_logs() as lines:
        for value in refused:
            assert identity.identify(runtime, value, HERE) is None
    logged = str(lines)
    for reason in ("missing", tokens.Malformed.ODD, tokens.Malformed.MISTYPED, "revoked", "unknown"):
        assert reason in logged, reason
    assert str(made.id) in logged
    for value in (text, text[5:], text[9:-6], "sk-something-else"):
        assert value not in logged
        assert json.dumps(value) not in logged


def noted(token_id) -> tuple:
    with reading() as session:
        row = session.execute(
            select(AccessTokenRecord.last_used_at, AccessTokenRecord.last_address).where(
                AccessTokenRecord.id == token_id
            )
        ).one()
        return tuple(row)


def test_the_last_use_is_noted_once_a_minute_for_all_tokens_together(runtime: Runtime, actors: Actors):
    made = [make(UMA, runtime, f"token {number}") for number in range(3)]
    at_first = later(runtime, minutes=5)
    for one in made:
        who(at_first, one)
    with traffic() as seen:
        last_used.here().write()
    assert seen.transactions == 1
    assert [noted(one.id) for one in made] == [(at_first.now(), HERE)] * 3
    soon, late = later(at_first, seconds=59), later(at_first, seconds=61)
    who(soon, made[0])
    with traffic() as seen:
        last_used.here().write()
    assert not seen.statements, "it was noted less than a minute ago"
    identity.identify(late, made[0].value, "2001:db8::1")
    last_used.here().write()
    assert noted(made[0].id) == (late.now(), "2001:db8::1")
    assert noted(made[1].id) == (at_first.now(), HERE)


def test_an_earlier_use_never_takes_the_place_of_a_later_one(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    late, early = later(runtime, minutes=9), later(runtime, minutes=5)
    notes = LastUsed(db.engine)
    for at, address in ((late, HERE), (early, "elsewhere")):
        notes.note(Used.ACCESS_TOKEN, made.id, at.now(), address)
        notes.write()
    for at, address in ((late, "2001:db8::2"), (early, "elsewhere")):
        notes.note(Used.ACCESS_TOKEN, made.id, later(at, minutes=2).now(), address)
    notes.write()
    assert noted(made.id) == (later(late, minutes=2).now(), "2001:db8::2")
