"""What hands out power or cannot be undone asks for the password again, and then goes on with exactly that act."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from portal.domain.attempts import ACCOUNT
from portal.services.overrides import gates
from portal.services.people import passwords
from portal.services.runtime import EXTENSION
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import RoleRecord, UserRecord
from portal.store.sessions import SessionRecord
from portal.web.fresh_sign_in import PENDING
from tests.conftest import CANARY, Actors
from tests.factories import make_provider
from tests.house.test_odd_input import encoded

PASSWORD = "a correct horse"
ASKED = "Your password, please"
GATE = "/overrides/gates/personal_overrides"
IDS = {"name": "nowhere", "gate": "ai"}


@pytest.fixture(autouse=True)
def passwords_known(app) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.execute(update(UserRecord).values(password_hash=hashed))


def grow_old(client, runtime) -> None:
    """Let a client's password have been given an hour ago."""
    with transaction() as session:
        mine = update(SessionRecord).where(SessionRecord.user_id == client.user_id)
        session.execute(mine.values(proven_at=runtime.now() - timedelta(hours=1)))


@pytest.fixture
def old_ada(ada, runtime):
    grow_old(ada, runtime)
    return ada


def pending_of(answer) -> str:
    return html.unescape(re.search(rf'name="{PENDING}" value="([^"]+)"', answer.text)[1])


def go_on(client, path: str, asked, password: str = PASSWORD, **more):
    return client.post_form(path, {PENDING: pending_of(asked), "password": password}, **more)


def is_on(runtime) -> bool:
    return gates.find(Actors.ada, runtime, "personal_overrides").on


def people() -> dict[str, str]:
    with reading() as session:
        return dict(iter(session.execute(select(UserRecord.email, UserRecord.name))))


def proofs() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).where(AuditRecord.verb == "session.prove"))


def new_person(**more) -> dict[str, object]:
    with reading() as session:
        role = session.scalar(select(RoleRecord.id).where(RoleRecord.built_in == "administrator"))
    return {"name": "Grace Hill", "email": "grace@example.org", "roles": str(role)} | more


def test_a_fresh_sign_in_is_asked_for_nothing(ada, runtime):
    answer = ada.post_form(GATE, {"turn": "off"})
    assert (answer.status_code, is_on(runtime)) == (302, False)


def test_an_old_sign_in_is_asked_and_the_act_goes_on_without_being_typed_again(old_ada):
    path = "/people/new"
    asked = old_ada.post_form(path, new_person())
    assert asked.status_code == 403
    assert ASKED in asked.text
    assert "grace@example.org" not in people()
    done = go_on(old_ada, path, asked)
    assert done.status_code == 200
    assert people()["grace@example.org"] == "Grace Hill"
    assert proofs() == 1
    # From here on it is fresh: the next act is not asked about.
    assert old_ada.post_form(GATE, {"turn": "off"}).status_code == 302


def test_the_act_is_the_one_that_was_sent_and_not_what_is_sent_beside_it(old_ada, runtime):
    asked = old_ada.post_form(GATE, {"turn": "off"})
    old_ada.post_form(GATE, {PENDING: pending_of(asked), "password": PASSWORD, "turn": "on"})
    assert not is_on(runtime)


def test_without_javascript_every_ticked_box_goes_on(old_ada):
    with reading() as session:
        roles = session.scalars(select(RoleRecord.id).where(RoleRecord.built_in.in_(("operator", "developer")))).all()
    asked = old_ada.post_form("/people/new", new_person(roles=[str(role) for role in roles]))
    go_on(old_ada, "/people/new", asked)
    with reading() as session:
        made = session.scalar(select(UserRecord.id).where(UserRecord.email == "grace@example.org"))
    page = old_ada.get(f"/people/{made}").text
    assert len(re.findall(r'<input[^>]*name="roles"[^>]*checked|<input[^>]*checked[^>]*name="roles"', page)) == 2


def test_a_wrong_password_is_said_beside_the_field_and_the_act_waits(old_ada, runtime):
    asked = old_ada.post_form(GATE, {"turn": "off"})
    for password, said in (("", "Type your password."), ("a wrong horse", "This is not your password.")):
        asked = go_on(old_ada, GATE, asked, password)
        assert asked.status_code == 422
        assert said in asked.text
        assert "a wrong horse" not in asked.text
        assert is_on(runtime)
    assert go_on(old_ada, GATE, asked).status_code == 302
    assert not is_on(runtime)


def test_too_many_wrong_passwords_pause_and_the_act_is_kept(old_ada, runtime):
    asked = old_ada.post_form(GATE, {"turn": "off"})
    for _ in range(ACCOUNT.free):
        asked = go_on(old_ada, GATE, asked, "a wrong horse")
    asked = go_on(old_ada, GATE, asked)
    assert asked.status_code == 429
    assert int(asked.headers["Retry-After"]) > 0
    assert "Too many tries" in asked.text
    assert pending_of(asked)
    assert is_on(runtime)


def test_a_secret_of_the_form_is_not_kept_and_asked_for_beside_its_field(old_ada):
    asked = old_ada.post_form("/people/new", new_person(password=CANARY))
    assert CANARY not in asked.text
    again = go_on(old_ada, "/people/new", asked)
    assert again.status_code == 422
    assert "A secret is not kept while your own password is asked for" in again.text
    assert 'value="grace@example.org"' in again.text
    assert "grace@example.org" not in people()
    assert old_ada.post_form("/people/new", new_person(password="chosen for grace")).status_code == 302


def test_an_act_of_another_person_is_refused(old_ada, otto, runtime):
    asked = old_ada.post_form(GATE, {"turn": "off"})
    grow_old(otto, runtime)
    answer = go_on(otto, GATE, asked)
    assert (answer.status_code, is_on(runtime)) == (400, True)


