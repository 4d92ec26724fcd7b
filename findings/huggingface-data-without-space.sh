#!/usr/bin/env bash
# Guess: a client that reads server-sent events takes `data:{...}` as it takes `data: {...}`: the blank after the colon
#   is optional by the standard, and some servers behind the same API leave it out.
# Seen: huggingface_hub's chat gives the whole answer and then raises JSONDecodeError: of its lines only the one that
#   ends a stream is compared with the blank in it, so `data:[DONE]` is read as JSON. `openai` reads both alike.
# Why it matters: the answer is there, paid for and thrown away by the exception. The same server works with every other
#   library, and a gateway that passes bytes on as they came is blamed for broken JSON that was never sent.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('huggingface_hub==2.4.0' 'openai==3.57.0')
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
from huggingface_hub import InferenceClient

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


version("huggingface_hub", "openai")


def events(colon):
    """One word and its end, as a stream of chat completions."""
    deltas = [({"role": "assistant", "content": "hello"}, None), ({}, "stop")]
    lines = []
    for delta, finish in deltas:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        lines.append(colon + json.dumps(chunk))
    return "\n\n".join([*lines, colon + "[DONE]"]) + "\n\n"


def heard(make, colon):
    """What a client's stream says."""
    server = Scripted(events(colon), "text/event-stream")
    client = make(base_url=f"{server.url}/v1", api_key="k")
    asked = [{"role": "user", "content": "hello"}]
    text = ""
    try:
        for chunk in client.chat.completions.create(model="m", messages=asked, stream=True):
            text += chunk.choices[0].delta.content or ""
    except json.JSONDecodeError:
        return text, "JSONDecodeError"
    return text, "ended"


check("huggingface_hub, `data: `", heard(InferenceClient, "data: "), ("hello", "ended"))
check("huggingface_hub, `data:`", heard(InferenceClient, "data:"), ("hello", "JSONDecodeError"))
check("openai, `data:`", heard(openai.OpenAI, "data:"), ("hello", "ended"))

sys.exit(f"changed: {failed}" if failed else 0)
PY
