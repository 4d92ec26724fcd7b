"""Base URLs as people paste them."""

import pytest

from portal.dialects.input.addresses import settings_in, tidy_base_url
from portal.dialects.provider_types.table import TYPES, destination, host_owner, is_own
from portal.domain.typed_text import open_part

OPENAI = "https://api.openai.com/v1"
AS_IT_IS = [
    ("openai", OPENAI, OPENAI),
    ("openai", f"  {OPENAI}/ ", OPENAI),
    ("openai", f"“{OPENAI}”", OPENAI),
    ("openai", "HTTPS://API.OpenAI.com:443/v1", OPENAI),
    ("openai", "", OPENAI),
    ("openai", "https://gateway.example.com:8443/llm/v1", "https://gateway.example.com:8443/llm/v1"),
    ("ollama", "http://192.168.1.9:11434/v1", "http://192.168.1.9:11434/v1"),
    ("ollama", "http://[fd00::5]:11434/v1", "http://[fd00::5]:11434/v1"),
    ("openai_compatible", "https://x.example/v2beta", "https://x.example/v2beta"),
    ("openai_compatible", "https://bücher.example/v1", "https://xn--bcher-kva.example/v1"),
    ("demo", "anything at all", "demo:"),
]


@pytest.mark.parametrize(("type", "pasted", "url"), AS_IT_IS)
def test_a_good_address_is_kept_without_a_word(type, pasted, url):
    tidy = tidy_base_url(TYPES[type], pasted)
    assert (tidy.url, tidy.notices, tidy.fault) == (url, (), "")


CHANGED = [
    ("openai", "https://api.openai.com/v1/chat/completions", OPENAI, "Cut off /chat/completions"),
    ("openai", "https://api.openai.com/v1/models/", OPENAI, "Cut off /models"),
    ("anthropic", "https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1", "Cut off /messages"),
    ("openai", "https://api.openai.com", OPENAI, "Added /v1"),
    ("anthropic", "https://api.anthropic.com/", "https://api.anthropic.com/v1", "Added /v1"),
    ("ollama", "http://localhost:11434", "http://localhost:11434/v1", "Added /v1"),
    ("ollama", "http://localhost:11434/api/chat", "http://localhost:11434/v1", "Cut off /api/chat"),
    ("openai", "http://api.openai.com/v1", OPENAI, "http to https"),
    ("openai_compatible", "https://x.example/llm", "https://x.example/llm", "want /v1"),
    ("openai_compatible", "https://x.example//a//v1//", "https://x.example/a/v1", ""),
    ("anthropic", OPENAI, OPENAI, "belongs to OpenAI"),
    ("openai", "https://platform.openai.com/api-keys", OPENAI, "a page of OpenAI for people"),
    ("anthropic", "https://claude.ai/new", "https://api.anthropic.com/v1", "a page of Anthropic for people"),
    ("openrouter", "https://openrouter.ai/settings/keys", "https://openrouter.ai/api/v1", "a page for people"),
    ("openrouter", "https://openrouter.ai/api", "https://openrouter.ai/api/v1", "Added /api/v1"),
    (
        "openai_compatible",
        "https://x.example/v1beta/models/gemini-3:generateContent",
        "https://x.example/v1beta",
        "Cut off /models/gemini-3:generateContent",
    ),
    ("openai", "https://example.com/v1?", "https://example.com/v1", "Cut off everything from the “?” on"),
    ("openai", "https://example.com/v1#a", "https://example.com/v1", "Cut off everything from the “#” on"),
    ("openai", f"{OPENAI}/models?limit=5", OPENAI, "Cut off /models"),
    ("openai", f"{OPENAI}/organization/projects", OPENAI, "Changed /v1/organization/projects to /v1"),
    ("groq", "https://api.groq.com/v1", "https://api.groq.com/openai/v1", "Changed /v1 to /openai/v1"),
    ("groq", "https://api.groq.com/v1/chat/completions", "https://api.groq.com/openai/v1", "Changed /v1 to /openai/v1"),
    ("fireworks", "https://api.fireworks.ai/v1", "https://api.fireworks.ai/inference/v1", "Changed /v1 to /inference"),
    ("openrouter", "https://openrouter.ai/v1", "https://openrouter.ai/api/v1", "Changed /v1 to /api/v1"),
    ("lm_studio", "http://localhost:1234/api/v0", "http://localhost:1234/v1", "Cut off /api/v0"),
    ("lm_studio", "http://localhost:1234/api/v0/chat/completions", "http://localhost:1234/v1", "Cut off /api/v0"),
    ("ollama", "http://localhost:11434/api/v1", "http://localhost:11434/v1", "Cut off /api/v1"),
    ("ollama", "http://box/ollama/api/tags", "http://box/ollama/v1", "Cut off /api/tags"),
]


