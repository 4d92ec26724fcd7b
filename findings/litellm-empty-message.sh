#!/usr/bin/env bash
# Guess: an empty user message is sent as it is and refused by the provider, or dropped.
# Seen: the provider gets the text `[System: Empty message content sanitised to satisfy protocol]` as the user's
#   words. For `openai/` the empty message goes out as it is.
# Why it matters: a model may answer that sentence; and what a gateway counted, logged or cached as the prompt
#   is not what the model read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('litellm==1.110.2')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
LITELLM_LOCAL_MODEL_COST_MAP=True "$work/venv/bin/python" -W ignore - <<'PY'
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

import litellm

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


litellm.suppress_debug_info = True


def ask(model, server, **more):
    messages = more.pop("messages", [{"role": "user", "content": "hello"}])
    return litellm.completion(model, messages=messages, api_base=server.url, api_key="k", max_retries=0, **more)


version("litellm")
reply = {"id": "x", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "hello"}]}
server = Scripted({**reply, "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}})
empty = [{"role": "user", "content": ""}]
ask("anthropic/m", server, messages=empty)
sent = json.loads(server.asked[0])["messages"][0]["content"]
check("anthropic", sent, [{"type": "text", "text": "[System: Empty message content sanitised to satisfy protocol]"}])
server = Scripted(answer("hello"))
ask("openai/m", server, messages=empty)
check("openai", json.loads(server.asked[0])["messages"], empty)

sys.exit(f"changed: {failed}" if failed else 0)
PY
