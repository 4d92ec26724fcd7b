#!/usr/bin/env bash
# Guess: where the caller gives no `max_tokens`, which Anthropic requires, a small default is put in (4096 was
#   long the usual one).
# Seen: for a name that is not in its table it sends 128000.
# Why it matters: an alias such as `team-claude` in front of a model with a smaller limit is refused with 400, a
#   limit of tokens per minute is reserved in full by one short question, and a budget that reckons with
#   `max_tokens` refuses it. Clamp to the model's own limit.
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


litellm.suppress_debug_info = True


def ask(model, server, **more):
    messages = more.pop("messages", [{"role": "user", "content": "hello"}])
    return litellm.completion(model, messages=messages, api_base=server.url, api_key="k", max_retries=0, **more)


version("litellm")
reply = {"id": "x", "type": "message", "role": "assistant", "model": "m", "content": [{"type": "text", "text": "hello"}]}
server = Scripted({**reply, "stop_reason": "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}})
ask("anthropic/team-claude", server)
check("max_tokens sent", json.loads(server.asked[0])["max_tokens"], 128000)
ask("anthropic/team-claude", server, max_tokens=50)
check("when given", json.loads(server.asked[1])["max_tokens"], 50)

sys.exit(f"changed: {failed}" if failed else 0)
PY