@pytest.mark.parametrize(("type", "pasted", "url", "notice"), CHANGED)
def test_a_change_is_noted(type, pasted, url, notice):
    tidy = tidy_base_url(TYPES[type], pasted)
    assert (tidy.url, tidy.fault) == (url, "")
    assert notice in " ".join(tidy.notices)


@pytest.mark.parametrize(
    ("type", "pasted", "url"),
    [
        ("google", "https://generativelanguage.googleapis.com/v1alpha", ""),
        ("vertex", "https://aiplatform.googleapis.com/v1beta1", ""),
        ("openai", "https://eu.api.openai.com/v1", ""),
        ("groq", "https://gate.example.com/v1", ""),
    ],
)
def test_a_version_that_may_be_meant_is_left_alone(type, pasted, url):
    assert tidy_base_url(TYPES[type], pasted).url == (url or pasted)


IN_THE_QUERY = "AIzaNeverInAnAddress"


@pytest.mark.parametrize(
    ("type", "pasted", "url"),
    [
        ("google", "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash:generateContent?key={}",
         "https://generativelanguage.googleapis.com/v1beta"),
        ("openai_compatible", "https://x.example/v1/chat/completions?stream=1&api_key={}#top", "https://x.example/v1"),
        ("openai_compatible", "https://x.example/v1?access_token={}", "https://x.example/v1"),
        ("azure", "https://acme.openai.azure.com/openai/deployments/x/chat/completions?api-version=2024-10-21&api-key={}",
         "https://acme.openai.azure.com"),
        ("azure", "https://acme.openai.azure.com/?api-key={}", "https://acme.openai.azure.com"),
        ("openai", "https://platform.openai.com/?token={}", OPENAI),
        ("mistral", "https://api.groq.com/openai/v1?key={}", "https://api.groq.com/openai/v1"),
    ],
)  # fmt: skip
def test_a_key_in_an_address_is_cut_off_and_never_repeated(type, pasted, url):
    tidy = tidy_base_url(TYPES[type], pasted.format(IN_THE_QUERY))
    assert (tidy.url, tidy.fault) == (url, "")
    assert IN_THE_QUERY not in repr(tidy)
    if "platform" not in pasted:
        assert any("paste it into its own field" in notice for notice in tidy.notices)


def test_an_api_version_is_no_key():
    pasted = "https://acme.openai.azure.com/openai/deployments/x/chat/completions?api-version=2024-10-21"
    assert settings_in(TYPES["azure"], pasted)["api_version"] == "2024-10-21"
    assert not any("key" in notice for notice in tidy_base_url(TYPES["azure"], pasted).notices)


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        (f"  {OPENAI} ", OPENAI),
        ("", ""),
        ("acme", "acme"),
        ("localhost:11434/v1", "localhost:11434/v1"),
        ("http://[fd00::5]:11434/v1", "http://[fd00::5]:11434/v1"),
        ("https://x.example:8443/models/claude@2025", "https://x.example:8443/models/claude@2025"),
        (f"https://x.example/v1?key={IN_THE_QUERY}", "https://x.example/v1"),
        (f"x.example/v1?key={IN_THE_QUERY}", "x.example/v1"),
        (f"https://x.example/v1#{IN_THE_QUERY}", "https://x.example/v1"),
        (f"https://x.example/v1%3Fkey={IN_THE_QUERY}", "https://x.example/v1"),
        (f"https://ada:{IN_THE_QUERY}@x.example/v1", "https://x.example/v1"),
        (f"https://{IN_THE_QUERY}@x.example/v1", "https://x.example/v1"),
        (f"ada:{IN_THE_QUERY}@x.example/v1", "x.example/v1"),
        (f"//ada:{IN_THE_QUERY}@x.example", "//x.example"),
        (f"https://ada:a/{IN_THE_QUERY}@x.example/v1", "https://x.example/v1"),
        (f"https://ada:{IN_THE_QUERY}?b@x.example/v1", "https://x.example/v1"),
        ("https://x.example/v1?mail=a@b", "https://x.example/v1"),
    ],
)
def test_what_is_shown_again_holds_no_key(pasted, shown):
    assert open_part(pasted) == shown
    assert open_part(shown) == shown
    if IN_THE_QUERY in pasted:
        assert IN_THE_QUERY not in repr(tidy_base_url(TYPES["openai_compatible"], pasted))


@pytest.mark.parametrize("pasted", [pasted for _, _, pasted, _ in CHANGED] + [url for _, _, url in AS_IT_IS])
def test_tidying_twice_is_tidying_once(pasted):
    type = TYPES["openai_compatible"]
    once = tidy_base_url(type, pasted).url
    assert tidy_base_url(type, once).url == once


