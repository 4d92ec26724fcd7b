#!/usr/bin/env bash
# Guess: a map with free keys in a pydantic model is kept as one, or refused where strict schemas cannot say it
#   (they cannot).
# Seen: anthropic's `transform_schema` and langchain's `convert_to_openai_tool(strict=True)` write
#   `additionalProperties: false` over the map's value type: the only valid value is `{}`. No error, no warning.
#   openai's own helper keeps the value type, which the strict API then refuses aloud.
# Why it matters: structured answers come back with the map empty, always, and the provider is right to do so. A
#   portal that shows or stores tool schemas can warn: an object, closed, without properties.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('anthropic==2.14.0' 'langchain-core==1.8.3' 'openai==3.57.0' 'pydantic==2.14.4')
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

import anthropic
import openai
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

version("anthropic", "langchain-core", "openai", "pydantic")
class Bill(BaseModel):
    """A bill."""

    prices: dict[str, int]


def rule(schema):
    field = schema["properties"]["prices"]
    return field.get("properties", {}), field["additionalProperties"]


check("pydantic", rule(Bill.model_json_schema()), ({}, {"type": "integer"}))
check("anthropic", rule(anthropic.transform_schema(Bill)), ({}, False))
strict = convert_to_openai_tool(Bill, strict=True)["function"]["parameters"]
check("langchain, strict", rule(strict), ({}, False))
check("langchain", rule(convert_to_openai_tool(Bill)["function"]["parameters"]), ({}, {"type": "integer"}))
check("openai", rule(openai.pydantic_function_tool(Bill)["function"]["parameters"]), ({}, {"type": "integer"}))

sys.exit(f"changed: {failed}" if failed else 0)
PY
