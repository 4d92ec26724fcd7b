"""Every row of the classification table that these dialects reach, by recorded responses."""

# ruff: noqa: E501 - a recorded response stands on one line, however long it is

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.dialects import DIALECTS
from portal.dialects.base import UpstreamResponse
from portal.dialects.faults import refusals
from portal.dialects.faults.classification import ROWS
from portal.dialects.faults.errors import carries_error
from portal.dialects.faults.hints import GENERAL, hint_for, key_notice
from portal.dialects.faults.refusals import advise, read_fault
from portal.dialects.provider_types.table import TYPES
from portal.domain.faults import Category, Fault
from tests.dialects import recordings_amazon as amazon
from tests.dialects import recordings_small_types as small
from tests.dialects.recordings import endpoint
from tests.dialects.recordings_google import refusal

HTML = b"<!DOCTYPE html><html><head><title>Sign in to  Acme</title></head><body>secret</body></html>"


def error(message: str = "", code: object = None, type: str = "invalid_request_error", **more: object) -> bytes:
    return json.dumps({"error": {"message": message, "type": type, "param": None, "code": code, **more}}).encode()


def anthropic_error(type: str, message: str, **details: object) -> bytes:
    """Anthropic's shape."""
    inner = {"type": type, "message": message} | ({"details": details} if details else {})
    return json.dumps({"type": "error", "error": inner, "request_id": "req_body"}).encode()