@pytest.mark.parametrize(
    ("type", "pasted", "words"),
    [
        ("openai_compatible", "", "Enter the base URL"),
        ("openai", "api.openai.com/v1", "https://"),
        ("openai", "localhost:11434", "https://"),
        ("azure", "acme.openai.azure.com", "as in https://acme.openai.azure.com."),
        ("azure", "acme", "as in https://acme-openai.openai.azure.com."),
        ("bedrock", "eu-central-1", "as in https://bedrock-runtime.us-east-1.amazonaws.com."),
        ("openai", "acme.openai.azure.com/openai/v1", "Choose the type Azure OpenAI."),
        ("openai", "ftp://api.openai.com", "https://"),
        ("openai", "javascript:alert(1)", "https://"),
        ("openai", "https://", "no server"),
        ("openai", "https:///v1", "no server"),
        ("openai", "https://exa mple.com", "spaces"),
        ("openai", "https://example.com\\v1", "backslashes"),
        ("openai", "https://example.com:99999/v1", "cannot be read"),
        ("openai", "https://example.com:0/v1", "no server"),
        ("openai", "https://[::1/v1", "cannot be read"),
        ("openai", "https://user:pass@example.com/v1", "user name"),
        ("openai", "https://@example.com/v1", "user name"),
        ("openai", "https://example.com/a/../v1", "path"),
        ("openai", "https://example.com/%2e%2e/v1", "path"),
        ("openai", "https://acme.openai.azure.com/openai/deployments/x?api-version=1", "Azure"),
        ("openai", "https://acme.services.ai.azure.com/openai/v1", "Azure"),
        ("openai", "https://portal.example.com/v1", "portal’s own address"),
        ("openai_compatible", "https://x.example/" + "a" * 600, "longer than"),
        ("openai", "https://exa<script>.com/v1", "no server"),
        ("openai_compatible", "https://platform.openai.com/docs", "answers at https://api.openai.com/v1"),
        ("azure", "https://portal.azure.com/#home", "Enter the resource name, or the base URL."),
        ("bedrock", "https://aws.amazon.com/bedrock/", "Enter the region, or the base URL."),
        ("vllm", "https://huggingface.co/meta-llama", "a page of Hugging Face"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_in_words(type, pasted, words):
    tidy = tidy_base_url(TYPES[type], pasted, portal_url="https://portal.example.com")
    assert words in tidy.fault
    assert tidy.fault.endswith(".")


@pytest.mark.parametrize(
    ("type", "pasted", "switch_to"),
    [
        ("openai", "https://acme.openai.azure.com/openai/deployments/x?api-version=1", "azure"),
        ("openai", "https://api.anthropic.com/v1", "anthropic"),
        ("openai_compatible", "https://console.groq.com/keys", "groq"),
        ("openai", "https://gateway.example.com/v1", ""),
        ("openai_compatible", "acme.openai.azure.com", "azure"),
        ("openai", OPENAI, ""),
        ("vllm", "https://huggingface.co/meta-llama", ""),
    ],
)
def test_the_type_that_an_address_belongs_to_is_named(type, pasted, switch_to):
    assert tidy_base_url(TYPES[type], pasted).switch_to == switch_to


def test_a_page_of_the_console_names_its_region():
    pasted = "https://eu-central-1.console.aws.amazon.com/bedrock/home?region=eu-central-1"
    settings_found = settings_in(TYPES["bedrock"], pasted)
    assert settings_found == {"region": "eu-central-1"}
    tidy = tidy_base_url(TYPES["bedrock"], pasted, settings=settings_found)
    assert (tidy.url, tidy.fault) == ("https://bedrock-runtime.eu-central-1.amazonaws.com", "")


def test_the_destination_is_the_origin_with_its_port():
    assert destination(TYPES["openai"], "https://api.openai.com/v1", {}) == {"https://api.openai.com:443"}
    assert destination(TYPES["ollama"], "http://Box:11434/v1", {}) == {"http://box:11434"}
    assert destination(TYPES["openai"], "", {}) == {"https://api.openai.com:443"}
    assert destination(TYPES["openai_compatible"], "", {}) == frozenset()
    assert destination(TYPES["demo"], "demo:", {}) == {"demo://:0"}


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("http://api.openai.com/v1", False),
        ("https://api.openai.com.evil.example/v1", False),
        ("https://evil-api.openai.com/v1", False),
        ("https://proxy.example/api.openai.com", False),
    ],
)
def test_an_environments_key_goes_only_to_its_own_vendor(url, own):
    assert is_own(TYPES["openai"], destination(TYPES["openai"], url, {})) is own


def test_a_type_without_own_hosts_owns_nothing():
    assert not is_own(TYPES["vllm"], destination(TYPES["vllm"], "https://api.openai.com/v1", {}))
    assert not is_own(TYPES["openai"], frozenset())


def test_well_known_hosts_have_owners():
    assert host_owner("https://acme.openai.azure.com/x") == ("azure", "Azure OpenAI")
    assert host_owner("https://us-east4-aiplatform.googleapis.com") == ("vertex", "Google Vertex AI")
    assert host_owner("https://example.com") is None
    assert host_owner("http://[") is None
