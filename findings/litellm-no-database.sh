#!/usr/bin/env bash
# Guess: a proxy answers 401 to a key that it does not know.
# Seen: litellm's proxy with a master key and no database answers 400 with "No connected db." to any other key,
#   and the type `no_db_connection`: it looks every key but its master key up where nothing is. A
#   request without any key is answered with 500 in plain text.
# Why it matters: whoever goes by the status tells people that their request, or the server, is at fault, and not that
#   the key is wrong; a pool of keys does not pause that one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('litellm[proxy]==1.106.2' requests)
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
WORK="$work" LITELLM_LOCAL_MODEL_COST_MAP=True "$work/venv/bin/python" -W ignore - <<'PY'
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

import os, pathlib, socket, subprocess, time
import requests

version("litellm")
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
config = pathlib.Path(os.environ["WORK"], "config.yaml")
config.write_text(
    "model_list:\n  - model_name: m\n    litellm_params: {model: openai/m, api_base: http://127.0.0.1:9/v1, api_key: k}\n"
    "general_settings: {master_key: sk-master}\n"
)
command = [str(pathlib.Path(sys.executable).with_name("litellm")), "--config", str(config)]
log = open(config.with_name("log"), "wb")
proxy = subprocess.Popen([*command, "--host", "127.0.0.1", "--port", str(port)], stdout=log, stderr=log)


def asked(**headers):
    return requests.get(f"http://127.0.0.1:{port}/v1/models", headers=headers, timeout=30)


try:
    while proxy.poll() is None:
        try:
            requests.get(f"http://127.0.0.1:{port}/health/liveliness", timeout=5)
            break
        except requests.ConnectionError:
            time.sleep(0.5)
    check("its master key", asked(Authorization="Bearer sk-master").status_code, 200)
    wrong = asked(Authorization="Bearer sk-another")
    check("another key", (wrong.status_code, wrong.json()["error"]["type"]), (400, "no_db_connection"))
    check("its words", wrong.json()["error"]["message"], "No connected db.")
    none = asked()
    check("no key", (none.status_code, none.text), (500, "Internal Server Error"))
finally:
    proxy.terminate()
    proxy.wait(30)

sys.exit(f"changed: {failed}" if failed else 0)
PY
