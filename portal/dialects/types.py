"""Provider types: rows of data. A vendor that speaks a known dialect is one more row here, never a file."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from portal.dialects.base import (
    EnvironmentKey,
    KeyField,
    KeyKind,
    KeyRule,
    ProviderType,
    SettingField,
    Surface,
    origin_of,
)

SERVICE_ACCOUNT = KeyKind(
    "service_account",
    "Service account",
    (
        KeyField(
            "client_email",
            "Client e-mail",
            "Not needed when the whole JSON file is pasted below.",
            "portal@my-project-123.iam.gserviceaccount.com",
            secret=False,
            required=False,
        ),
        KeyField(
            "private_key",
            "Private key, or the whole JSON file",
            "From the BEGIN line to the END line, or everything in the file that Google gave you.",
            multiline=True,
        ),
    ),
)
BOUND_KEY = KeyKind(
    "key",
    "API key",
    (KeyField("key", "API key", "A key that is bound to a service account. A key of Google AI Studio does not work."),),
)

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
        name="azure",
        label="Azure OpenAI",
        mark="Az",
        line="Your deployments in an Azure resource",
        dialect="openai",
        base_url="",
        key=KeyRule.REQUIRED,
        key_header="api-key",
        key_url="https://portal.azure.com/#view/Microsoft_Azure_ProjectOxford/CognitiveServicesHub/~/OpenAI",
        environment=("AZURE_OPENAI_API_KEY",),
        own_hosts=(
            "*.openai.azure.com",
            "*.cognitiveservices.azure.com",
            "*.services.ai.azure.com",
            "*.openai.azure.us",
            "*.openai.azure.cn",
        ),
        settings=(
            SettingField(
                "resource",
                "Resource name",
                "The first word of its endpoint. Leave it out if you enter the base URL.",
                "acme-openai",
                pattern=r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
                fault="Enter the name alone, as acme-openai: letters, digits and hyphens.",
            ),
            SettingField(
                "api_version",
                "API version",
                "Blank is the /openai/v1 surface. Enter a date, as 2024-10-21, for the classic one with deployments.",
                "blank, or 2024-10-21",
                pattern=r"\d{4}-\d\d-\d\d(-preview)?|v1|preview|latest",
                fault="Leave it blank, or enter a version such as 2024-10-21.",
            ),
        ),
        derived_from="resource",
        derived=(("?*", "https://{}.openai.azure.com"),),
        token_cap="max_completion_tokens",  # noqa: S106 - a field's name
        surfaces=(
            Surface(
                "api_version",
                r"\d.*",
                "/openai/deployments/{model}/chat/completions?api-version={}",
                "/openai/models?api-version={}",
            ),
            Surface(
                "api_version",
                "preview|latest",
                "/openai/v1/chat/completions?api-version={}",
                "/openai/v1/models?api-version={}",
            ),
            Surface("api_version", "|v1", "/openai/v1/chat/completions", "/openai/v1/models"),
        ),
        listing_note="Azure lists the base models of its region, not your deployments. Type the name of a deployment.",
        example_model="my-gpt-deployment",
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
        name="google",
        label="Google Gemini",
        mark="Gg",
        line="Key from Google AI Studio",
        dialect="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        key=KeyRule.REQUIRED,
        key_header="x-goog-api-key",
        key_url="https://aistudio.google.com/apikey",
        environment=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        own_hosts=("generativelanguage.googleapis.com",),
        version_path="/v1beta",
        default_models=(
            "gemini-3.5-flash",
            "gemini-3.1-pro-preview",
            "gemini-3.1-flash-lite",
            "gemini-2.5-pro",
            "gemini-2.5-flash",
        ),
        example_model="gemini-3.5-flash",
    ),
    ProviderType(
        name="vertex",
        label="Google Vertex AI",
        mark="Vx",
        line="Gemini and Claude in your Google Cloud",
        dialect="vertex",
        base_url="https://aiplatform.googleapis.com/v1",
        key=KeyRule.REQUIRED,
        key_header="x-goog-api-key",
        key_url="https://console.cloud.google.com/iam-admin/serviceaccounts",
        key_kinds=(SERVICE_ACCOUNT, BOUND_KEY),
        own_hosts=(
            "aiplatform.googleapis.com",
            "*-aiplatform.googleapis.com",
            "aiplatform.*.rep.googleapis.com",
            "oauth2.googleapis.com",
        ),
        settings=(
            SettingField(
                "project",
                "Project ID",
                "The id of the Google Cloud project, not its name. Only a bound API key does without it.",
                "my-project-123",
                pattern=r"([a-z][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|\d{6,20}",
                fault="This is no project id. It has 6 to 30 small letters, digits and hyphens, as in my-project-123.",
                needed_with=("service_account",),
            ),
            SettingField(
                "location",
                "Location",
                "global serves most models. A region, or us or eu, keeps the work there.",
                "global",
                default="global",
                pattern=r"(?i)global|us|eu|[a-z]{2,20}-[a-z]{2,20}\d{1,2}",
                fault="This is no location. Write global, us, eu, or a region such as europe-west4.",
            ),
            SettingField(
                "token_url",
                "Token URL",
                "Where a service account fetches its tokens. Leave it as it is unless your network has its own.",
                "https://oauth2.googleapis.com/token",
                default="https://oauth2.googleapis.com/token",
                pattern=r"https?://[A-Za-z0-9.-]+(:(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}))?(/[\w./-]*)?",
                fault="Write an address such as https://oauth2.googleapis.com/token.",
                origin=True,
            ),
        ),
        derived_from="location",
        derived=(
            ("global", "https://aiplatform.googleapis.com/v1"),
            ("us", "https://aiplatform.us.rep.googleapis.com/v1"),
            ("eu", "https://aiplatform.eu.rep.googleapis.com/v1"),
            ("*", "https://{}-aiplatform.googleapis.com/v1"),
        ),
        version_path="/v1",
        default_models=("gemini-3.1-pro-preview", "gemini-3.1-flash-lite", "gemini-2.5-pro", "gemini-2.5-flash"),
        example_model="gemini-3.1-flash-lite",
    ),
    ProviderType(
        name="bedrock",
        label="Amazon Bedrock",
        mark="Be",
        line="Many vendors’ models in your AWS account",
        dialect="bedrock",
        base_url="",
        key=KeyRule.REQUIRED,
        key_url="https://console.aws.amazon.com/bedrock/home#/api-keys",
        environment=("AWS_BEARER_TOKEN_BEDROCK",),
        environment_keys=(
            EnvironmentKey(
                "aws",
                (
                    ("access_key_id", "AWS_ACCESS_KEY_ID"),
                    ("secret_access_key", "AWS_SECRET_ACCESS_KEY"),
                    ("session_token", "AWS_SESSION_TOKEN"),
                ),
            ),
        ),
        own_hosts=(
            "bedrock.*.amazonaws.com",
            "bedrock-runtime.*.amazonaws.com",
            "bedrock-fips.*.amazonaws.com",
            "bedrock-runtime-fips.*.amazonaws.com",
            "bedrock.*.amazonaws.com.cn",
            "bedrock-runtime.*.amazonaws.com.cn",
        ),
        settings=(
            SettingField(
                "region",
                "Region",
                "Where your account may use Bedrock; each region has its own models.",
                "us-east-1",
                required=True,
                pattern=r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}",
                fault="Enter a region’s short name, such as us-east-1 or eu-central-1.",
            ),
        ),
        derived_from="region",
        derived=(
            ("cn-*", "https://bedrock-runtime.{}.amazonaws.com.cn"),
            ("?*", "https://bedrock-runtime.{}.amazonaws.com"),
        ),
        listing_base=(r"^(https?://)bedrock-runtime(-fips)?\.(?=[a-z0-9-]+\.amazonaws\.com)", r"\1bedrock\2."),
        default_models=(
            "global.anthropic.claude-opus-4-7",
            "global.anthropic.claude-sonnet-4-6",
            "global.anthropic.claude-haiku-4-5-20251001-v1:0",
            "amazon.nova-lite-v1:0",
        ),
        example_model="global.anthropic.claude-sonnet-4-6",
        key_kinds=(
            KeyKind(
                "aws",
                "Access key",
                (
                    KeyField("access_key_id", "Access key ID", "", "AKIA…", secret=False),
                    KeyField("secret_access_key", "Secret access key"),
                    KeyField(
                        "session_token",
                        "Session token",
                        "Only for temporary credentials, which end after hours.",
                        required=False,
                    ),
                ),
            ),
            KeyKind("key", "Bedrock API key", (KeyField("key", "Bedrock API key"),)),
        ),
    ),
    ProviderType(
        name="openrouter",
        label="OpenRouter",
        mark="Or",
        line="Hundreds of models behind one key",
        dialect="openai",
        base_url="https://openrouter.ai/api/v1",
        key=KeyRule.REQUIRED,
        key_url="https://openrouter.ai/settings/keys",
        key_prefix="sk-or-",
        environment=("OPENROUTER_API_KEY",),
        own_hosts=("openrouter.ai",),
        settings=(
            SettingField(
                "referer",
                "Site address",
                "Named in OpenRouter’s statistics, if you like.",
                "https://portal.example.org",
                header="HTTP-Referer",
            ),
            SettingField("title", "Site name", "The same, in words.", "Acme", header="X-OpenRouter-Title"),
        ),
        listing_proves_key=False,
        listing_note="OpenRouter shows this list to everybody, so it says nothing about the key. Test it as well.",
        listing_prices=1,
        reasoning_object=True,
        version_path="/api/v1",
        default_models=(
            "openai/gpt-5.5",
            "openai/gpt-5.4-mini",
            "anthropic/claude-opus-4.7",
            "anthropic/claude-sonnet-4.6",
            "google/gemini-3.5-flash",
        ),
        example_model="openai/gpt-5.4-mini",
    ),
    ProviderType(
        name="vercel",
        label="Vercel AI Gateway",
        mark="Vc",
        line="Many vendors behind Vercel’s gateway",
        dialect="openai",
        base_url="https://ai-gateway.vercel.sh/v1",
        key=KeyRule.REQUIRED,
        key_url="https://vercel.com/dashboard/ai-gateway/api-keys",
        environment=("AI_GATEWAY_API_KEY",),
        own_hosts=("ai-gateway.vercel.sh",),
        listing_proves_key=False,
        listing_note="Vercel shows this list to everybody, so it says nothing about the key. Test it as well.",
        listing_prices=1,
        chat_kinds=("language",),
        reasoning_object=True,
        version_path="/v1",
        default_models=(
            "openai/gpt-5.5",
            "openai/gpt-5.4-mini",
            "anthropic/claude-opus-4.7",
            "anthropic/claude-sonnet-4.6",
            "google/gemini-3-flash",
        ),
        example_model="openai/gpt-5.4-mini",
    ),
    ProviderType(
        name="groq",
        label="Groq",
        mark="Gr",
        line="Open models, answered at once",
        dialect="openai",
        base_url="https://api.groq.com/openai/v1",
        key=KeyRule.REQUIRED,
        key_url="https://console.groq.com/keys",
        key_prefix="gsk_",
        environment=("GROQ_API_KEY",),
        own_hosts=("api.groq.com",),
        token_cap="max_completion_tokens",  # noqa: S106 - a field's name
        version_path="/openai/v1",
        default_models=(
            "openai/gpt-oss-120b",
            "openai/gpt-oss-20b",
            "llama-3.3-70b-versatile",
            "llama-3.1-8b-instant",
        ),
        example_model="llama-3.1-8b-instant",
    ),
    ProviderType(
        name="mistral",
        label="Mistral",
        mark="Mi",
        line="Key from console.mistral.ai",
        dialect="openai",
        base_url="https://api.mistral.ai/v1",
        key=KeyRule.REQUIRED,
        key_url="https://console.mistral.ai/api-keys",
        environment=("MISTRAL_API_KEY",),
        own_hosts=("api.mistral.ai",),
        stream_options=False,
        version_path="/v1",
        default_models=(
            "mistral-large-latest",
            "mistral-medium-latest",
            "mistral-small-latest",
        ),
        example_model="mistral-small-latest",
    ),
    ProviderType(
        name="deepseek",
        label="DeepSeek",
        mark="Ds",
        line="Key from platform.deepseek.com",
        dialect="openai",
        base_url="https://api.deepseek.com/v1",
        key=KeyRule.REQUIRED,
        key_url="https://platform.deepseek.com/api_keys",
        key_prefix="sk-",
        environment=("DEEPSEEK_API_KEY",),
        own_hosts=("api.deepseek.com",),
        version_path="/v1",
        default_models=(
            "deepseek-v4-pro",
            "deepseek-v4-flash",
        ),
        example_model="deepseek-v4-flash",
    ),
    ProviderType(
        name="together",
        label="Together",
        mark="To",
        line="Open models in a shared cloud",
        dialect="openai",
        base_url="https://api.together.xyz/v1",
        key=KeyRule.REQUIRED,
        key_url="https://api.together.ai/settings/api-keys",
        environment=("TOGETHER_API_KEY",),
        own_hosts=(
            "api.together.xyz",
            "api.together.ai",
        ),
        listing_prices=1_000_000,
        chat_kinds=("chat",),
        version_path="/v1",
        default_models=(
            "moonshotai/Kimi-K2.6",
            "deepseek-ai/DeepSeek-V4-Pro",
            "openai/gpt-oss-120b",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        ),
        example_model="meta-llama/Llama-3.3-70B-Instruct-Turbo",
    ),
    ProviderType(
        name="fireworks",
        label="Fireworks",
        mark="Fw",
        line="Open models, served fast",
        dialect="openai",
        base_url="https://api.fireworks.ai/inference/v1",
        key=KeyRule.REQUIRED,
        key_url="https://app.fireworks.ai/settings/users/api-keys",
        key_prefix="fw_",
        environment=("FIREWORKS_API_KEY",),
        own_hosts=("api.fireworks.ai",),
        version_path="/inference/v1",
        default_models=(
            "accounts/fireworks/models/kimi-k2p6",
            "accounts/fireworks/models/deepseek-v4-pro",
            "accounts/fireworks/models/gpt-oss-120b",
        ),
        example_model="accounts/fireworks/models/gpt-oss-120b",
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
    """The origins that calls of such a provider may go to; empty while it has no address."""
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
