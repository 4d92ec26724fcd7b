"""The demo says what it is, and behaves like a provider."""

import json

import pytest

from portal.dialects import demo
from portal.dialects.base import UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import ChatRequest, FinishReason, Message
from portal.domain.faults import Category, UpstreamError
from tests.dialects.recordings import endpoint

HERE = endpoint("demo")


def asked(
    question: str, model: str = "demo-small", stream: bool = True, system: str = "", **options: object
) -> UpstreamRequest:
    chat_request = ChatRequest(
        model,
        (Message.of("user", "first"), Message.of("assistant", "ok"), Message.of("user", question)),
        system,
        options,
    )
    return demo.chat(HERE, chat_request, stream=stream)


def text_of(request: UpstreamRequest) -> str:
    return "".join(delta.text for delta in demo.read_stream(HERE, {}, demo.answer(request, 0)))


def test_it_says_that_it_is_no_ai_and_shows_what_markdown_can_do():
    text = text_of(asked("What is the capital of France?", system="Be a poet."))
    assert "no AI" in text
    assert "nothing left this machine" in text
    assert "What is the capital of France?" in text
    assert "\n- 6 words in your message\n- 3 turns" in text
    assert "a system prompt of 3 words" in text
    assert "```python\n" in text


def test_the_large_one_says_more():
    assert len(text_of(asked("Hi", "demo-large"))) > len(text_of(asked("Hi"))) + 300


def test_streamed_and_whole_say_the_same():
    whole = demo.read_chat(HERE, UpstreamResponse(200, {}, b"".join(demo.answer(asked("Hi", stream=False), 0))))
    assert whole.text == text_of(asked("Hi"))
    assert whole.usage
    assert whole.usage.input == 3
    assert whole.usage.output == len([p for p in demo.read_stream(HERE, {}, demo.answer(asked("Hi"), 0)) if p.text])


def test_what_people_type_is_quoted_and_never_acted_on():
    text = text_of(asked("# *big* <b>bold</b> {braces}\n```code" + " word" * 200))
    assert "\\# \\*big\\* \\<b\\>bold\\</b\\> \\{braces\\}" in text
    assert text.count("```") == 2
    assert "…”" in text


def test_a_token_limit_cuts_it_short():
    deltas = list(demo.read_stream(HERE, {}, demo.answer(asked("Hi", max_output_tokens=3), 0)))
    assert sum(bool(delta.text) for delta in deltas) == 3
    assert FinishReason.LENGTH in [delta.finish_reason for delta in deltas]


def test_words_arrive_one_by_one():
    slept: list[float] = []
    arriving = demo.answer(asked("Hi"), 0.25, slept.append)
    next(arriving)
    assert slept == []
    next(arriving)
    next(arriving)
    assert slept == [0.25, 0.25]


def test_a_model_it_has_not_got_is_missing():
    with pytest.raises(UpstreamError) as caught:
        list(demo.read_stream(HERE, {}, demo.answer(asked("Hi", "gpt-5.2"), 0)))
    assert caught.value.fault.category is Category.MODEL_NOT_FOUND


@pytest.mark.parametrize("body", [None, b"", b"nonsense", b"[]", b'{"model":"demo-small","messages":7}'])
def test_odd_requests_get_an_answer_too(body):
    assert b"".join(demo.answer(UpstreamRequest("POST", "demo:", {}, body), 0))


def test_it_lists_its_models():
    listed = json.loads(b"".join(demo.answer(UpstreamRequest("GET", "demo:/models"), 0)))
    assert [row["id"] for row in listed["data"]] == ["demo-small", "demo-large"]
