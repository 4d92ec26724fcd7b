"""What is said of a value that somebody holds: whose it is and what it may do, or why it does not work."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain.access_tokens import Ended, Malformed
from portal.domain.errors import Denied
from portal.services import last_used
from portal.services.access_tokens import checking, own_tokens
from portal.services.access_tokens.checking import WHY, Checked
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.people import UserRecord, UserRoleRecord
from tests.conftest import Actors
from tests.services.access_tokens.setting import later, make

UMA, ADA = Actors.uma, Actors.ada


def set_uma(**columns) -> None:
    with transaction() as session:
        session.execute(update(UserRecord).where(UserRecord.id == UMA.id).values(**columns))


def test_a_token_that_works_says_whose_it_is_what_it_may_and_until_when(runtime: Runtime, actors: Actors):
    until = runtime.now() + timedelta(days=3)
    made = make(UMA, runtime, "laptop", "chat.use", "personal_key.use", expires_at=until)
    mine = checking.check(UMA, runtime, made.value)
    assert mine == Checked(
        True,
        "This token works, and it is yours.",
        "",
        "laptop",
        "Uma Ortiz (uma@example.org)",
        ("Chat", "Own keys"),
        until,
        can_ask=True,
    )
    assert checking.check(ADA, runtime, made.value).sentence == "This token works, and it is Uma Ortiz’s."


def test_what_its_owner_may_not_do_any_more_is_not_said(runtime: Runtime, actors: Actors):
    made = make(ADA, runtime, "wide", "chat.use", "audit.view")
    narrow = make(UMA, runtime, "narrow", "personal_key.use")
    assert checking.check(UMA, runtime, made.value).may == ("Chat", "Audit")
    found = checking.check(UMA, runtime, narrow.value)
    assert (found.works, found.can_ask) == (True, False)
    assert "may not ask models" in found.sentence
    assert "Chat" in found.hint


def test_a_replaced_value_works_until_its_own_end(runtime: Runtime, actors: Actors):
    old = make(UMA, runtime)
    new = own_tokens.replace(UMA, runtime, old.id, 5)
    assert checking.check(UMA, runtime, old.value).until == new.old_until
    assert checking.check(UMA, runtime, new.value).until is None
    assert checking.check(UMA, later(runtime, hours=6), old.value).sentence == WHY[Ended.REPLACED][0]


@pytest.mark.parametrize("why", [*Malformed, *Ended])
def test_each_reason_is_said_and_nothing_of_the_token(runtime: Runtime, actors: Actors, why):
    made = make(UMA, runtime, "laptop", expires_at=runtime.now() + timedelta(days=3))
    value, then = made.value, runtime
    match why:
        case Malformed.ODD:
            value = Secret("sk-proj-\ud800\0 and so on")
        case Malformed.MISTYPED:
            bare = value.bare()
            value = Secret(bare[:-1] + ("a" if bare[-1] != "a" else "b"))
        case Ended.UNKNOWN:
            value = Secret(tokens.spell("x" * tokens.RANDOM))
        case Ended.REVOKED:
            own_tokens.revoke(UMA, runtime, made.id)
        case Ended.EXPIRED:
            then = later(runtime, days=4)
        case Ended.REPLACED:
            own_tokens.replace(UMA, runtime, made.id, 0)
        case Ended.OWNER_DISABLED:
            set_uma(enabled=False)
        case Ended.OWNER_WITHOUT_PASSWORD:
            set_uma(must_change_password=True)
        case Ended.OWNER_MAY_NOT:
            with transaction() as session:
                session.execute(delete(UserRoleRecord).where(UserRoleRecord.user_id == UMA.id))
    found = checking.check(ADA, then, value)
    assert found == Checked(False, *WHY[why])


def test_looking_is_no_use(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    checking.check(UMA, runtime, made.value)
    last_used.here().write()
    assert own_tokens.find(UMA, runtime, made.id).last_used_at is None


def test_whoever_may_have_no_tokens_checks_none(runtime: Runtime, actors: Actors):
    made = make(UMA, runtime)
    with pytest.raises(Denied):
        checking.check(Actors.otto, runtime, made.value)


@pytest.mark.parametrize(
    "text", ["{}", " {}\n", "'{}'", "Bearer {}", "export ANTHROPIC_AUTH_TOKEN='{}'", '"x-api-key": "{}",']
)
def test_a_value_is_found_in_what_is_pasted(text: str):
    value = tokens.spell("x" * tokens.RANDOM)
    assert tokens.pasted(text.format(value)) == value


def test_of_two_values_none_is_guessed():
    value = tokens.spell("x" * tokens.RANDOM)
    assert tokens.fault(tokens.pasted(f"{value} {value}")) is Malformed.ODD
