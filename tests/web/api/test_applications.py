"""Embedding applications by the API: the same verbs as the pages', a secret in one answer alone."""

import pytest

from tests.conftest import Actors
from tests.signing import Editor, public_pem, rsa_key
from tests.web.api.test_changes import ask
from tests.web.gateway.callers import Tool, token

SCOPES = ("application.view", "application.manage", "chat.use")
NEW = {"name": "intranet-editor", "environments": {"production": "editor-prod"}}


@pytest.fixture
def tool(app, runtime) -> Tool:
    return Tool(app, token(Actors.ada, runtime, *SCOPES))


def test_from_its_registration_to_its_end(app, tool, runtime):
    made = ask(tool, "POST", "/applications", NEW)
    assert made.status_code == 201
    assert made.json["secret"].startswith("llms_")

    class Named:
        kid, algorithm, id = made.json["kid"], made.json["algorithm"], made.json["id"]

    editor = Editor(Named, made.json["secret"], int(runtime.now().timestamp()))
    path = f"/applications/{Named.id}"
    assert Tool(app, editor.sign()).get("/v1/models").status_code == 200
    read = ask(tool, "GET", path)
    assert [key["kid"] for key in read.json["keys"]] == [Named.kid]
    assert "llms_" not in read.text + ask(tool, "GET", "/applications").text
    places = {"environments": {"staging": "editor-stage"}}
    assert ask(tool, "PUT", f"{path}/environments", places).status_code == 428
    changed = ask(tool, "PUT", f"{path}/environments", places, If_Match=read.headers["ETag"])
    assert changed.json["environments"] == {"staging": "editor-stage"}
    assert ask(tool, "PUT", f"{path}/environments", NEW | places, If_Match='"x"').status_code in (409, 422)
    assert Tool(app, editor.sign()).get("/v1/models").status_code == 401
    assert Tool(app, editor.sign(aud="editor-stage")).get("/v1/models").status_code == 200
    assert ask(tool, "PUT", f"{path}/enabled", {"enabled": False}).json["enabled"] is False
    assert ask(tool, "PUT", f"{path}/enabled", {"enabled": True}).json["enabled"] is True
    other = ask(tool, "POST", f"{path}/keys", {"hours": 1, "public_key": public_pem(rsa_key())})
    assert (other.status_code, other.json["algorithm"], other.json["secret"]) == (201, "RS256", None)
    old = ask(tool, "GET", path).json["keys"][1]
    assert old["until"] == other.json["old_until"]
    assert ask(tool, "DELETE", f"{path}/keys/{old['id']}").status_code == 204
    assert ask(tool, "DELETE", f"{path}/keys/{old['id']}").status_code == 404
    assert ask(tool, "DELETE", path).status_code == 204
    assert ask(tool, "GET", path).status_code == 404
    assert ask(tool, "DELETE", path).status_code == 404


def test_its_ceiling_is_set_read_and_taken_away(tool):
    made = ask(tool, "POST", "/applications", NEW | {"models": ["acme", "*:gpt-5*"]}).json
    path = f"/applications/{made['id']}"
    read = ask(tool, "GET", path)
    assert read.json["models"] == ["acme:*", "*:gpt-5*"]
    assert ask(tool, "PUT", f"{path}/models", {"models": []}).status_code == 428
    tag = read.headers["ETag"]
    wrong = ask(tool, "PUT", f"{path}/models", {"models": ["acme:"]}, If_Match=tag)
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/models")
    for lifting in ([""], ["  "], [","], ["acme:small,*"], ["acme:small", ""], ["acme:small\n*"]):
        refused = ask(tool, "PUT", f"{path}/models", {"models": lifting}, If_Match=tag)
        assert (refused.status_code, ask(tool, "GET", path).json["models"]) == (422, read.json["models"]), lifting
    changed = ask(tool, "PUT", f"{path}/models", {"models": ["acme:small"]}, If_Match=tag)
    assert (changed.json["models"], changed.json["environments"]) == (["acme:small"], NEW["environments"])
    assert ask(tool, "PUT", f"{path}/models", {"models": []}, If_Match=tag).status_code == 409
    places = {"environments": {"staging": "editor-stage"}}
    moved = ask(tool, "PUT", f"{path}/environments", places, If_Match=changed.headers["ETag"])
    assert moved.json["models"] == ["acme:small"], "where it runs is another matter"
    free = ask(tool, "PUT", f"{path}/models", {"models": []}, If_Match=moved.headers["ETag"])
    assert free.json["models"] == ask(tool, "GET", "/applications").json["data"][0]["models"] == []


def test_every_field_at_fault_is_named(tool):
    answer = ask(tool, "POST", "/applications", {"name": "A B", "environments": {}, "public_key": "none"})
    assert answer.status_code == 422
    assert {error["pointer"] for error in answer.json["errors"]} == {"/name", "/environments", "/public_key"}


def test_whoever_may_not_is_told_so(app, runtime, tool):
    made = ask(tool, "POST", "/applications", NEW).json
    uma = Tool(app, token(Actors.uma, runtime))
    watching = Tool(app, token(Actors.ada, runtime, "application.view", name="watching"))
    managing = Tool(app, token(Actors.ada, runtime, "application.manage", name="managing"))
    assert ask(uma, "GET", "/applications").status_code == 403
    assert ask(watching, "GET", f"/applications/{made['id']}").status_code == 200
    assert ask(watching, "DELETE", f"/applications/{made['id']}").status_code == 403
    assert ask(managing, "POST", "/applications", NEW | {"name": "other"}).status_code == 403
