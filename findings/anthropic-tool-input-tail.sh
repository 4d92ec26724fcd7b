#!/usr/bin/env bash
# Guess: a finished tool call whose input is no JSON (small local models behind a compatible server write such:
#   an unquoted date, an unquoted fraction) raises when the block ends.
# Seen: the helper parses in its lenient mode to the end: `{"date": 2024-01-05, "room": 7}` becomes `{'date':
#   2024}`; the other field is gone, with the regular stop reason and no error. A word without quotes does
#   raise.
# Why it matters: a gateway that translates a server's tool calls into Anthropic's stream has to check that the
#   joined arguments are one JSON object; no one after it will.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('anthropic==2.14.0')
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


version("anthropic")
def taken(text):
    server = Scripted(claude(text), "text/event-stream")
    client = anthropic.Anthropic(api_key="k", base_url=server.url)
    hello = [{"role": "user", "content": "hello"}]
    try:
        with client.messages.stream(model="m", max_tokens=99, messages=hello) as stream:
            return stream.get_final_message().content[0].input
    except ValueError as fault:
        return type(fault).__name__


check("valid", taken('{"date": "2024-01-05", "room": 7}'), {"date": "2024-01-05", "room": 7})
check("date without quotes", taken('{"date": 2024-01-05, "room": 7}'), {"date": 2024})
check("word", taken('{"day": monday, "room": 7}'), "ValueError")
check("fraction", taken('{"share": 12/5, "room": 7}'), {"share": 12})

sys.exit(f"changed: {failed}" if failed else 0)
PY
