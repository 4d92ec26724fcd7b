"""Two administrators and one provider, through a page and the API; what is sent twice; what a token may make."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from portal.domain.allowances import Allowance, Kind
from portal.services.access_tokens import own_tokens
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.store import allowances
from portal.store.base import transaction
from portal.web.api.door import EXTENSION
from portal.web.api.routes import OPERATIONS
from tests.conftest import CANARY, Actors
from tests.factories import make_provider
from tests.house.api_table import API_ROUTES
from tests.web.api.calling import ask
from tests.web.api.schemas_held import SCOPES
from tests.web.gateway.callers import Tool, token


@pytest.fixture
def tool(app, runtime) -> Tool:
    return Tool(app, token(Actors.ada, runtime, *SCOPES["ada"].split()))


def test_every_endpoint_is_pinned_with_its_permission(app):
    table = {(one.method, one.path): str(one.permission) for one in OPERATIONS}
    assert table == API_ROUTES
    served = {(rule.endpoint, str(rule.permission)) for rule in app.extensions[EXTENSION].api.url_map.iter_rules()}
    assert served == {(one.name, str(one.permission)) for one in OPERATIONS} | {("openapi", "public")}


def test_the_second_of_two_administrators_is_told_whichever_way_each_came(app, tool, ada, runtime):
    registry.register(Actors.ada, runtime, Draft("demo", name="acme", label="Acme"))
    read = ask(tool, "GET", "/providers/acme")
    page = ada.get("/providers/acme/edit").text
    assert ask(tool, "PATCH", "/providers/acme", {"label": "By API"}).status_code == 428
    changed = ask(tool, "PATCH", "/providers/acme", {"label": "By API"}, If_Match=read.headers["ETag"])
    assert (changed.status_code, changed.json["label"]) == (200, "By API")
    version = unescape(re.search(r'name="version"[^>]* value="([^"]+)"', page)[1])
    form = {"version": version, "type": "demo", "label": "By page", "base_url": read.json["base_url"]}
    late = ada.post_form("/providers/acme/edit", form)
    assert late.status_code == 409
    assert "By API" in late.text

    read = ask(tool, "GET", "/providers/acme")
    fresh = unescape(re.search(r'name="version"[^>]* value="([^"]+)"', ada.get("/providers/acme/edit").text)[1])
    assert ada.post_form("/providers/acme/edit", {**form, "version": fresh}).status_code == 302
    late = ask(tool, "PATCH", "/providers/acme", {"label": "By API again"}, If_Match=read.headers["ETag"])
    assert (late.status_code, late.json["code"]) == (409, "outdated")
    assert [(fault["pointer"], "By page" in fault["detail"]) for fault in late.json["errors"]] == [("/label", True)]


def test_an_older_version_is_refused_with_what_is_stored_now(tool, runtime):
    registry.register(Actors.ada, runtime, Draft("demo", name="acme", label="Acme"))
    old = ask(tool, "GET", "/providers/acme").headers["ETag"]
    registry.change(Actors.ada, runtime, "acme", Draft("demo", name="acme", label="By page"), old.strip('"'))
    late = ask(tool, "PATCH", "/providers/acme", {"label": "By API"}, If_Match=old)
    assert (late.status_code, late.json["code"]) == (409, "outdated")
    assert [fault["pointer"] for fault in late.json["errors"]] == ["/label"]
    assert "By page" in late.json["errors"][0]["detail"]
    again = ask(tool, "PATCH", "/providers/acme", {"label": "By API"}, If_Match=late.headers["ETag"])
    assert again.json["label"] == "By API"
    assert ask(tool, "PATCH", "/providers/acme", {"label": "Any"}, If_Match="*").status_code == 200
    assert ask(tool, "PATCH", "/providers/acme", {"label": "Any"}, If_Match="abc").status_code == 400


def test_a_provider_is_connected_read_turned_and_deleted_and_its_key_is_told_nobody(tool):
    body = {"type": "openai", "name": "acme", "key": CANARY, "models": ["gpt-5.2"]}
    made = ask(tool, "POST", "/providers", body)
    assert made.status_code == 201
    assert ask(tool, "POST", "/providers", body).status_code in (409, 422)
    listed = ask(tool, "GET", "/providers?limit=1")
    assert [line["name"] for line in listed.json["data"]] == ["acme"]
    keys = ask(tool, "GET", "/providers/acme/keys")
    assert len(keys.json["data"]) == 1
    for _ in range(2):
        turned = ask(tool, "PUT", "/providers/acme/enabled", {"enabled": False})
        assert turned.json["enabled"] is False
    assert all(CANARY not in answer.text for answer in (made, listed, keys, turned))
    assert ask(tool, "DELETE", "/providers/acme").status_code == 204
    assert ask(tool, "GET", "/providers/acme").status_code == 404
    assert ask(tool, "DELETE", "/providers/acme").status_code == 404


def test_every_fault_of_a_provider_is_named_in_its_place(tool):
    body = {"type": "openai", "name": "a b", "base_url": "nonsense at all", "connect_timeout": 1e5, "key": "x y"}
    answer = ask(tool, "POST", "/providers", body)
    assert answer.status_code == 422
    pointers = {fault["pointer"] for fault in answer.json["errors"]}
    assert {"/name", "/base_url", "/connect_timeout"} <= pointers


def test_a_list_is_read_to_its_end_each_once(tool, runtime):
    for number in range(7):
        make_provider(f"p-{number}")
    seen, cursor = [], ""
    while True:
        page = ask(tool, "GET", f"/providers?limit=3&cursor={cursor}").json
        assert len(page["data"]) <= 3
        seen += [line["name"] for line in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"p-{number}" for number in range(7)]


def test_models_are_read_to_their_end_each_once_though_one_goes_meanwhile(tool, runtime):
    models = [f"m-{number}" for number in range(7)]
    made = ask(tool, "POST", "/providers", {"type": "openai", "name": "acme", "key": CANARY, "models": models})
    assert made.status_code == 201
    first = ask(tool, "GET", "/models?limit=3").json
    assert ask(tool, "DELETE", f"/models/{first['data'][-1]['id']}").status_code == 204
    rest = ask(tool, "GET", f"/models?limit=200&cursor={first['next']}").json
    assert {line["name"] for line in first["data"] + rest["data"]} >= set(models) - {"m-3"}
    assert rest["next"] is None


def test_a_model_is_published_changed_and_made_the_default(tool, runtime):
    make_provider("acme")
    made = ask(tool, "POST", "/models", {"provider": "acme", "wire_name": "m-1", "prices": {"input": "1.5"}})
    assert (made.status_code, made.json["prices"]["input"]) == (201, "1.5")
    path = f"/models/{made.json['id']}"
    changed = ask(tool, "PATCH", path, {"display_name": "Mine"}, If_Match=made.headers["ETag"])
    assert (changed.json["display_name"], changed.json["prices"]) == ("Mine", made.json["prices"])
    late = ask(tool, "PATCH", path, {"display_name": "Yours"}, If_Match=made.headers["ETag"])
    assert (late.status_code, late.json["code"]) == (409, "outdated")
    assert ask(tool, "PUT", "/default", {"id": made.json["id"]}).json["address"] == "acme:m-1"
    assert ask(tool, "GET", "/models/available").json["data"][0]["address"] == "acme:m-1"


def test_no_key_of_ones_own_is_there_after_deleting_it_once_or_twice(tool):
    assert [ask(tool, "DELETE", "/me/keys/acme").status_code for _ in range(2)] == [204, 204]


def test_a_token_gives_no_more_than_it_has(app, runtime, tool):
    wide = ask(tool, "GET", "/me/tokens").json["data"][0]["id"]
    narrow = Tool(app, token(Actors.ada, runtime, "access_token.use", name="narrow"))
    assert ask(narrow, "POST", f"/me/tokens/{wide}/replace", {"hours": 1}).status_code == 403
    asked = {"name": "more", "scopes": ["user.manage"]}
    assert ask(narrow, "POST", "/me/tokens", asked).status_code == 403
    made = ask(narrow, "POST", "/me/tokens", {"name": "same", "scopes": ["access_token.use"]})
    assert made.status_code == 201
    assert ask(Tool(app, made.json["value"]), "GET", "/me/tokens").status_code == 200


def test_a_token_makes_none_that_outlives_or_outspends_it(app, runtime, tool):
    ends = datetime.now(UTC) + timedelta(days=2)
    value = own_tokens.create(Actors.ada, runtime, "short", ["access_token.use"], ends)
    short = Tool(app, value.value.bare())
    asked = {"name": "longer", "scopes": ["access_token.use"]}
    assert "expires_at" in ask(short, "POST", "/me/tokens", asked).get_data(as_text=True)
    later = {**asked, "expires_at": (ends + timedelta(days=1)).isoformat()}
    assert ask(short, "POST", "/me/tokens", later).status_code == 422
    assert ask(short, "POST", "/me/tokens", {**asked, "expires_at": ends.isoformat()}).status_code == 201
    with transaction() as session:
        allowances.put(session, Kind.TOKEN, value.id, Allowance(per_day=5), runtime.now())
    again = {**asked, "name": "another", "expires_at": ends.isoformat()}
    assert ask(short, "POST", "/me/tokens", again).status_code == 403


def test_anothers_things_are_not_there(app, runtime, tool):
    uma = Tool(app, token(Actors.uma, runtime, *SCOPES["uma"].split()))
    mine = ask(tool, "GET", "/me/tokens").json["data"][0]["id"]
    assert ask(uma, "DELETE", f"/me/tokens/{mine}").status_code == 404


def test_the_page_shows_every_endpoint(uma):
    page = uma.get("/api-reference")
    assert page.status_code == 200
    for one in OPERATIONS:
        assert f'id="{one.name.replace(".", "_")}"' in page.text
