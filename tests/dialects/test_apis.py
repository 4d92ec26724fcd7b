"""Which APIs a provider offers, under which address, with which headers."""

import re

import pytest

from portal.dialects.apis import api_authority, api_headers, api_of, api_origins, api_url
from portal.dialects.base import AwsSignature, Endpoint
from portal.dialects.provider_types.table import TYPES, destination
from portal.dialects.secret import Secret
from portal.domain.origins import origin_of

KEY = Secret("sk-recorded-0123456789")
BEARER = {"Authorization": KEY.prefixed("Bearer ")}
BEDROCK = "https://bedrock-runtime.eu-central-1.amazonaws.com"
NAMES = ("chat_completions", "responses", "messages", "count_tokens", "embeddings")


def at(type: str, base_url: str = "", key_kind: str = "key", **settings: str) -> Endpoint:
    return Endpoint(TYPES[type], base_url or TYPES[type].base_url, KEY, settings, key_kind=key_kind)


URLS = [
    ("openai", "", {}, "chat_completions", "m", "https://api.openai.com/v1/chat/completions"),
    ("openai", "", {}, "responses", "m", "https://api.openai.com/v1/responses"),
    ("openai", "", {}, "embeddings", "m", "https://api.openai.com/v1/embeddings"),
    ("openai", "", {}, "messages", "m", None),
    ("anthropic", "", {}, "messages", "m", "https://api.anthropic.com/v1/messages"),
    ("anthropic", "", {}, "count_tokens", "m", "https://api.anthropic.com/v1/messages/count_tokens"),
    ("anthropic", "", {}, "chat_completions", "m", None),
    ("google", "", {}, "chat_completions", "m", TYPES["google"].base_url + "/openai/chat/completions"),
    ("google", "", {}, "messages", "m", None),
    ("vertex", "", {}, "chat_completions", "m", None),
    ("openrouter", "", {}, "messages", "m", "https://openrouter.ai/api/v1/messages"),
    ("vercel", "", {}, "responses", "m", "https://ai-gateway.vercel.sh/v1/responses"),
    ("deepseek", "", {}, "messages", "deepseek-v4-pro", "https://api.deepseek.com/anthropic/v1/messages"),
    ("deepseek", "", {}, "messages", "claude-opus-5-5", None),
    (
        "deepseek",
        "https://gate.example/ds/v1",
        {},
        "messages",
        "deepseek-v4",
        "https://gate.example/ds/anthropic/v1/messages",
    ),
    ("vllm", "http://gpu:8000/v1/", {}, "count_tokens", "m", "http://gpu:8000/v1/messages/count_tokens"),
    ("ollama", "", {}, "count_tokens", "m", None),
    ("openai_compatible", "https://x.example/v1", {}, "messages", "m", "https://x.example/v1/messages"),
    ("openai_compatible", "", {}, "messages", "m", None),
    (
        "azure",
        "https://acme.openai.azure.com",
        {},
        "responses",
        "m",
        "https://acme.openai.azure.com/openai/v1/responses",
    ),
    (
        "azure",
        "https://acme.openai.azure.com",
        {"api_version": "preview"},
        "chat_completions",
        "m",
        "https://acme.openai.azure.com/openai/v1/chat/completions?api-version=preview",
    ),
    (
        "azure",
        "https://acme.openai.azure.com",
        {"api_version": "2024-10-21"},
        "chat_completions",
        "my gpt",
        "https://acme.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
    ),
    ("azure", "https://acme.openai.azure.com", {"api_version": "2024-10-21"}, "responses", "m", None),
    (
        "azure",
        "https://acme.openai.azure.com",
        {"api_version": "2025-04-01-preview"},
        "responses",
        "m",
        "https://acme.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
    ),
    ("azure", "https://acme.openai.azure.com", {}, "messages", "gpt-6", None),
    (
        "azure",
        "",
        {"resource": "acme"},
        "messages",
        "claude-opus-5-5",
        "https://acme.services.ai.azure.com/anthropic/v1/messages",
    ),
    ("azure", "https://gate.example/azure", {}, "messages", "claude-opus-5-5", None),
    ("bedrock", BEDROCK, {}, "chat_completions", "openai.gpt-oss-120b", f"{BEDROCK}/openai/v1/chat/completions"),
    ("bedrock", BEDROCK, {}, "responses", "openai.gpt-oss-120b", f"{BEDROCK}/openai/v1/responses"),
    ("bedrock", BEDROCK, {}, "chat_completions", "anthropic.claude-opus-5-5", None),
    (
        "bedrock",
        "",
        {"region": "eu-central-1"},
        "messages",
        "anthropic.claude-opus-5-5",
        "https://bedrock-mantle.eu-central-1.api.aws/anthropic/v1/messages",
    ),
    ("bedrock", "https://gate.example.com/aws", {}, "messages", "anthropic.claude-opus-5-5", None),
    ("demo", "", {}, "chat_completions", "demo-small", "demo:/chat/completions"),
]


