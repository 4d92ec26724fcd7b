"""A ceiling of an application's own at the gateway: whatever its tokens name, nothing above it is listed or answers."""

import pytest

from portal.services.applications import registry
from portal.services.configuration import importing
from portal.services.configuration.files import GivenFile
from portal.services.overrides import pins
from portal.services.overrides.choices import Typed
from tests.chatting import connect
from tests.services.access_tokens.setting import another_process
from tests.signing import Editor, register
from tests.upstream import Upstream
from tests.web.gateway.callers import Tool, token


@pytest.fixture
def up():
    with Upstream() as up:
        up.respond(json={"id": "chatcmpl-1", "choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}})
        yield up


@pytest.fixture
def editor(actors, runtime, up) -> Editor:
    """An application, and two models of one provider."""
    connect(runtime, actors.ada, up.base_url, "gpt-5.2", "other", prices={"input": "1000", "output": "0"})
    return register(actors.ada, runtime)


def test_a_ceiling_of_its_own_bounds_an_application_from_the_next_request_on(app, editor, actors, runtime, up):
    """Whatever a token names: lists, names, aliases, `auto`, pins and the default hold to it, and so does its end."""
    tool, narrow = Tool(app, editor.sign()), Tool(app, editor.permitted("ai:models:acme:gpt*"))

    def names(tool):
        return {row["id"] for row in tool.get("/v1/models").json["data"] if "/" in row["id"]}

    aliases = "llm_portal: 1\nmodels: [{provider: acme, model_id: gpt-5.2, aliases: [fast, 'big-*']}]\n"
    importing.apply(actors.ada, runtime, GivenFile("c.yaml", aliases.encode()))
    assert tool.chat(model="fast").headers["Portal-Model"] == "acme/gpt-5.2"
    pins.pin(actors.ada, runtime, "general", Typed("acme:gpt-5.2"))
    assert tool.chat(model="auto:general").headers["Portal-Model"] == "acme/gpt-5.2"
    registry.change(actors.ada, runtime, editor.made.id, models="*:other\nnobody:*")
    asked = len(up.requests)
    assert (names(tool), names(narrow)) == ({"acme/other"}, set())
    said = "The application intranet-editor has a ceiling of models of its own, and {!r} is above it. "
    for name in ("acme/gpt-5.2", "acme:gpt-5.2", "gpt-5.2", "fast", "big-one"):
        refused = tool.chat(model=name)
        assert (refused.status_code, refused.json["error"]["code"]) == (404, "model_not_found")
        assert refused.json["error"]["message"] == said.format(name) + "You may use: acme/other."
        assert tool.get(f"/v1/models/{name}").status_code == 404
    assert "ceiling" not in tool.chat(model="acme/nothing").json["error"]["message"]
    assert len(up.requests) == asked
    for auto in ("auto", "auto:general"):
        assert tool.chat(model=auto).headers["Portal-Model"] == "acme/other"
        refused = narrow.chat(model=auto).json["error"]["message"]
        assert "ceiling of models of its own, and nothing that this token names is below it" in refused
    assert [one["id"] for one in tool.get("/v1/models/1").json["models"]] == ["other"]
    told = {one["name"]: (one["allowed"], one["reason"]) for one in tool.get("/api/v1/models/available").json["data"]}
    assert told == {"gpt-5.2": (False, "above_ceiling"), "other": (True, None)}
    bare = Tool(app, editor.permitted("ai:models:acme:other")).get("/api/v1/models/available").json["data"]
    assert [one["name"] for one in bare] == ["other"], "what a token does not name stays unknown"
    by_name = Tool(app, editor.sign({}, iss="intranet-editor"))
    assert names(by_name) == {"acme/other"}, "found by its name as by its key"
    with app.app_context(), another_process():
        registry.change(actors.ada, runtime, editor.made.id, models="")
    assert names(tool) == {"acme/gpt-5.2", "acme/other"}
    assert narrow.chat().status_code == 200


def test_the_ceiling_of_one_application_is_no_other_ones_nor_anybodys(app, editor, actors, runtime):
    other = register(actors.ada, runtime, "other-editor")
    registry.change(actors.ada, runtime, editor.made.id, models="nobody:*")
    assert Tool(app, editor.sign()).chat(model="acme/other").status_code == 404
    assert Tool(app, other.sign()).chat(model="acme/other").status_code == 200
    assert Tool(app, token(actors.uma, runtime)).chat(model="acme/other").status_code == 200
