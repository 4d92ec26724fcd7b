"""A signature reaches the model that made it, and no other."""

import pytest

from portal.dialects import origins
from portal.dialects.callers import API
from portal.dialects.callers.asked import Asked
from portal.dialects.conversation import (
    ChatDelta,
    ChatRequest,
    ChatResponse,
    Message,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolCallDelta,
)
from tests.dialects.callers import heard
from tests.dialects.callers.test_round_trips import next_request, stream

VENDORS = ("anthropic", "google", "openai", "bedrock", "openai_compatible")
PARTS: tuple[Part, ...] = (
    Reasoning("Hm.", "c2lnbmVk"),
    Reasoning(encrypted="ZW5jcnlwdGVk"),
    Reasoning("So.", encrypted="bmFtZWQ=", id="rs_9"),
    Text("Let me look."),
    ToolCall("call_1", "look", '{"at":1}', "Y2FsbGVk"),
)
DELTAS = [
    ChatDelta(thinking="Hm."),
    ChatDelta(signature="c2lnbmVk"),
    ChatDelta(encrypted="ZW5jcnlwdGVk"),
    ChatDelta(thinking="So.", reasoning_id="rs_9"),
    ChatDelta(encrypted="bmFtZWQ="),
    ChatDelta(text="Let me look."),
    ChatDelta(call=ToolCallDelta(0, "call_1", "look", '{"at":1}', "Y2FsbGVk")),
]


def gone_on(api: str, origin: str, *, streamed: bool) -> ChatRequest:
    """What a client sends next after an answer with all kinds of signatures, of that origin."""
    asked = Asked("m", streamed, True, ChatRequest("", ()), origin=origin)
    whole = API[api].write(asked, ChatResponse(PARTS, ""), "m", "17", 1)
    if streamed:
        told = heard.READERS[api](stream(api, DELTAS, asked))
        whole = {"choices": [{"message": told["message"]}]} if api == "chat_completions" else told
    return API[api].read(next_request(api, whole)).chat_request


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("api", sorted(API))
def test_signatures_go_back_to_the_model_that_made_them_and_reach_no_other_vendors(api, vendor, streamed):
    here = origins.origin_of(vendor, "p", "m", "k")
    request = gone_on(api, here, streamed=streamed)
    assert request.messages[1].parts == PARTS
    assert origins.only_own(request, here) == (request, ())
    for other in VENDORS:
        if other != vendor:
            left, named = origins.only_own(request, origins.origin_of(other, "p", "m", "k"))
            assert named == (origins.LEFT_OUT,)
            assert left.messages[1].parts == (
                Reasoning("Hm."),
                Reasoning("So."),
                Text("Let me look."),
                ToolCall("call_1", "look", '{"at":1}'),
            )


@pytest.mark.parametrize(("api", "vendor"), [("messages", "anthropic"), ("responses", "openai")])
def test_what_stands_in_its_vendors_own_field_is_as_it_came_and_packed_elsewhere(api, vendor):
    for made_by in VENDORS:
        asked = Asked("m", False, True, ChatRequest("", ()), origin=origins.origin_of(made_by, "p"))
        part = Reasoning("Hm.", "c2ln") if api == "messages" else Reasoning("Hm.", encrypted="c2ln")
        told = str(API[api].write(asked, ChatResponse((part,), ""), "m", "17", 1))
        assert ("c2ln" in told, "portal1_" in told) == (made_by == vendor, made_by != vendor)


@pytest.mark.parametrize("api", ["messages", "responses"])
def test_another_model_of_the_same_vendor_gets_none_of_what_is_packed(api):
    request = gone_on(api, origins.origin_of("google", "p", "m", "k"), streamed=False)
    for names in (("p", "other", "k"), ("p", "m", "other"), ("q", "m", "k")):
        assert origins.only_own(request, origins.origin_of("google", *names))[1] == (origins.LEFT_OUT,)


def test_a_message_that_held_nothing_else_goes():
    request = ChatRequest("m", (Message.of("user", "?"), Message("assistant", (Reasoning("", "s", origin="google:"),))))
    left, _ = origins.only_own(request, "anthropic:1")
    assert left.messages == (Message.of("user", "?"),)


def test_what_tells_nothing_of_its_maker_stops_nothing():
    request = ChatRequest("m", (Message("assistant", (Reasoning("Hm.", "s"),)),))
    assert origins.only_own(request, "google:1") == (request, ())


@pytest.mark.parametrize(
    ("dialect", "type", "model", "vendor"),
    [
        ("anthropic", "anthropic", "claude-x", "anthropic"),
        ("bedrock", "bedrock", "eu.anthropic.claude-x", "anthropic"),
        ("vertex", "vertex", "claude-x@20260101", "anthropic"),
        ("vertex", "vertex", "gemini-3", "google"),
        ("gemini", "google", "gemini-3", "google"),
        ("openai", "google", "models/gemini-3", "google"),
        ("bedrock", "bedrock", "amazon.nova-lite", "bedrock"),
        ("responses", "azure", "our-deployment", "openai"),
        ("openai", "openrouter", "anthropic/claude-x", "openrouter"),
    ],
)
def test_a_vendor_is_known_by_dialect_and_model(dialect, type, model, vendor):
    assert origins.vendor_of(dialect, type, model) == vendor
