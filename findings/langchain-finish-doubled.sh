#!/usr/bin/env bash
# Guess: a server that repeats `finish_reason` on the closing chunk (the one with usage) changes nothing: the
#   reason is `stop`.
# Seen: message metadata is merged as text is: the reason becomes `stopstop` and the model's name is doubled as
#   well. Code that compares with `stop` or looks a price up by `model_name` no longer matches.
# Why it matters: a gateway that adds its own closing chunk after the provider's must leave `finish_reason` null
#   there.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('langchain-openai==1.7.4' 'langchain-core==1.8.3')
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


version("langchain-openai", "langchain-core")
def joined(*chunks):
    server = Scripted(events(*chunks), "text/event-stream")
    total = None
    for one in ChatOpenAI(model="m", api_key="k", base_url=server.url).stream("hello"):
        total = one if total is None else total + one
    return total.response_metadata["finish_reason"], total.response_metadata["model_name"]


check("told once", joined(chunk({"content": "a"}), chunk({}, "stop")), ("stop", "m"))
check("told twice", joined(chunk({"content": "a"}, "stop"), chunk({}, "stop")), ("stopstop", "mm"))

sys.exit(f"changed: {failed}" if failed else 0)
PY
