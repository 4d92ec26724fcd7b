"""What no page sends and some client will: no address and no field, whatever it holds, breaks the portal."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.services.health import checks
from portal.services.overrides import contexts
from portal.services.people import roles
from portal.services.providers import owners
from portal.services.runtime import Runtime
from portal.services.teams import members, teams
from portal.web.fields import UNSTORABLE
from portal.web.sessions.views import local_path
from tests.attaching import attach, image
from tests.chatting import collect_events, connect, send_message
from tests.conftest import Actors, Client
from tests.factories import make_provider
from tests.house.odd_forms import ACTS, FORMS, GOOD
from tests.signing import register
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
    team_id = teams.create(actors.ada, runtime, "Red")
    members.add_member(actors.ada, runtime, team_id, "uma@example.org")
    members.make_manager(actors.ada, runtime, team_id, actors.uma.id, on=True)
    teams.entitle(actors.ada, runtime, team_id, on=True)
    make_provider("own", "demo")
    owners.give(actors.ada, runtime, "own", team_id)
    return {
        "chat_id": str(sent.chat_id),
        "turn_id": str(sent.turn_id),
        "attempt_id": str(sent.attempt_id),
        "attachment_id": str(attach(actors.uma, runtime, image()).id),
        "model_id": str(model_id),
        "check_id": str(checks.check_saved(actors.ada, runtime, "acme").id),
        "role_id": str(roles.create(actors.ada, runtime, "Helpers", "", [Permission.CHAT])),
        "user_id": str(actors.uma.id),
        "session_id": NO_ID,
        "token_id": str(own_tokens.create(actors.ada, runtime, "CI", ["chat.use"]).id),
        "application_id": str(register(actors.ada, runtime).made.id),
        "name": "acme",
        "kind": "json",
        "token": "none",
        "team_id": str(team_id),
        "own": "own",
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


OF_UMA = ("/chat", "/agents", "/api-keys", "/my-team")
OF_NOBODY = ("/sign-in", "/set-up")


def test_every_route_that_takes_a_form_is_tried(app: Flask, whereabouts):
    tried = set(ACTS)
    for form in FORMS:
        tried.add(app.url_map.bind("").match(form.format(**whereabouts).partition("?")[0], method="POST")[0])
    routes = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert routes == tried, "say which fields it has, or that it has none"


@pytest.mark.parametrize("odd", ["nul", "half a character", "a number beyond every database", "foreign digits"])
def test_no_field_breaks_the_portal(
    open_portal: Flask, whereabouts, ada: Client, uma: Client, nobody: Client, odd: str
):
    broken = []
    for form, fields in FORMS.items():
        client: FlaskClient = uma if form.startswith(OF_UMA) else nobody if form.startswith(OF_NOBODY) else ada
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


SPELLINGS: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "braces": lambda id: f"{{{id}}}",
    "a name": lambda id: f"urn:uuid:{id}",
    "no dashes": lambda id: id.replace("-", ""),
}


def test_many_ticks_and_ids_in_other_spellings_are_read_or_refused(open_portal: Flask, whereabouts, ada: Client):
    model, role = whereabouts["model_id"], whereabouts["role_id"]
    for path in ("features", "access", "turn", "delete"):
        fields = {"feature": "reviews", "role": role, "on": "yes", "sure": "yes"}
        for picks in ([str(uuid4()) for _ in range(2_000)], [model] * 10_000, ["x"] * 10_000):
            answer = ada.post_form(f"/models/many/{path}", fields | {"pick": picks})
            assert answer.status_code in (302, 413), f"{path}: {answer.status_code}"
        assert ada.get(f"/models/{model}/edit").status_code == 200, f"{path}: too many ticks change nothing"
    for spelling in SPELLINGS.values():
        ticks = {"feature": "actions", "on": "no", "sure": "yes", "pick": [model, spelling(model)]}
        assert ada.post_form("/models/many/features", ticks).status_code == 302
        assert ada.post_form("/models/many/features", ticks | {"on": "yes"}).status_code == 302
        for way in ("top", "place", "up", "sideways", ""):
            moved = ada.post_form(f"/models/{model}/move", {"way": way, "before": spelling(model)})
            assert moved.status_code in (302, 404, 409), way


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
