"""Azure OpenAI: two surfaces, deployments for models, addresses as its pages show them."""

import json
from collections.abc import Iterator

import pytest

from portal.dialects import openai
from portal.dialects.base import Endpoint, Limits
from portal.dialects.conversation import ChatRequest, Message
from portal.dialects.input.addresses import deployment_in, settings_in, tidy_base_url
from portal.dialects.provider_types.table import TYPES, base_url_for, destination, is_own
from portal.dialects.secret import Secret
from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, UpstreamError
from portal.services.upstream import calls as upstream_calls
from portal.services.upstream import listing as upstream_listing
from portal.services.upstream import probing
from portal.wire import Wire
from tests.upstream import Upstream, steps

TYPE = TYPES["azure"]
ROOT = "https://acme.openai.azure.com"
KEY = "0123456789abcdef0123456789abcdef"
CLASSIC = {"api_version": "2024-10-21"}
ASKED = (Message.of("user", "Hi"),)
SHORT = Limits(connect=1.0, read=1.0, total=3.0)
SURFACES = pytest.mark.parametrize("settings", [{}, CLASSIC, {"api_version": "v1"}])


@pytest.mark.parametrize(
    ("settings", "chat", "models"),
    [
        ({}, "/openai/v1/chat/completions", "/openai/v1/models"),
        ({"api_version": "v1"}, "/openai/v1/chat/completions", "/openai/v1/models"),
        (
            {"api_version": "preview"},
            "/openai/v1/chat/completions?api-version=preview",
            "/openai/v1/models?api-version=preview",
        ),
        (
            CLASSIC,
            "/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21",
            "/openai/models?api-version=2024-10-21",
        ),
    ],
)
def test_the_api_version_chooses_the_surface(settings, chat, models):
    endpoint = Endpoint(TYPE, ROOT, Secret(KEY), settings)
    request = openai.chat(endpoint, ChatRequest("my gpt", ASKED, options={"max_output_tokens": 5}), stream=False)
    assert request.url == ROOT + chat
    assert request.headers["api-key"] == Secret(KEY)
    assert "Authorization" not in request.headers
    body = json.loads(request.body or b"")
    assert (body["model"], body["max_completion_tokens"]) == ("my gpt", 5)
    listing = openai.list_models(endpoint)
    assert listing
    assert listing.url == ROOT + models


def test_the_resource_makes_the_address():
    assert base_url_for(TYPE, {"resource": "acme"}) == ROOT
    assert destination(TYPE, "", {"resource": "acme"}) == {ROOT + ":443"}
    assert destination(TYPE, "", {}) == frozenset()
    assert is_own(TYPE, destination(TYPE, "https://acme.cognitiveservices.azure.com"))
    assert not is_own(TYPE, destination(TYPE, "https://openai.azure.com.evil.example"))
    assert not is_own(TYPE, frozenset({"https://openai.azure.com:443"}))


@pytest.mark.parametrize(
    ("pasted", "url", "settings_found", "deployment"),
    [
        (
            f"{ROOT}/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21",
            ROOT,
            {"resource": "acme", "api_version": "2024-10-21"},
            "my-gpt",
        ),
        (f"{ROOT}/openai/v1/", ROOT, {"resource": "acme"}, ""),
        (f"{ROOT}/openai/v1/chat/completions", ROOT, {"resource": "acme"}, ""),
        (
            f"{ROOT}/openai/v1/models?api-version=preview",
            ROOT,
            {"resource": "acme", "api_version": "preview"},
            "",
        ),
        (f"{ROOT}/", ROOT, {"resource": "acme"}, ""),
        (f"{ROOT}/openai", ROOT, {"resource": "acme"}, ""),
        (f"{ROOT}/openai/deployments?api-version=v1", ROOT, {"resource": "acme", "api_version": "v1"}, ""),
        (
            "https://acme.services.ai.azure.com/api/projects/first",
            "https://acme.services.ai.azure.com",
            {"resource": "acme"},
            "",
        ),
        (
            "https://acme.cognitiveservices.azure.com/openai/deployments/a%20b/chat/completions?api-version=2025-04-01-preview",
            "https://acme.cognitiveservices.azure.com",
            {"resource": "acme", "api_version": "2025-04-01-preview"},
            "a b",
        ),
        (
            "https://acme.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
            "https://acme.services.ai.azure.com",
            {"resource": "acme"},  # that version is of another API
            "",
        ),
        ("https://gate.example.com/llm/openai/v1", "https://gate.example.com/llm", {}, ""),
        ("http://127.0.0.1:9", "http://127.0.0.1:9", {}, ""),
    ],
)  # fmt: skip
def test_a_pasted_address_is_taken_apart(pasted, url, settings_found, deployment):
    tidy = tidy_base_url(TYPE, pasted)
    assert (tidy.url, tidy.fault) == (url, "")
    assert settings_in(TYPE, pasted) == settings_found
    assert deployment_in(TYPE, pasted) == deployment
    assert not any("/v1 at the end" in notice for notice in tidy.notices)
    if "/openai" in pasted:
        assert any("/openai" in notice for notice in tidy.notices)


