#!/usr/bin/env bash
# Guess: what is given in code wins over the environment, as everywhere in this library: a client made with an
#   access key signs with it.
# Seen: with `AWS_BEARER_TOKEN_BEDROCK` set, `create_client('bedrock-runtime', aws_access_key_id=…)` sends that
#   token and no signature. `Config(signature_version='v4')` brings the signature back.
# Why it matters: a portal that keeps several AWS accounts and builds a client for each bills them all to the
#   token that someone set for the process, and a connection test with wrong keys succeeds.
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
env -u AWS_BEARER_TOKEN_BEDROCK "$work/venv/bin/python" -W ignore - <<'PY'
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

import os

import botocore.session
from botocore.config import Config

version("botocore")
class Sent(Exception):
    pass


def credential(**more):
    client = botocore.session.get_session().create_client(
        "bedrock-runtime", region_name="us-east-1", aws_access_key_id="GIVEN", aws_secret_access_key="x", **more
    )

    def stop(request, **_):
        sent = request.headers["Authorization"]
        raise Sent(sent if isinstance(sent, str) else sent.decode())

    client.meta.events.register("before-send.bedrock-runtime.Converse", stop)
    try:
        client.converse(modelId="m", messages=[{"role": "user", "content": [{"text": "hello"}]}])
    except Sent as sent:
        return str(sent).split("/")[0]


check("keys given, no token", credential(), "AWS4-HMAC-SHA256 Credential=GIVEN")
os.environ["AWS_BEARER_TOKEN_BEDROCK"] = "from-environment"
check("keys given, token in the environment", credential(), "Bearer from-environment")
signed = credential(config=Config(signature_version="v4"))
check("the same with signature_version", signed, "AWS4-HMAC-SHA256 Credential=GIVEN")

sys.exit(f"changed: {failed}" if failed else 0)
PY
