"""A key that a provider tells letter by letter, over frames that each hold too little of it to be seen."""

from itertools import pairwise

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from portal.dialects.base import Endpoint
from portal.dialects.conversation import (
    ChatDelta,
    FinishReason,
    ToolCallDelta,
)
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from portal.services.runtime import Runtime
from portal.services.upstream.redaction import ResponseRedactor
from portal.wire.redaction import DOTS
from tests.chatting import attempts, collect_events, connect, send_message
from tests.conftest import CANARY, Actors, Client
from tests.upstream import Upstream

ENDPOINT = Endpoint(
    TYPES["openai"], "https://api.openai.com/v1", Secret(CANARY), headers={"X-Gate": Secret("gate-pass-0451")}
)
redacted = ResponseRedactor(ENDPOINT).deltas


@given(st.lists(st.integers(1, len(CANARY) - 1), max_size=6), st.booleans())
def test_however_it_is_cut_it_is_hidden(cuts: list[int], thought: bool):
    said = f"Your key is {CANARY}, and the gate's gate-pass-0451."
    edges = [0, *sorted(12 + cut for cut in cuts), len(said)]
    words = [said[start:end] for start, end in pairwise(edges)]
    deltas = [ChatDelta(thinking=word) if thought else ChatDelta(text=word) for word in words]
    arrived = "".join(delta.thinking if thought else delta.text for delta in redacted(iter(deltas)))
    assert arrived == f"Your key is {DOTS}, and the gate's {DOTS}."


def test_what_holds_no_key_comes_whole_and_codes_in_it_stay_codes():
    words = ["sk-", "can", r" the code \u0073 means s: 中é", " sk-canary"]
    arrived = "".join(delta.text for delta in redacted(iter([ChatDelta(text=word) for word in words])))
    assert arrived == f"sk-can the code \\u0073 means s: 中é {DOTS}", "half a key at the end is no one's business"


def test_what_was_held_back_comes_before_a_fault():
    def broken():
        yield ChatDelta(text="so, s")
        raise UpstreamError(Fault(Category.CONNECT))

    arrived = []
    with pytest.raises(UpstreamError):
        arrived.extend(delta.text for delta in redacted(broken()))
    assert arrived == ["so, ", "s"]


@given(st.lists(st.integers(1, len(CANARY) - 1), max_size=6))
def test_however_it_is_cut_in_a_tool_calls_arguments_it_is_hidden(cuts: list[int]):
    said = f'{{"key": "{CANARY}", "other": 1}}'
    edges = [0, *sorted(9 + cut for cut in cuts), len(said)]
    calls = [ChatDelta(call=ToolCallDelta(0, arguments=said[start:end])) for start, end in pairwise(edges)]
    begun = ChatDelta(call=ToolCallDelta(0, "c", "look"))
    arrived = list(redacted(iter([begun, *calls, ChatDelta(finish_reason=FinishReason.TOOL)])))
    assert "".join(delta.call.arguments for delta in arrived if delta.call) == f'{{"key": "{DOTS}", "other": 1}}'
    assert arrived[-1].finish_reason is FinishReason.TOOL


def test_words_that_were_held_back_come_before_the_call_that_follows_them():
    call = ChatDelta(call=ToolCallDelta(0, "c", "look", "s"))
    other = ChatDelta(call=ToolCallDelta(1, "d", "look", "{}"))
    arrived = list(redacted(iter([ChatDelta(text="so, s"), call, other])))
    told = [delta.text or (delta.call.index, delta.call.arguments) for delta in arrived if delta]
    assert told == ["so, ", "s", (0, ""), (0, "s"), (1, "{}")]


def test_a_chat_never_shows_it(app: Flask, runtime: Runtime, actors: Actors, uma: Client):
    with Upstream.openai(key=CANARY, answer=f"It is {CANARY} and that is all.") as up:
        connect(runtime, actors.ada, up.base_url, key=CANARY)
        frames = [
            {"model": "m", "choices": [{"index": 0, "delta": {"content": CANARY[n : n + 7]}}]} for n in range(0, 70, 7)
        ]
        up.stream_sse([*frames, "[DONE]"])
        sent = send_message(actors.uma, runtime, "Which key do you have?")
        collect_events(actors.uma, runtime, sent)
    assert attempts()[-1].text == DOTS
    assert CANARY not in uma.get(f"/chat/{sent.chat_id}").text
