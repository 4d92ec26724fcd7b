"""Recorded responses of Gemini and Vertex: answers, streams, listings, and every error body that Google sends."""

import json
from typing import Any

REASON = "type.googleapis.com/google.rpc.ErrorInfo"
QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"
RETRY = "type.googleapis.com/google.rpc.RetryInfo"


def google_sse(*frames: object) -> bytes:
    """Google's events: no names, and no [DONE]."""
    return "".join(f"data: {json.dumps(frame)}\r\n\r\n" for frame in frames).encode()


def part(*parts: dict[str, Any], finish_reason: str | None = None, **more: object) -> dict[str, Any]:
    """One `GenerateContentResponse`."""
    candidate: dict[str, Any] = {"content": {"parts": list(parts), "role": "model"}, "index": 0}
    if finish_reason:
        candidate["finishReason"] = finish_reason
    return {"candidates": [candidate], **more}


def counted(question: int = 12, answer: int = 2, thoughts: int = 1, cached: int = 2) -> dict[str, int]:
    counts = {"promptTokenCount": question, "candidatesTokenCount": answer, "thoughtsTokenCount": thoughts}
    return counts | {"cachedContentTokenCount": cached, "totalTokenCount": question + answer + thoughts}


def refusal(
    code: int, message: str, status: str, reason: str = "", quota: str = "", wait: str = "", **metadata: str
) -> bytes:
    """Google's error body."""
    details: list[dict[str, Any]] = []
    if reason:
        info = {"@type": REASON, "reason": reason, "domain": "googleapis.com", "metadata": metadata}
        details.append(info)
    if quota:
        violation = {"quotaMetric": "generativelanguage.googleapis.com/requests", "quotaId": quota, "quotaValue": "50"}
        details.append({"@type": QUOTA, "violations": [violation]})
    if wait:
        details.append({"@type": RETRY, "retryDelay": wait})
    error = {"code": code, "message": message, "status": status} | ({"details": details} if details else {})
    return json.dumps({"error": error}).encode()


THOUGHT = {"text": "They want a greeting.", "thought": True}
NAMED = {"modelVersion": "gemini-3.5-flash", "responseId": "resp_1"}

WHOLE = json.dumps(
    part(
        THOUGHT,
        {"text": "Hello ", "thoughtSignature": "abc"},
        {"text": "there."},
        finish_reason="STOP",
        usageMetadata=counted(),
        **NAMED,
    )
).encode()

STREAM = google_sse(
    part(THOUGHT, usageMetadata=counted(answer=0), **NAMED),
    part({"text": "Hello"}, usageMetadata=counted(answer=1), **NAMED),
    part({"text": " there."}, usageMetadata=counted(answer=2), **NAMED),
    part({"text": "", "thoughtSignature": "abc"}, finish_reason="STOP", usageMetadata=counted(), **NAMED),
)

LISTING = json.dumps(
    {
        "models": [
            {
                "name": "models/gemini-3.5-flash",
                "version": "001",
                "displayName": "Gemini 3.5 Flash",
                "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536,
                "supportedGenerationMethods": ["generateContent", "countTokens", "createCachedContent"],
                "temperature": 1,
                "maxTemperature": 2,
                "thinking": True,
            },
            {
                "name": "models/gemini-embedding-001",
                "displayName": "Gemini Embedding 001",
                "inputTokenLimit": 2_048,
                "outputTokenLimit": 1,
                "supportedGenerationMethods": ["embedContent", "countTextTokens"],
            },
        ]
    }
).encode()

PUBLISHED = json.dumps(
    {
        "publisherModels": [
            {"name": "publishers/google/models/gemini-2.5-pro", "versionId": "default", "launchStage": "GA"},
            {"name": "publishers/google/models/text-embedding-005", "versionId": "default", "launchStage": "GA"},
        ]
    }
).encode()

BAD_KEY = refusal(
    400,
    "API key not valid. Please pass a valid API key.",
    "INVALID_ARGUMENT",
    "API_KEY_INVALID",
    service="generativelanguage.googleapis.com",
)
NO_MODEL = refusal(
    404,
    "models/gemini-9 is not found for API version v1beta, or is not supported for generateContent. Call ListModels to "
    "see the list of available models and their supported methods.",
    "NOT_FOUND",
)
UNBOUND_KEY = refusal(
    401,
    "API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that "
    "assert a principal.",
    "UNAUTHENTICATED",
    "CREDENTIALS_MISSING",
)
NO_PUBLISHED_MODEL = refusal(
    404,
    "Publisher Model `projects/acme-123/locations/europe-west4/publishers/google/models/gemini-9` was not found or "
    "your project does not have access to it. Please ensure you are using a valid model version.",
    "NOT_FOUND",
)