def test_an_act_is_never_led_to_another_address(old_ada, runtime):
    asked = old_ada.post_form(GATE, {"turn": "off"})
    for elsewhere in ("/overrides/gates/personal_keys", f"{GATE}?a=1", f"/people/{Actors.uma.id}/delete"):
        assert go_on(old_ada, elsewhere, asked).status_code == 400
    assert "uma@example.org" in people()
    assert gates.find(Actors.ada, runtime, "personal_keys").on


@pytest.mark.parametrize("forged", ["", "nothing", "W1tbInR1cm4iLCJvZmYiXV1d.c2lnbmF0dXJl"])
def test_an_act_that_nobody_signed_is_refused(old_ada, runtime, forged):
    answer = old_ada.post_form(GATE, {PENDING: forged, "password": PASSWORD, "turn": "off"})
    assert (answer.status_code, is_on(runtime)) == (400, True)


def test_another_site_cannot_have_the_password_asked_for(old_ada):
    answer = old_ada.post(GATE, data={"turn": "off"})
    assert answer.status_code == 400
    assert ASKED not in answer.text


def test_a_script_is_told_why(old_ada, runtime):
    headers = {"X-CSRFToken": old_ada.csrf_token(), "Accept": "application/json"}
    answer = old_ada.post(GATE, data={"turn": "off"}, headers=headers)
    assert (answer.status_code, is_on(runtime)) == (403, True)
    assert answer.json["detail"].startswith("Turning a gate asks for your password")


def test_what_is_less_than_the_act_asks_for_nothing_and_hides_nothing(old_ada):
    page = old_ada.get("/people/roles/new").text
    old_ada.post_form("/people/roles/new", {"name": "Reader", "permissions": ["audit.view"]})
    with reading() as session:
        role = session.scalar(select(RoleRecord.id).where(RoleRecord.name == "Reader"))
    path, form = f"/people/roles/{role}", {"name": "Reader", "permissions": ["audit.view", "usage.view"]}
    assert "Reader" not in page
    assert ASKED not in old_ada.post_form(path, form | {"do": "preview"}).text
    # A view reads the first value of a name, and so does what asks.
    for do in (["", "preview"], ["save", "preview"], "save"):
        assert ASKED in old_ada.post_form(path, form | {"do": do}).text


def test_a_provider_is_deleted_after_the_password(old_ada):
    make_provider(name="acme")
    asked = old_ada.post_form("/providers/acme/delete")
    assert old_ada.get("/providers/acme").status_code == 200
    assert go_on(old_ada, "/providers/acme/delete", asked).status_code == 302
    assert old_ada.get("/providers/acme").status_code == 404


def test_a_zero_never_asks(old_ada, runtime, app):
    settings = replace(runtime.settings, fresh_minutes=0)
    app.extensions[EXTENSION] = replace(runtime, settings=settings)
    assert old_ada.post_form(GATE, {"turn": "off"}).status_code == 302


def test_the_setting_is_on_the_settings_page(ada):
    assert "PORTAL_FRESH_MINUTES" in ada.get("/settings").text


def test_a_new_password_ends_the_acts_that_waited_for_the_old_one(old_ada, otto, sign_in, runtime):
    asked = old_ada.post_form(GATE, {"turn": "off"})
    window = sign_in(Actors.ada.id)
    new = "a horse of another colour"
    assert window.post_form("/profile/password", {"current": PASSWORD, "new": new, "again": new}).status_code == 302
    go_on(old_ada, GATE, asked)
    assert is_on(runtime), "the session is over, whatever it knows"
    assert go_on(otto, GATE, asked, new).status_code == 400, "nor is the act anybody else's"
    later = sign_in(Actors.ada.id)
    grow_old(later, runtime)
    assert go_on(later, GATE, asked).status_code == 422, "her own act of before waits for the password of now"
    assert is_on(runtime)
    assert go_on(later, GATE, asked, new).status_code == 302
    assert not is_on(runtime)


def test_an_act_that_is_sent_twice_is_done_once(old_ada):
    make_provider(name="acme")
    asked = old_ada.post_form("/providers/acme/delete")
    assert go_on(old_ada, "/providers/acme/delete", asked).status_code == 302
    assert go_on(old_ada, "/providers/acme/delete", asked).status_code == 404
    made = old_ada.post_form("/people/new", new_person(email="joan@example.org"))
    assert made.status_code in (200, 302)
    assert old_ada.post_form("/people/new", new_person(email="joan@example.org")).status_code == 422


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", "x" * 90_000, "²"])
def test_what_no_page_sends_waits_for_the_password_and_breaks_nothing(old_ada, app, runtime, odd):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    tried = 0
    for rule in app.url_map.iter_rules():
        if getattr(rule, "fresh", None) is None:
            continue
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match: IDS.get(match[1], str(Actors.uma.id)), rule.rule)
        grow_old(old_ada, runtime)
        fields = dict.fromkeys(
            ("name", "email", "roles", "permissions", "models", "pick", "role", "turn", "scopes"), odd
        )
        if rule.endpoint == "team_providers.delete":
            continue  # it is for a team's manager, and has no field
        body = encoded({"csrf_token": old_ada.csrf_token()} | fields)
        asked = old_ada.post(path, data=body, content_type="application/x-www-form-urlencoded")
        if asked.status_code == 413:
            continue
        assert (asked.status_code, ASKED in asked.text) == (403, True), f"{path}: {asked.status_code}"
        assert go_on(old_ada, path, asked).status_code < 500, path
        tried += 1
    assert tried or len(odd) > 1_000
