#!/usr/bin/env bash
# Guess: a program of `openai-agents` with OPENAI_BASE_URL and OPENAI_API_KEY set to a gateway talks to that gateway and
#   to nobody else.
# Seen: the answer comes from the gateway, and when the program ends it connects to api.openai.com as well: a record of
#   the run, with what was asked and answered, goes to OpenAI's address for traces, and the key that it signs in with is
#   the gateway's. The base URL counts for the model alone; OPENAI_AGENTS_DISABLE_TRACING=1 ends it.
# Why it matters: whoever puts a gateway before the vendors so that prompts and tokens stay in the house has both leave it
#   by another door, and reads of it only as "[non-fatal] Tracing request failed" where a firewall stands.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('openai-agents==0.24.0' 'openai==3.57.0')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
"$work/venv/bin/python" -W ignore - <<'PY'
import importlib.metadata, json, os, sys

failed = []


def version(*names):
    for name in names:
        print(name, importlib.metadata.version(name))


def check(what, got, want):
    print(f"{what}: {got!r}")
    if got != want:
        failed.append(what)
        print(f"  changed, it was: {want!r}")


import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHOICE = {"index": 0, "message": {"role": "assistant", "content": "plant the oaks"}, "finish_reason": "stop"}
USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
ANSWER = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [CHOICE], "usage": USAGE}


class Here(BaseHTTPRequestHandler):
    """The gateway, a place for traces, and a proxy that lets nothing out and notes who was wanted."""

    asked, wanted, traces = [], [], []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/traces":
            self.traces.append((self.headers["Authorization"], body))
        else:
            self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(ANSWER).encode())

    def do_CONNECT(self):
        self.wanted.append(self.path)
        self.send_error(403)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
threading.Thread(target=server.serve_forever, daemon=True).start()
here = f"http://127.0.0.1:{server.server_port}"
os.environ |= {
    "OPENAI_BASE_URL": f"{here}/v1",
    "OPENAI_API_KEY": "token-of-the-gateway",
    "HTTPS_PROXY": here,
    "NO_PROXY": "127.0.0.1",
}

from agents import Agent, OpenAIChatCompletionsModel, Runner
from agents.tracing import add_trace_processor, get_trace_provider
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor
from openai import AsyncOpenAI

version("openai-agents", "openai")
# The same exporter once more, told another address: what goes out can be read here.
add_trace_processor(BatchTraceProcessor(BackendSpanExporter(endpoint=f"{here}/traces")))
agent = Agent(name="A", instructions="Be brief.", model=OpenAIChatCompletionsModel("m", AsyncOpenAI()))
got = Runner.run_sync(agent, "the plan for spring").final_output
get_trace_provider().shutdown()
check("the answer", got, "plant the oaks")
check("asked of the gateway", Here.asked, ["/v1/chat/completions"])
check("wanted beside it", sorted(set(Here.wanted)), ["api.openai.com:443"])
check("signed in there with", {key for key, _ in Here.traces}, {"Bearer token-of-the-gateway"})
sent = "".join(body for _, body in Here.traces)
check("told there what was asked", "the plan for spring" in sent, True)
check("told there what was answered", "plant the oaks" in sent, True)

sys.exit(f"changed: {failed}" if failed else 0)
PY
