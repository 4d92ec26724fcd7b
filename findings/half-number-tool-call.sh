#!/usr/bin/env bash
# Guess: arguments cut by the length limit, `{"amount": 12` of `1250`, are an error or a call marked invalid,
#   since nothing says that the number has ended.
# Seen: `anthropic` and `langchain-openai` close the brace and hand out `{'amount': 12}` as a regular call;
#   langchain's `invalid_tool_calls` stays empty. Only the stop reason tells, and an agent loop that looks for
#   calls first pays 12. Without streaming langchain calls the very same arguments invalid.
# Why it matters: a gateway that sees `length` or `max_tokens` after an open tool call should say so (end with
#   an error, or log it): the clients will run it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('anthropic==2.14.0' 'langchain-openai==1.7.4' 'langchain-core==1.8.3')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
"$work/venv/bin/python" -W ignore - <<'PY'
import importlib.metadata, json, sys

failed = []


def version(*names):
    for name in names:
        print(name, importlib.metadata.version(name))


def check(what, got, want):
    print(f"{what}: {got!r}")
    if got != want:
        failed.append(what)
        print(f"  changed, it was: {want!r}")

import anthropic
from langchain_openai import ChatOpenAI

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Scripted:
    """Gives every request the same answer and keeps what was asked."""

    def __init__(self, body, kind="application/json", status=200):
        if not isinstance(body, str):
            body = json.dumps(body)
        asked = self.asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}"


def events(*chunks):
    return "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"


def chunk(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


def answer(content, finish="stop"):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


def claude(*pieces, stop="tool_use"):
    """A stream of one tool call whose input arrives in these pieces."""
    usage = {"input_tokens": 10, "output_tokens": 1}
    message = {"id": "x", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    tool = {"type": "tool_use", "id": "t", "name": "pay", "input": {}}
    parts = [{"type": "message_start", "message": {**message, "usage": usage}}]
    parts.append({"type": "content_block_start", "index": 0, "content_block": tool})
    for piece in pieces:
        delta = {"type": "input_json_delta", "partial_json": piece}
        parts.append({"type": "content_block_delta", "index": 0, "delta": delta})
    parts.append({"type": "content_block_stop", "index": 0})
    parts.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 5}})
    parts.append({"type": "message_stop"})
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in parts)


version("anthropic", "langchain-openai", "langchain-core")
server = Scripted(claude('{"amount": 12', stop="max_tokens"), "text/event-stream")
messages = [{"role": "user", "content": "hello"}]
with anthropic.Anthropic(api_key="k", base_url=server.url).messages.stream(model="m", max_tokens=5, messages=messages) as stream:
    message = stream.get_final_message()
check("anthropic, input", message.content[0].input, {"amount": 12})
check("anthropic, stop reason", message.stop_reason, "max_tokens")

function = {"name": "pay", "arguments": '{"amount": 12'}
call = {"id": "call_1", "type": "function", "function": function}
server = Scripted(events(chunk({"tool_calls": [{"index": 0, **call}]}), chunk({}, "length")), "text/event-stream")
total = None
for one in ChatOpenAI(model="m", api_key="k", base_url=server.url).stream("hello"):
    total = one if total is None else total + one
check("langchain, calls", [one["args"] for one in total.tool_calls], [{"amount": 12}])
check("langchain, invalid calls", total.invalid_tool_calls, [])
whole = answer(None, "length")
whole["choices"][0]["message"]["tool_calls"] = [call]
message = ChatOpenAI(model="m", api_key="k", base_url=Scripted(whole).url).invoke("hello")
check("langchain not streamed, calls", message.tool_calls, [])
check("langchain not streamed, invalid calls", [one["args"] for one in message.invalid_tool_calls], ['{"amount": 12'])

sys.exit(f"changed: {failed}" if failed else 0)
PY