# row, provider type, status, headers, body, category, words of the hint
CASES: list[tuple[str, str, int, dict[str, str], bytes, Category, str]] = [
    ("6", "openai", 302, {"location": "https://login.example.com/x?token=1"}, b"", Category.ENDPOINT, "login.example.com"),
    ("6", "vllm", 308, {}, b"", Category.ENDPOINT, "does not follow"),
    ("7", "openai", 404, {"content-type": "text/html"}, HTML, Category.ENDPOINT, "/v1"),
    ("7", "openai", 522, {}, HTML, Category.SERVER, "few minutes"),
    ("7", "openai", 403, {}, HTML, Category.HTML, "API"),
    ("7", "openai", 401, {"content-type": "text/html"}, b"<html>", Category.HTML, "API"),
    ("7", "anthropic", 200, {}, b"\n\n  <HTML><body>Welcome</body></HTML>", Category.HTML, "website"),
    (
        "8",
        "openai",
        429,
        {"retry-after": "3"},
        error("You exceeded your current quota, please check your plan.", "insufficient_quota", "insufficient_quota"),
        Category.BILLING,
        "Billing",
    ),
    ("8", "openai", 429, {}, error("No.", "project_spend_limit_exceeded"), Category.BILLING, "credit"),
    ("8", "openai", 429, {}, error("No.", "credit_balance_exhausted"), Category.BILLING, "credit"),
    ("8", "openai", 429, {}, error("No.", "billing_hard_limit_reached"), Category.BILLING, "limit"),
    (
        "8",
        "anthropic",
        400,
        {},
        anthropic_error("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
        Category.BILLING,
        "Plans & Billing",
    ),
    (
        "8",
        "anthropic",
        400,
        {},
        anthropic_error("invalid_request_error", "You have reached your specified API usage limits."),
        Category.BILLING,
        "limit",
    ),
    (
        "8",
        "anthropic",
        429,
        {},
        anthropic_error("rate_limit_error", "Spend limit.", error_code="enforced_spend_limit_reached"),
        Category.BILLING,
        "limit",
    ),
    ("8", "anthropic", 402, {}, anthropic_error("billing_error", "Payment required."), Category.BILLING, "credit"),
    (
        "8",
        "openai_compatible",
        403,
        {},
        b'{"error":{"code":403,"message":"Key limit","metadata":{"limit_source":"openrouter_daily_budget"}}}',
        Category.BILLING,
        "Top up",
    ),
    (
        "9",
        "openai_compatible",
        402,
        {"retry-after": "7"},
        b'{"error":{"code":402,"message":"Too much in flight"}}',
        Category.RATE_LIMIT,
        "Wait 7 seconds",
    ),
    ("9", "openai_compatible", 402, {}, error("Pay."), Category.BILLING, "Top up"),
    ("10", "openai", 401, {}, error("Incorrect API key provided.", "invalid_api_key"), Category.AUTH, "sk-"),
    ("10", "openai_compatible", 400, {}, b'[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]', Category.AUTH, "Paste"),
    ("10", "anthropic", 401, {}, anthropic_error("authentication_error", "invalid x-api-key"), Category.AUTH, "sk-ant-"),
    ("11", "openai", 401, {}, error("You must be a member of an organization."), Category.AUTH, "organization"),
    ("11", "vllm", 401, {}, b'{"error":"Unauthorized"}', Category.AUTH, "--api-key"),
    ("11", "openai_compatible", 401, {}, b"", Category.AUTH, "header"),
    ("11", "lm_studio", 200, {}, b'{"error":"Unauthorized"}', Category.AUTH, "LM Studio"),
    ("12", "vertex", 403, {}, refusal(403, "Vertex AI API has not been used in project 7 before or it is disabled.", "PERMISSION_DENIED", "SERVICE_DISABLED"), Category.PERMISSION, "Enable it there"),
    (
        "14",
        "openai",
        400,
        {},
        error("Invalid prompt: your prompt was flagged as potentially violating our usage policy.", "invalid_prompt"),
        Category.CONTENT,
        "differently",
    ),
    ("14", "openai", 400, {}, error("No.", "content_policy_violation"), Category.CONTENT, "work"),
    (
        "14",
        "openai_compatible",
        403,
        {},
        b'{"error":{"code":403,"message":"Flagged","metadata":{"reasons":["x"],"flagged_input":"y"}}}',
        Category.CONTENT,
        "differently",
    ),
    (
        "14",
        "anthropic",
        400,
        {},
        anthropic_error("invalid_request_error", "Output blocked by content filtering policy"),
        Category.CONTENT,
        "differently",
    ),
    (
        "15",
        "openai",
        400,
        {},
        error("This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
        Category.CONTEXT_LENGTH,
        "context limit",
    ),
    ("15", "vllm", 400, {}, error("This model’s maximum context length is 4096.", 400, "BadRequestError"), Category.CONTEXT_LENGTH, "Shorten"),
    ("15", "llama_cpp", 500, {}, error("the request exceeds the available context size", 500, "exceed_context_size_error"), Category.CONTEXT_LENGTH, "Shorten"),
    ("15", "anthropic", 400, {}, anthropic_error("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"), Category.CONTEXT_LENGTH, "Shorten"),
    ("15", "anthropic", 413, {}, anthropic_error("request_too_large", "Request exceeds the maximum size"), Category.CONTEXT_LENGTH, "Shorten"),
    ("16", "openai", 403, {}, error("Country, region, or territory not supported"), Category.PERMISSION, "country"),
    ("16", "anthropic", 403, {}, anthropic_error("permission_error", "No access."), Category.PERMISSION, "workspace"),
    ("16", "anthropic", 400, {}, anthropic_error("invalid_request_error", "On hold", error_code="organization_on_hold"), Category.PERMISSION, "key is good"),
    ("17", "openai_compatible", 404, {}, b'{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}}', Category.MODEL_NOT_FOUND, "deployment"),
    ("18", "openai", 404, {}, error("The model `x` does not exist", "model_not_found"), Category.MODEL_NOT_FOUND, "name"),
    ("18", "ollama", 404, {}, b"{\"error\":\"model 'llama9' not found\"}", Category.MODEL_NOT_FOUND, "ollama pull llama9"),
    ("18", "vllm", 404, {}, b'{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}', Category.MODEL_NOT_FOUND, "vLLM"),
    ("18", "anthropic", 404, {}, anthropic_error("not_found_error", "model: claude-x"), Category.MODEL_NOT_FOUND, "date"),
    (
        "20",
        "openai",
        404,
        {},
        error("This is not a chat model and thus not supported in the v1/chat/completions endpoint."),
        Category.REJECTED,
        "chat model",
    ),
    ("20", "openai", 404, {}, error("This model is only supported in v1/responses."), Category.REJECTED, "chat model"),
    ("21", "ollama", 404, {"content-type": "text/plain"}, b"404 page not found", Category.ENDPOINT, "/v1"),
    ("21", "lm_studio", 200, {}, b'{"error":"Unexpected endpoint or method. (GET /models)"}', Category.ENDPOINT, "/v1"),
    ("21", "vllm", 404, {}, b'{"detail":"Not Found"}', Category.ENDPOINT, "/v1"),
    ("21", "anthropic", 404, {}, anthropic_error("not_found_error", "Not found"), Category.ENDPOINT, "/v1"),
    ("21", "llama_cpp", 405, {}, b"", Category.ENDPOINT, "/v1"),
    (
        "22",
        "openai",
        400,
        {},
        error("Could not finish the message because max_tokens or model output limit was reached."),
        Category.OK,
        "",
    ),
    ("23", "openai", 429, {"retry-after-ms": "1500", "retry-after": "9"}, error("Rate limit reached", "rate_limit_exceeded", "requests"), Category.RATE_LIMIT, "Wait 2 seconds"),
    ("23", "openai", 429, {}, error("Request too large for gpt-5 on tokens per min (TPM)", "rate_limit_exceeded", "tokens"), Category.RATE_LIMIT, "does not help"),
    ("23", "openai_compatible", 429, {}, error("Please retry after 86400 seconds."), Category.RATE_LIMIT, "daily"),
    ("23", "anthropic", 429, {"retry-after": "40"}, anthropic_error("rate_limit_error", "Slow."), Category.RATE_LIMIT, "40 seconds"),
    ("23", "anthropic", 200, {}, anthropic_error("rate_limit_error", "Slow."), Category.RATE_LIMIT, "minute"),
    ("24", "llama_cpp", 503, {}, error("Loading model", 503, "unavailable_error"), Category.SERVER, "still being loaded"),
    ("24", "anthropic", 529, {}, anthropic_error("overloaded_error", "Overloaded"), Category.SERVER, "too much to do"),
    ("24", "anthropic", 200, {}, anthropic_error("overloaded_error", "Overloaded"), Category.SERVER, "too much to do"),
    ("24", "openai", 503, {}, error("Busy.", "server_is_overloaded", "server_error"), Category.SERVER, "too much to do"),
    ("24", "openai", 529, {}, b"", Category.SERVER, "few minutes"),
    ("25", "openai", 504, {}, b"upstream timed out", Category.TIMEOUT, "slow"),
    ("25", "ollama", 408, {}, b"", Category.TIMEOUT, "load"),
    ("25", "anthropic", 200, {}, anthropic_error("timeout_error", "Too late."), Category.TIMEOUT, "slow"),
    ("26", "openai", 500, {}, error("The server had an error", None, "server_error"), Category.SERVER, "few minutes"),
    ("26", "ollama", 500, {}, b'{"error":"llama runner process has terminated"}', Category.SERVER, "memory"),
    ("26", "openai", 200, {}, error("The server had an error", None, "server_error"), Category.SERVER, "few minutes"),
    ("26", "anthropic", 200, {}, anthropic_error("api_error", "Hm."), Category.SERVER, "few minutes"),
    ("27", "openai", 400, {}, error("Unsupported value.", "unsupported_value", param="temperature"), Category.REJECTED, "option"),
    ("27", "vllm", 422, {}, b'{"detail":[{"loc":["body","top_p"],"msg":"too big","type":"x"}]}', Category.REJECTED, "name"),
    ("27", "openai", 200, {}, b'{"error":{"message":"No."},"choices":null}', Category.REJECTED, "words"),
    ("28", "openai", 200, {"content-type": "text/plain"}, b"Hello", Category.HTML, "API"),
    ("28", "anthropic", 200, {}, b"", Category.HTML, "API"),
    ("30", "ollama", 200, {}, b'{"models":[{"name":"x"}]}', Category.SHAPE, "/v1"),
    ("30", "openai", 200, {}, b"null", Category.SHAPE, "type"),
]  # fmt: skip
CASES += [*amazon.REFUSALS, *small.REFUSALS]


@pytest.mark.parametrize(
    ("row", "type", "status", "headers", "body", "category", "hint"),
    CASES,
    ids=[f"{row}-{type}-{status}-{number}" for number, (row, type, status, *_) in enumerate(CASES)],
)
def test_a_response_gets_its_row(row, type, status, headers, body, category, hint):
    there = endpoint(type)
    fault = DIALECTS[there.type.dialect].read_fault(there, UpstreamResponse(status, headers, body))
    assert fault.category is category
    assert hint in fault.hint
    assert fault.hint or category is Category.OK
    assert fault.status == status
    assert len(fault.detail) <= 500


def test_every_row_has_a_case():
    assert {row.number for row in ROWS} == {case[0] for case in CASES}


def test_the_rows_stand_in_the_order_of_the_table():
    numbers = [int(row.number) for row in ROWS]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"error":"plain words"}', "plain words"),
        (b'{"error":{"message":"No.","param":"top_p"}}', "No. (top_p)"),
        (b'{"error":{"message":{"detail":"deep"}}}', "deep"),
        (b'{"detail":[{"loc":["body","model"],"msg":"missing"},"also"]}', "body.model: missing; also"),
        (b'{"message":"Unauthorized","request_id":"r"}', "Unauthorized"),
        (b'[{"error":{"message":"in a list"}}]', "in a list"),
        (b'{"errors":[{"code":7003,"message":"cloud"}]}', "cloud"),
        (b'{"error":{"code":"only_a_code"}}', "only_a_code"),
        (b"two\nlines\x00 and\ttabs", "two lines and tabs"),
        (HTML, "Sign in to Acme"),
        (b"", "It answered with nothing."),
        (
            b'{"error":{"message":"Incorrect API key provided: sk-proj-abcdef123456."}}',
            "Incorrect API key provided: ••••",
        ),
        (b'{"error":"\\ud83d half a character"}', "\ufffd half a character"),
    ],
)
def test_the_providers_own_words_are_found_in_every_shape(body, detail):
    assert read_fault(endpoint("openai"), UpstreamResponse(418, {}, body)).detail == detail


