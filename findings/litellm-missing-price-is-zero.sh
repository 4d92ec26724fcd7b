#!/usr/bin/env bash
# Guess: for a model without a known price the cost raises, as it does for a model that is not known at all.
# Seen: it does so for unknown names only. A known name without a price per token reports 0 and
#   `completion_cost` returns 0.0: popular models under `openrouter/`, and models with prices in tiers
#   (`dashscope/qwen-flash`) in `get_model_info`.
# Why it matters: a budget that catches the exception lets these through for free, and a prefilled price of 0
#   reads as a free model. Take a price of 0 from this data as unknown.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('litellm==1.110.2')
if command -v uv >/dev/null; then
    uv venv --quiet --python python3 "$work/venv"
    uv pip install --quiet --python "$work/venv/bin/python" "${packages[@]}"
else
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}"
fi
LITELLM_LOCAL_MODEL_COST_MAP=True "$work/venv/bin/python" -W ignore - <<'PY'
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

import litellm

litellm.suppress_debug_info = True

version("litellm")
def cost(model):
    usage = litellm.Usage(prompt_tokens=1000, completion_tokens=1000, total_tokens=2000)
    try:
        return litellm.completion_cost(litellm.ModelResponse(model=model, usage=usage, choices=[]), model=model)
    except Exception as fault:
        return type(fault).__name__


check("gpt-5", cost("gpt-5") > 0, True)
check("openrouter/openai/gpt-5", cost("openrouter/openai/gpt-5"), 0.0)
check("openrouter/anthropic/claude-sonnet-4.5", cost("openrouter/anthropic/claude-sonnet-4.5"), 0.0)
check("openrouter/no/such", cost("openrouter/no/such"), "ModelNotMappedError")
tiered = litellm.get_model_info("dashscope/qwen-flash")
check("dashscope/qwen-flash, tiers", bool(tiered["tiered_pricing"]), True)
check("dashscope/qwen-flash, price", tiered["input_cost_per_token"], 0)

sys.exit(f"changed: {failed}" if failed else 0)
PY
