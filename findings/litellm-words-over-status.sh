#!/usr/bin/env bash
# Guess: the HTTP status decides the class of the exception; words only refine within it.
# Seen: a 400 whose message holds `Request timed out` is a Timeout (which says 408 and may be repeated), and a
#   500 with `Rate limit reached` in it a RateLimitError of 429 for `openai/`, but an InternalServerError for
#   `anthropic/`.
# Why it matters: a person's own words that a provider echoes in a 400 change how often it is repeated and what
#   a dashboard counts. A gateway in front of litellm should not put such words into its messages.
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
def seen(model, status, words):
    server = Scripted({"error": {"message": words}}, status=status)
    try:
        ask(model, server)
    except Exception as fault:
        return type(fault).__name__, fault.status_code


WORDS = "field note: the text 'Request timed out' is not allowed here"
check("400, openai", seen("openai/m", 400, "not allowed"), ("BadRequestError", 400))
check("400 with words, openai", seen("openai/m", 400, WORDS), ("Timeout", 408))
check("400 with words, anthropic", seen("anthropic/m", 400, WORDS), ("Timeout", 408))
check("500 with words, openai", seen("openai/m", 500, "Rate limit reached"), ("RateLimitError", 429))
check("500 with words, anthropic", seen("anthropic/m", 500, "Rate limit reached"), ("InternalServerError", 500))

sys.exit(f"changed: {failed}" if failed else 0)
PY
