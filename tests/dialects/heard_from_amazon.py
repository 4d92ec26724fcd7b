"""What Bedrock was heard to say."""

import json
from typing import Any

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
