"""What goes in comes out: conversations read, answers written, streams read again, and all of it once more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.dialects.callers import API
from portal.dialects.callers.asked import Asked
from portal.dialects.conversation import ChatDelta, ChatRequest, ChatResponse, Part, Reasoning, Text, ToolCall
from tests.dialects.callers import heard, said
from tests.dialects.callers.generated import answers, conversations

APIS = sorted(API)
BARE = Asked("m", False, True, ChatRequest("", ()))


@pytest.mark.parametrize("api", APIS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_conversation_is_read_as_it_was_written(api: str, data: st.DataObject):
    conversation = data.draw(conversations(api))
    asked = API[api].read(said.WRITERS[api](conversation))
    assert asked.chat_request == conversation
    assert asked.left_out == ()


def kind_of(api: str) -> dict[str, bool]:
    """Chat completions tells thinking, words and calls in this order; custom tools are OpenAI's."""
    return {"custom": api != "messages", "ordered": api == "chat_completions"}


@pytest.mark.parametrize("api", APIS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_stream_that_is_put_together_is_the_whole_answer(api: str, data: st.DataObject):
    response, deltas = data.draw(answers(**kind_of(api)))
    whole = API[api].write(BARE, response, "team/model", "17", 1_790_000_000)
    streamed = heard.READERS[api](stream(api, deltas))
    if api == "chat_completions":
        choice = whole.pop("choices")[0]
        whole |= {"message": choice["message"], "finish_reason": choice["finish_reason"]}
        del whole["object"]
    assert streamed == whole


def stream(api: str, deltas: list[ChatDelta], asked: Asked = BARE) -> bytes:
    writer = API[api].writer(asked, "team/model", "17", 1_790_000_000)
    return writer.begin() + b"".join(writer.delta(delta) for delta in deltas) + writer.end()


def next_request(api: str, whole: dict) -> dict:
    """What a client sends next: all that it was given, as it came."""
    if api == "chat_completions":
        return {"model": "m", "messages": [{"role": "user", "content": "?"}, whole["choices"][0]["message"]]}
    if api == "responses":
        return {"model": "m", "input": [{"role": "user", "content": "?"}, *whole["output"]]}
    content = [{"role": "user", "content": "?"}, {"role": "assistant", "content": whole["content"]}]
    return {"model": "m", "max_tokens": 9, "messages": content}


@pytest.mark.parametrize("api", APIS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_conversation_goes_on_with_every_signature_to_the_letter(api: str, data: st.DataObject):
    response, _ = data.draw(answers(**kind_of(api)))
    whole = API[api].write(BARE, response, "team/model", "17", 1_790_000_000)
    asked = API[api].read(next_request(api, whole))
    assert asked.chat_request.messages[1].parts == response.parts
    assert asked.left_out == ()


@pytest.mark.parametrize("api", APIS)
def test_a_call_whose_provider_gave_no_id_has_one_of_its_own(api: str):
    parts: tuple[Part, ...] = (ToolCall("", "look", "{}"), ToolCall("", "look", "{}"))
    asked = API[api].read(next_request(api, API[api].write(BARE, ChatResponse(parts, ""), "m", "17", 1)))
    calls = [part for part in asked.chat_request.messages[1].parts if isinstance(part, ToolCall)]
    assert [call.id[-5:] for call in calls] == ["_17_0", "_17_1"]


@pytest.mark.parametrize("api", APIS)
def test_the_words_and_thinking_of_an_answer_without_signatures_come_back(api: str):
    parts = (Reasoning("Hm."), Text("Yes."))
    asked = API[api].read(next_request(api, API[api].write(BARE, ChatResponse(parts, ""), "m", "17", 1)))
    assert asked.chat_request.messages[1].parts == parts
