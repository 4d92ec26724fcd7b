"""Signed out while writing: what comes too late is given back with all that was typed, and every advice works."""

import html
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.services.people import passwords
from portal.services.runtime import Runtime
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord
from portal.store.sessions import SessionRecord
from portal.web.bodies import FORM
from portal.web.fresh_sign_in import PENDING
from portal.web.late_forms import ANOTHERS, LATE
from tests.conftest import CANARY, Actors, Client
from tests.connecting import connect
from tests.upstream import Upstream, steps
from tests.web.test_two_people_one_form import Form, Forms, editing, furnished, read  # noqa: F401

PASSWORD = "a correct horse"
ASKED = "You are signed out"
BACK = "You were signed out before this arrived"


@pytest.fixture(autouse=True)
def passwords_known(app: Flask) -> None:
    hashed = passwords.hash_password(PASSWORD)
    with transaction() as session:
        session.execute(update(UserRecord).values(password_hash=hashed))


def enter(client: Client, name: str = "ada") -> Client:
    page = client.get("/sign-in").text
    sent = {"csrf_token": token_of(page), "email": f"{name}@example.org", "password": PASSWORD}
    assert client.post("/sign-in", data=sent).status_code == 302
    return client


def token_of(page: str) -> str:
    return re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)[1]


def leave(client: Client) -> None:
    """Sign out, as another tab of the same browser does it."""
    assert client.post("/sign-out", data={"csrf_token": token_of(client.get("/profile").text)}).status_code == 302


def post(client: Client, path: str, sent: dict[str, object]) -> TestResponse:
    return client.post(path, data=MultiDict(sent), headers={"Accept": "text/html"})


def sign_in_there(client: Client, path: str, asked: TestResponse, name: str = "ada", password: str = PASSWORD):
    """What the page advises: type e-mail and password into it."""
    held = html.unescape(re.search(rf'name="{LATE}" value="([^"]+)"', asked.text)[1])
    sent = {"csrf_token": token_of(asked.text), LATE: held, "email": f"{name}@example.org", "password": password}
    return post(client, path, sent)


def deeds() -> int:
    """So many things were done that are no sign-in."""
    with reading() as session:
        return session.scalar(select(func.count()).where(AuditRecord.verb.not_like("session.%")))


def role_page(client: Client, **more: object) -> dict[str, object]:
    """A new role, as it was typed while its page was still one's own."""
    return {"csrf_token": token_of(client.get("/people/roles/new").text), "name": "Readers"} | more


def is_typed_into(form: Form) -> bool:
    return any(control.kind in ("text", "textarea", "email", "url", "number") for control in form.shown())


KEYS = {"public_key"}
"""Fields in which what is no public key for certain is not drawn again: it may be the private one."""


def with_words(form: Form) -> Form:
    """The form with something typed into each blank field of words, and into the last of the others."""
    return replace(
        form,
        controls=[
            replace(control, value="typed here")
            if control.kind in ("text", "textarea", "email")
            and not control.value
            and not control.numeric
            and control.name not in KEYS
            else control
            for control in form.controls
        ],
    )


def test_every_form_that_people_type_into_is_given_back(furnished: Flask, nobody: Client):  # noqa: F811
    enter(nobody)
    found = editing(furnished, nobody, is_typed_into)
    typed_routes = {rule.endpoint for rule in furnished.url_map.iter_rules() if rule.typed}
    assert not found.keys() - typed_routes, "a route that people type into says so: `typed=True`"
    for route in sorted(found):
        fresh = next(form for form in read(nobody, found[route].page).found if is_same(form, found[route]))
        typed = with_words(fresh)
        path, before = urlsplit(typed.action).path, deeds()
        leave(nobody)
        asked = post(nobody, path, typed.sent())
        assert (asked.status_code, ASKED in asked.text) == (401, True), route
        back = sign_in_there(nobody, path, asked)
        assert (back.status_code, BACK in back.text, deeds()) == (422, True, before), route
        page = Forms(typed.page)
        page.feed(back.text)
        names = {control.name for control in typed.shown()}
        form = next(form for form in page.found if names <= {control.name for control in form.controls})
        for control in typed.shown():
            assert form.value(control.name) == typed.value(control.name), f"{route}: {control.name}"
        assert form.value("version") == typed.value("version"), route


