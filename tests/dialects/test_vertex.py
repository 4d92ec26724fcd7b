"""Vertex beyond what every dialect does: two APIs, a location, and two kinds of key."""

import json

import pytest

from portal.dialects import vertex
from portal.dialects.base import Endpoint, ServiceAccountToken, UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import ChatDelta, ChatRequest, FinishReason, Message, Usage
from portal.dialects.input.addresses import settings_in, tidy_base_url
from portal.dialects.provider_types.table import TYPES, base_url_for, derived_value, destination, is_own
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.options import parse
from tests.dialects.recordings import RECORDINGS, endpoint, named, question
from tests.dialects.recordings_google import NO_PUBLISHED_MODEL, STREAM, UNBOUND_KEY, WHOLE, google_sse, refusal

GLOBAL = "https://aiplatform.googleapis.com/v1"
TOKENS = "https://oauth2.googleapis.com/token"
TYPE = TYPES["vertex"]
ACCOUNT = Secret('{"client_email": "a@b.iam.gserviceaccount.com", "private_key": "…"}')


def account_endpoint(**settings: str) -> Endpoint:
    return Endpoint(TYPE, base_url_for(TYPE, settings), ACCOUNT, settings, key_kind="service_account")


def body(request: UpstreamRequest) -> dict:
    return json.loads(request.body or b"{}")


def test_a_service_accounts_request_is_exactly_this():
    there = account_endpoint(project="acme-123", location="europe-west4")
    assert vertex.chat(there, question("gemini-2.5-pro"), stream=False) == UpstreamRequest(
        "POST",
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/acme-123/locations/europe-west4/publishers/google"
        "/models/gemini-2.5-pro:generateContent",
        {"Accept": "application/json", "Content-Type": "application/json"},
        b'{"contents":[{"role":"user","parts":[{"text":"Say hello."}]}],'
        b'"systemInstruction":{"parts":[{"text":"Be brief."}]}}',
        authority=ServiceAccountToken(ACCOUNT, "https://www.googleapis.com/auth/cloud-platform", TOKENS),
    )


def test_a_bound_keys_request_needs_no_project_and_carries_the_key_in_its_header():
    request = vertex.chat(endpoint("vertex"), question("gemini-2.5-pro"), stream=True)
    assert request.url == f"{GLOBAL}/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"
    assert request.headers["x-goog-api-key"] == Secret("sk-recorded-0123456789")
    assert request.authority is None
    assert vertex.chat(endpoint("vertex", key=None), question(), stream=False).authority is None


@pytest.mark.parametrize("stream", [False, True])
def test_claude_is_asked_through_its_own_api_without_its_name_in_the_body(stream):
    there = account_endpoint(project="acme-123")
    request = vertex.chat(there, question("claude-sonnet-4-5@20250929", max_output_tokens=9, top_k=3), stream=stream)
    method = "streamRawPredict" if stream else "rawPredict"
    place = "projects/acme-123/locations/global/publishers/anthropic/models"
    assert request.url == f"{GLOBAL}/{place}/claude-sonnet-4-5@20250929:{method}"
    assert body(request) == {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Say hello."}],
        "system": "Be brief.",
        "top_k": 3,
    } | ({"stream": True} if stream else {})
    assert isinstance(request.authority, ServiceAccountToken)


