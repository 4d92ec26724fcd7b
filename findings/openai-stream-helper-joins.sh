#!/usr/bin/env bash
# Guess: a server that repeats `role`, the call's `id` or the function's `name` in each chunk (all of it is
#   valid) gives the same final message.
# Seen: `chat.completions.stream()` joins every string of a delta but the type: the role is
#   `assistantassistant`, the id `call_1call_1`, the name `paypay`. The answer to that id is then refused by the
#   next turn, and no tool has that name.
# Why it matters: a gateway that translates another dialect must name role, id and name once, in the first
#   fragment; servers that do not look right with plain `create(stream=True)`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('openai==3.57.0')
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

import openai

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


version("openai")
def call(arguments):
    one = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "pay", "arguments": arguments}}
    return chunk({"role": "assistant", "tool_calls": [one]})


server = Scripted(events(call('{"sum"'), call(":1}"), chunk({}, "tool_calls")), "text/event-stream")
with openai.OpenAI(api_key="k", base_url=server.url).chat.completions.stream(model="m", messages=[]) as stream:
    message = stream.get_final_completion().choices[0].message
check("role", message.role, "assistantassistant")
check("id", message.tool_calls[0].id, "call_1call_1")
check("name", message.tool_calls[0].function.name, "paypay")
check("arguments", message.tool_calls[0].function.arguments, '{"sum":1}')

sys.exit(f"changed: {failed}" if failed else 0)
PY
