"""Provider types: rows of data. A vendor with a known dialect is one more row, never a file.

What may be said of one besides its row: `HOSTS` below, `PAGES` of `input.web_pages`, `BY_TYPE` of `faults.hints` and of
`portal.domain.options`, the key prefixes in `portal.domain.typed_text`, `VENDORS` of `model_data`.
"""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from portal.dialects.provider_types.rows import ROWS
from portal.dialects.provider_types.shape import ProviderType
from portal.domain.origins import origin_of

TYPES: dict[str, ProviderType] = {row.name: row for row in ROWS}
"""Every provider type by name, in the order in which the cards are shown."""

HOSTS: tuple[tuple[str, str, str], ...] = (
    ("*.openai.azure.com", "azure", "Azure OpenAI"),
    ("*.cognitiveservices.azure.com", "azure", "Azure OpenAI"),
    ("*.services.ai.azure.com", "azure", "Azure OpenAI"),
    ("*.openai.azure.us", "azure", "Azure OpenAI"),
    ("*.openai.azure.cn", "azure", "Azure OpenAI"),
    ("api.openai.com", "openai", "OpenAI"),
    ("*.api.openai.com", "openai", "OpenAI"),
    ("api.anthropic.com", "anthropic", "Anthropic"),
    ("generativelanguage.googleapis.com", "google", "Google Gemini"),
    ("*-aiplatform.googleapis.com", "vertex", "Google Vertex AI"),
    ("aiplatform.googleapis.com", "vertex", "Google Vertex AI"),
    ("aiplatform.*.rep.googleapis.com", "vertex", "Google Vertex AI"),
    ("bedrock-runtime.*.amazonaws.com", "bedrock", "Amazon Bedrock"),
    ("openrouter.ai", "openrouter", "OpenRouter"),
    ("ai-gateway.vercel.sh", "vercel", "Vercel AI Gateway"),
    ("api.groq.com", "groq", "Groq"),
    ("api.mistral.ai", "mistral", "Mistral"),
    ("api.deepseek.com", "deepseek", "DeepSeek"),
    ("api.together.xyz", "together", "Together"),
    ("api.together.ai", "together", "Together"),
    ("api.fireworks.ai", "fireworks", "Fireworks"),
)
"""Whose a well-known host is: pattern, type name, label. Read top to bottom."""


def host_owner(url: str) -> tuple[str, str] | None:
    """The type name and label of the vendor that the URL's host belongs to, if it is a well-known one."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return None
    return next(((name, label) for pattern, name, label in HOSTS if fnmatchcase(host, pattern)), None)


def setting_of(type: ProviderType, settings: Mapping[str, str] | None, name: str) -> str:
    """The value of a setting: what was typed, else its default, else nothing."""
    typed = str((settings or {}).get(name) or "").strip()
    return typed or next((field.default for field in type.settings if field.name == name), "")


def base_url_for(type: ProviderType, settings: Mapping[str, str] | None = None) -> str:
    """The base URL that such a provider has while none is typed: the type's own, or the one its settings derive.

    Empty where there is none, also while the setting that it follows from cannot be part of a host's name.
    """
    value = setting_of(type, settings, type.derived_from).lower()
    if not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?", value):
        return ""
    derived = (url.replace("{}", value) for glob, url in type.derived if fnmatchcase(value, glob))
    return next(derived, type.base_url)


def derived_value(type: ProviderType, base_url: str) -> str | None:
    """The value that a base URL was derived from, as the region of Bedrock's; None when it was derived from none."""
    for glob, url in type.derived:
        found = re.fullmatch(re.escape(url).replace(r"\{\}", "([a-z0-9-]+)"), base_url.rstrip("/").lower())
        value = found[1] if found and found.groups() else glob
        if found and fnmatchcase(value, glob):
            return value
    return None


def listing_base_url(type: ProviderType, base_url: str) -> str:
    """The base URL of the listing: the base URL itself, unless the type keeps its listing on another host."""
    pattern, replacement = type.listing_base
    return re.sub(pattern, replacement, base_url) if pattern else base_url


def destination(type: ProviderType, base_url: str, settings: Mapping[str, str] | None = None) -> frozenset[str]:
    """The origins that requests of such a provider may go to; empty while it has no address."""
    base = base_url or base_url_for(type, settings)
    if not base:
        return frozenset()
    further = (setting_of(type, settings, field.name) for field in type.settings if field.origin)
    addresses = (base, listing_base_url(type, base), *further)
    return frozenset(origin_of(address) for address in addresses if address)


def is_own(type: ProviderType, origins: frozenset[str]) -> bool:
    """True when every origin is the type's own, by https: the only ones that an environment's key may go to."""
    return bool(origins) and all(
        origin.startswith("https://")
        and any(_is_host(urlsplit(origin).hostname or "", pattern) for pattern in type.own_hosts)
        for origin in origins
    )


def _is_host(host: str, pattern: str) -> bool:
    """`*.` stands for any subdomain, however deep; another `*` for part of one label: anybody may name a bucket."""
    deep = pattern.startswith("*.")
    rest = re.escape(pattern[2:] if deep else pattern).replace(r"\*", "[^.]*")
    return re.fullmatch(f"(.+\\.)?{rest}" if deep else rest, host) is not None and not (deep and host == pattern[2:])
