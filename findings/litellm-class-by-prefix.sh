#!/usr/bin/env bash
# Guess: the library's purpose is one set of exceptions: 403 is a PermissionDeniedError whichever provider said
#   it.
# Seen: for `openai/` (so for each compatible server) 402, 403, 409, 413 and 529 are all a bare APIError; for
#   `anthropic/` they are PaymentRequired, PermissionDenied, BadRequest (409, and 413 turned into 400) and
#   InternalServer (529 turned into 500).
# Why it matters: `except PermissionDeniedError` works in tests with one provider and not with the next. Read
#   `status_code`, and know that it may have been changed.
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
def seen(model, status):
    server = Scripted({"error": {"message": "no"}}, status=status)
    try:
        ask(model, server)
    except Exception as fault:
        return type(fault).__name__, fault.status_code


OTHER = {402: ("PaymentRequiredError", 402), 403: ("PermissionDeniedError", 403), 409: ("BadRequestError", 409)}
OTHER |= {413: ("BadRequestError", 400), 529: ("InternalServerError", 500)}
for status, want in OTHER.items():
    check(f"{status}, openai", seen("openai/m", status), ("APIError", status))
    check(f"{status}, anthropic", seen("anthropic/m", status), want)

sys.exit(f"changed: {failed}" if failed else 0)
PY