def is_same(form: Form, other: Form) -> bool:
    """The same form, drawn again: the address of a new chat is another one each time."""
    return [control.name for control in form.controls] == [control.name for control in other.controls]


@pytest.mark.parametrize("path", ["/models/discover", "/models/publish", "/models/turn-off-gone"])
def test_a_listing_is_given_back_with_its_ticks_and_prices_and_nobody_is_asked_again(
    nobody: Client, runtime: Runtime, upstream: Upstream, path: str
):
    upstream.script(steps.respond(json={"data": [{"id": "one"}, {"id": "two"}]}), path="/v1/models")
    connect(Actors.ada, runtime, upstream)
    enter(nobody)
    asking = {"csrf_token": token_of(nobody.get("/models/discover").text), "provider": "acme"}
    page = post(nobody, "/models/discover", asking)
    rows = [html.unescape(row) for row in re.findall(r'name="row" value="([^"]+)"', page.text)]
    sent = {"csrf_token": token_of(page.text), "provider": "acme", "listed_of": "acme", "row": rows, "pick": ["two"]}
    sent |= {"gone": "three", "context_limit:two": "64000", "price_input:two": "1.75"}
    leave(nobody)
    listed = len(upstream.requests)
    back = sign_in_there(nobody, path, post(nobody, path, sent))
    assert (back.status_code, BACK in back.text, back.text.count(BACK)) == (422, True, 1)
    assert re.findall(r'value="([^"]+)" checked', back.text) == ["two"]
    for typed in ('name="context_limit:two" value="64000"', 'name="price_input:two" value="1.75"'):
        assert typed in back.text
    assert len(upstream.requests) == listed, "nothing is done before its button is pressed again"
    published = post(nobody, "/models/publish", sent | {"csrf_token": token_of(back.text)})
    assert (published.status_code, published.location) == (302, "/models?provider=acme")


def test_after_signing_in_save_saves(nobody: Client):
    enter(nobody)
    sent = role_page(nobody, description="Who reads")
    leave(nobody)
    asked = post(nobody, "/people/roles/new", sent)
    again = sign_in_there(nobody, "/people/roles/new", asked)
    page = Forms("/people/roles/new")
    page.feed(again.text)
    form = next(form for form in page.found if form.value("description") == ["Who reads"])
    assert post(nobody, "/people/roles/new", form.sent()).status_code == 302
    assert "Readers" in nobody.get("/people/roles").text


def test_a_wrong_password_keeps_what_was_typed(nobody: Client):
    enter(nobody)
    sent = role_page(nobody)
    leave(nobody)
    asked = post(nobody, "/people/roles/new", sent)
    asked = sign_in_there(nobody, "/people/roles/new", asked, password="a wrong horse")
    assert (asked.status_code, "do not go together" in asked.text) == (422, True)
    assert "a wrong horse" not in asked.text
    assert 'value="Readers"' in sign_in_there(nobody, "/people/roles/new", asked).text


def test_somebody_else_who_signs_in_there_sees_nothing_of_it(nobody: Client):
    enter(nobody)
    sent = role_page(nobody, name="Secret plans")
    leave(nobody)
    asked = post(nobody, "/people/roles/new", sent)
    answer = sign_in_there(nobody, "/people/roles/new", asked, "otto")
    assert (answer.status_code, answer.location) == (302, "/")
    page = nobody.get("/overview").text
    assert ANOTHERS in html.unescape(page)
    assert "Secret plans" not in page


