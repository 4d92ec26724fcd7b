"""Base URLs as people paste them."""

import pytest

from portal.dialects.addresses import tidy_base_url, told_by
from portal.dialects.types import TYPES, destination, host_owner, is_own

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
]


@pytest.mark.parametrize(("type", "pasted", "url", "notice"), CHANGED)
def test_a_change_is_told(type, pasted, url, notice):
    tidy = tidy_base_url(TYPES[type], pasted)
    assert (tidy.url, tidy.fault) == (url, "")
    assert notice in " ".join(tidy.notices)


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
        ("openai", "https://example.com/v1?key=1", "?"),
        ("openai", "https://example.com/v1?", "?"),
        ("openai", "https://example.com/v1#a", "#"),
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
        ("openai", OPENAI, ""),
        ("vllm", "https://huggingface.co/meta-llama", ""),
    ],
)
def test_the_type_that_an_address_belongs_to_is_named(type, pasted, switch_to):
    assert tidy_base_url(TYPES[type], pasted).switch_to == switch_to


def test_a_page_of_the_console_tells_its_region():
    pasted = "https://eu-central-1.console.aws.amazon.com/bedrock/home?region=eu-central-1"
    told = told_by(TYPES["bedrock"], pasted)
    assert told == {"region": "eu-central-1"}
    tidy = tidy_base_url(TYPES["bedrock"], pasted, settings=told)
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
