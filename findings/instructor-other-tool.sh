#!/usr/bin/env bash
# Guess: instructor offers the model one tool, named as the response model, and an answer that calls another tool is a
#   failed answer: it is asked again, or raises.
# Seen: the name of the called tool is not looked at. The arguments of a call to anything are read as the response
#   model; one whose fields all have defaults comes back empty, without a word and without a second request. A text in
#   place of a call is asked for again three times.
# Why it matters: models with tools in their prompt or their training call what nobody offered. A filter, a patch or a
#   set of options comes back as "nothing wanted", which is a valid answer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('instructor==1.17.0' 'openai==3.3.0')
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

import instructor
import openai
from pydantic import BaseModel

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


class Filters(BaseModel):
    """What to narrow a list down to."""

    status: str | None = None
    limit: int | None = None


def asked_for(message, finish):
    """What comes back of one answer, and how many requests it took."""
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choices = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]
    server = Scripted(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
    )
    client = instructor.from_openai(openai.OpenAI(base_url=f"{server.url}/v1", api_key="k"))
    try:
        got = client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": "only the open ones"}], response_model=Filters
        ).model_dump()
    except Exception as fault:
        got = type(fault).__name__
    offered = [tool["function"]["name"] for tool in json.loads(server.asked[0])["tools"]]
    return offered, got, len(server.asked)


def call(name, arguments):
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}


version("instructor", "openai")
offered, got, count = asked_for(call("Filters", {"status": "open"}), "tool_calls")
check("its own tool", (offered, got, count), (["Filters"], {"status": "open", "limit": None}, 1))
_, got, count = asked_for(call("search_tickets", {"query": "open"}), "tool_calls")
check("another tool", (got, count), ({"status": None, "limit": None}, 1))
_, got, count = asked_for({"content": "Only the open ones, then."}, "stop")
check("no tool", (got, count), ("InstructorRetryException", 4))

sys.exit(f"changed: {failed}" if failed else 0)
PY
