#!/usr/bin/env bash
# Guess: an empty answer with `finish_reason: stop` is an empty string; nothing asks a second time, as there was
#   no fault.
# Seen: the agent sends a second request and then raises UnexpectedModelBehavior. The same with a text of one
#   space is fine and costs one request.
# Why it matters: one click is two billed requests in the gateway's log with nothing wrong in either; a filter
#   that blanks an answer doubles its cost.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('pydantic-ai-slim[openai]==2.68.0')
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

from pydantic_ai import Agent
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

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


def answer(content, finish="stop"):
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}


version("pydantic-ai-slim")
def said(text):
    server = Scripted(answer(text))
    model = OpenAIChatModel("m", provider=OpenAIProvider(base_url=server.url, api_key="k"))
    try:
        return Agent(model).run_sync("hello").output, len(server.asked)
    except UnexpectedModelBehavior as fault:
        return type(fault).__name__, len(server.asked)


check("text", said("hello"), ("hello", 1))
check("empty", said(""), ("UnexpectedModelBehavior", 2))
check("a space", said(" "), (" ", 1))

sys.exit(f"changed: {failed}" if failed else 0)
PY
