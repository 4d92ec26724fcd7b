#!/usr/bin/env bash
# Guess: `opencode run` works in the folder that it is started in, whatever the environment says.
# Seen: it takes $PWD. A program that starts it elsewhere by `cwd` alone (Python's `subprocess`, Node's `spawn`, a CI
#   runner) leaves the PWD of the shell above in place: opencode then reads that folder's `opencode.json`, finds no
#   provider there and ends with "Unexpected error" or UnknownError, which names neither the folder nor the model.
# Why it matters: whoever starts it from a program sets PWD as well, or its agent works in another project than meant.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --prefix "$work/npm" --prefer-offline --no-audit --no-fund --loglevel error opencode-ai@1.18.33
python3 - "$work" <<'PY'
import json, os, pathlib, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

work = pathlib.Path(sys.argv[1])
failed = []


def check(what, got, want):
    print(f"{what}: {got!r}")
    if got != want:
        failed.append(what)
        print(f"  changed, it was: {want!r}")


def chunk(delta, finish=None):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}


BODY = "".join(f"data: {json.dumps(one)}\n\n" for one in (chunk({"content": "It is here."}), chunk({}, "stop")))


class Handler(BaseHTTPRequestHandler):
    """Gives every request the same answer."""

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write((BODY + "data: [DONE]\n\n").encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
here, elsewhere = work / "here", work / "elsewhere"
here.mkdir()
elsewhere.mkdir()
options = {"baseURL": f"http://127.0.0.1:{server.server_port}/v1", "apiKey": "k"}
provider = {"npm": "@ai-sdk/openai-compatible", "options": options, "models": {"m": {}}}
(here / "opencode.json").write_text(json.dumps({"provider": {"local": provider}}))
kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}


def run(pwd):
    command = [work / "npm/node_modules/.bin/opencode", "run", "-m", "local/m", "Where are you?"]
    environ = kept | {"HOME": str(work / "home")} | ({"PWD": str(pwd)} if pwd else {})
    if not pwd:
        environ.pop("PWD", None)
    ended = subprocess.run(command, cwd=here, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    return "It is here." in ended.stdout, ended.returncode, "UnknownError" in ended.stdout + ended.stderr


check("PWD is the folder", run(here), (True, 0, False))
check("without PWD", run(None), (True, 0, False))
check("PWD is another one", run(elsewhere), (False, 1, True))

sys.exit(f"changed: {failed}" if failed else 0)
PY
