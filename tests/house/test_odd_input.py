"""What no page sends and some client will: no address and no field, whatever it holds, breaks the portal."""

import re
from collections.abc import Iterator
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.services.overrides import contexts
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.web.fields import UNSTORABLE
from portal.web.sessions.views import local_path
from tests.chatting import collect_events, connect, send_message
from tests.conftest import Actors, Client
from tests.upstream import Upstream

NO_ID = "11111111-1111-1111-1111-111111111111"
QUERIES = (
    *(
        "actor",
        "after",
        "before",
        "by",
        "can",
        "check",
        "context",
        "copy",
        "feature",
        "label",
        "last",
        "name",
        "next",
        "outcome",
    ),
    *("page", "provider", "q", "reason", "role", "show", "since", "sort", "state", "subject", "turn", "type", "until"),
    *("usable", "verb", "when", "back", "chat", "chosen", "context", "model", "person", "who"),
)
"""Every name that an address may carry."""

ODD = {
    "nul": "a\0b",
    "a number beyond every database": "9" * 25,
    "a number just beyond": str(2**63),
    "the first moment, east": f"0001-01-01T00:00:00+14:00_{NO_ID}",
    "the last moment, west": f"9999-12-31T23:59:59-14:00_{NO_ID}",
    "the first check": f"0001-01-01T00:00:00+14:00~{NO_ID}",
    "the last day": "9999-12-31",
    "long": "x" * 3000,
    "half a character": "\ud800",
    "a digit that is no number": "²",
    "foreign digits": "٣",
}
IN_QUERIES = tuple(ODD)[:8]


def encoded(pairs: dict[str, str]) -> str:
    """A form or a query as a client may send it, half characters and all."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs.items())


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture
def open_portal(app: Flask) -> Flask:
    """TESTING would let a fault through to the test instead of to its page."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def whereabouts(open_portal: Flask, runtime: Runtime, actors: Actors, upstream: Upstream) -> dict[str, str]:
    """An id of everything that an address may name."""
    (model_id,) = connect(runtime, actors.ada, f"{upstream.url}/v1")
    upstream.respond(500, json={"error": {"message": "not today"}})
    sent = send_message(actors.uma, runtime, "hello")
    collect_events(actors.uma, runtime, sent)
    return {
        "chat_id": str(sent.chat_id),
        "turn_id": str(sent.turn_id),
        "attempt_id": str(sent.attempt_id),
        "model_id": str(model_id),
        "check_id": str(checks.check_saved(actors.ada, runtime, "acme").id),
        "role_id": str(roles.create(actors.ada, runtime, "Helpers", "", [Permission.CHAT])),
        "user_id": str(actors.uma.id),
        "session_id": NO_ID,
        "name": "acme",
        "kind": "json",
        "token": "none",
        "context": contexts.add(actors.ada, runtime, contexts.Draft("code_review", "Code review")),
        "gate": "ai",
    }


def addresses(app: Flask, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every page, with who asks for it."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and "filename" not in rule.arguments:
            known = {**values, **{name: NO_ID for name in rule.arguments if name not in values}}
            path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda match, known=known: known[match[1]], rule.rule)
            yield path, "uma" if rule.endpoint.startswith("chat.") else "ada"


@pytest.mark.parametrize("odd", IN_QUERIES)
def test_no_query_breaks_a_page(open_portal: Flask, whereabouts, ada: Client, uma: Client, odd: str):
    broken = []
    for path, who in addresses(open_portal, whereabouts):
        answer = {"ada": ada, "uma": uma}[who].get(f"{path}?{encoded(dict.fromkeys(QUERIES, ODD[odd]))}")
        if answer.status_code >= 500:
            broken.append(path)
        answer.close()
    assert not broken


@pytest.mark.parametrize("odd", ["nul", "half a character", "long"])
def test_no_path_breaks_the_portal(open_portal: Flask, whereabouts, ada: Client, odd: str):
    for path in ("/providers/{}", "/providers/{}/edit", "/set-up/{}", "/chat/{}", "/static/{}", "/{}"):
        assert ada.get(path.format(_quoted(ODD[odd]))).status_code == 404


def test_an_origin_that_is_no_address_breaks_nothing(open_portal: Flask, nobody: Client, ada: Client):
    strange = {"Referer": "http://[::1"}
    assert nobody.get("/no-such-page", headers=strange).status_code == 404
    assert ada.get("/providers/no-such", headers=strange).status_code == 404