def test_long_words_are_cut():
    fault = read_fault(endpoint("openai"), UpstreamResponse(400, {}, error("long " * 1000)))
    assert len(fault.detail) == 500
    assert fault.detail.endswith("…")


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"retry-after-ms": "250", "retry-after": "10"}, "", 0.25),
        ({"retry-after": "10"}, "", 10),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, "", 30),
        ({"retry-after": "Fri, 20 Nov 2026 10:00:30 GMT"}, "", 40),  # by our own clock
        ({"llm_provider-retry-after": "12"}, "", 12),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, "", 360),
        ({"x-ratelimit-remaining-requests": "1", "x-ratelimit-reset-requests": "6m0s"}, "", None),
        (
            {"anthropic-ratelimit-tokens-remaining": "0", "anthropic-ratelimit-tokens-reset": "2026-11-20T10:00:05Z"},
            "",
            15,
        ),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795168850"}, "", 60),
        ({}, "Try again in 7m36.192s.", 456.192),
        ({}, "Please wait 1 hour and 2 minutes before you ask again", 3720),
        ({}, "The quota resets in 3h", 10_800),
        ({}, "Rate limit reached. Limit 100000, used 99336.", None),
        ({"retry-after": "Fri, 20 Nov 2026 09:00:00 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, "", 0),
        ({"retry-after": "soon"}, "Please try again in 20ms.", 0.02),
        ({}, "Please try again in 1.2s. Visit …", 1.2),
        ({}, "Please retry after 9 seconds.", 9),
        ({}, "try again in 2 minutes", 120),
        ({"retry-after": "99999999999"}, "", 7 * 24 * 3600),
        ({"retry-after": "nan"}, "", None),
        ({}, "", None),
    ],
)
def test_the_wait_is_taken_from_the_most_exact_source(headers, message, wait):
    clock = datetime(2026, 11, 20, 9, 59, 50, tzinfo=UTC).timestamp
    response = UpstreamResponse(429, headers, error(message, "rate_limit_exceeded"))
    fault = refusals.read_fault(endpoint("openai"), response, clock)
    assert fault.retry_after == (None if wait is None else pytest.approx(wait))


