"""Provider types: rows of data. A vendor that speaks a known dialect is one more row here, never a file."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from portal.dialects.base import KeyRule, ProviderType, SettingField, origin_of

_ROWS: tuple[ProviderType, ...] = (
    ProviderType(
        name="openai",
        label="OpenAI",
        mark="Oa",
        line="Key from platform.openai.com",
        dialect="openai",
        base_url="https://api.openai.com/v1",
        key=KeyRule.REQUIRED,
        key_url="https://platform.openai.com/api-keys",
        key_prefix="sk-",
        environment=("OPENAI_API_KEY",),
        own_hosts=("api.openai.com", "*.api.openai.com"),
        settings=(
            SettingField(
                "organization",
                "Organization",
                "Only for keys that belong to several organizations.",
                "org-…",
                header="OpenAI-Organization",
            ),
            SettingField(
                "project",
                "Project",
                "Only when the key is not a project key already.",
                "proj_…",
                header="OpenAI-Project",
            ),
        ),
        token_cap="max_completion_tokens",  # noqa: S106 - a field's name
        version_path="/v1",
        default_models=("gpt-6-sol", "gpt-6-luna", "gpt-5.4", "gpt-5.4-mini", "gpt-4.1-mini"),
        example_model="gpt-5.4-mini",
    ),
    ProviderType(
        name="anthropic",
        label="Anthropic",
        mark="An",
        line="Claude, by its own API",
        dialect="anthropic",
        base_url="https://api.anthropic.com/v1",
        key=KeyRule.REQUIRED,
        key_header="x-api-key",
        key_url="https://console.anthropic.com/settings/keys",
        key_prefix="sk-ant-",
        environment=("ANTHROPIC_API_KEY",),
        own_hosts=("api.anthropic.com",),
        settings=(
            SettingField(
                "api_version",
                "API version",
                "Leave it as it is unless Anthropic tells you otherwise.",
                "2023-06-01",
                header="anthropic-version",
                default="2023-06-01",
            ),
        ),
        version_path="/v1",
        default_models=("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-haiku-4-5"),
        example_model="claude-haiku-5-5",
    ),
    ProviderType(
        name="ollama",
        label="Ollama",
        mark="Ol",
        line="On your machines, no key",
        dialect="openai",
        base_url="http://localhost:11434/v1",
        key=KeyRule.OPTIONAL,
        version_path="/v1",
        listing_proves_key=False,
        example_model="qwen3:8b",
    ),
    ProviderType(
        name="vllm",
        label="vLLM",
        mark="Vl",
        line="Your own GPU servers",
        dialect="openai",
        base_url="http://localhost:8000/v1",
        key=KeyRule.OPTIONAL,
        version_path="/v1",
        listing_proves_key=False,
        example_model="meta-llama/Llama-3.1-8B-Instruct",
    ),
    ProviderType(
        name="lm_studio",
        label="LM Studio",
        mark="Lm",
        line="The desktop application’s server",
        dialect="openai",
        base_url="http://localhost:1234/v1",
        key=KeyRule.OPTIONAL,
        version_path="/v1",
        listing_proves_key=False,
        example_model="qwen/qwen3-8b",
    ),
    ProviderType(
        name="llama_cpp",
        label="llama.cpp",
        mark="Lc",
        line="One model, served by llama-server",
        dialect="openai",
        base_url="http://localhost:8080/v1",
        key=KeyRule.OPTIONAL,
        version_path="/v1",
        listing_proves_key=False,
        example_model="default",
    ),
    ProviderType(
        name="openai_compatible",
        label="OpenAI-compatible",
        mark="Oc",
        line="Any server that speaks OpenAI’s language",
        dialect="openai",
        base_url="",
        key=KeyRule.OPTIONAL,
        listing_proves_key=False,
    ),
    ProviderType(
        name="demo",
        label="Demo",
        mark="De",
        line="Answers on this machine; no AI, no network",
        dialect="demo",
        base_url="demo:",
        key=KeyRule.NONE,
        listing_proves_key=False,
        default_models=("demo-small", "demo-large"),
        example_model="demo-small",
    ),
)

TYPES: dict[str, ProviderType] = {row.name: row for row in _ROWS}
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


def destination(type: ProviderType, base_url: str, settings: Mapping[str, str] | None = None) -> frozenset[str]:
    """The origins that calls of such a provider may go to; empty while it has no address."""
    base = base_url or base_url_for(type, settings)
    if not base:
        return frozenset()
    further = (setting_of(type, settings, field.name) for field in type.settings if field.origin)
    return frozenset({origin_of(base), *(origin_of(address) for address in further if address)})


def is_own(type: ProviderType, origins: frozenset[str]) -> bool:
    """True when every origin is the type's own, by https: the only ones that an environment's key may go to."""
    return bool(origins) and all(
        origin.startswith("https://")
        and any(fnmatchcase(urlsplit(origin).hostname or "", host) for host in type.own_hosts)
        for origin in origins
    )