FORMS: dict[str, tuple[str, ...]] = {
    "/chat/{chat_id}/turns": ("text", "client_id", "parent", "model", "model_name", "new", "system_prompt"),
    "/chat/{chat_id}/turns/{turn_id}/attempts": ("model",),
    "/chat/{chat_id}/about": ("title", "system_prompt"),
    "/models/new": ("provider", "wire_name", "name", "display_name", "context_limit"),
    "/models/{model_id}/edit": ("wire_name", "display_name", "description", "context_limit", "features", "price_input"),
    "/models/{model_id}/move": ("way", "back"),
    "/models/many/turn": ("pick", "on", "back"),
    "/models/many/delete": ("pick", "sure", "back"),
    "/models/discover": ("provider",),
    "/models/publish": ("provider", "pick", "wire_name-0", "wire_name-²", f"wire_name-{'9' * 5000}", "context_limit-0"),
    "/agents/choices/general": ("model", "effort", "version"),
    "/overrides/pins/general": ("model", "effort", "version"),
    "/overrides/new-context": ("name", "label", "explanation", "feature", "capabilities", "personal"),
    "/overrides/contexts/code_review": ("label", "explanation", "feature", "capabilities", "version"),
    "/overrides/gates/ai": ("turn",),
    "/overview/environment": ("type",),
    "/people/new": ("name", "email", "roles", "password"),
    "/people/{user_id}": ("name", "email", "roles"),
    "/people/roles/new": ("name", "description", "permissions"),
    "/profile": ("name",),
    "/profile/password": ("current", "new", "again"),
    "/providers/connect": ("type", "name", "label", "base_url", "key", "default_model", "models", "typed_models"),
    "/providers/test": ("label", "default_model", "test_model", "saved_name", "connect_timeout"),
    "/providers/{name}/edit": ("label", "default_model", "seen", "read_timeout"),
    "/providers/{name}/test": ("test_model", "key_id"),
    "/sign-in?next=//[": ("email", "password"),
}
GOOD: dict[str, dict[str, str]] = {
    "/chat/{chat_id}/turns": {"text": "hello", "client_id": "c"},
    "/models/publish": {"provider": "acme", "pick": "new", "wire_name-0": "new", "context_limit-0": "1000"},
    "/models/new": {"provider": "acme", "wire_name": "new", "context_limit": "1000"},
    "/providers/connect": {"type": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "label": "Another"},
    "/providers/test": {"type": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "saved_name": "acme"},
    "/providers/{name}/edit": {"type": "openai_compatible", "base_url": "http://127.0.0.1:9/v1"},
}
"""What stands in the other fields, so that the odd one is reached."""


@pytest.mark.parametrize("odd", ["nul", "half a character", "a number beyond every database", "foreign digits"])
def test_no_field_breaks_the_portal(
    open_portal: Flask, whereabouts, ada: Client, uma: Client, nobody: Client, odd: str
):
    broken = []
    for form, fields in FORMS.items():
        client: FlaskClient = uma if form.startswith("/chat") else nobody if form.startswith("/sign-in") else ada
        for field in fields:
            usual = {"csrf_token": client.csrf_token(), "name": f"n{uuid4().hex}"} | GOOD.get(form, {})
            answer = client.post(
                form.format(**whereabouts),
                data=encoded(usual | {field: ODD[odd]}),
                content_type="application/x-www-form-urlencoded",
            )
            if answer.status_code >= 500:
                broken.append(f"{form} {field}")
            answer.close()
    assert not broken


@pytest.mark.parametrize(
    "ticked", ['["a","b",1e999]', '["\\ud800","b",10]', '["a"]', "[" * 3000, "null", '{"a":1}', '["a\\u0000","b",9]']
)
def test_a_tick_that_the_page_did_not_write_publishes_nothing(open_portal: Flask, ada: Client, ticked: str):
    form = {"type": "openai_compatible", "name": "acme", "base_url": "http://127.0.0.1:9/v1", "models": ticked}
    for path in ("/providers/connect", "/providers/test"):
        assert ada.post_form(path, form).status_code < 500


def test_nul_is_a_fault_of_its_field_and_of_no_other(open_portal: Flask, ada: Client):
    form = {"type": "openai_compatible", "name": "acme", "label": "Ac\0me", "base_url": "http://127.0.0.1:9/v1"}
    answer = ada.post_form("/providers/connect", form)
    assert answer.status_code == 422
    assert answer.text.count(UNSTORABLE) == 1


@pytest.mark.parametrize(
    "wanted", ["//[", "//evil.example", "///evil.example", "/\\evil.example", "https://evil.example"]
)
def test_an_address_that_leads_away_is_not_followed_and_breaks_nothing(wanted: str):
    assert local_path(wanted) is None
