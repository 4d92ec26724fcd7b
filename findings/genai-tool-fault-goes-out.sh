#!/usr/bin/env bash
# Guess: a Python function given as a tool to `google-genai` is called for the model, and an exception that it raises
#   reaches the program that asked.
# Seen: the exception is swallowed. Its words go to the model as the function's answer, and the function is called again
#   and again until ten requests are spent; then the call returns as if all were well, with the text None. No parameter
#   was given for any of it. `pydantic-ai` in the same place sends one request and lets the exception through.
# Why it matters: what a fault says (a path, a query, the address of a database with its password) leaves the house in
#   the next request, and a tool that is down costs ten requests for nothing: ten rows in a gateway's usage, none failed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('google-genai==3.6.1' 'pydantic-ai-slim[openai]==2.68.0')
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

from google import genai
from pydantic_ai import Agent
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


WORDS = "no route to orders-db.internal:5432"


def orders(customer: str) -> str:
    """Look up the orders of a customer."""
    raise ConnectionError(WORDS)


version("google-genai", "pydantic-ai-slim")
call = {"functionCall": {"name": "orders", "args": {"customer": "7"}}}
server = Scripted({"candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}]})
client = genai.Client(api_key="k", http_options={"base_url": server.url})
try:
    got = client.models.generate_content(model="m", contents="hello", config={"tools": [orders]}).text
except ConnectionError:
    got = "ConnectionError"
check("google-genai, what the program gets", got, None)
check("google-genai, requests sent", len(server.asked), 10)
check("google-genai, words of the exception in the second request", WORDS in server.asked[1].decode(), True)

asks = {"id": "call_1", "type": "function", "function": {"name": "orders", "arguments": '{"customer": "7"}'}}
message = {"role": "assistant", "content": None, "tool_calls": [asks]}
usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
choices = [{"index": 0, "message": message, "finish_reason": "tool_calls"}]
other = Scripted(
    {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
)
model = OpenAIChatModel("m", provider=OpenAIProvider(base_url=other.url, api_key="k"))
try:
    got = Agent(model, tools=[orders]).run_sync("hello").output
except ConnectionError:
    got = "ConnectionError"
check("pydantic-ai, what the program gets", got, "ConnectionError")
check("pydantic-ai, requests sent", len(other.asked), 1)

sys.exit(f"changed: {failed}" if failed else 0)
PY
