#!/usr/bin/env bash
# Guess: a client that is told by a stream of the responses API that the answer failed (`response.failed`, with an error
#   and its words) ends with that error, as it does when the request itself is refused.
# Seen: llm, its model set to `responses: true`, prints what came until then, ends with exit code 0, and keeps the half
#   answer in its log as a whole one. The words of the error are shown to nobody. Of chat completions the same failure,
#   an `error` in the stream, ends with exit code 1 and its words.
# Why it matters: who serves this API cannot tell such a client that an answer broke off once a word was sent: scripts
#   go on with half an answer. Before the first word an HTTP status does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('llm==0.36')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
"$work/venv/bin/python" -W ignore - "$work" <<'PY'
import importlib.metadata, json, os, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

failed = []
work = Path(sys.argv[1])


def check(what, got, want):
    print(f"{what}: {got!r}")
    if got != want:
        failed.append(what)
        print(f"  changed, it was: {want!r}")


def events(*told):
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in told)


answer = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "output": []}
error = {"code": "server_error", "message": "The model is overloaded."}
item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
part = {"type": "output_text", "text": "", "annotations": []}
STREAMS = {
    "/v1/responses": events(
        {"type": "response.created", "sequence_number": 0, "response": {**answer, "status": "in_progress"}},
        {"type": "response.output_item.added", "sequence_number": 1, "output_index": 0, "item": item},
        {"type": "response.content_part.added", "sequence_number": 2, **place, "part": part},
        {"type": "response.output_text.delta", "sequence_number": 3, **place, "delta": "Half an", "logprobs": []},
        {"type": "response.failed", "sequence_number": 4, "response": {**answer, "status": "failed", "error": error}},
    ),
    "/v1/chat/completions": "".join(
        f"data: {json.dumps(one)}\n\n"
        for one in (
            {
                "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{"index": 0, "delta": {"content": "Half an"}, "finish_reason": None}],
            },
            {"error": error},
        )
    ),
}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(STREAMS[self.path].encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"
home = work / "llm"
home.mkdir()
(home / "extra-openai-models.yaml").write_text(
    f"- {{model_id: by-responses, model_name: m, api_base: '{base}', responses: true}}\n"
    f"- {{model_id: by-chat, model_name: m, api_base: '{base}'}}\n"
)
llm = str(Path(sys.executable).with_name("llm"))


def run(*words):
    environ = {**os.environ, "LLM_USER_PATH": str(home), "OPENAI_API_KEY": "sk-x"}
    return subprocess.run([llm, *words], env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL)


print("llm", importlib.metadata.version("llm"))
told = run("-m", "by-responses", "hello")
check("responses: exit code and words", [told.returncode, told.stdout.strip()], [0, "Half an"])
check("responses: the error is told", error["message"] in told.stdout + told.stderr, False)
logged = json.loads(run("logs", "list", "--json", "-n", "1").stdout)
check("responses: logged as the answer", [one["response"] for one in logged], ["Half an"])
told = run("-m", "by-chat", "hello")
check("chat completions: exit code", told.returncode, 1)
check("chat completions: the error is told", error["message"] in told.stderr, True)

sys.exit(f"changed: {failed}" if failed else 0)
PY
