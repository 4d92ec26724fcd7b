#!/usr/bin/env bash
# Guess: `finish_reason: length` matters only where an answer is parsed into a schema; a plain chat that reached
#   `max_tokens` ends like any other and its text can be read.
# Seen: `chat.completions.stream()` without any schema or tool raises LengthFinishReasonError from within the
#   loop (and ContentFilterFinishReasonError for `content_filter`). `create(stream=True)` on the same bytes ends
#   normally.
# Why it matters: a one-token probe, or any answer cut by a limit that a gateway put in, is an exception in such
#   clients; it looks like the gateway's fault although the stream is right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('openai==3.57.0')
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


version("openai")
def helped(finish):
    server = Scripted(events(chunk({"content": "Hel"}), chunk({}, finish)), "text/event-stream")
    client = openai.OpenAI(api_key="k", base_url=server.url)
    try:
        with client.chat.completions.stream(model="m", messages=[]) as stream:
            for _ in stream:
                pass
            return stream.get_final_completion().choices[0].message.content
    except openai.OpenAIError as fault:
        return type(fault).__name__


check("stop", helped("stop"), "Hel")
check("length", helped("length"), "LengthFinishReasonError")
check("content_filter", helped("content_filter"), "ContentFilterFinishReasonError")
server = Scripted(events(chunk({"content": "Hel"}), chunk({}, "length")), "text/event-stream")
plain = openai.OpenAI(api_key="k", base_url=server.url).chat.completions.create(model="m", messages=[], stream=True)
check("length, create(stream=True)", [one.choices[0].finish_reason for one in plain], [None, "length"])

sys.exit(f"changed: {failed}" if failed else 0)
PY