def test_googles_wait_is_read_where_it_answers_through_openais_api():
    details = [{"@type": "RetryInfo", "retryDelay": "14s"}]
    body = json.dumps([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Q", "details": details}}])
    fault = read_fault(endpoint("openai_compatible"), UpstreamResponse(429, {}, body.encode()))
    assert (fault.category, fault.retry_after) == (Category.RATE_LIMIT, 14)


def test_the_requests_id_is_kept_from_header_or_body():
    assert read_fault(endpoint("openai"), UpstreamResponse(500, {"x-request-id": "req_h"}, b"")).request_id == "req_h"
    assert (
        read_fault(endpoint("anthropic"), UpstreamResponse(500, {}, anthropic_error("api_error", "x"))).request_id
        == "req_body"
    )


def test_a_foreign_vendors_address_is_named_before_anything_else():
    there = endpoint("anthropic", base_url="https://api.openai.com/v1")
    assert "OpenAI" in read_fault(there, UpstreamResponse(404, {}, error("Invalid URL"))).hint
    azure = endpoint("openai", base_url="https://acme.openai.azure.com/openai/v1")
    assert "Azure OpenAI" in read_fault(azure, UpstreamResponse(401, {}, b"{}")).hint
    compatible = endpoint("openai_compatible", base_url="https://api.openai.com/v1")
    assert "belongs to" not in read_fault(compatible, UpstreamResponse(401, {}, b"{}")).hint


def test_a_server_that_wants_a_key_says_so_when_none_is_set():
    assert "asks for a key" in read_fault(endpoint("vllm", key=None), UpstreamResponse(401, {}, b"{}")).hint


def test_a_redirect_names_where_to_but_not_what_is_in_the_link():
    fault = read_fault(
        endpoint("openai"), UpstreamResponse(301, {"location": "https://u:p@sso.example.com/a?token=canary"}, b"")
    )
    assert "sso.example.com" in fault.detail
    assert "canary" not in fault.detail + fault.hint
    assert "u:p" not in fault.detail + fault.hint


def test_digits_in_the_question_never_make_a_fault():
    fault = read_fault(endpoint("openai"), UpstreamResponse(400, {}, error("Bad text: 'the 429 bus and the 401 tram'")))
    assert fault.category is Category.REJECTED


@pytest.mark.parametrize("category", [category for category in Category if category is not Category.OK])
@pytest.mark.parametrize("type", TYPES.values(), ids=list(TYPES))
def test_every_fault_has_a_hint_for_every_type(category, type):
    hint = hint_for(category, type, "some-model")
    assert hint
    assert "{" not in hint
    assert category in GENERAL


def test_advice_is_added_only_where_there_is_none():
    there = endpoint("ollama")
    assert "Is Ollama running" in advise(there, Fault(Category.CONNECT)).hint
    assert advise(there, Fault(Category.CONNECT, hint="Use http://.")).hint == "Use http://."


@pytest.mark.parametrize(
    ("type", "key", "notice"),
    [
        ("openai", "sk-proj-abc", ""),
        ("openai", "  sk-abc ", ""),
        ("openai", "sk-ant-abc", "Anthropic"),
        ("openai", "0123456789abcdef0123456789ABCDEF", "Azure"),
        ("openai", "something", "usually begin with sk-"),
        ("anthropic", "sk-ant-abc", ""),
        ("anthropic", "sk-proj-abc", "usually begin with sk-ant-"),
        ("anthropic", "AIzaSyabc", "Google"),
        ("vllm", "anything", ""),
        ("openai", "", ""),
    ],
)
def test_a_key_of_another_vendor_is_noticed(type, key, notice):
    found = key_notice(TYPES[type], key)
    assert notice in found
    assert bool(found) == bool(notice)


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", 8_192),
        ("prompt is too long: 205000 tokens > 200000 maximum", 200_000),
        ("The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).", 1_048_576),
        ("the request exceeds the available context size (4,096 tokens), try increasing it", 4_096),
        ("litellm.ContextWindowExceededError: too long for gpt-x", None),
    ],
)
def test_a_true_context_limit_that_is_told_is_offered(message, limit):
    fault = read_fault(endpoint("openai"), UpstreamResponse(400, {}, error(message)))
    assert fault.category is Category.CONTEXT_LENGTH
    assert ("enter that as its context limit" in fault.hint) == (limit is not None)
    assert limit is None or f"{limit:,} tokens" in fault.hint