def test_a_page_of_an_earlier_session_is_given_back_and_then_saves(nobody: Client):
    enter(nobody)
    sent = role_page(nobody)
    leave(nobody)
    enter(nobody)
    back = post(nobody, "/people/roles/new", sent)
    assert (back.status_code, BACK in back.text) == (422, True)
    assert "Readers" not in nobody.get("/people/roles").text
    assert post(nobody, "/people/roles/new", sent | {"csrf_token": token_of(back.text)}).status_code == 302


def test_a_page_of_somebody_else_is_refused_with_advice_that_works(nobody: Client):
    enter(nobody)
    sent = role_page(nobody, name="Secret plans")
    leave(nobody)
    enter(nobody, "otto")
    refused = post(nobody, "/people/roles/new", sent)
    assert refused.status_code == 403
    leave(nobody)
    enter(nobody, "uma")
    refused = post(nobody, f"/chat/{Actors.uma.id}/turns", sent | {"text": "Secret plans", "new": "yes"})
    assert (refused.status_code, "Secret plans" in refused.text) == (400, False)
    assert "copy what you typed, load the page again" in refused.text


def test_another_site_has_nothing_given_back(nobody: Client):
    """It has no page that the portal drew for this person, and its own account's is another's."""
    for token in ("", "nothing", nobody.csrf_token()):
        answer = post(nobody, "/people/roles/new", {"csrf_token": token, "name": "Planted"})
        assert (answer.status_code, LATE in answer.text) == (401, False)
    enter(nobody)
    assert post(nobody, "/people/roles/new", {"name": "Planted"}).status_code == 400


def test_what_is_given_back_belongs_to_its_address(nobody: Client):
    enter(nobody)
    sent = role_page(nobody)
    leave(nobody)
    asked = post(nobody, "/people/roles/new", sent)
    assert sign_in_there(nobody, "/people/teams/new", asked).status_code == 400
    held = {LATE: "W10.c2lnbmF0dXJl", "email": "ada@example.org", "password": PASSWORD}
    assert post(nobody, "/people/roles/new", held).status_code == 400


def test_a_secret_is_not_kept_and_asked_for_beside_its_field(nobody: Client):
    enter(nobody)
    page = nobody.get("/people/new").text
    sent = {"csrf_token": token_of(page), "name": "Grace Hill", "email": "grace@example.org", "password": CANARY}
    leave(nobody)
    asked = post(nobody, "/people/new", sent)
    back = sign_in_there(nobody, "/people/new", asked)
    assert CANARY not in asked.text + back.text
    assert "A secret is not kept while you are signed out. Type it again." in back.text
    assert 'value="Grace Hill"' in back.text


def test_a_key_in_any_field_of_a_provider_is_not_kept(nobody: Client):
    enter(nobody)
    sent = {
        "csrf_token": token_of(nobody.get("/providers/connect?type=openai_compatible").text),
        "type": "openai_compatible",
        "name": "ours",
        "key": CANARY,
        "extra_headers-0-name": "X-Tenant",
        "extra_headers-0-value": "blue",
        "extra_headers-1-name": "X-Token",
        "extra_headers-1-value": "quiet-words",
    }
    leave(nobody)
    asked = post(nobody, "/providers/connect", sent)
    back = sign_in_there(nobody, "/providers/connect", asked).text
    assert CANARY not in asked.text + back
    assert "quiet-words" not in back
    assert 'value="blue"' in back
    assert back.count("A secret is not kept while you are signed out.") == 2


def test_a_message_that_comes_too_late_is_back_in_the_composer(nobody: Client):
    enter(nobody, "uma")
    page = nobody.get("/chat").text
    path = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    sent = {"csrf_token": token_of(page), "text": "Wo wird gerundet? " * 9000, "client_id": "1", "new": "yes"}
    leave(nobody)
    asked = post(nobody, path, sent)
    back = sign_in_there(nobody, path, asked, "uma")
    assert BACK in back.text
    assert "Wo wird gerundet? " * 9000 in back.text


