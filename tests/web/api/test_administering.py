"""What an administrator keeps through the API: teams, contexts, schedules, limits, settings, configuration, keys."""

import pytest

from portal.domain.allowances import Kind
from portal.services.health import schedules
from portal.services.overrides import contexts
from portal.services.providers import registry
from portal.services.providers.drafts import Draft
from portal.services.teams import teams
from tests.chatting import connect
from tests.conftest import CANARY, Actors
from tests.web.api.calling import ask, every
from tests.web.api.schemas_held import SCOPES
from tests.web.gateway.callers import Tool, token


@pytest.fixture
def tool(app, runtime) -> Tool:
    return Tool(app, token(Actors.ada, runtime, *SCOPES["ada"].split()))


def pointers(answer) -> set[str]:
    return {fault["pointer"] for fault in answer.json["errors"]}


def test_what_a_role_reaches_is_not_lifted_by_a_blank_pattern(tool):
    made = ask(tool, "POST", "/roles", {"name": "Guest", "permissions": ["chat.use"], "models": ["acme:small"]})
    path = f"/roles/{made.json['id']}"
    for lifting in ([""], ["acme:small", " "], ["acme:small,*"]):
        assert pointers(ask(tool, "POST", "/roles", {"name": "Other", "models": lifting})) == {"/models"}
        refused = ask(tool, "PATCH", path, {"models": lifting}, If_Match=made.headers["ETag"])
        assert (refused.status_code, pointers(refused)) == (422, {"/models"})
    assert ask(tool, "GET", path).json["models"] == ["acme:small"]
    assert ask(tool, "PATCH", path, {"models": []}, If_Match=made.headers["ETag"]).json["models"] == []


def test_a_team_is_made_filled_entitled_and_deleted(tool):
    made = ask(tool, "POST", "/teams", {"name": "Red"})
    assert (made.status_code, made.json["entitled"], made.json["members"]) == (201, False, 0)
    assert pointers(ask(tool, "POST", "/teams", {"name": " red "})) == {"/name"}
    path = f"/teams/{made.json['id']}"
    added = ask(tool, "POST", f"{path}/members", {"email": "uma@example.org"})
    assert (added.status_code, added.json["name"], added.json["manages"]) == (201, "Uma Ortiz", False)
    assert pointers(ask(tool, "POST", f"{path}/members", {"email": "nobody@example.org"})) == {"/email"}
    member = f"{path}/members/{added.json['id']}"
    for _ in range(2):
        assert ask(tool, "PUT", f"{member}/manages", {"manages": True}).json["manages"] is True
        assert ask(tool, "PUT", f"{path}/entitled", {"entitled": True}).json["managers"] == ["Uma Ortiz"]
    assert [line["name"] for line in every(tool, f"{path}/members?limit=1")] == ["Uma Ortiz"]
    assert [line["members"] for line in every(tool, "/teams")] == [1]
    assert ask(tool, "DELETE", path).json["code"] == "conflict"
    assert [ask(tool, "DELETE", member).status_code for _ in range(2)] == [204, 404]
    assert [ask(tool, "DELETE", path).status_code for _ in range(2)] == [204, 404]


def test_members_are_read_to_their_end_each_once(tool, runtime):
    path = f"/teams/{teams.create(Actors.ada, runtime, 'Red')}/members"
    for name in ("ada", "otto", "uma", "eve"):
        assert ask(tool, "POST", path, {"email": f"{name}@example.org"}).status_code == 201
    assert [one["name"] for one in every(tool, f"{path}?limit=3")] == [
        "Ada Marsh",
        "Eve Stone",
        "Otto Lind",
        "Uma Ortiz",
    ]


def test_a_context_is_added_changed_and_removed(tool):
    body = {"name": "code_review", "label": "Code review", "capabilities": ["tools"]}
    made = ask(tool, "POST", "/contexts", body)
    assert (made.status_code, made.json["personal"], made.json["built_in"]) == (201, True, False)
    odd = ask(tool, "POST", "/contexts", {"name": "A b", "label": " ", "feature": "odd", "capabilities": ["odd"]})
    assert pointers(odd) == {"/name", "/label", "/feature", "/capabilities"}
    listed = {line["name"]: line["built_in"] for line in every(tool, "/contexts")}
    assert (listed["root"], listed["code_review"]) == (True, False)
    assert ask(tool, "GET", "/contexts/root").status_code == 404
    changed = ask(tool, "PATCH", "/contexts/code_review", {"personal": False}, If_Match=made.headers["ETag"])
    assert (changed.json["personal"], changed.json["label"]) == (False, "Code review")
    assert [ask(tool, "DELETE", "/contexts/code_review").status_code for _ in range(2)] == [204, 404]


