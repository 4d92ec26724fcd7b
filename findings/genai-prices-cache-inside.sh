#!/usr/bin/env bash
# Guess: the fields of Anthropic's usage (`input_tokens` 5000 beside `cache_read_input_tokens` 4000: 9000 tokens
#   read) go into `Usage` under the like names.
# Seen: `Usage.input_tokens` is the total: of these 5000 it takes 4000 off and bills 1000 at the full price, a
#   quarter of the true cost, with no word. Only where the cache exceeds the rest does it raise ValueError.
#   `extract_usage` on the raw answer adds them up rightly.
# Why it matters: costs of long cached chats with Claude come out several times too low, until the first very
#   long one raises. Add up before calling, or give it the raw answer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('genai-prices==0.2.3')
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

from decimal import Decimal

from genai_prices import Usage, calc_price, extract_usage

version("genai-prices")
def price(**tokens):
    try:
        return calc_price(Usage(**tokens), model_ref="claude-haiku-4-5", provider_id="anthropic").total_price
    except ValueError as fault:
        return type(fault).__name__


told = {"input_tokens": 5000, "cache_read_input_tokens": 4000, "cache_creation_input_tokens": 0, "output_tokens": 0}
check("Anthropic's numbers as they are", price(input_tokens=5000, cache_read_tokens=4000), Decimal("0.0014"))
check("added up", price(input_tokens=9000, cache_read_tokens=4000), Decimal("0.0054"))
raw = extract_usage({"model": "claude-haiku-4-5", "usage": told}, provider_id="anthropic")
check("from the raw answer", raw.usage.input_tokens, 9000)
check("more from the cache than beside it", price(input_tokens=1000, cache_read_tokens=4000), "ValueError")

sys.exit(f"changed: {failed}" if failed else 0)
PY
