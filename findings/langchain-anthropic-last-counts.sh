#!/usr/bin/env bash
# Guess: of a streamed answer of Anthropic's API a client counts the input where `message_start` tells it, and the
#   output where `message_delta` tells it, as the `anthropic` library does.
# Seen: langchain-anthropic takes both from `message_delta` alone. Where that tells what was written and no more, as
#   the API's reference shows it, the input reads as 0. Not streamed it is right.
# Why it matters: who puts such a stream before LangChain sees requests that read nothing, and prices them so. A server
#   of its own does well to repeat the input in the last event.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('langchain-anthropic==1.7.10' 'langchain-core==1.8.3' 'anthropic==2.10.0')
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
from langchain_anthropic import ChatAnthropic

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


def events(*told):
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in told)


version("langchain-anthropic", "langchain-core", "anthropic")
message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
stream = events(
    {"type": "message_start", "message": {**message, "usage": {"input_tokens": 11, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello."}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
    {"type": "message_stop"},
)
server = Scripted(stream, "text/event-stream")
total = None
for one in ChatAnthropic(model="m", api_key="k", base_url=server.url).stream("hello"):
    total = one if total is None else total + one
check("langchain, read", total.usage_metadata["input_tokens"], 0)
check("langchain, written", total.usage_metadata["output_tokens"], 5)
client = anthropic.Anthropic(api_key="k", base_url=server.url)
with client.messages.stream(model="m", max_tokens=9, messages=[{"role": "user", "content": "hello"}]) as told:
    used = told.get_final_message().usage
check("anthropic itself, read and written", [used.input_tokens, used.output_tokens], [11, 5])

sys.exit(f"changed: {failed}" if failed else 0)
PY
