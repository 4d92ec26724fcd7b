"""Thinking between tags at the beginning of an answer, however its text is cut."""

import pytest

from portal.dialects.conversation import ChatDelta, ChatResponse, FinishReason, Reasoning, Text, ToolCall, ToolCallDelta
from portal.dialects.think_tags import folded, folded_whole
from portal.domain.faults import Category, Fault, UpstreamError

CASES = [
    ("<think>\nHm.\n</think>\n\nHello!", "Hm.\n", "Hello!"),
    ("\n<think>Hm.</think>Hello!", "Hm.", "Hello!"),
    ("<thinking>Hm.</thinking>\nHello!", "Hm.", "Hello!"),
    ("<think>\n\n</think>\n\nHello!", "", "Hello!"),
    ("Hm.\nSo.\n</think>\n\nHello!", "Hm.\nSo.", "Hello!"),
    ("</think>\n\nHello!", "", "Hello!"),
    ("Hm.\n</think>", "Hm.", ""),
    ("<think>It never ends", "It never ends", ""),
    ("<thin ice> is text", "", "<thin ice> is text"),
    ("Write <think> first.\n</think>\nThen end.", "", "Write <think> first.\n</think>\nThen end."),
    ("The tag </think> ends it.", "", "The tag </think> ends it."),
    ("```\n</think>\n```\nSo.", "", "```\n</think>\n```\nSo."),
    ("<think>a</think>b\n</think>\nc <think>d</think>", "a", "b\n</think>\nc <think>d</think>"),
    ("a < b\n<", "", "a < b\n<"),
    ("", "", ""),
]


def read(deltas) -> tuple[str, str]:
    text, thinking = "", ""
    for delta in deltas:
        if delta.folds:
            text, thinking = "", thinking + text
        text, thinking = text + delta.text, thinking + delta.thinking
    return thinking, text


@pytest.mark.parametrize(("raw", "thinking", "text"), CASES)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_it_is_told_apart_wherever_the_text_is_cut(raw, thinking, text, size):
    pieces = [ChatDelta(raw[at : at + size]) for at in range(0, len(raw), size)]
    assert read(folded(pieces)) == (thinking, text)
    assert read(folded([*pieces, ChatDelta(finish_reason=FinishReason.STOP)])) == (thinking, text)
    whole = folded_whole(ChatResponse((Text(raw),), "m"))
    assert (whole.thinking, whole.text) == (thinking, text)


def test_where_thinking_has_its_own_place_a_closing_tag_alone_is_text():
    pieces = [ChatDelta(thinking="Hm."), ChatDelta("One.\n</think>\nTwo.")]
    assert read(folded(pieces)) == ("Hm.", "One.\n</think>\nTwo.")


def test_what_waits_is_passed_on_before_a_fault():
    def breaking():
        yield ChatDelta("Half.\n</th")
        raise UpstreamError(Fault(Category.CONNECT))

    got = []
    with pytest.raises(UpstreamError):
        got.extend(folded(breaking()))
    found = folded(breaking())
    text = next(found).text + next(found).text
    assert text == "Half.\n</th"


def test_what_else_a_piece_says_is_kept():
    (only,) = folded([ChatDelta("x", model="m", request_id="r", finish_reason=FinishReason.STOP)])
    assert only == ChatDelta("x", model="m", request_id="r", finish_reason=FinishReason.STOP)


def test_what_waits_is_told_before_a_tool_is_called():
    call = ChatDelta(call=ToolCallDelta(0, "a", "weather"))
    assert list(folded([ChatDelta("Look:\n"), call])) == [ChatDelta("Look:"), ChatDelta("\n"), call]


def test_proofs_and_their_order_stay_where_nothing_is_folded():
    parts = (Reasoning("Hm.", "c2ln"), Text("a"), ToolCall("c", "weather"), Reasoning(encrypted="ENC"), Text("b"))
    assert folded_whole(ChatResponse(parts, "m")).parts == parts
