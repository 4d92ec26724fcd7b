"""Web pages for people, pasted where the address of an API belongs: whose they are, and which settings they name."""

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

PAGES: tuple[tuple[str, str, str], ...] = (
    ("openai.com", "openai", "OpenAI"),
    ("*.openai.com", "openai", "OpenAI"),
    ("chatgpt.com", "openai", "OpenAI"),
    ("*.chatgpt.com", "openai", "OpenAI"),
    ("anthropic.com", "anthropic", "Anthropic"),
    ("*.anthropic.com", "anthropic", "Anthropic"),
    ("claude.ai", "anthropic", "Anthropic"),
    ("claude.com", "anthropic", "Anthropic"),
    ("*.claude.com", "anthropic", "Anthropic"),
    ("aistudio.google.com", "google", "Google AI Studio"),
    ("gemini.google.com", "google", "Google Gemini"),
    ("ai.google.dev", "google", "Google AI Studio"),
    ("console.cloud.google.com", "vertex", "Google Cloud"),
    ("cloud.google.com", "vertex", "Google Cloud"),
    ("portal.azure.com", "azure", "Azure"),
    ("ai.azure.com", "azure", "Azure"),
    ("oai.azure.com", "azure", "Azure"),
    ("azure.microsoft.com", "azure", "Azure"),
    ("learn.microsoft.com", "azure", "Microsoft"),
    ("console.aws.amazon.com", "bedrock", "AWS"),
    ("*.console.aws.amazon.com", "bedrock", "AWS"),
    ("aws.amazon.com", "bedrock", "AWS"),
    ("docs.aws.amazon.com", "bedrock", "AWS"),
    ("*.awsapps.com", "bedrock", "AWS"),
    ("vercel.com", "vercel", "Vercel"),
    ("www.vercel.com", "vercel", "Vercel"),
    ("groq.com", "groq", "Groq"),
    ("*.groq.com", "groq", "Groq"),
    ("mistral.ai", "mistral", "Mistral"),
    ("*.mistral.ai", "mistral", "Mistral"),
    ("deepseek.com", "deepseek", "DeepSeek"),
    ("*.deepseek.com", "deepseek", "DeepSeek"),
    ("together.ai", "together", "Together"),
    ("www.together.ai", "together", "Together"),
    ("docs.together.ai", "together", "Together"),
    ("fireworks.ai", "fireworks", "Fireworks"),
    ("www.fireworks.ai", "fireworks", "Fireworks"),
    ("app.fireworks.ai", "fireworks", "Fireworks"),
    ("docs.fireworks.ai", "fireworks", "Fireworks"),
    ("docs.openrouter.ai", "openrouter", "OpenRouter"),
    ("lmstudio.ai", "lm_studio", "LM Studio"),
    ("docs.ollama.com", "ollama", "Ollama"),
    ("docs.vllm.ai", "vllm", "vLLM"),
    ("github.com", "", "GitHub"),
    ("huggingface.co", "", "Hugging Face"),
)
"""Hosts that serve pages: pattern, type name, whose. Ask only of hosts that are no API's."""

SETTINGS_IN_PAGES: dict[str, tuple[tuple[str, str], ...]] = {
    "bedrock": (
        ("region", r"[?&#]region=([a-z0-9-]+)"),
        ("region", r"//([a-z]{2,4}(?:-[a-z]+)+-\d+)\.console\.aws\.amazon\.com"),
    ),
    "vertex": (
        ("project", r"[?&]project=([a-z0-9:.-]+)"),
        ("location", r"/locations/([a-z0-9-]+)"),
    ),
    "azure": (("resource", r"/Microsoft\.CognitiveServices/accounts/([A-Za-z0-9-]+)"),),
}
"""The settings of such a provider that the address of a page names."""


def page_of(url: str) -> tuple[str, str] | None:
    """The type name and the owner of the web page at an address; None when it is no known page."""
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return None
    return next(((type, owner) for pattern, type, owner in PAGES if fnmatchcase(host, pattern)), None)


def settings_in_page(type_name: str, url: str) -> dict[str, str]:
    """The settings that the address of a page of this type's vendor names."""
    page = page_of(url)
    if page is None or page[0] != type_name:
        return {}
    found_settings: dict[str, str] = {}
    for setting, pattern in SETTINGS_IN_PAGES.get(type_name, ()):
        found = re.search(pattern, url, re.IGNORECASE)
        if found:
            found_settings.setdefault(setting, found[1])
    return found_settings