@pytest.mark.parametrize(
    ("wire_name", "path"),
    [
        ("gemini-2.5-pro", "projects/p-12345/locations/us/publishers/google/models/gemini-2.5-pro:generateContent"),
        ("models/gemini-x", "projects/p-12345/locations/us/publishers/google/models/gemini-x:generateContent"),
        ("google/gemini-x", "projects/p-12345/locations/us/publishers/google/models/gemini-x:generateContent"),
        ("anthropic/claude-x", "projects/p-12345/locations/us/publishers/anthropic/models/claude-x:rawPredict"),
        ("publishers/google/models/g", "projects/p-12345/locations/us/publishers/google/models/g:generateContent"),
        ("endpoints/77", "projects/p-12345/locations/us/endpoints/77:generateContent"),
        ("projects/o/locations/l/endpoints/7", "projects/o/locations/l/endpoints/7:generateContent"),
    ],
)
def test_a_model_id_may_say_more_than_the_models_name(wire_name, path):
    request = vertex.chat(account_endpoint(project="p-12345", location="US"), question(wire_name), stream=False)
    assert request.url == f"https://aiplatform.us.rep.googleapis.com/v1/{path}"


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("", "aiplatform.googleapis.com"),
        ("global", "aiplatform.googleapis.com"),
        ("us", "aiplatform.us.rep.googleapis.com"),
        ("eu", "aiplatform.eu.rep.googleapis.com"),
        ("europe-west4", "europe-west4-aiplatform.googleapis.com"),
    ],
)
def test_the_address_follows_from_the_location(location, host):
    settings = {"location": location}
    assert base_url_for(TYPE, settings) == f"https://{host}/v1"
    assert destination(TYPE, "", settings) == {f"https://{host}:443", "https://oauth2.googleapis.com:443"}
    assert is_own(TYPE, destination(TYPE, "", settings))
    assert derived_value(TYPE, f"https://{host}/v1") == (location or "global")
    assert tidy_base_url(TYPE, "", "", settings).url == f"https://{host}/v1"
    assert tidy_base_url(TYPE, f"https://{host}/v1", "", settings).notices == ()


@pytest.mark.parametrize("location", ["evil.example/", "a@evil.example", "x.y", "-a", "../v1"])
def test_no_location_makes_an_address_of_another_host(location):
    assert base_url_for(TYPE, {"location": location}) == ""
    assert destination(TYPE, "", {"location": location}) == frozenset()


def test_an_address_of_another_location_gives_way_and_one_of_ones_own_stays():
    settings = {"location": "europe-west4"}
    tidy = tidy_base_url(TYPE, "https://us-central1-aiplatform.googleapis.com/v1", "", settings)
    assert tidy.url == "https://europe-west4-aiplatform.googleapis.com/v1"
    assert "follows from the location" in tidy.notices[0]
    assert tidy_base_url(TYPE, "https://vertex.internal.example/v1", "", settings).url.startswith("https://vertex.int")
    cut = tidy_base_url(TYPE, f"{GLOBAL}/projects/p/locations/l/publishers/google/models/g:generateContent")
    assert cut.url == GLOBAL
    assert "Cut off /projects" in cut.notices[0]


def test_a_whole_endpoint_names_project_and_location():
    path = "projects/acme-prod-123/locations/us-central1/publishers"
    for pasted in (
        f"https://us-central1-aiplatform.googleapis.com/v1/{path}/google/models/gemini-3.5-flash:generateContent",
        f"https://us-central1-aiplatform.googleapis.com/v1/{path}/anthropic/models/claude-x%402025:rawPredict?alt=sse",
    ):
        settings_found = settings_in(TYPE, pasted)
        assert settings_found == {"project": "acme-prod-123", "location": "us-central1"}
        tidy = tidy_base_url(TYPE, pasted, "", settings_found)
        assert (tidy.url, tidy.fault) == ("https://us-central1-aiplatform.googleapis.com/v1", "")
        assert any("Cut off /projects" in notice for notice in tidy.notices)
    assert settings_in(TYPE, "https://europe-west4-aiplatform.googleapis.com/v1") == {"location": "europe-west4"}
    assert settings_in(TYPE, GLOBAL) == {}  # what holds anyway need not be named


def test_a_token_url_of_ones_own_is_part_of_the_destination():
    origins = destination(TYPE, "", {"token_url": "http://tokens.example:8080/token"})
    assert origins == {"https://aiplatform.googleapis.com:443", "http://tokens.example:8080"}
    assert not is_own(TYPE, origins)
    request = vertex.chat(account_endpoint(token_url="http://tokens.example:8080/token"), question(), stream=False)
    assert isinstance(request.authority, ServiceAccountToken)
    assert request.authority.token_url == "http://tokens.example:8080/token"


CLAUDE = RECORDINGS["anthropic"]


@pytest.mark.parametrize(("whole", "model"), [(WHOLE, "gemini-3.5-flash"), (CLAUDE.whole, "claude-haiku-5-5")])
def test_the_answer_shows_which_api_it_comes_from(whole, model):
    answer = vertex.read_chat(endpoint("vertex"), UpstreamResponse(200, {}, whole))
    assert (answer.text, answer.model, answer.finish_reason) == ("Hello there.", model, FinishReason.STOP)