def test_a_schedule_is_set_and_ended(tool, runtime):
    registry.register(Actors.ada, runtime, Draft("demo", name="demo"))
    path = "/providers/demo/schedule"
    read = ask(tool, "GET", path)
    assert (read.json["minutes"], read.json["next_at"]) == (None, None)
    put = ask(tool, "PUT", path, {"minutes": 5, "probe": "ping"}, If_Match=read.headers.get("ETag", "*"))
    assert (put.json["minutes"], put.json["probe"]) == (5, "ping")
    assert pointers(ask(tool, "PUT", path, {"minutes": 0.1}, If_Match="*")) == {"/minutes"}
    for _ in range(2):
        assert ask(tool, "PUT", path, {"minutes": None}, If_Match="*").json["minutes"] is None


def test_limits_and_budgets_are_set_whole_and_listed_by_kind(tool):
    path = f"/allowances/user/{Actors.uma.id}"
    body = {"per_minute": 5, "budget": "12.40", "raised_to": "20", "raised_until": "2099-01-01T00:00:00Z"}
    for _ in range(2):
        put = ask(tool, "PUT", path, body, If_Match="*")
        assert (put.status_code, put.json["budget"], put.json["per_day"]) == (200, "12.4", None)
    assert [line["name"] for line in every(tool, "/allowances?kind=user&limit=1")] == ["Uma Ortiz"]
    assert every(tool, "/allowances?kind=role") == []
    assert ask(tool, "GET", "/allowances").status_code == 422
    odd = ask(tool, "PUT", path, {"budget": "much", "raised_to": "more"}, If_Match="*")
    assert pointers(odd) == {"/budget", "/raised_to"}
    assert ask(tool, "GET", f"/allowances/odd/{Actors.uma.id}").status_code == 404
    assert ask(tool, "PUT", path, {}, If_Match="*").json["budget"] is None
    assert every(tool, "/allowances?kind=user") == []
    for _ in range(2):
        assert ask(tool, "PUT", "/allowances/unpriced", {"allowed": False}).json == {"allowed": False}
    assert ask(tool, "GET", "/allowances/unpriced").json == {"allowed": False}


def test_settings_say_where_they_come_from_and_no_secret(tool):
    read = ask(tool, "GET", "/settings")
    assert read.json["stored"]["usage_days"]["source"] == "default"
    assert any(line["variable"] == "PORTAL_SECRET_KEY" for line in read.json["environment"])
    body = {"usage_days": 50, "webhook_url": f"https://hooks.example.org/{CANARY}", "webhook_secret": CANARY * 2}
    changed = ask(tool, "PATCH", "/settings", body, If_Match=read.headers.get("ETag", "*"))
    assert changed.status_code == 200, changed.text
    assert changed.json["stored"]["usage_days"] == {"value": 50, "source": "database"}
    assert changed.json["stored"]["webhook_signed"] == {"value": True, "source": "database"}
    assert CANARY not in changed.text
    other = ask(tool, "PATCH", "/settings", {"archive_days": 9}, If_Match="*")
    assert other.json["stored"]["usage_days"]["value"] == 50
    assert other.json["stored"]["webhook_url"] == changed.json["stored"]["webhook_url"]
    odd = ask(tool, "PATCH", "/settings", {"retention_days": 10**6, "webhook_url": "ftp://x"}, If_Match="*")
    assert pointers(odd) == {"/retention_days", "/webhook_url"}
    cleared = ask(tool, "PATCH", "/settings", {"usage_days": None, "webhook_url": ""}, If_Match="*")
    assert cleared.json["stored"]["usage_days"]["source"] == "default"
    assert ask(tool, "POST", "/settings/webhook/test").json["code"] == "conflict"


