#!/usr/bin/env bash
# Guess: of `{"dry_run": fals` a repairer of JSON makes `False`, or leaves the field out, as it cannot know.
# Seen: json-repair returns `{'dry_run': 'fals'}`: a string, which Python takes as true. `nul` becomes `'nul'`.
#   A thousands separator becomes a string too, an underscore a number. partial-json-parser completes the word,
#   jiter leaves the field out.
# Why it matters: a streamed tool call that is repaired chunk by chunk passes through every one of these states;
#   a flag read too early has the opposite meaning.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('json-repair==0.64.6' 'jiter==0.14.0' 'partial-json-parser==0.2.1.1.post7')
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

version("json-repair", "jiter", "partial-json-parser")
TEXT = '{"dry_run": fals'
check("json-repair", json_repair.loads(TEXT), {"dry_run": "fals"})
check("json-repair, as a condition", bool(json_repair.loads(TEXT)["dry_run"]), True)
check("json-repair, null", json_repair.loads('{"limit": nul'), {"limit": "nul"})
check("json-repair, 1,000", json_repair.loads('{"limit": 1,000}'), {"limit": "1,000"})
check("json-repair, 1_000", json_repair.loads('{"limit": 1_000}'), {"limit": 1000})
check("jiter", jiter.from_json(TEXT.encode(), partial_mode=True), {})
check("partial-json-parser", partial_json_parser.loads(TEXT), {"dry_run": False})

sys.exit(f"changed: {failed}" if failed else 0)
PY
