#!/usr/bin/env bash
# Guess: `{"n": 1}{"n": 2}` (what two parallel calls become when a server gives both the index 0) is refused by
#   tolerant JSON parsers, or both objects come out.
# Seen: jiter in partial mode (inside the `openai` and `anthropic` libraries) returns the first, json-repair
#   returns the last, partial-json-parser raises. No warning from the first two.
# Why it matters: the same wrong stream makes one client pay twice the first bill and another the second. A
#   gateway should give each parallel call its own index, also where the provider does not.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('jiter==0.14.0' 'json-repair==0.64.6' 'partial-json-parser==0.2.1.1.post7')
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

import jiter
import json_repair
import partial_json_parser

version("jiter", "json-repair", "partial-json-parser")
TEXT = '{"n": 1}{"n": 2}'
check("jiter", jiter.from_json(TEXT.encode(), partial_mode=True), {"n": 1})
check("json-repair", json_repair.loads(TEXT), {"n": 2})
try:
    got = partial_json_parser.loads(TEXT)
except ValueError as fault:
    got = type(fault).__name__
check("partial-json-parser", got, "JSONDecodeError")

sys.exit(f"changed: {failed}" if failed else 0)
PY