def test_a_configuration_is_taken_away_looked_at_and_read_in(tool, runtime):
    registry.register(Actors.ada, runtime, Draft("openai", name="acme", key=CANARY))
    taken = ask(tool, "GET", "/config")
    assert "acme" in taken.json["providers"]
    assert CANARY not in taken.text
    body = {"name": "a.yaml", "content": "llm_portal: 1\nproviders:\n  acme:\n    label: Acme two\n"}
    plan = ask(tool, "POST", "/config/plan", body)
    assert plan.status_code == 200, plan.text
    assert plan.json["changes"]
    assert ask(tool, "GET", "/providers/acme").json["label"] != "Acme two"
    agreed = {**body, "digest": plan.json["digest"], "version": plan.json["version"]}
    done = ask(tool, "POST", "/config/apply", agreed)
    assert done.status_code == 200, done.text
    assert ask(tool, "GET", "/providers/acme").json["label"] == "Acme two"
    assert ask(tool, "POST", "/config/apply", agreed).json["code"] == "conflict"  # the portal changed since
    odd = ask(tool, "POST", "/config/plan", {"content": "\t{"})
    assert (odd.status_code, pointers(odd)) == (422, {"/content"})


def test_a_key_is_rotated_and_the_old_one_deleted_by_whoever_may_only_edit(app, tool, runtime):
    registry.register(Actors.ada, runtime, Draft("openai", name="acme", key=CANARY))
    editor = Tool(app, token(Actors.ada, runtime, "llm_provider.view", "llm_provider.edit", name="editor"))
    old = ask(editor, "GET", "/providers/acme/keys").json["data"][0]["id"]
    new = ask(editor, "POST", "/providers/acme/keys", {"key": f"{CANARY}-2", "replaces": old}).json["key"]["id"]
    assert ask(editor, "PUT", f"/providers/acme/keys/{new}/place", {"before": old}).status_code == 204
    assert [key["id"] for key in ask(editor, "GET", "/providers/acme/keys").json["data"]] == [new, old]
    assert ask(editor, "DELETE", f"/providers/acme/keys/{old}").status_code == 403
    assert ask(editor, "DELETE", f"/providers/acme/spare-keys/{old}").status_code == 204
    assert ask(editor, "DELETE", f"/providers/acme/spare-keys/{new}").json["code"] == "conflict"


def test_who_has_a_key_of_their_own_is_told_and_it_is_taken_away(tool, runtime, uma):
    registry.register(Actors.ada, runtime, Draft("openai", name="acme", key=CANARY))
    assert uma.post_form("/api-keys/acme", {"key": "sk-of-uma-1a2b3c4d5e6f"}).status_code == 302
    path = "/providers/acme/personal-keys"
    found = ask(tool, "GET", path)
    assert [one["name"] for one in found.json["people"]] == ["Uma Ortiz"]
    assert "sk-of-uma" not in found.text
    assert [ask(tool, "DELETE", f"{path}/{Actors.uma.id}").status_code for _ in range(2)] == [204, 404]


def test_a_model_is_put_in_its_place(tool, runtime, upstream):
    first, second = connect(runtime, Actors.ada, upstream.base_url, "one", "two")
    for _ in range(2):
        moved = ask(tool, "PUT", f"/models/{second}/place", {"before": str(first)})
        assert (moved.status_code, moved.json["name"]) == (200, "two")
    assert [line["name"] for line in every(tool, "/models?limit=1")] == ["two", "one"]


def test_the_second_of_two_is_told_of_everything_that_has_a_version(tool, runtime):
    registry.register(Actors.ada, runtime, Draft("demo", name="demo"))
    team = teams.create(Actors.ada, runtime, "Red")
    contexts.add(Actors.ada, runtime, contexts.Draft("review", "Review"))
    schedules.change(Actors.ada, runtime, "demo", 5, schedules.Probe.LIST)
    changes = {
        f"/teams/{team}": ("PATCH", {"name": "Blue"}, {"name": "Green"}, "/name"),
        "/contexts/review": ("PATCH", {"label": "One"}, {"label": "Two"}, "/label"),
        "/providers/demo/schedule": ("PUT", {"minutes": 6}, {"minutes": 7}, "/minutes"),
        "/settings": ("PATCH", {"usage_days": 40}, {"usage_days": 50}, "/usage_days"),
        f"/allowances/{Kind.USER}/{Actors.uma.id}": ("PUT", {"per_day": 5}, {"per_day": 6}, "/per_day"),
    }
    for path, (method, first, second, place) in changes.items():
        seen = ask(tool, "GET", path).headers["ETag"]
        assert ask(tool, method, path, first).status_code == 428, path
        assert ask(tool, method, path, first, If_Match=seen).status_code == 200, path
        late = ask(tool, method, path, second, If_Match=seen)
        assert (late.status_code, late.json["code"], pointers(late)) == (409, "outdated", {place}), path
        assert ask(tool, method, path, second, If_Match=late.headers["ETag"]).status_code == 200, path
