"""State that stays at a provider: whoever got it goes on with it, by the model and the key that made it, or is told why
not; nobody else learns that it is there."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.services.keys import shared_keys
from portal.services.usage import retention
from portal.store import providers
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from portal.store.provider_states import ProviderStateRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import KEY, connect
from tests.upstream import Upstream
from tests.upstream.steps import respond
from tests.web.gateway.callers import Tool, rows, same, token

SECOND = "sk-second-0b1c2d3e"


def answered(name: str = "resp_1", **more: object) -> dict[str, object]:
    message = {"id": f"msg_of_{name}", "type": "message", "role": "assistant", "content": []}
    return {
        "id": name,
        "object": "response",
        "status": "completed",
        "output": [{"id": f"rs_of_{name}", "type": "reasoning", "summary": []}, message],
        "usage": {"input_tokens": 3, "output_tokens": 1},
    } | more


@pytest.fixture
def up():
    with Upstream() as up:
        up.respond(json=answered())
        yield up


@pytest.fixture
def models(runtime, actors, up) -> list[UUID]:
    return connect(runtime, actors.ada, up.base_url, "gpt-5.2", "other")


@pytest.fixture
def tool(app, actors, runtime, models):
    return Tool(app, token(actors.uma, runtime))


def ask(tool: Tool, model: str = "acme/gpt-5.2", input: object = "Hello", **more: object):
    return tool.post("/v1/responses", {"model": model, "input": input} | more)


def add_key(runtime, actors, key: str = SECOND) -> None:
    with transaction() as session:
        lock_catalog(session)
        shared_keys.add(session, runtime, actors.ada, providers.find(session, "acme"), key)


def delete_first_key() -> None:
    with transaction() as session:
        lock_catalog(session)
        session.scalars(select(SharedKeyRecord).order_by(SharedKeyRecord.position)).first().retired_at = datetime.now(
            UTC
        )


def kept() -> list[ProviderStateRecord]:
    with reading() as session:
        return list(session.scalars(select(ProviderStateRecord)))


def keys_used(up: Upstream) -> list[str]:
    return [request.headers["authorization"].removeprefix("Bearer ") for request in up.requests]


def refused(answer, status: int, code: str) -> str:
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code), answer.text
    assert answer.headers["x-should-retry"] == "false"
    return answer.json["error"]["message"]


STREAMED = [
    {"type": "response.created", "response": {"id": "resp_1", "output": [], "usage": None}},
    ("response.completed", {"type": "response.completed", "response": answered()}),
]


@pytest.mark.parametrize("stream", [False, True])
def test_whoever_got_an_answer_goes_on_with_it(tool, up, stream):
    if stream:
        up.stream_sse(STREAMED)
    assert ask(tool, stream=stream).status_code == 200
    answer = ask(tool, previous_response_id="resp_1", stream=stream)
    assert answer.status_code == 200
    assert up.requests[-1].json["previous_response_id"] == "resp_1"
    assert len(kept()) == 3


def test_an_item_of_an_answer_is_referred_to_alike(tool, up):
    ask(tool)
    for reference in ({"type": "item_reference", "id": "msg_of_resp_1"}, {"id": "rs_of_resp_1"}):
        assert ask(tool, input=[reference, {"role": "user", "content": "on"}]).status_code == 200
    refused(ask(tool, input=[{"type": "item_reference", "id": "msg_of_another"}]), 404, "item_not_found")


@pytest.mark.parametrize("how", [{"store": False}, {}])
def test_nothing_is_kept_of_what_stays_nowhere(tool, up, how):
    up.respond(json=answered(store=False) if not how else answered())
    ask(tool, **how)
    assert kept() == []
    assert len(rows(tool._client.application)) == 1


def test_another_persons_answer_is_as_unknown_as_one_that_nobody_got(app, actors, runtime, tool, up):
    ask(tool)
    asked = len(up.requests)
    other = Tool(app, token(actors.ada, runtime))
    theirs = ask(other, previous_response_id="resp_1")
    nobodys = ask(tool, previous_response_id="resp_2")
    refused(theirs, 404, "previous_response_not_found")
    assert same(theirs, nobodys, but=lambda value: str(value).replace("resp_2", "resp_1"))
    item = [{"type": "item_reference", "id": "msg_of_resp_1"}]
    refused(ask(other, input=item), 404, "item_not_found")
    assert len(up.requests) == asked


def test_a_conversation_that_the_portal_never_saw_is_refused_by_name(tool, up):
    for conversation in ("conv_1", {"id": "conv_1"}):
        assert "conv_1" in refused(ask(tool, conversation=conversation), 404, "conversation_not_found")
    assert up.requests == []


def test_the_key_that_made_it_serves_though_another_one_is_first(actors, runtime, tool, up):
    add_key(runtime, actors)
    up.script(respond(401, json={"error": {"message": "bad key"}}), respond(json=answered()))
    assert ask(tool).status_code == 200
    with transaction() as session:  # the first key is well again, and is asked first
        lock_catalog(session)
        for key in session.scalars(select(SharedKeyRecord)):
            key.rest_strikes, key.rest_until, key.rest_category = 0, None, ""
    assert ask(tool).status_code == 200
    assert ask(tool, previous_response_id="resp_1").status_code == 200
    assert ask(tool).status_code == 200
    assert keys_used(up)[:2] == [KEY, SECOND]


def test_no_other_key_is_asked_when_that_one_is_refused(app, actors, runtime, tool, up):
    ask(tool)
    add_key(runtime, actors)
    up.respond(401, json={"error": {"message": "bad key"}})
    words = refused(ask(tool, previous_response_id="resp_1"), 400, "state_gone")
    assert "resp_1" in words
    assert "acme/gpt-5.2" in words
    assert keys_used(up) == [KEY, KEY]
    assert [(row.state, row.status, row.category) for row in rows(app)][-1] == ("failed", 400, "auth")


def test_a_limit_of_that_key_passes_and_is_no_end(actors, runtime, tool, up):
    ask(tool)
    add_key(runtime, actors)
    up.respond(429, json={"error": {"message": "slow down"}}, headers={"Retry-After": "3"})
    first, second = (ask(tool, previous_response_id="resp_1") for _ in range(2))
    assert (first.status_code, first.headers["Retry-After"]) == (429, "3")
    assert second.status_code == 429
    assert set(keys_used(up)) == {KEY}


def test_a_key_that_was_deleted_is_named(app, actors, runtime, tool, up):
    ask(tool)
    add_key(runtime, actors)
    delete_first_key()
    asked = len(up.requests)
    assert "key" in refused(ask(tool, previous_response_id="resp_1"), 400, "state_gone")
    assert len(up.requests) == asked
    assert rows(app)[-1].state == "failed"
    assert ask(tool).status_code == 200  # the whole conversation goes by the other key


@pytest.mark.parametrize("model", ["acme/gpt-5.2", "auto"])
def test_a_model_that_was_turned_off_is_named(tool, models, model):
    ask(tool)
    with transaction() as session:
        lock_catalog(session)
        session.get(LanguageModelRecord, models[0]).enabled = False
    assert "acme/gpt-5.2" in refused(ask(tool, model, previous_response_id="resp_1"), 400, "state_gone")


def test_auto_stays_with_the_model_that_made_it_and_a_name_decides(tool, up):
    ask(tool, "acme/other")
    assert ask(tool, "auto").headers["Portal-Model"] == "acme/gpt-5.2"
    up.respond(json=answered("resp_2"))
    ask(tool, "acme/other")
    assert ask(tool, "auto", previous_response_id="resp_2").headers["Portal-Model"] == "acme/other"
    assert ask(tool, "acme/gpt-5.2", previous_response_id="resp_2").headers["Portal-Model"] == "acme/gpt-5.2"


def test_another_providers_model_cannot_go_on_with_it(actors, runtime, tool, up):
    ask(tool)
    connect(runtime, actors.ada, up.base_url, "m-1", name="elsewhere")
    words = refused(ask(tool, "elsewhere/m-1", previous_response_id="resp_1"), 400, "state_gone")
    assert "elsewhere/m-1" in words


def test_what_is_translated_keeps_nothing_and_says_so(app, actors, runtime):
    with Upstream.anthropic(key=KEY, answer="Hi") as up:
        connect(runtime, actors.ada, up.base_url, "claude-x", type="anthropic", name="anthropic")
        tool = Tool(app, token(actors.uma, runtime))
        answer = ask(tool, "anthropic/claude-x")
        assert answer.status_code == 200
        again = ask(tool, "anthropic/claude-x", previous_response_id=answer.json["id"])
    assert again.status_code == 400
    assert again.json["error"]["param"] == "previous_response_id"
    assert kept() == []


def test_it_is_forgotten_when_providers_forget_it(runtime, tool):
    ask(tool)
    with transaction() as session:
        for row in session.scalars(select(ProviderStateRecord)):
            row.at -= timedelta(days=retention.STATE_DAYS, minutes=1)
    refused(ask(tool, previous_response_id="resp_1"), 404, "previous_response_not_found")
    retention.prune(runtime)
    assert kept() == []
