"""One's own tokens, and those of others: who may make, replace, see and revoke which."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import structlog
from flask import Flask, current_app
from sqlalchemy import select

from portal.domain import access_tokens as tokens
from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.permissions import GRANTABLE, Permission
from portal.services.access_tokens import own_tokens, peoples_tokens
from portal.services.access_tokens.own_tokens import End
from portal.services.audit import verification
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.store.access_tokens import AccessTokenValueRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRoleRecord
from tests.conftest import Actors
from tests.services.access_tokens.setting import later, make, told, who

UMA, ADA, OTTO, EVE = Actors.uma, Actors.ada, Actors.otto, Actors.eve


def test_a_value_is_handed_out_once_and_stored_as_a_hash(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    assert made.value.judged_by(tokens.fault) is None
    assert "llmp" not in f"{made!r} {made.value}"
    with reading() as session:
        (stored,) = session.scalars(select(AccessTokenValueRecord)).all()
    assert stored.digest == made.value.digest()
    assert made.value.judged_by(lambda value: tokens.prefix_of(value)) == stored.prefix


def test_a_list_shows_everything_but_the_value(runtime: Runtime, actors: Actors):
    ends = runtime.now() + timedelta(days=90)
    make(UMA, runtime, "laptop", "chat.use", "personal_key.use", expires_at=ends)
    make(UMA, runtime, "CI")
    laptop, ci = sorted(own_tokens.list_own(UMA, runtime).living, key=lambda one: one.name, reverse=True)
    assert [one.label for one in laptop.scopes] == ["Chat", "Own keys"]
    assert (laptop.expires_at, laptop.status.word, laptop.last_used_at) == (ends, "Active", None)
    assert laptop.prefix.startswith("llmp_")
    assert ci.expires_at is None
    assert own_tokens.list_own(ADA, runtime).living == ()
    assert own_tokens.find(UMA, runtime, laptop.id) == laptop


@pytest.mark.parametrize(
    ("name", "scopes", "field"),
    [("", ["chat.use"], "name"), ("x", [], "scopes"), ("x", ["chat.fly"], "scopes"), ("x", ["public"], "scopes")],
)
def test_what_cannot_be_a_token_is_refused_by_field(runtime: Runtime, actors: Actors, name, scopes, field):
    with pytest.raises(Invalid) as refused:
        own_tokens.create(ADA, runtime, name, scopes)
    assert list(refused.value.faults) == [field]
    assert not told()


def test_an_end_that_has_passed_is_refused(runtime: Runtime, actors: Actors):
    with pytest.raises(Invalid, match="has passed"):
        make(UMA, runtime, expires_at=runtime.now())
    made = make(UMA, runtime)
    with pytest.raises(Invalid, match="has passed"):
        own_tokens.replace(UMA, runtime, made.id, 0, End(runtime.now()))


def test_names_are_ones_own_and_free_again_after_the_end(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime, "Laptop")
    make(ADA, runtime, "Laptop")
    with pytest.raises(Invalid, match="token of this name"):
        make(UMA, runtime, "laptop")
    own_tokens.revoke(UMA, runtime, made.id)
    again = make(UMA, runtime, "laptop", expires_at=runtime.now() + timedelta(hours=1))
    assert make(UMA, later(runtime, hours=2), "laptop").id not in (made.id, again.id)


def test_nobody_gives_a_token_more_than_they_hold(runtime: Runtime, actors: Actors):
    for scope in sorted(GRANTABLE - UMA.permissions):
        with pytest.raises(Denied, match=r"no token of yours may: \w+"):
            make(UMA, runtime, "more", "chat.use", scope)
    boasting = replace(UMA, permissions=GRANTABLE)
    with pytest.raises(Denied):
        make(boasting, runtime, "more", "user.manage")
    assert not told()


def test_a_token_makes_no_token_that_may_more_than_itself(runtime: Runtime, actors: Actors):
    made = make(ADA, runtime, "script", "access_token.use", "chat.use")
    script = who(runtime, made).actor
    with pytest.raises(Denied):
        make(script, runtime, "worse", "user.manage")
    child = make(script, runtime, "child", "chat.use")
    assert who(runtime, child).actor.permissions == {Permission.CHAT}
    chats_alone = who(runtime, child).actor
    with pytest.raises(Denied):
        make(chats_alone, runtime, "grandchild")
    with pytest.raises(Denied):
        own_tokens.list_own(chats_alone, runtime)


def test_whoever_may_not_have_tokens_gets_none(runtime: Runtime, actors: Actors):
    for actor in (EVE, OTTO):
        for act in (
            lambda actor: make(actor, runtime),
            lambda actor: own_tokens.list_own(actor, runtime),
            lambda actor: own_tokens.revoke(actor, runtime, uuid4()),
            lambda actor: own_tokens.replace(actor, runtime, uuid4(), 1),
        ):
            with pytest.raises(Denied):
                act(actor)


def test_rights_that_were_taken_away_meanwhile_do_not_count(runtime: Runtime, actors: Actors):
    role = roles.create(ADA, runtime, "Tokens alone", "", [Permission.ACCESS_TOKEN])
    with transaction() as session:
        session.query(UserRoleRecord).filter_by(user_id=UMA.id).update({"role_id": role})
    with pytest.raises(Denied):
        make(UMA, runtime, "chat", "chat.use")


def test_somebody_elses_token_is_not_there(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    for act in (
        lambda: own_tokens.find(ADA, runtime, made.id),
        lambda: own_tokens.revoke(ADA, runtime, made.id),
        lambda: own_tokens.replace(ADA, runtime, made.id, 1),
        lambda: peoples_tokens.revoke(ADA, runtime, OTTO.id, made.id),
        lambda: peoples_tokens.revoke(ADA, runtime, uuid4(), made.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert who(runtime, made)


def test_what_has_ended_is_neither_replaced_nor_revoked_again(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    own_tokens.revoke(UMA, runtime, made.id)
    expired = make(UMA, runtime, "old", expires_at=runtime.now() + timedelta(hours=1))
    for token_id, then in ((made.id, runtime), (expired.id, later(runtime, hours=2))):
        with pytest.raises(NotFound):
            own_tokens.replace(UMA, then, token_id, 1)
        with pytest.raises(NotFound):
            own_tokens.revoke(UMA, then, token_id)


def test_a_replaced_token_keeps_its_id_name_and_scopes(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime, "laptop", "chat.use", "personal_key.use", expires_at=runtime.now() + timedelta(days=3))
    new = own_tokens.replace(UMA, runtime, made.id, 24, End(None))
    (token,) = own_tokens.list_own(UMA, runtime).living
    assert (token.id, token.name, len(token.scopes), token.expires_at) == (made.id, "laptop", 2, None)
    assert new.value != made.value
    assert new.old_until == token.replaced[0].until
    assert made.value.judged_by(tokens.prefix_of) == token.replaced[0].prefix
    assert new.value.judged_by(tokens.prefix_of) == token.prefix
    (after,) = own_tokens.list_own(UMA, later(runtime, hours=25)).living
    assert after.replaced == ()


@pytest.mark.parametrize("hours", [-1, 169, 10**9])
def test_an_overlap_is_no_longer_than_a_week(runtime: Runtime, actors: Actors, hours: int):
    made = make(UMA, runtime)
    with pytest.raises(Invalid, match="0 to 168 hours"):
        own_tokens.replace(UMA, runtime, made.id, hours)


def test_a_form_that_is_sent_twice_replaces_once(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    (token,) = own_tokens.list_own(UMA, runtime).living
    new = own_tokens.replace(UMA, runtime, made.id, 24, instead_of=token.instead_of)
    with pytest.raises(Conflict, match="was replaced"):
        own_tokens.replace(UMA, runtime, made.id, 24, instead_of=token.instead_of)
    assert who(runtime, new)


def test_values_and_tokens_do_not_pile_up(runtime: Runtime, actors: Actors, monkeypatch: pytest.MonkeyPatch):
    made = make(UMA, runtime)
    for _ in range(tokens.MOST_VALUES - 1):
        own_tokens.replace(UMA, runtime, made.id, 24)
    with pytest.raises(Conflict, match="5 values"):
        own_tokens.replace(UMA, runtime, made.id, 24)
    monkeypatch.setattr(tokens, "MOST_LIVING", 1)
    with pytest.raises(Conflict, match="as many as there may be"):
        make(UMA, runtime, "one more")


def test_two_at_once_do_not_take_one_name_twice(app: Flask, runtime: Runtime, actors: Actors):
    def try_to_make(_number: int) -> str:
        with app.app_context():
            try:
                return str(make(UMA, runtime).id)
            except Invalid:
                return "taken"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(try_to_make, range(4)))
    assert answers.count("taken") == 3
    assert current_app.name == "portal"


def test_an_administrator_sees_and_revokes_without_a_value(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    (token,) = peoples_tokens.list_of(ADA, runtime, UMA.id).living
    assert (token.id, token.name) == (made.id, "laptop")
    assert peoples_tokens.revoke(ADA, runtime, UMA.id, made.id) == "laptop"
    assert who(runtime, made) is None
    for actor in (UMA, OTTO, EVE):
        with pytest.raises(Denied):
            peoples_tokens.list_of(actor, runtime, UMA.id)
        with pytest.raises(Denied):
            peoples_tokens.revoke(actor, runtime, UMA.id, made.id)


def test_nobody_revokes_the_token_of_whoever_may_more(runtime: Runtime, actors: Actors):
    made = make(ADA, runtime)
    role = roles.create(ADA, runtime, "Looks after people", "", [Permission.USER_MANAGE])
    with transaction() as session:
        session.add(UserRoleRecord(user_id=EVE.id, role_id=role))
    manager = replace(EVE, permissions=frozenset({Permission.USER_MANAGE}))
    for act in (
        lambda: peoples_tokens.list_of(manager, runtime, ADA.id),
        lambda: peoples_tokens.revoke(manager, runtime, ADA.id, made.id),
    ):
        with pytest.raises(Denied, match="may do things that you may not"):
            act()
    assert who(runtime, made)


def test_the_audit_trail_tells_of_each_act_and_never_the_value(runtime: Runtime, actors: Actors):
    with structlog.testing.capture_logs() as lines:
        made = make(UMA, runtime, "laptop", "chat.use")
        new = own_tokens.replace(UMA, runtime, made.id, 24, End(None))
        peoples_tokens.revoke(ADA, runtime, UMA.id, made.id)
        assert who(runtime, new) is None
    assert [(verb, subject) for verb, subject, *_ in told()] == [
        ("access_token.create", "laptop"),
        ("access_token.replace", "laptop"),
        ("access_token.revoke", "laptop"),
    ]
    created, replaced, revoked = told()
    assert created[3] == {"owner": "Uma Ortiz", "scopes": ["chat.use"], "expires": "never"}
    assert replaced[3]["old value works until"] == new.old_until.isoformat()
    assert revoked[2] == created[3]
    logged = str(lines)
    assert str(made.id) in logged
    for value in (made.value, new.value):
        text = value.judged_by(lambda found: found)
        assert text not in f"{told()} {logged}"
        assert value.digest() not in f"{told()} {logged}"
    assert verification.verify(runtime).sound
