"""A ceiling of an application's own at the gateway: whatever its tokens name, nothing above it is listed or answers."""

import pytest

from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.services.configuration import importing
from portal.services.configuration.files import GivenFile
from portal.services.overrides import pins
from portal.services.overrides.choices import Typed
from portal.services.people import roles
from tests.chatting import connect
from tests.services.access_tokens.setting import another_process
from tests.services.explain.setting import role
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


FURTHER = (
    {"models": ["anthropic/claude-opus-4.7"]},
    {"fallbacks": [{"model": "claude-opus-4-7"}]},
    {"providerOptions": {"gateway": {"models": ["openai/gpt-5.2"]}}},
    {"Models": ["gpt-5.2"]},
    {"preset": "the-large-ones"},
    {"tools": [{"type": "image_generation", "model": "gpt-image-2"}]},
)
NONE = (
    {"models": []},
    {"fallbacks": None},
    {"providerOptions": {"gateway": {"order": ["azure"]}}},
    {"providerOptions": 1},
    {"tools": [{"type": "function", "function": {"name": "model", "parameters": {"type": "object"}}}]},
    {"tools": ["model"]},
)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings"])
def test_no_further_models_are_named_past_what_somebody_reaches(app, editor, actors, runtime, up, path):
    """A provider that is a gateway itself would take one of them where the first does not answer."""
    body = {"model": "acme/other", "messages": [], "input": "Hello", "max_tokens": 9}
    guest, may = role(runtime, "Guest", "acme:other", holder=actors.uma.id), [Permission.CHAT, Permission.ACCESS_TOKEN]
    roles.change(actors.ada, runtime, guest, "Guest", "", may, "acme:other")
    limited = Tool(app, editor.sign()), Tool(app, token(actors.uma, runtime))
    for tool in limited:
        for further in FURTHER:
            refused = tool.post(path, body | further)
            assert refused.status_code == 400, further
            assert "You may not use every model" in refused.json["error"]["message"]
    everywhere = Tool(app, token(actors.ada, runtime))
    for tool in (*limited, everywhere):
        for name in ("Model", "MODEL"):
            refused = tool.post(path, body | {name: "gpt-5.2"})
            assert (refused.status_code, "Write it as model" in refused.json["error"]["message"]) == (400, True)
    assert up.requests == []


def test_who_reaches_every_model_may_name_further_ones_and_blank_ones_name_none(app, editor, actors, runtime, up):
    everywhere, limited = Tool(app, token(actors.ada, runtime)), Tool(app, editor.sign())
    for tool, fields in ((everywhere, FURTHER), (limited, NONE)):
        for further in fields:
            assert tool.chat(model="acme/other", **further).status_code == 200, further
            sent = up.requests[-1].json
            assert {name: sent[name] for name in further} == further, "it goes on as it came"
