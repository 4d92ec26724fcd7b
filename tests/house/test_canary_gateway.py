"""The canary behind the gateway: a provider that repeats its key in every way, to tools that ask in every way.

Looked for in answers and their headers, in the log as text and as JSON, in every cell, and in what is exported.
"""

import gzip
import io
import json
import logging
from contextlib import redirect_stderr, redirect_stdout

import pytest

from portal import logs
from tests.chatting import connect
from tests.conftest import CANARY
from tests.house.test_canary import Receiver, cells, found_in
from tests.house.test_canary_tokens import found_in as token_found_in
from tests.upstream import Upstream, steps
from tests.web.gateway.callers import Tool, token

PATHS = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "Hello"}]},
    "/v1/responses": {"input": "Hello", "store": False},
    "/v1/messages": {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 50},
}
TYPES = ("openai", "anthropic")
"""Each is passed on to in one API at least, and translated to in another."""
JSON = {"Content-Type": "application/json"}


def chat_frames(cut: int) -> list[object]:
    """The key in words and in a tool's arguments, in pieces of this length."""
    pieces = [CANARY[place : place + cut] for place in range(0, len(CANARY), cut)]
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"a":"'}}
    deltas = [
        *({"content": piece} for piece in pieces),
        {"tool_calls": [call]},
        *({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces),
        {"tool_calls": [{"index": 0, "function": {"arguments": '"}'}}]},
    ]
    frames = [{"model": CANARY, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    return [*frames, {"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}, "[DONE]"]


def message_frames(cut: int) -> list[object]:
    """The same as Anthropic streams it."""
    pieces = [CANARY[place : place + cut] for place in range(0, len(CANARY), cut)]
    message = {"id": CANARY, "type": "message", "role": "assistant", "model": CANARY, "content": []}
    blocks = [
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]),
        (
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}},
            [{"type": "input_json_delta", "partial_json": text} for text in ('{"a":"', *pieces, '"}')],
        ),
    ]
    events = [{"type": "message_start", "message": message | {"usage": {"input_tokens": 3, "output_tokens": 1}}}]
    for at, (block, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": at, "content_block": block})
        events += [{"type": "content_block_delta", "index": at, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": at})
    usage = {"output_tokens": 5}
    events.append({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": usage})
    return [(event["type"], event) for event in [*events, {"type": "message_stop"}]]


def wholes(type: str) -> list[object]:
    """Answers that are not streamed, with the key in words, in a tool's arguments and where no text belongs."""
    if type == "anthropic":
        content = [
            {"type": "text", "text": f"Your key is {CANARY}."},
            {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"a": CANARY, CANARY: 1}},
        ]
        usage = {"input_tokens": 3, "output_tokens": 5}
        return [{"type": "message", "model": CANARY, "content": content, "stop_reason": "tool_use", "usage": usage}]
    function = {"name": "look", "arguments": json.dumps({"a": CANARY})}
    calls = [{"id": CANARY, "type": "function", "function": function}]
    message = {"role": "assistant", "content": f"Your key is {CANARY}.", "tool_calls": calls}
    return [{"model": CANARY, "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}]


def unkind(type: str) -> list[steps.Step]:
    error = {"type": "error", "error": {"type": "x", "message": f"bad key {CANARY}", "code": CANARY}}
    told = {"X-Request-Id": CANARY, "Request-Id": CANARY, "X-RateLimit-Reset": CANARY, "OpenAI-Organization": CANARY}
    body = json.dumps(wholes(type)[0]).encode()
    packed = {"Content-Encoding": "gzip"} | JSON
    frames = message_frames if type == "anthropic" else chat_frames
    return [
        *(steps.respond(status, json=error, headers=told) for status in (400, 401, 404, 429, 500)),
        steps.respond(500, text=f"crashed at Authorization: Bearer {CANARY}"),
        steps.respond(200, text=f"<html>{CANARY}</html>", headers={"Content-Type": "text/html"}),
        steps.redirect(f"https://elsewhere.example/?key={CANARY}"),
        steps.respond(200, body=body, headers=told | JSON),
        steps.respond(200, body=gzip.compress(body), headers=packed),
        steps.respond(400, body=gzip.compress(json.dumps(error).encode()), headers=packed),
        *(steps.sse(frames(cut)) for cut in (1, 3, 7, 64)),
        steps.sse([("error", error)] if type == "anthropic" else [error]),
        steps.echo(),
    ]


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_key_and_the_token_are_found_nowhere(app, actors, runtime, ada, uma, tmp_path, caplog, form):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    values = [token(actors.uma, runtime)]
    tool, logged = Tool(app, values[0]), io.StringIO()
    heard: list[tuple[str, str]] = []
    caplog.set_level(logging.DEBUG)
    sent = 0
    with redirect_stderr(logged), redirect_stdout(logged):
        logs.configure(form)
        for type in TYPES:
            with Upstream() as up:
                connect(runtime, actors.ada, up.base_url, f"m-{type}", name=type, type=type, key=CANARY)
                for step in unkind(type):
                    up.forget()
                    up.script(step)
                    for path, body in PATHS.items():
                        for stream in (False, True):
                            asked = body | {"model": f"m-{type}", "stream": stream, "user": values[0]}
                            answer = tool.post(path, asked, User_Agent=values[0], session_id=values[0])
                            heard.append(
                                (f"{type} {path} {stream} {answer.status_code}", f"{answer.headers}\n{answer.text}")
                            )
                            sent += 1
                assert any(CANARY in str(dict(request.headers)) for request in up.requests)
                assert not any(values[0] in str(dict(request.headers)) for request in up.requests)
        pages = Receiver(ada), Receiver(uma)
        for receiver in pages:
            for rule in app.url_map.iter_rules():
                if "GET" in (rule.methods or ()) and not rule.arguments:
                    receiver.get(rule.rule)
            heard += receiver.heard
    assert len(heard) > sent > 100
    assert sum("csv" in where for where, _ in heard) >= 2, "what is exported is looked through, too"
    text = logged.getvalue() + caplog.text
    looked_at = list(cells())
    assert any(cell.startswith("usage.") for cell, _ in looked_at)
    assert not [(where, found_in(told)) for where, told in heard if found_in(told)]
    assert not found_in(text)
    assert not [cell for cell, value in looked_at if found_in(value)]
    # A caller's own token comes back to it where a provider repeats what it was asked; it is kept nowhere.
    assert not token_found_in(text, values)
    assert not [cell for cell, value in looked_at if token_found_in(value, values)]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert not found_in(file.read_bytes().decode("latin-1")), file.name
