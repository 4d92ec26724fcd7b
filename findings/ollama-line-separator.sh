#!/usr/bin/env bash
# Guess: `ollama` streams one JSON object a line, so a line ends at a line feed, and any character that JSON
#   allows in a string passes.
# Seen: it splits with the HTTP library's text lines, which also end at U+2028, U+2029 and U+0085. JSON allows
#   these unescaped inside strings; the first such character in a model's text ends the stream with a
#   JSONDecodeError. The same answer, escaped as ASCII, passes, and so does the same text without streaming.
# Why it matters: a server that speaks Ollama's API must write NDJSON with ASCII escapes (at least for these
#   three), or answers quoted from web pages break in the client only, only when streamed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('ollama==0.6.3')
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

import ollama

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


version("ollama")
SAID = "first\u2028second\x85third"
frames = [{"model": "m", "message": {"role": "assistant", "content": SAID}, "done": True}]


def said(ascii_only):
    lines = "".join(json.dumps(one, ensure_ascii=ascii_only) + "\n" for one in frames)
    server = Scripted(lines, "application/x-ndjson")
    try:
        stream = ollama.Client(host=server.url).chat("m", [{"role": "user", "content": "hello"}], stream=True)
        return "".join(one.message.content for one in stream)
    except ValueError as fault:
        return type(fault).__name__


check("escaped", said(True), SAID)
check("unescaped", said(False), "JSONDecodeError")
whole = Scripted(json.dumps(frames[0], ensure_ascii=False))
plain = ollama.Client(host=whole.url).chat("m", [{"role": "user", "content": "hello"}])
check("unescaped, not streamed", plain.message.content, SAID)

sys.exit(f"changed: {failed}" if failed else 0)
PY
