"""An access key of Amazon's signs what is passed on, over the very bytes; where it may not, Converse answers."""

import json
from dataclasses import replace

import pytest

from portal.dialects.provider_types.shape import Api
from portal.dialects.provider_types.table import TYPES
from portal.services.keys import shared_keys
from portal.store import providers
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord
from tests.chatting import connect
from tests.upstream import Upstream
from tests.upstream.amazon import wanted_signature
from tests.upstream.steps import respond
from tests.web.gateway.callers import Tool, rows, token

KEY_ID, SECRET, REGION = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG", "eu-central-1"
MODEL = "anthropic.claude-opus-5-5"
ANSWER = {"type": "message", "role": "assistant", "content": [], "usage": {"input_tokens": 1, "output_tokens": 2}}
SENT = (
    b'{"model":"'
    + MODEL.encode()
    + b'", "max_tokens":5,"x_new":{"n":1.50},"messages":[{"role":"user","content":"Hi"}]}'
)


@pytest.fixture
def tool(app, actors, runtime, up, monkeypatch):
    here = Api("messages", "/anthropic/v1/messages", key_kinds=("key", "aws"), service="bedrock-mantle", assumed=True)
    monkeypatch.setitem(TYPES, "bedrock", replace(TYPES["bedrock"], apis=(here,)))
    connect(runtime, actors.ada, up.origin, MODEL, type="bedrock", name="bedrock", key=None)
    with transaction() as session:
        lock_catalog(session)
        provider: ProviderRecord = providers.find(session, "bedrock")
        provider.settings = {"region": REGION}
        parts = {"access_key_id": KEY_ID, "secret_access_key": SECRET}
        shared_keys.add(session, runtime, actors.ada, provider, json.dumps(parts), "aws")
    return Tool(app, token(actors.uma, runtime))


@pytest.fixture
def up():
    with Upstream.bedrock(access_key=(KEY_ID, SECRET), region=REGION, models=[MODEL], answer="By Converse.") as up:
        yield up


def test_the_passed_bytes_are_signed(app, tool, up):
    up.respond(json=ANSWER, path="/anthropic/v1/messages")
    answer = tool.post("/v1/messages", SENT)
    assert answer.json == ANSWER
    [asked] = up.requests
    assert asked.body == SENT
    scope = asked.headers["authorization"]
    assert f"/{REGION}/bedrock-mantle/aws4_request" in scope
    signed = scope.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    wanted = wanted_signature(asked, KEY_ID, SECRET, REGION, signed, service="bedrock-mantle")
    assert scope.endswith(f"Signature={wanted}")
    assert SECRET not in str(asked.headers)
    assert [row.passed for row in rows(app)] == [True]


def test_an_access_key_that_may_not_ask_there_is_asked_by_converse_from_then_on(app, tool, up):
    words = f"User: arn:aws:iam::1:user/x is not authorized to perform: bedrock-mantle:CreateInference on {MODEL}"
    up.script(respond(403, json={"message": words}), path="/anthropic/v1/messages")
    for _ in range(2):
        answer = tool.post("/v1/messages", SENT)
        assert answer.status_code == 200, answer.text
        assert "By Converse." in answer.text
    assert [request.path.partition("/")[2].partition("/")[0] for request in up.requests] == [
        "anthropic",
        "model",
        "model",
    ]
    assert [row.passed for row in rows(app)] == [False, False]
