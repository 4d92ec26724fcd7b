#!/usr/bin/env bash
# Guess: where a server reports its running total of usage in each chunk of a stream (several compatible servers
#   can), a client keeps the last one.
# Seen: langchain adds the chunks' usage: 10 prompt tokens told three times become 30, in `stream()` and in
#   `invoke()` with streaming on. The `openai` library itself, on the same bytes, keeps the last.
# Why it matters: a gateway that passes such chunks on is blamed for token counts many times too high that its
#   own books do not show. Keep usage for the last chunk alone.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('langchain-openai==1.7.4' 'langchain-core==1.8.3' 'openai==3.57.0')
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
from langchain_openai import ChatOpenAI

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


version("langchain-openai", "langchain-core", "openai")
def used(written):
    return {"prompt_tokens": 10, "completion_tokens": written, "total_tokens": 10 + written}


told = [chunk({"content": "a"}, usage=used(1)), chunk({"content": "b"}, usage=used(2)), chunk({}, "stop", usage=used(3))]
server = Scripted(events(*told), "text/event-stream")
model = ChatOpenAI(model="m", api_key="k", base_url=server.url, stream_usage=True)
total = None
for one in model.stream("hello"):
    total = one if total is None else total + one
check("streamed, prompt", total.usage_metadata["input_tokens"], 30)
check("streamed, written", total.usage_metadata["output_tokens"], 6)
whole = ChatOpenAI(model="m", api_key="k", base_url=server.url, stream_usage=True, streaming=True).invoke("hello")
check("invoked, prompt", whole.usage_metadata["input_tokens"], 30)
with openai.OpenAI(api_key="k", base_url=server.url).chat.completions.stream(model="m", messages=[]) as stream:
    check("openai itself, prompt", stream.get_final_completion().usage.prompt_tokens, 10)

sys.exit(f"changed: {failed}" if failed else 0)
PY
