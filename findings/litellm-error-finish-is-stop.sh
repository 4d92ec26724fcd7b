#!/usr/bin/env bash
# Guess: `finish_reason: error` (OpenRouter and others: the provider broke off) raises, or is passed on.
# Seen: without streaming it becomes `stop`, in silence; a missing reason becomes `stop` too. With streaming the
#   same two raise.
# Why it matters: a cut answer counts as complete in every log behind litellm. A gateway should answer a
#   broken-off completion with an error status rather than with a 200 that says so.
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


def events(*chunks):
    return "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"


def chunk(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}


litellm.suppress_debug_info = True


def ask(model, server, **more):
    messages = more.pop("messages", [{"role": "user", "content": "hello"}])
    return litellm.completion(model, messages=messages, api_base=server.url, api_key="k", max_retries=0, **more)


version("litellm")
def finish(reason):
    return ask("openai/m", Scripted(answer("Hel", reason))).choices[0].finish_reason


def streamed(reason):
    server = Scripted(events(chunk({"content": "Hel"}), chunk({}, reason)), "text/event-stream")
    try:
        return [one.choices[0].finish_reason for one in ask("openai/m", server, stream=True)][-1]
    except Exception as fault:
        return type(fault).__name__


check("length", (finish("length"), streamed("length")), ("length", "length"))
check("error", (finish("error"), streamed("error")), ("stop", "MidStreamFallbackError"))
check("none", (finish(None), streamed(None)), ("stop", "MidStreamFallbackError"))

sys.exit(f"changed: {failed}" if failed else 0)
PY
