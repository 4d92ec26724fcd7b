#!/usr/bin/env bash
# Guess: `genai.Client(...).models.generate_content(...)` in one line does what two lines do, as with the other
#   vendors' libraries.
# Seen: it raises RuntimeError (the client has been closed) and sends nothing: `models` does not keep the
#   client, whose end closes the connection. With the client in a variable the call works; so does the same
#   one-liner of the `openai` library.
# Why it matters: a helper such as `def models(): return genai.Client(...).models`, or a connection check in one
#   line, fails for Google alone and looks like a network or TLS fault.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('google-genai==3.6.1' 'openai==3.57.0')
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
from google import genai

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


version("google-genai", "openai")
candidate = {"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}
server = Scripted({"candidates": [candidate]})
options = {"base_url": server.url}
try:
    got = genai.Client(api_key="k", http_options=options).models.generate_content(model="m", contents="hello").text
except RuntimeError as fault:
    print(fault)
    got = "RuntimeError"
check("one line", got, "RuntimeError")
check("one line, requests sent", len(server.asked), 0)
client = genai.Client(api_key="k", http_options=options)
check("two lines", client.models.generate_content(model="m", contents="hello").text, "hello")
other = Scripted(answer("hello"))
told = openai.OpenAI(api_key="k", base_url=other.url).chat.completions.create(model="m", messages=[])
check("openai, one line", told.choices[0].message.content, "hello")

sys.exit(f"changed: {failed}" if failed else 0)
PY