@pytest.mark.parametrize(("type", "base_url", "settings", "api", "model", "url"), URLS)
def test_an_api_is_where_its_row_says(type, base_url, settings, api, model, url):
    assert api_url(at(type, base_url, **settings), api, model) == url


SIGNED = [
    ("chat_completions", "openai.gpt-oss-120b", "bedrock"),
    ("responses", "openai.gpt-oss-120b", "bedrock"),
    ("messages", "anthropic.claude-opus-5-5", "bedrock-mantle"),
    ("count_tokens", "anthropic.claude-opus-5-5", "bedrock-mantle"),
]


@pytest.mark.parametrize(("api", "model", "service"), SIGNED)
def test_an_access_key_signs_for_the_service_of_the_address_and_stands_in_no_header(api, model, service):
    there = at("bedrock", BEDROCK, "aws")
    assert api_authority(there, api, model) == AwsSignature(KEY, "eu-central-1", service)
    assert api_url(there, api, model) == api_url(at("bedrock", BEDROCK), api, model)
    assert KEY not in api_headers(there, api, model).values()
    assert "Authorization" not in api_headers(there, api, model)
    assert api_authority(at("bedrock", BEDROCK), api, model) is None


def test_elsewhere_what_is_signed_has_converse_alone():
    there = at("bedrock", "https://gate.example.com/aws", "aws")
    assert [api_url(there, name, "anthropic.claude-opus-5-5") for name in NAMES] == [None] * 5
    assert api_origins(there) == frozenset()


HEADERS = [
    ("openai", "", "responses", BEARER),
    ("anthropic", "", "messages", {"anthropic-version": "2023-06-01", "x-api-key": KEY}),
    ("google", "", "chat_completions", BEARER),
    ("openrouter", "", "messages", {**BEARER, "anthropic-version": "2023-06-01"}),
    ("deepseek", "", "messages", {"anthropic-version": "2023-06-01", "x-api-key": KEY}),
    ("azure", "https://acme.openai.azure.com", "chat_completions", {"api-key": KEY}),
    (
        "azure",
        "https://acme.openai.azure.com",
        "messages",
        {"api-key": KEY, "x-api-key": KEY, "anthropic-version": "2023-06-01"},
    ),
    ("bedrock", BEDROCK, "chat_completions", BEARER),
    ("bedrock", BEDROCK, "messages", {"anthropic-version": "2023-06-01", "x-api-key": KEY}),
]


@pytest.mark.parametrize(("type", "base_url", "api", "expected"), HEADERS)
def test_the_key_is_in_the_headers_that_the_api_wants(type, base_url, api, expected):
    headers = api_headers(at(type, base_url), api)
    assert {name: headers.pop(name) for name in ("Accept", "Content-Type")} == dict.fromkeys(
        ("Accept", "Content-Type"), "application/json"
    )
    assert headers == expected


def test_a_version_that_the_administrator_set_goes_before_the_usual_one():
    assert api_headers(at("anthropic", api_version="2026-10-21"), "messages")["anthropic-version"] == "2026-10-21"


def test_without_a_key_none_is_sent():
    there = Endpoint(TYPES["azure"], "https://acme.openai.azure.com")
    assert not any(isinstance(value, Secret) for value in api_headers(there, "messages").values())


def test_the_same_resource_stands_at_its_other_host():
    assert api_origins(at("azure", "https://acme.openai.azure.com")) == {
        "https://acme.openai.azure.com:443",
        "https://acme.services.ai.azure.com:443",
    }


@pytest.mark.parametrize("name", TYPES)
def test_every_url_is_at_one_of_the_origins(name):
    there = at(name, TYPES[name].base_url or {"azure": "https://a.openai.azure.com", "bedrock": BEDROCK}.get(name, ""))
    for api in NAMES:
        for model in ("m", "claude-opus-5-5", "deepseek-v4"):
            if url := api_url(there, api, model):
                assert origin_of(url) in api_origins(there)


@pytest.mark.parametrize("address", ["https://a.openai.azure.com.evil.example", "http://a.openai.azure.com:8080"])
def test_no_address_but_a_vendors_own_leads_elsewhere(address):
    for name in ("azure", "bedrock"):
        assert api_origins(at(name, address)) <= {origin_of(address)}


def test_another_host_is_on_none_but_a_vendors_own_address():
    """Such a key leaves for a host that nobody typed: so only for one that follows from the vendor's own."""
    for type in TYPES.values():
        for row in type.apis:
            if row.base[0] and not row.base[0].startswith("^https://"):
                assert origin_of(re.sub(*row.base, "https://x.example/v1")) == "https://x.example:443", row


@pytest.mark.parametrize("name", sorted(set(TYPES) - {"vertex"}))
def test_each_type_but_one_has_an_api_that_callers_speak(name):
    assert TYPES[name].apis


def test_where_nobody_promises_an_api_its_row_says_so():
    assert api_of(at("openai_compatible", "https://x.example/v1"), "messages").assumed
    assert not api_of(at("openrouter"), "messages").assumed


def test_keys_stay_bound_to_what_was_typed():
    assert destination(TYPES["azure"], "https://acme.openai.azure.com") == {"https://acme.openai.azure.com:443"}
