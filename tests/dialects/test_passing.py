"""Answers that are passed on: their counts are found, their end is seen, and not a byte changes on the way."""

import pytest

from portal.dialects.conversation import Usage
from portal.dialects.passing import StreamScanner, names_in, usage_of

CHAT = (
    b'data: {"id":"c","choices":[{"delta":{"content":"\\"usage\\": {no}"}}],"usage":null}\n\n'
    b'data: {"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    b'data: {"id":"c","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n'
    b"data: [DONE]\n\n"
)
MESSAGES = (
    b'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":5,'
    b'"cache_read_input_tokens":100,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_1h_input_tokens":10,'
    b'"ephemeral_5m_input_tokens":20},"output_tokens":1}}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"event: message_stop"}}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},'
    b'"usage":{"output_tokens":9}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
)
RESPONSES = (
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"Hi"}\n\n'
    b'event: response.completed\ndata: {"type":"response.completed","response":{"usage":{"input_tokens":11,'
    b'"input_tokens_details":{"cached_tokens":4},"output_tokens":6,"output_tokens_details":{"reasoning_tokens":2}}}}\n\n'
)
COUNTED = {
    "chat_completions": (CHAT, Usage(7, 3)),
    "messages": (MESSAGES, Usage(135, 9, 100, 20, 10)),
    "responses": (RESPONSES, Usage(11, 6, 4, reasoning=2)),
}


@pytest.mark.parametrize("api", COUNTED)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_counts_are_found_wherever_a_stream_is_cut_and_no_byte_changes(api, size):
    sent, usage = COUNTED[api]
    scanner = StreamScanner(api)
    passed = b"".join(scanner.feed(sent[at : at + size]) for at in range(0, len(sent), size)) + scanner.rest()
    assert passed == sent
    assert scanner.usage == usage
    assert scanner.ended


@pytest.mark.parametrize("api", COUNTED)
def test_a_stream_without_its_last_event_has_not_ended(api):
    sent = COUNTED[api][0]
    scanner = StreamScanner(api)
    scanner.feed(sent[: sent.rfind(b"\n\n", 0, len(sent) - 2) + 2])
    assert not scanner.ended


@pytest.mark.parametrize("api", COUNTED)
@pytest.mark.parametrize("size", [1, 7, 50])
def test_counts_are_known_by_the_time_that_a_stream_has_ended(api, size):
    sent, usage = COUNTED[api]
    scanner = StreamScanner(api)
    for at in range(0, len(sent), size):
        scanner.feed(sent[at : at + size])
        assert not scanner.ended or scanner.usage == usage


ITEMS = b'{"id":"resp_1","output":[{"id":"rs_1"},{"type":"message","id":"msg_1"},{"type":"odd"},7],"usage":{}}'


@pytest.mark.parametrize("size", [1, 9, 100_000])
@pytest.mark.parametrize("terminated", [True, False])
def test_the_names_of_what_stays_at_the_provider_are_noted_where_that_is_wanted(size, terminated):
    event = b'event: response.completed\ndata: {"type":"response.completed","response":' + ITEMS + b"}"
    sent = event + b"\n\n" * terminated
    for notes in (True, False):
        scanner = StreamScanner("responses", notes_names=notes)
        for at in range(0, len(sent), size):
            scanner.feed(sent[at : at + size])
            assert not scanner.ended or scanner.names == ["resp_1", "rs_1", "msg_1"] * notes
        scanner.rest()
        assert scanner.names == ["resp_1", "rs_1", "msg_1"] * notes


@pytest.mark.parametrize("body", [b"", b"[]", b"<p>", b'{"id":7,"output":{}}', ITEMS[:-1] + b',"store":false}'])
def test_nothing_stays_of_what_is_no_answer_or_is_not_stored(body):
    assert names_in(body) == []


@pytest.mark.parametrize("size", [1, 5, 100_000])
def test_counts_that_nobody_asked_for_are_kept_back_and_all_else_passes(size):
    scanner = StreamScanner("chat_completions", hides_counts=True)
    passed = b"".join(scanner.feed(CHAT[at : at + size]) for at in range(0, len(CHAT), size)) + scanner.rest()
    events = CHAT.split(b"\n\n")
    assert passed == b"\n\n".join([*events[:2], *events[3:]])
    assert scanner.usage == Usage(7, 3)


def test_a_model_that_said_it_was_done_is_told_from_one_that_was_cut():
    whole, cut = StreamScanner("chat_completions"), StreamScanner("chat_completions")
    whole.feed(b"".join(event + b"\n\n" for event in CHAT.split(b"\n\n")[:2]))
    cut.feed(CHAT.split(b"\n\n")[0] + b"\n\n")
    assert (whole.stopped, cut.stopped) == (True, False)


def test_a_whole_answer_tells_its_counts():
    body = b'{"object":"list","data":[],"usage":{"prompt_tokens":8,"total_tokens":8}}'
    assert usage_of("embeddings", body) == Usage(8, 0)
    assert usage_of("embeddings", b'{"usage":null}') is None