@pytest.mark.parametrize("size", [1, 9, 100_000])
@pytest.mark.parametrize(
    ("stream", "usage"), [(STREAM, Usage(12, 3, 2, reasoning=1)), (CLAUDE.stream, Usage(12, 3, 2, 3))]
)
def test_a_stream_shows_it_too_however_it_is_cut(stream, usage, size):
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    deltas = list(vertex.read_stream(endpoint("vertex"), {}, chunks))
    assert "".join(delta.text for delta in deltas) == "Hello there."
    assert "".join(delta.thinking for delta in deltas) == "They want a greeting."
    assert [delta.finish_reason for delta in deltas if delta.finish_reason] == [FinishReason.STOP]
    assert [delta.usage for delta in deltas if delta.usage][-1] == usage


def fault_of(*chunks: bytes) -> Fault:
    with pytest.raises(UpstreamError) as caught:
        list[ChatDelta](vertex.read_stream(endpoint("vertex"), {}, chunks))
    return caught.value.fault


def test_broken_streams_of_both_apis_are_faults():
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert fault_of(named(overloaded)).category is Category.SERVER
    assert (
        fault_of(google_sse(json.loads(refusal(429, "Quota.", "RESOURCE_EXHAUSTED")))).category is Category.RATE_LIMIT
    )
    assert fault_of(b"").category is Category.CONNECT
    assert fault_of(b": waiting\n\n").category is Category.CONNECT
    assert fault_of(CLAUDE.stream[:-300]).category is Category.CONNECT
    assert fault_of(STREAM[:-400]).category in (Category.CONNECT, Category.SHAPE)


def test_google_is_listed_first_and_other_publishers_next_page_by_page():
    there = account_endpoint(project="acme-123", location="eu")
    first = vertex.list_models(there)
    assert first is not None
    base = "https://aiplatform.eu.rep.googleapis.com/v1beta1/publishers"
    assert first.url == f"{base}/google/models?pageSize=100"
    assert first.headers["x-goog-user-project"] == "acme-123"
    page = vertex.read_models(there, first, UpstreamResponse(200, {}, b'{"publisherModels":[],"nextPageToken":"2"}'))
    assert page.next is not None
    assert page.next.url == f"{base}/google/models?pageSize=100&pageToken=2"
    claude = vertex.read_models(there, page.next, UpstreamResponse(200, {}, b"{}")).next
    assert claude is not None
    assert claude.url == f"{base}/anthropic/models?pageSize=100"
    assert isinstance(claude.authority, ServiceAccountToken)
    rows = [
        {"name": "publishers/anthropic/models/claude-sonnet-4-5", "versionId": "20250929"},
        {"name": "publishers/anthropic/models/claude-opus-4-7", "versionId": "default"},
    ]
    last = vertex.read_models(there, claude, UpstreamResponse(200, {}, json.dumps({"publisherModels": rows}).encode()))
    found = [(listing.wire_name, listing.context_limit, listing.chat) for listing in last.listings]
    assert found == [("claude-sonnet-4-5@20250929", 200_000, True), ("claude-opus-4-7", 1_000_000, True)]
    assert last.next is None


def test_without_other_publishers_the_first_list_stands_and_without_that_there_is_none():
    there = account_endpoint()
    first = vertex.list_models(there)
    assert first is not None
    claude = vertex.read_models(there, first, UpstreamResponse(200, {}, b"{}")).next
    assert claude is not None
    assert (
        vertex.read_models(there, claude, UpstreamResponse(403, {}, refusal(403, "No.", "PERMISSION_DENIED"))).listings
        == ()
    )
    for response in (
        UpstreamResponse(403, {}, refusal(403, "No.", "PERMISSION_DENIED")),
        UpstreamResponse(200, {}, b'{"models":[]}'),
    ):
        with pytest.raises(UpstreamError):
            vertex.read_models(there, first, response)


