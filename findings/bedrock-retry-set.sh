#!/usr/bin/env bash
# Guess: a client for a model service repeats what may pass: 408, 429 and all of 5xx, the overload status 529
#   included, as the openai and anthropic libraries do.
# Seen: 429, 500, 502, 503 and 504 are sent three times; 529, `ModelTimeoutException` (408) and
#   `ModelErrorException` (424, even when it says that the original status was 429) once.
# Why it matters: a gateway with Bedrock's API that forwards Anthropic's 529 makes an overload final for these
#   clients; answer 503 there. And a gateway that uses botocore has to repeat 408 itself.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('botocore==1.44.8')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
env -u AWS_BEARER_TOKEN_BEDROCK -u AWS_RETRY_MODE -u AWS_MAX_ATTEMPTS "$work/venv/bin/python" -W ignore - <<'PY'
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

import botocore.session
from botocore.exceptions import ClientError

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


version("botocore")
def tries(status, **body):
    server = Scripted({"message": "no", **body}, status=status)
    client = botocore.session.get_session().create_client(
        "bedrock-runtime", region_name="us-east-1", endpoint_url=server.url,
        aws_access_key_id="k", aws_secret_access_key="x",
    )
    try:
        client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": "hello"}]}])
    except ClientError:
        return len(server.asked)


for status in (429, 500, 502, 503, 504):
    check(f"{status}", tries(status), 3)
check("529", tries(529), 1)
check("408", tries(408, __type="ModelTimeoutException"), 1)
check("424", tries(424, __type="ModelErrorException", originalStatusCode=429), 1)

sys.exit(f"changed: {failed}" if failed else 0)
PY
