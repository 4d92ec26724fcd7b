#!/usr/bin/env bash
# Guess: a function given as a tool becomes a JSON Schema: defaults make a parameter optional, a `Literal`
#   becomes an enum, a union `anyOf`, a nested model an object.
# Seen: on the wire every parameter with a default is required, the enum is gone, `Union[int, str]` has the type
#   `"string, integer"` (one string, which no schema validator knows; the order changes from run to run), and an
#   optional nested model is a `string`.
# Why it matters: a gateway that checks `tools` against JSON Schema, or forwards them to a provider that does,
#   refuses what the ollama client sends; and models call such tools with text in place of objects.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('ollama==0.6.3' 'pydantic==2.14.4')
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

from typing import Literal, Optional, Union

import ollama
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


version("ollama", "pydantic")
class Place(BaseModel):
    town: str


def weather(days: int = 3, unit: Literal["c", "f"] = "c", code: Union[int, str] = 1, place: Optional[Place] = None):
    """The weather.

    Args:
        days: how many days
        unit: the unit
        code: a code
        place: where
    """


server = Scripted({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True})
ollama.Client(host=server.url).chat("m", [{"role": "user", "content": "hello"}], tools=[weather])
schema = json.loads(server.asked[0])["tools"][0]["function"]["parameters"]
check("required", schema["required"], ["days", "unit", "code"])
check("Literal", schema["properties"]["unit"], {"type": "string", "description": "the unit"})
both = schema["properties"]["code"]["type"]  # in an order that changes from run to run
check("Union, sorted", sorted(both.split(", ")), ["integer", "string"])
check("optional model", schema["properties"]["place"], {"type": "string", "description": "where"})

sys.exit(f"changed: {failed}" if failed else 0)
PY