def test_a_path_that_a_gateways_provider_does_not_have_is_no_wrong_address():
    for said in (
        'litellm.NotFoundError: NotFoundError: OpenAIException - {"detail":"Not Found"}',
        'litellm.BadRequestError: OpenAIException - {"error": {"message": "Invalid URL (POST /v1/responses)"}}',
    ):
        fault = read_fault(endpoint("openai_compatible"), UpstreamResponse(404, {}, error(said, "404")))
        assert fault.category is Category.SERVER
        assert fault.hint.startswith("The address is right")
    own = read_fault(endpoint("openai_compatible"), UpstreamResponse(404, {}, b'{"detail":"Not Found"}'))
    assert own.category is Category.ENDPOINT
    said = "litellm.NotFoundError: OpenAIException - The model `m-9` does not exist or you do not have access to it."
    assert (
        read_fault(endpoint("openai_compatible"), UpstreamResponse(404, {}, error(said, "404"))).category
        is Category.MODEL_NOT_FOUND
    )


UPSTREAMS = "litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect API key provided: sk-x."
OWN = "Authentication Error, Invalid proxy server token passed."


@pytest.mark.parametrize(
    ("body", "category", "hint"),
    [
        (error(UPSTREAMS, "401", "authentication_error"), Category.SERVER, "the gateway’s own key was refused"),
        (error(OWN, "401", "auth_error"), Category.AUTH, "Paste the key again"),
        (error("No connected db.", "400", "no_db_connection"), Category.AUTH, "knows one key alone: its master key"),
        (
            error("Provider returned error", 401, metadata={"raw": "Invalid API key", "provider_name": "Acme"}),
            Category.SERVER,
            "the gateway’s own key was refused",
        ),
    ],
)
def test_a_key_that_was_refused_behind_a_gateway_is_not_the_one_that_was_sent(body, category, hint):
    fault = read_fault(endpoint("openai_compatible"), UpstreamResponse(401, {}, body))
    assert fault.category is category
    assert hint in fault.hint
    assert category is Category.AUTH or "Paste the key" not in fault.hint


