"""Whatever bytes come back, a dialect answers or raises `UpstreamError`, and nothing else."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from portal.dialects import DIALECTS
from portal.dialects.base import Dialect, Endpoint, UpstreamRequest, UpstreamResponse
from portal.domain.faults import Fault, UpstreamError
from tests.dialects.recordings import RECORDINGS, endpoint

KEYS = [
    *("choices", "message", "content", "delta", "error", "code", "type", "details", "reason", "metadata", "text"),
    *("limit_source", "usage", "prompt_tokens", "prompt_tokens_details", "cached_tokens", "input_tokens", "index"),
    *("output_tokens", "data", "id", "model", "finish_reason", "stop_reason", "has_more", "last_id", "meta", "n_ctx"),
    *("candidates", "parts", "finishReason", "usageMetadata", "promptFeedback", "blockReason", "promptTokenCount"),
    *("modelVersion", "models", "publisherModels", "name", "versionId", "nextPageToken", "violations", "quotaId"),
    *("detail", "loc", "msg", "retryDelay", "status", "object", "refusal", "reasoning", "thinking", "request_id"),
]
VALUES = [
    "message",
    "error",
    "message_start",
    "content_block_delta",
    "message_delta",
    "model not found",
    "stop",
    "list",
]
scalars = (
    some.none()
    | some.booleans()
    | some.integers()
    | some.integers(min_value=10**30, max_value=10**31)
    | some.floats()
    | some.text(max_size=20)
    | some.sampled_from(VALUES)
)
values = some.recursive(
    scalars,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)
bodies = some.binary(max_size=300) | values.map(lambda value: json.dumps(value).encode())
statuses = some.sampled_from([200, 200, 200, 204, 301, 400, 401, 403, 404, 429, 500, 529, 999])
headers = some.dictionaries(
    some.sampled_from(
        ["retry-after", "retry-after-ms", "date", "content-type", "location", "x-request-id", "x-amzn-errortype"]
    ),
    some.text(max_size=30)
    | some.sampled_from(["http://[", "text/html", "9", "Fri, 20 Nov 2026 10:00:30 GMT", "1e999"]),
    max_size=3,
)
endpoints = some.sampled_from([endpoint(name) for name in RECORDINGS])


def tried(dialect: Dialect, there: Endpoint, response: UpstreamResponse) -> None:
    readings: tuple[Callable[[], object], ...] = (
        lambda: dialect.read_chat(there, response),
        lambda: dialect.read_models(
            there, UpstreamRequest("GET", "https://x.example/publishers/google/models"), response
        ),
        lambda: list(dialect.read_stream(there, response.headers, [response.body])),
        lambda: list(dialect.read_stream(there, response.headers, [b"data: " + response.body + b"\n\n"])),
        lambda: list(dialect.read_stream(there, response.headers, [b"event: error\ndata: " + response.body + b"\n\n"])),
    )
    for read in readings:
        try:
            read()
        except UpstreamError as error:
            checked(error.fault)
    fault = dialect.read_fault(there, response)
    checked(fault)
    dialect.adjust(there, UpstreamRequest("POST", "x", {}, response.body), fault)


def checked(fault: Fault) -> None:
    for part in (fault.detail, fault.hint, fault.code, fault.request_id):
        part.encode()
        assert "\x00" not in part
        assert "\n" not in part
        assert len(part) <= 500
    assert fault.retry_after is None or 0 <= fault.retry_after < 10**6


@settings(max_examples=250, deadline=None)
@given(endpoints, statuses, headers, bodies)
def test_no_bytes_break_a_dialect(there, status, head, body):
    tried(DIALECTS[there.type.dialect], there, UpstreamResponse(status, head, body))


DEEP = [
    b"[" * 100_000,
    b'{"error":' * 5_000 + b"1" + b"}" * 5_000,
    b"[" * 900 + b"]" * 900,
    b'{"error":' * 900 + b"1" + b"}" * 900,
    b'{"detail":' * 900 + b"1" + b"}" * 900,
    b'[{"error":' * 400 + b"1" + b"}]" * 400,
    b"1" * 10_000,
    b'{"error":{"code":' + b"9" * 4_000 + b"}}",
    b'{"choices":[{"delta":{"content":"\\ud800"},"finish_reason":"stop"}]}',
    '{"error":"’"}'.encode("cp1252"),
    b"\xff\xfe" + '{"a":1}'.encode("utf-16-le"),
]


@pytest.mark.parametrize("body", DEEP, ids=range(len(DEEP)))
@pytest.mark.parametrize("name", DIALECTS)
def test_deep_long_and_broken_json_breaks_nothing(name, body):
    there = next(endpoint(type) for type in RECORDINGS if endpoint(type).type.dialect == name)
    for status in (200, 400):
        tried(DIALECTS[name], there, UpstreamResponse(status, {}, body))