REFUSED = [
    (401, UNBOUND_KEY, Category.AUTH, "AI Studio"),
    (
        401,
        refusal(401, "Request had invalid authentication credentials.", "U", "ACCESS_TOKEN_EXPIRED"),
        Category.AUTH,
        "",
    ),
    (
        403,
        refusal(403, "Vertex AI API has not been used in project 7 before or it is disabled.", "P", "SERVICE_DISABLED"),
        Category.PERMISSION,
        "aiplatform.googleapis.com",
    ),
    (
        403,
        refusal(403, "Permission 'aiplatform.endpoints.predict' denied on resource …", "P", "IAM_PERMISSION_DENIED"),
        Category.PERMISSION,
        "roles/aiplatform.user",
    ),
    (
        403,
        refusal(
            403,
            "Caller does not have required permission to use project acme. Grant the caller the "
            "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use "
            "permission.",
            "PERMISSION_DENIED",
            "USER_PROJECT_DENIED",
        ),
        Category.PERMISSION,
        "Service Usage Consumer",
    ),
    (
        403,
        refusal(403, "Permission denied on resource project acme.", "PERMISSION_DENIED", "CONSUMER_INVALID"),
        Category.PERMISSION,
        "project id",
    ),
    (
        403,
        refusal(403, "This API method requires billing to be enabled.", "P", "BILLING_DISABLED"),
        Category.BILLING,
        "Turn billing on",
    ),
    (404, NO_PUBLISHED_MODEL, Category.MODEL_NOT_FOUND, "location"),
    (429, refusal(429, "Resource exhausted. Please try again later.", "RESOURCE_EXHAUSTED"), Category.RATE_LIMIT, ""),
    (400, refusal(400, "Unsupported region for Vertex AI.", "FAILED_PRECONDITION"), Category.ENDPOINT, "location"),
    (
        404,
        b'{"type":"error","error":{"type":"not_found_error","message":"model: claude-9"}}',
        Category.MODEL_NOT_FOUND,
        "Model Garden",
    ),
]


@pytest.mark.parametrize(("status", "answer", "category", "words"), REFUSED)
def test_every_refusal_of_vertex_is_understood(status, answer, category, words):
    fault = vertex.read_fault(account_endpoint(), UpstreamResponse(status, {}, answer))
    assert (fault.category, words in fault.hint) == (category, True), fault
    assert fault.hint


def test_each_api_is_adjusted_in_its_own_way():
    there = account_endpoint()
    refused = Fault(Category.REJECTED, "temperature is not supported by this model")
    claude = vertex.chat(there, question("claude-sonnet-4-5", temperature=1), stream=False)
    adjusted = vertex.adjust(there, claude, refused)
    assert adjusted is not None
    assert "temperature" not in body(adjusted[0])
    assert adjusted[0].authority == claude.authority
    adjusted = vertex.adjust(there, vertex.chat(there, question("gemini-x", temperature=1), stream=False), refused)
    assert adjusted is not None
    assert body(adjusted[0])["generationConfig"] == {}


def test_claude_thinks_on_vertex_as_anywhere():
    messages = (Message.of("user", "Hi"),)
    asked = ChatRequest(
        "claude-sonnet-4-5@20250929", messages, options={"thinking_budget": 2048, "max_output_tokens": 8192}
    )
    assert body(vertex.chat(account_endpoint(), asked, stream=False))["thinking"] == {
        "type": "enabled",
        "budget_tokens": 2048,
    }


@pytest.mark.parametrize(
    ("wire_name", "option", "value", "words"),
    [
        ("gemini-2.5-pro", "effort", "low", "Only Claude"),
        ("claude-opus-4-6", "effort", "low", ""),
        ("claude-sonnet-4-5@20250929", "temperature", "1.5", "0 to 1"),
        ("gemini-2.5-pro", "temperature", "1.5", ""),
        ("claude-sonnet-4-5@20250929", "thinking_budget", "512", "1,024"),
        ("claude-sonnet-4-5@20250929", "include_thoughts", "yes", "does not know"),
        ("claude-sonnet-4-5@20250929", "presence_penalty", "1", "does not know"),
        ("gemini-2.5-pro", "thinking_budget", "0", "always thinks"),
    ],
)
def test_an_option_is_refused_where_the_model_would_refuse_it(wire_name, option, value, words):
    clean, faults = parse("vertex", {option: value}, type_name="vertex", wire_name=wire_name)
    assert words in faults.get(option, "")
    assert (option in clean) is not bool(words)