@pytest.mark.parametrize(
    "message",
    [
        "Either x-portkey-config or x-portkey-provider header is required",
        "missing required header: x-tenant",
    ],
)
def test_where_a_header_is_wanted_the_hint_speaks_of_headers(message):
    fault = read_fault(endpoint("openai_compatible"), UpstreamResponse(400, {}, error(message)))
    assert fault.category is Category.REJECTED
    assert "headers" in fault.hint


def test_an_error_inside_an_error_is_read_as_object_as_json_text_and_as_words():
    inner = {"error": {"message": "No such voice", "code": "bad_voice"}}
    for outer in (
        {"error": {"message": "Upstream failed", "metadata": {"raw": json.dumps(inner), "provider_name": "Acme"}}},
        {"error": {"message": "Upstream failed", "metadata": {"raw": inner, "provider_name": "Acme"}}},
        {"error": {"message": json.dumps(inner)}},
        {"error": json.dumps(inner)},
        {"error": inner},
        {"detail": inner},
        {"message": "Upstream failed", "body": inner},
    ):
        fault = read_fault(endpoint("openai_compatible"), UpstreamResponse(400, {}, json.dumps(outer).encode()))
        assert (fault.detail.removeprefix("Acme: "), fault.code) == ("No such voice", "bad_voice"), outer


@pytest.mark.parametrize(
    "envelope",
    [
        {"code": 1002, "msg": "No credit", "success": False},
        {"status_code": 1008, "message": "No credit"},
        {"base_resp": {"status_code": 1008, "status_msg": "No credit"}},
        {"success": False, "message": "No credit"},
        {"code": "Arrearage", "message": "No credit", "request_id": "r"},
        {"error_code": 17, "error_msg": "No credit"},
    ],
)
def test_a_success_that_carries_a_vendors_error_is_one(envelope):
    assert carries_error(envelope)
    fault = read_fault(endpoint("openai_compatible"), UpstreamResponse(200, {}, json.dumps(envelope).encode()))
    assert fault.detail == "No credit"
    assert "provider type" not in fault.hint


@pytest.mark.parametrize(
    "fine",
    [
        {"code": 0, "message": "ok", "choices": []},
        {"code": 200, "msg": "success", "success": True},
        {"success": True, "result": [{"name": "m"}], "errors": [], "messages": []},
        {"base_resp": {"status_code": 0, "status_msg": ""}, "choices": [{}]},
        {"type": "message_start", "message": {"id": "m"}},
        {"code": 7, "message": "x", "choices": [{"delta": {}}]},
    ],
)
def test_what_says_that_all_is_well_carries_none(fine):
    assert not carries_error(fine)


def test_an_address_that_the_portal_filled_in_is_not_called_misspelt():
    fault = advise(replace(endpoint("openai"), base_url=TYPES["openai"].base_url), Fault(Category.DNS))
    assert "The portal filled this address in" in fault.hint
    assert "spelling. A private name" in advise(endpoint("openai_compatible"), Fault(Category.DNS)).hint