def test_a_script_is_given_a_token_for_its_own_page_alone(nobody: Client):
    enter(nobody, "uma")
    page = nobody.get("/chat").text
    path = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    sent = {"csrf_token": token_of(page), "text": "Hi", "client_id": "1", "new": "yes"}
    stream = {"Accept": "text/event-stream, application/json;q=0.5"}
    leave(nobody)
    assert nobody.post(path, data=sent, headers=stream).status_code == 401
    enter(nobody, "ada")
    assert "csrf_token" not in nobody.post(path, data=sent, headers=stream).json
    leave(nobody)
    enter(nobody, "uma")
    refused = nobody.post(path, data=sent, headers=stream)
    assert (refused.status_code, refused.json["code"]) == (400, "stale_form")
    again = nobody.post(path, data=sent | {"csrf_token": refused.json["csrf_token"]}, headers=stream)
    assert again.mimetype == "text/event-stream"
    assert "ended" in again.get_data(as_text=True)


def test_an_act_that_waited_for_the_password_is_given_back_too(nobody: Client):
    enter(nobody)
    page = nobody.get("/people/new").text
    with transaction() as session:
        session.execute(update(SessionRecord).values(proven_at=None))
    sent = {"csrf_token": token_of(page), "name": "Grace Hill", "email": "grace@example.org"}
    proof = post(nobody, "/people/new", sent)
    assert proof.status_code == 403
    pending = html.unescape(re.search(rf'name="{PENDING}" value="([^"]+)"', proof.text)[1])
    leave(nobody)
    asked = post(nobody, "/people/new", {"csrf_token": token_of(proof.text), PENDING: pending, "password": PASSWORD})
    assert 'value="Grace Hill"' in sign_in_there(nobody, "/people/new", asked).text


def test_an_unknown_browser_has_no_more_read_of_it_than_any_form_needs(nobody: Client, sign_in):
    enter(nobody, "uma")
    page = nobody.get("/chat").text
    path = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    stranger = sign_in(None)
    for length, kept in ((FORM // 2, True), (FORM, False)):
        answer = post(stranger, path, {"csrf_token": token_of(page), "text": "x" * length, "new": "yes"})
        assert (answer.status_code, LATE in answer.text) == (401, kept)


def test_a_button_pressed_too_late_leads_back_to_its_page(nobody: Client):
    enter(nobody)
    token = token_of(nobody.get("/people").text)
    leave(nobody)
    headers = {"Accept": "text/html", "Referer": "http://localhost/people?q=uma"}
    refused = nobody.post(f"/people/{Actors.uma.id}/disable", data={"csrf_token": token}, headers=headers)
    assert refused.status_code == 401
    link = html.unescape(re.search(r'href="(/sign-in[^"]*)"', refused.text)[1])
    sent = {"csrf_token": token_of(nobody.get(link).text), "email": "ada@example.org", "password": PASSWORD}
    assert nobody.post(link, data=sent).location == "/people?q=uma"


def test_no_advice_leads_to_an_address_that_takes_forms_alone(nobody: Client):
    headers = {"Accept": "text/html", "Referer": "http://localhost/providers/acme/delete"}
    refused = nobody.post("/providers/acme/delete", data={}, headers=headers)
    assert 'href="/sign-in"' in refused.text


@pytest.mark.parametrize(
    "accept", ["text/event-stream", "text/event-stream, text/html", "text/html, text/event-stream"]
)
def test_a_page_of_an_earlier_session_sends_no_message_whatever_it_asks_for(nobody: Client, accept: str):
    enter(nobody, "uma")
    page = nobody.get("/chat").text
    path = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    sent = {"csrf_token": token_of(page), "text": "Planted words", "client_id": "1", "new": "yes"}
    leave(nobody)
    enter(nobody, "uma")
    answer = nobody.post(path, data=sent, headers={"Accept": accept})
    assert answer.status_code in (400, 422)
    assert nobody.get(path.removesuffix("/turns")).status_code == 404
