"""Recorded responses of Bedrock."""

# ruff: noqa: E501 - a recorded response stands on one line, however long it is

import json
from typing import Any

from portal.domain.faults import Category
from tests.upstream.eventstream import event


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


USAGE: dict[str, Any] = {"inputTokens": 7, "outputTokens": 3, "totalTokens": 15, "cacheReadInputTokens": 2} | {
    "cacheWriteInputTokens": 3
}

WHOLE = _json(
    {
        "metrics": {"latencyMs": 551},
        "output": {
            "message": {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "They want a greeting.", "signature": "abc"}}},
                    {"text": "Hello "},
                    {"text": "there."},
                ],
            }
        },
        "stopReason": "end_turn",
        "usage": USAGE,
    }
)

STREAM = b"".join(
    (
        event("messageStart", {"role": "assistant"}),
        event(
            "contentBlockDelta",
            {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "They want a greeting."}}, "p": "abcd"},
        ),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "abc"}}}),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "Hello"}, "p": "abcdefghijkl"}),
        event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": " there."}}),
        event("somethingNew", {"field": 1}),
        event("contentBlockStop", {"contentBlockIndex": 1}),
        event("messageStop", {"stopReason": "end_turn"}),
        event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 551}, "p": "abcdefghijklmnopqrstuvwxyz"}),
    )
)


def model(wire_name: str, vendor: str, shown: str, **more: Any) -> dict[str, Any]:
    return {
        "modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{wire_name}",
        "modelId": wire_name,
        "modelName": shown,
        "providerName": vendor,
        "inputModalities": ["TEXT"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": [],
        "inferenceTypesSupported": ["ON_DEMAND"],
        "modelLifecycle": {"status": "ACTIVE"},
        **more,
    }


MODELS = _json(
    {
        "modelSummaries": [
            model("amazon.nova-lite-v1:0", "Amazon", "Nova Lite"),
            model("anthropic.claude-sonnet-4-6", "Anthropic", "Claude Sonnet 4.6", inferenceTypesSupported=["INFERENCE_PROFILE"]),
            model("anthropic.claude-3-haiku-20240307-v1:0", "Anthropic", "Claude 3 Haiku", modelLifecycle={"status": "LEGACY"}),
            model("amazon.rerank-v1:0", "Amazon", "Rerank 1.0"),
        ]
    }
)  # fmt: skip

PROFILES = _json(
    {
        "inferenceProfileSummaries": [
            {
                "inferenceProfileId": "us.anthropic.claude-sonnet-4-6",
                "inferenceProfileName": "US Anthropic Claude Sonnet 4.6",
                "inferenceProfileArn": "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-6",
                "models": [{"modelArn": "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6"}],
                "status": "ACTIVE",
                "type": "SYSTEM_DEFINED",
            },
            {
                "inferenceProfileId": "us.stability.stable-image-core-v1:0",
                "inferenceProfileName": "US Stable Image Core",
                "status": "ACTIVE",
                "type": "SYSTEM_DEFINED",
            },
        ],
        "nextToken": "a/b+c=",
    }
)

BAD_KEY = _json({"message": "The security token included in the request is invalid.", "__type": "com.amazon.coral.service#UnrecognizedClientException"})  # fmt: skip
NO_MODEL = _json({"message": "The provided model identifier is invalid."})


def _refused(row: str, status: int, code: str, message: str, category: str, hint: str) -> tuple[Any, ...]:
    headers = {"x-amzn-errortype": f"{code}:http://internal.amazon.com/coral/com.amazon.bedrock/"} if code else {}
    return (row, "bedrock", status, headers, _json({"message": message}), Category(category), hint)


NO_ACCESS = "You don't have access to the model with the specified model ID."
NO_RIGHT = (
    "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:%s on resource: y because no policy allows it"
)
MARKETPLACE = (
    "Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace "
    "actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model."
)
ON_DEMAND = (
    "Invocation of model ID anthropic.claude-x with on-demand throughput isn’t supported. Retry your request with the "
    "ID or ARN of an inference profile that contains this model."
)
PAYMENT = "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must be provided."

REFUSALS: list[tuple[Any, ...]] = [
    _refused("8", 403, "AccessDeniedException", PAYMENT, "billing", "means of payment"),
    _refused("10", 403, "UnrecognizedClientException", "The security token included in the request is invalid.", "auth", "inactive or deleted"),
    _refused("10", 403, "InvalidSignatureException", "The request signature we calculated does not match", "auth", "clock"),
    _refused("10", 403, "ExpiredTokenException", "The security token included in the request is expired", "auth", "temporary"),
    _refused("10", 403, "InvalidClientTokenId", "No.", "auth", "Enter access key ID"),
    _refused("10", 400, "IncompleteSignature", "No.", "auth", "Enter access key ID"),
    _refused("10", 403, "AccessDeniedException", "Authentication failed: Please make sure your API Key is valid.", "auth", "API key"),
    _refused("10", 403, "AccessDeniedException", "Bearer Token has expired", "auth", "time is over"),
    _refused("13", 403, "AccessDeniedException", NO_ACCESS, "permission", "Model access"),
    _refused("13", 403, "AccessDeniedException", MARKETPLACE, "permission", "Marketplace"),
    _refused("13", 403, "AccessDeniedException", NO_RIGHT % "InvokeModel", "permission", "bedrock:InvokeModel"),
    _refused("13", 403, "AccessDeniedException", NO_RIGHT % "ListFoundationModels", "permission", "nothing about chatting"),
    _refused("13", 403, "MPAgreementBeingCreated", "Pending.", "permission", "quarter of an hour"),
    _refused("13", 404, "FTUFormNotFilled", "Fill it in.", "permission", "use case"),
    _refused("13", 404, "ResourceNotFoundException", "Model use case details have not been submitted for this account.", "permission", "use case"),
    _refused("13", 400, "ValidationException", "Operation not allowed", "permission", "AWS Support"),
    _refused("15", 400, "ValidationException", "Input is too long for requested model.", "context_length", "Shorten"),
    _refused("15", 400, "ValidationException", "Too many input tokens: 9 > 8", "context_length", "Shorten"),
    _refused("18", 404, "ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier.", "model_not_found", "region"),
    _refused("18", 400, "ValidationException", "The provided model identifier is invalid.", "model_not_found", "region"),
    _refused("19", 400, "ValidationException", ON_DEMAND, "model_not_found", "inference profile"),
    _refused("20", 404, "ResourceNotFoundException", "This model version has reached the end of its life.", "rejected", "Choose a chat model"),
    _refused("21", 404, "UnknownOperationException", "", "endpoint", "region"),
    _refused("23", 429, "ThrottlingException", "Too many tokens, please wait before trying again.", "rate_limit", "quota"),
    _refused("23", 400, "ServiceQuotaExceededException", "No more.", "rate_limit", "Service Quotas"),
    _refused("23", 429, "ModelNotReadyException", "Not ready.", "server", "still being loaded"),
    _refused("25", 408, "ModelTimeoutException", "Too late.", "timeout", "slow"),
    _refused("26", 424, "ModelErrorException", "The model failed.", "server", "few minutes"),
    _refused("26", 500, "InternalServerException", "Hm.", "server", "few minutes"),
    _refused("26", 503, "ServiceUnavailableException", "Busy.", "server", "few minutes"),
    _refused("27", 400, "ValidationException", "Malformed input request, please reformat your input.", "rejected", "words"),
]  # fmt: skip