def test_a_resource_beats_the_address_of_another():
    tidy = tidy_base_url(TYPE, "https://other.openai.azure.com", settings={"resource": "acme"})
    assert tidy.url == ROOT
    assert any("follows from the resource" in notice for notice in tidy.notices)
    own = tidy_base_url(TYPE, "https://gate.example.com", settings={"resource": "acme"})
    assert own.url == "https://gate.example.com"


@pytest.mark.parametrize("pasted", ["acme", "https://", "https://a b/openai/v1"])
def test_what_is_no_address_is_a_field_error(pasted):
    assert tidy_base_url(TYPE, pasted).fault


def test_an_openai_provider_sends_people_here():
    assert "Azure OpenAI" in tidy_base_url(TYPES["openai"], f"{ROOT}/openai/v1").fault


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire(EgressPolicy())
    yield made
    made.close()


@pytest.fixture
def resource() -> Iterator[Upstream]:
    with Upstream.azure(key=KEY, deployments={"my-gpt": "gpt-5.2-2025-12-11"}, answer="Hello there.") as up:
        yield up


def to(up: Upstream, settings: dict[str, str], key: str = KEY) -> tuple[Endpoint, frozenset[str]]:
    return Endpoint(TYPE, up.origin, Secret(key), settings), destination(TYPE, up.origin, settings)


@SURFACES
def test_a_deployment_answers_whole_and_in_a_stream(wire, resource, settings):
    chat_request = ChatRequest("my-gpt", ASKED)
    answer = upstream_calls.ask(wire, *to(resource, settings), chat_request, SHORT).answer
    assert (answer.text, answer.model) == ("Hello there.", "gpt-5.2-2025-12-11")
    with upstream_calls.stream(wire, *to(resource, settings), chat_request, SHORT) as streamed:
        assert "".join(delta.text for delta in streamed) == "Hello there."


@SURFACES
def test_a_missing_deployment_and_a_wrong_key_are_told_apart(wire, resource, settings):
    missing = probing.probe(wire, *to(resource, settings), "gpt-5.2", SHORT)
    assert missing.category is Category.MODEL_NOT_FOUND
    assert missing.fault
    assert "deployment" in missing.fault.hint
    assert missing.request_id.startswith("apim-")
    refused = probing.probe(wire, *to(resource, settings, "wrong"), "my-gpt", SHORT)
    assert refused.category is Category.AUTH
    assert refused.fault
    assert "resource" in refused.fault.hint


def test_a_wrong_api_version_is_named(wire, resource):
    verdict = probing.probe(wire, *to(resource, {"api_version": "2020-01-01"}), "my-gpt", SHORT)
    assert verdict.category is Category.ENDPOINT
    assert verdict.fault
    assert "API version" in verdict.fault.hint


@SURFACES
def test_its_listing_is_of_base_models_and_says_so(wire, resource, settings):
    listed = upstream_listing.list_all(wire, *to(resource, settings), SHORT)
    assert [(listing.wire_name, listing.chat) for listing in listed] == [
        ("gpt-5.2-2025-12-11", True),
        ("text-embedding-3-large", False),
    ]
    assert "Type the name of a deployment" in TYPE.listing_note


def test_the_token_cap_falls_back_once_in_either_direction(wire, resource):
    def takes(field):
        def step(exchange):
            other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[field]
            if other in exchange.request.json:
                said = f"Unsupported parameter: '{other}' is not supported with this model. Use '{field}' instead."
                steps.respond(400, json={"error": {"message": said, "code": "unsupported_parameter"}})(exchange)
            else:
                steps.respond(json={"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]})(exchange)

        return step

    resource.script(takes("max_tokens"))
    chat_request = ChatRequest("my-gpt", ASKED, options={"max_output_tokens": 9})
    outcome = upstream_calls.ask(wire, *to(resource, {}), chat_request, SHORT)
    assert (outcome.answer.text, len(outcome.notes)) == ("Yes.", 1)
    resource.script(takes("max_completion_tokens"))
    assert upstream_calls.ask(wire, *to(resource, {}), chat_request, SHORT).notes == ()


def test_a_prompt_that_the_filter_stops_is_content(wire, resource):
    filtered = {"code": "content_filter", "message": "The response was filtered", "status": 400}
    resource.respond(400, json={"error": filtered})
    with pytest.raises(UpstreamError) as caught:
        upstream_calls.ask(wire, *to(resource, {}), ChatRequest("my-gpt", ASKED), SHORT)
    assert caught.value.fault.category is Category.CONTENT
    assert probing.probe(wire, *to(resource, {}), "my-gpt", SHORT).ok
