"""Access tokens in the browser: a value is shown once, and nobody gets or ends one that is not theirs to get or end."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain.permissions import Permission
from portal.services import last_used
from portal.services.access_tokens import identity, own_tokens
from portal.services.access_tokens.own_tokens import End
from portal.services.people import passwords, roles
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.people import UserRecord, UserRoleRecord
from portal.store.sessions import SessionRecord
from portal.web.fresh_sign_in import PENDING
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.services.access_tokens.setting import HERE, make, who
from tests.web.asking import field, words

UMA, ADA = Actors.uma, Actors.ada
NEW = {"name": "laptop", "scopes": "chat.use", "lifetime": "90"}
PASSWORD = "a correct horse"


def value_on(answer) -> Secret:
    """The value that a page shows."""
    found = re.findall(r"llmp_[0-9A-Za-z]{40}", answer.text)
    assert len(found) == 1, words(answer)
    return Secret(found[0])


def grow_old(client: Client, runtime: Runtime) -> None:
    """Let the password of this session have been given an hour ago."""
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        mine = update(SessionRecord).where(SessionRecord.user_id == client.user_id)
        session.execute(mine.values(proven_at=runtime.now() - timedelta(hours=1)))
        session.execute(update(UserRecord).where(UserRecord.id == client.user_id).values(password_hash=hashed))


def test_an_empty_list_says_what_tokens_are_for(uma: Client):
    page = uma.get("/access-tokens")
    assert "You have no access tokens. Create one for each program" in words(page)
    assert 'href="/access-tokens/new"' in page.text
    assert "Access tokens" in words(uma.get("/profile")), "the menu leads there"


def test_a_new_token_works_and_is_shown_once(uma: Client, runtime: Runtime):
    answer = uma.post_form("/access-tokens/new", NEW, headers={"Accept-Encoding": "gzip"})
    value = value_on(answer)
    assert identity.identify(runtime, value, HERE).actor.permissions == {Permission.CHAT}
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Content-Encoding" not in answer.headers
    assert "This value is shown once." in words(answer)
    last_used.here().write()
    page = uma.get("/access-tokens")
    assert not re.search(r"llmp_[0-9A-Za-z]{5}", page.text)
    told = words(page)
    for said in ("laptop", value.judged_by(tokens.prefix_of) + "…", "Chat", "Active", f"from {HERE}", "just now"):
        assert said in told, said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Type a name"),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"name": tokens.spell("x" * tokens.RANDOM)}, "looks like a key"),
        ({"scopes": ""}, "Look at the list again"),
        ({"scopes": "user.manage"}, "never yours to give"),
        ({"lifetime": "forever"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_a_token_is_said_beside_the_field(uma: Client, runtime: Runtime, typed, said):
    answer = uma.post_form("/access-tokens/new", NEW | typed)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "llmp_" not in answer.text
    assert own_tokens.list_own(UMA, runtime).living == ()


def test_nothing_ticked_is_said_and_what_was_typed_is_kept(uma: Client):
    answer = uma.post_form("/access-tokens/new", {"name": "my build server", "lifetime": "7"})
    assert answer.status_code == 422
    assert "Tick at least one thing" in words(answer)
    assert field(answer.text, "name") == "my build server"
    assert re.search(r'<option selected value="7">', answer.text)


def test_one_name_is_one_token(uma: Client, runtime: Runtime):
    make(UMA, runtime, "laptop")
    answer = uma.post_form("/access-tokens/new", NEW)
    assert answer.status_code == 422
    assert "You have a token of this name" in words(answer)


def test_only_what_one_may_do_is_offered(uma: Client, ada: Client):
    def offered(client: Client) -> set[str]:
        return set(re.findall(r'name="scopes"[^>]*value="([^"]+)"', client.get("/access-tokens/new").text))

    assert offered(uma) == {"chat.use", "personal_key.use", "personal_override.use", "access_token.use"}
    assert "user.manage" in offered(ada)


def test_more_than_chat_asks_for_the_password_and_then_does_just_that(uma: Client, runtime: Runtime):
    grow_old(uma, runtime)
    assert value_on(uma.post_form("/access-tokens/new", NEW)), "to chat is no power over others"
    more = NEW | {"name": "more", "scopes": ["chat.use", "personal_key.use"]}
    asked = uma.post_form("/access-tokens/new", more)
    assert asked.status_code == 403
    assert "Creating a token that may do more than chat" in words(asked)
    assert "llmp_" not in asked.text
    assert len(own_tokens.list_own(UMA, runtime).living) == 1
    act = {PENDING: html.unescape(re.search(rf'name="{PENDING}" value="([^"]+)"', asked.text)[1])}
    wrong = uma.post_form("/access-tokens/new", act | {"password": "not my password", "scopes": "chat.use"})
    assert wrong.status_code == 422, "what is asked for stands in the act, not beside it"
    value = value_on(uma.post_form("/access-tokens/new", act | {"password": PASSWORD}))
    assert identity.identify(runtime, value, HERE).actor.permissions == {Permission.CHAT, Permission.PERSONAL_KEY}


def test_replacing_keeps_both_values_alive_for_the_hours_that_one_chose(uma: Client, runtime: Runtime):
    old = make(UMA, runtime, "laptop", expires_at=runtime.now() + timedelta(days=3))
    path = f"/access-tokens/{old.id}/replace"
    page = uma.get(path)
    typed = {"hours": "36", "lifetime": "never", "instead_of": field(page.text, "instead_of")}
    answer = uma.post_form(path, typed)
    value = value_on(answer)
    assert identity.identify(runtime, value, HERE).token_id == who(runtime, old).token_id == old.id
    assert "laptop has a new value" in words(answer)
    (token,) = own_tokens.list_own(UMA, runtime).living
    assert token.expires_at is None
    assert token.replaced[0].until - runtime.now() > timedelta(hours=35)
    assert f"replaced: {token.replaced[0].prefix}… works until" in words(uma.get("/access-tokens"))
    again = uma.post_form(path, typed)
    assert again.status_code == 422
    assert "was replaced after this form was drawn" in words(again)
    assert "llmp_" not in again.text.replace(f"{token.prefix}…", "")


@pytest.mark.parametrize("hours", ["", "169", "-1", "two", "9" * 25, "²", "1.5"])
def test_hours_that_are_none_are_said_beside_the_field(uma: Client, runtime: Runtime, hours: str):
    made = make(UMA, runtime)
    token = own_tokens.find(UMA, runtime, made.id)
    typed = {"hours": hours, "lifetime": "as it is", "instead_of": token.instead_of}
    answer = uma.post_form(f"/access-tokens/{made.id}/replace", typed)
    assert answer.status_code == 422
    assert "168" in words(answer)
    assert who(runtime, made)


def test_replacing_asks_for_the_password(uma: Client, runtime: Runtime):
    made = make(UMA, runtime)
    grow_old(uma, runtime)
    answer = uma.post_form(f"/access-tokens/{made.id}/replace", {"hours": "0", "lifetime": "as it is"})
    assert answer.status_code == 403
    assert "Giving a token a new value" in words(answer)


def test_revoking_ends_it_at_once_and_it_stays_in_sight(uma: Client, runtime: Runtime):
    made = make(UMA, runtime)
    assert uma.post_form(f"/access-tokens/{made.id}/revoke").status_code == 302
    assert who(runtime, made) is None
    told = words(uma.get("/access-tokens"))
    assert "You have no access tokens." in told
    assert "Revoked just now" in told
    assert uma.post_form(f"/access-tokens/{made.id}/revoke").status_code == 404


def test_scopes_that_were_lost_are_told(uma: Client, runtime: Runtime):
    make(UMA, runtime, "both", "chat.use", "personal_key.use")
    assert "Chat Own keys" in words(uma.get("/access-tokens"))
    role = roles.create(ADA, runtime, "Chats", "", [Permission.CHAT, Permission.ACCESS_TOKEN])
    with transaction() as session:
        session.execute(update(UserRoleRecord).where(UserRoleRecord.user_id == UMA.id).values(role_id=role))
    assert "Chat Own keys: not any more, as you may not" in words(uma.get("/access-tokens"))


def test_an_administrator_sees_and_revokes_on_the_persons_page(ada: Client, runtime: Runtime):
    made = make(UMA, runtime, "laptop")
    page = ada.get(f"/people/{UMA.id}")
    told = words(page)
    assert f"laptop {made.value.judged_by(tokens.prefix_of)}…" in told
    assert "1 access token is revoked for good" in told
    assert not re.search(r"llmp_[0-9A-Za-z]{5}", page.text)
    path = f"/people/{UMA.id}/tokens/{made.id}/revoke"
    assert path in page.text
    assert ada.post_form(path).status_code == 302
    assert who(runtime, made) is None
    assert "Uma Ortiz has no token that works." in words(ada.get(f"/people/{UMA.id}"))
    assert ada.post_form(path).status_code == 404
    assert "revoked access token laptop" in words(ada.get("/audit"))


def test_an_administrators_way_leads_to_the_tokens_of_that_person_alone(ada: Client, runtime: Runtime):
    made = make(UMA, runtime)
    assert ada.post_form(f"/people/{Actors.eve.id}/tokens/{made.id}/revoke").status_code == 404
    assert who(runtime, made)


def test_a_list_asks_no_more_of_the_database_with_many_tokens(uma: Client, ada: Client, runtime: Runtime):
    def asked() -> list[int]:
        counts = []
        for client, path in ((uma, "/access-tokens"), (ada, f"/people/{UMA.id}")):
            client.get(path)
            with queries() as statements:
                assert client.get(path).status_code == 200
            counts.append(sum(said.startswith("SELECT") for said in statements))
        return counts

    make(UMA, runtime, "first")
    few = asked()
    for number in range(12):
        made = make(UMA, runtime, f"token {number}")
        own_tokens.replace(UMA, runtime, made.id, 24, End(None))
    assert asked() == few
