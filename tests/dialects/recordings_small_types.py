"""Recorded responses of Azure, the gateways and the smaller vendors, where they differ from OpenAI."""

# ruff: noqa: E501 - a recorded response stands on one line, however long it is

import json

from portal.domain.faults import Category


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _error(message: str, code: object = None, type: str = "invalid_request_error", **more: object) -> bytes:
    return _json({"error": {"message": message, "type": type, "param": None, "code": code, **more}})


AZURE_STREAM_HEAD = (
    b'data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,'
    b'"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}\n\n'
)
AZURE_MODELS = _json(
    {
        "data": [
            {
                "id": "gpt-5.2",
                "status": "succeeded",
                "lifecycle_status": "generally-available",
                "capabilities": {"chat_completion": True, "completion": False, "embeddings": False, "inference": True},
            },
            {
                "id": "ada",
                "status": "succeeded",
                "lifecycle_status": "deprecated",
                "capabilities": {"chat_completion": False, "completion": True, "embeddings": False, "inference": True},
            },
        ]
    }
)
AZURE_BAD_KEY = _error(
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource.",
    "401",
)
AZURE_NO_DEPLOYMENT = _json(
    {
        "error": {
            "code": "DeploymentNotFound",
            "message": "The API deployment for this resource does not exist. If you created the deployment within the "
            "last 5 minutes, please wait a moment and try again.",
        }
    }
)

OPENROUTER_MODELS = _json(
    {
        "data": [
            {
                "id": "openai/gpt-5.4-mini",
                "name": "OpenAI: GPT-5.4 Mini",
                "context_length": 400_000,
                "top_provider": {"context_length": 400_000, "max_completion_tokens": 128_000},
                "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
                "pricing": {"prompt": "0.00000025", "completion": "0.000002", "input_cache_read": "0.000000025"},
            },
            {
                "id": "openrouter/auto",
                "name": "Auto Router",
                "context_length": 2_000_000,
                "pricing": {"prompt": "-1", "completion": "-1"},
            },
            {
                "id": "google/painter",
                "context_length": 32_768,
                "architecture": {"output_modalities": ["image"]},
                "pricing": {"prompt": "0", "completion": "0"},
            },
        ]
    }
)
OPENROUTER_KEY = _json(
    {
        "data": {
            "label": "sk-or-v1-0e6...1c96",
            "limit": 100,
            "limit_remaining": 74.5,
            "usage": 25.5,
            "is_free_tier": False,
        }
    }
)
OPENROUTER_BAD_KEY = b'{"error":{"message":"No auth credentials found","code":401}}'
OPENROUTER_NO_MODEL = b'{"error":{"message":"openai/gpt-99 is not a valid model ID","code":400},"user_id":"u"}'

VERCEL_MODELS = _json(
    {
        "object": "list",
        "data": [
            {
                "id": "anthropic/claude-sonnet-4.6",
                "name": "Claude Sonnet 4.6",
                "type": "language",
                "context_window": 1_000_000,
                "max_tokens": 64_000,
                "pricing": {
                    "input": "0.000003",
                    "output": "0.000015",
                    "input_cache_read": "0.0000003",
                    "input_cache_write": "0.00000375",
                },
            },
            {"id": "openai/text-embedding-3-small", "type": "embedding", "context_window": 8_192},
        ],
    }
)
VERCEL_BAD_KEY = _error("Invalid API key", "unauthorized", "authentication_error")
VERCEL_NO_MODEL = _error("Model 'openai/gpt-99' not found", None, "model_not_found")

GROQ_MODELS = _json(
    {
        "object": "list",
        "data": [
            {
                "id": "llama-3.1-8b-instant",
                "object": "model",
                "owned_by": "Meta",
                "active": True,
                "context_window": 131_072,
                "max_completion_tokens": 131_072,
            },
            {"id": "whisper-large-v3", "active": True, "context_window": 448, "max_completion_tokens": 448},
            {"id": "gemma2-9b-it", "active": False, "context_window": 8_192, "max_completion_tokens": 8_192},
        ],
    }
)
GROQ_STREAM_END = (
    b'data: {"model":"some-model","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],'
    b'"x_groq":{"id":"req_1","usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}}\n\n'
    b"data: [DONE]\n\n"
)
GROQ_BAD_KEY = _error("Invalid API Key", "invalid_api_key")
GROQ_NO_MODEL = _error("The model `x` does not exist or you do not have access to it.", "model_not_found")

MISTRAL_MODELS = _json(
    {
        "object": "list",
        "data": [
            {
                "id": "mistral-small-latest",
                "name": "mistral-small-2603",
                "capabilities": {"completion_chat": True, "function_calling": True, "vision": True},
                "max_context_length": 256_000,
                "type": "base",
            },
            {"id": "mistral-ocr", "capabilities": {"completion_chat": False}, "max_context_length": 32_768},
        ],
    }
)
MISTRAL_STREAM_END = (
    b'data: {"id":"c","object":"chat.completion.chunk","model":"some-model","choices":[{"index":0,"delta":'
    b'{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"total_tokens":15,"completion_tokens":3}}\n\n'
    b"data: [DONE]\n\n"
)
MISTRAL_BAD_KEY = b'{"message":"Unauthorized","request_id":"abc"}'
MISTRAL_NO_MODEL = _json(
    {"object": "error", "message": "Invalid model: mistral-9", "type": "invalid_model", "param": None, "code": "1500"}
)

DEEPSEEK_MODELS = _json(
    {"object": "list", "data": [{"id": "deepseek-v4-flash", "object": "model", "owned_by": "deepseek"}]}
)
DEEPSEEK_BAD_KEY = _error(
    "Authentication Fails, Your api key: ****abcd is invalid", "invalid_request_error", "authentication_error"
)
DEEPSEEK_NO_MODEL = _error("Model Not Exist", "invalid_request_error")

TOGETHER_MODELS = _json(
    [
        {
            "id": "moonshotai/Kimi-K2.6",
            "object": "model",
            "type": "chat",
            "display_name": "Kimi K2.6",
            "context_length": 262_144,
            "pricing": {"hourly": 0, "input": 1.2, "output": 4.5, "base": 0, "finetune": 0},
        },
        {"id": "black-forest-labs/FLUX.2", "type": "image", "display_name": "FLUX.2", "pricing": {"input": 0}},
        {"id": "meta-llama/Llama-3-8b-hf", "type": "language", "context_length": 8_192},
    ]
)
TOGETHER_BAD_KEY = _error(
    "Invalid API key provided. You can find your API key at https://api.together.xyz/settings/api-keys.",
    "invalid_api_key",
)
TOGETHER_NO_MODEL = _error(
    "Unable to access model x. Please visit https://api.together.ai/models to view the list of supported models.",
    "model_not_available",
)

FIREWORKS_MODELS = _json(
    {
        "object": "list",
        "data": [
            {
                "id": "accounts/fireworks/models/kimi-k2p6",
                "object": "model",
                "owned_by": "fireworks",
                "kind": "HF_BASE_MODEL",
                "supports_chat": True,
                "context_length": 262_144,
            },
            {"id": "accounts/fireworks/models/flux-1", "supports_chat": False},
        ],
    }
)
FIREWORKS_BAD_KEY = _json({"error": {"message": "unauthorized", "code": "UNAUTHORIZED", "object": "error"}})
FIREWORKS_NO_MODEL = _json(
    {"error": {"message": "Model not found, inaccessible, and/or not deployed", "code": "NOT_FOUND", "object": "error"}}
)


OLLAMA_MODELS = _json(
    {
        "object": "list",
        "data": [
            {"id": "qwen3:8b", "object": "model", "created": 1_790_000_000, "owned_by": "library"},
            {"id": "all-minilm:latest", "object": "model", "created": 1_790_000_000, "owned_by": "library"},
        ],
    }
)
OLLAMA_SHOWN = {
    "qwen3:8b": _json(
        {
            "license": "Apache License",
            "parameters": 'temperature                    0.6\nstop                           "<|im_end|>"',
            "details": {"family": "qwen3", "parameter_size": "8.2B"},
            "model_info": {"general.architecture": "qwen3", "qwen3.block_count": 36, "qwen3.context_length": 40_960},
            "capabilities": ["completion", "tools", "thinking"],
        }
    ),
    "all-minilm:latest": _json(
        {
            "details": {"family": "bert", "parameter_size": "23M"},
            "model_info": {"general.architecture": "bert", "bert.context_length": 512},
            "capabilities": ["embedding"],
        }
    ),
}
OLLAMA_NOT_SHOWN = b'{"error":"model \'other\' not found"}'

LM_STUDIO_MODELS = _json(
    {
        "object": "list",
        "data": [
            {"id": "qwen/qwen3-8b", "object": "model", "owned_by": "organization_owner"},
            {"id": "nomic-v2", "object": "model", "owned_by": "organization_owner"},
        ],
    }
)
LM_STUDIO_NATIVE = _json(
    {
        "models": [
            {
                "type": "llm",
                "key": "qwen/qwen3-8b",
                "display_name": "Qwen3 8B",
                "max_context_length": 40_960,
                "loaded_instances": [{"id": "qwen/qwen3-8b", "config": {"context_length": 8_192}}],
                "capabilities": {"vision": False, "trained_for_tool_use": True},
            },
            {"type": "embedding", "key": "nomic-v2", "max_context_length": 2_048, "loaded_instances": []},
        ]
    }
)
LM_STUDIO_OLDER = _json(
    {
        "object": "list",
        "data": [
            {"id": "qwen/qwen3-8b", "type": "llm", "state": "not-loaded", "max_context_length": 40_960},
            {"id": "nomic-v2", "type": "embeddings", "state": "not-loaded", "max_context_length": 2_048},
        ],
    }
)
LM_STUDIO_BAD_PATH = b'{"error":"Unexpected endpoint or method. (GET /api/v1/models)"}'

LLAMA_CPP_MODELS = _json({"object": "list", "data": [{"id": "tiny.gguf", "meta": {"n_ctx_train": 32_768}}]})
LLAMA_CPP_PROPS = _json(
    {"default_generation_settings": {"id": 0, "n_ctx": 4_096, "params": {"temperature": 0.8}}, "total_slots": 1}
)


OPENROUTER_FLAGGED = b'{"error":{"code":403,"message":"Flagged","metadata":{"reasons":["x"],"flagged_input":"y"}}}'


def _routed(code: int, message: str, **metadata: object) -> bytes:
    return _json({"error": {"code": code, "message": message, "metadata": metadata}})


AZURE_FILTERED = _json(
    {
        "error": {
            "message": "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
            "type": None,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": {
                "code": "ResponsibleAIPolicyViolation",
                "content_filter_result": {"hate": {"filtered": True, "severity": "high"}},
            },
        }
    }
)


def _azure(code: str, message: str) -> bytes:
    return _json({"error": {"code": code, "message": message}})


AZURE_LIMIT = (
    "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded token "
    "rate limit of your current OpenAI S0 pricing tier. Please retry after %s seconds."
)

REFUSALS: list[tuple[str, str, int, dict[str, str], bytes, Category, str]] = [
    ("7", "groq", 403, {}, b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>", Category.HTML, "firewall"),
    ("8", "openrouter", 403, {}, _routed(403, "Over.", limit_source="workspace_daily_budget"), Category.BILLING, "credits"),
    ("8", "openrouter", 402, {}, _routed(402, "Key limit.", limit_source="openrouter_key_limit"), Category.BILLING, "key"),
    ("8", "openrouter", 200, {}, _routed(402, "Pay.", error_type="payment_required"), Category.BILLING, "credits"),
    ("9", "openrouter", 402, {"retry-after": "7"}, _routed(402, "Wait.", limit_source="openrouter_in_flight_budget"), Category.RATE_LIMIT, "7 seconds"),
    ("9", "deepseek", 402, {}, _error("Insufficient Balance"), Category.BILLING, "Top up"),
    ("9", "together", 402, {}, _error("Credit limit exceeded"), Category.BILLING, "limit"),
    ("9", "vercel", 402, {}, _error("Insufficient funds"), Category.BILLING, "Top up"),
    ("9", "fireworks", 412, {}, _error("Account acme is suspended, possibly due to reaching the monthly spending limit."), Category.BILLING, "suspended"),
    ("11", "azure", 401, {}, AZURE_BAD_KEY, Category.AUTH, "resource"),
    ("11", "azure", 401, {}, _azure("PermissionDenied", "Principal does not have access to API/Operation."), Category.AUTH, "resource"),
    ("11", "mistral", 401, {}, b'{"detail":"Unauthorized"}', Category.AUTH, "Paste"),
    ("14", "azure", 400, {}, AZURE_FILTERED, Category.CONTENT, "content filter"),
    ("14", "openrouter", 403, {}, OPENROUTER_FLAGGED, Category.CONTENT, "differently"),
    ("15", "together", 403, {}, _error("Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097."), Category.CONTEXT_LENGTH, "Shorten"),
    ("15", "groq", 413, {}, _error("Request Entity Too Large"), Category.CONTEXT_LENGTH, "Shorten"),
    ("15", "openrouter", 400, {}, _routed(400, "No.", error_type="context_length_exceeded"), Category.CONTEXT_LENGTH, "Shorten"),
    ("16", "azure", 403, {}, _azure("403", "Access denied due to Virtual Network/Firewall rules."), Category.PERMISSION, "Networking"),
    ("17", "azure", 404, {}, AZURE_NO_DEPLOYMENT, Category.MODEL_NOT_FOUND, "five minutes"),
    ("18", "fireworks", 404, {}, FIREWORKS_NO_MODEL, Category.MODEL_NOT_FOUND, "accounts/fireworks"),
    ("18", "mistral", 400, {}, MISTRAL_NO_MODEL, Category.MODEL_NOT_FOUND, "discover"),
    ("20", "azure", 400, {}, _azure("OperationNotSupported", "The chatCompletion operation does not work with the specified model, dall-e-3."), Category.REJECTED, "chat model"),
    ("21", "azure", 404, {}, _azure("404", "Resource not found"), Category.ENDPOINT, "API version"),
    ("21", "azure", 400, {}, _azure("BadRequest", "Missing required query parameter: api-version"), Category.ENDPOINT, "API version"),
    ("21", "azure", 400, {}, _azure("BadRequest", "API version not supported"), Category.ENDPOINT, "API version"),
    ("23", "azure", 429, {"retry-after": "9"}, _azure("429", AZURE_LIMIT % 9), Category.RATE_LIMIT, "9 seconds"),
    ("23", "azure", 429, {}, _azure("429", AZURE_LIMIT % 86400), Category.RATE_LIMIT, "quota is too small"),
    ("23", "groq", 498, {}, _error("Flex tier capacity exceeded.", "capacity_exceeded"), Category.RATE_LIMIT, "minute"),
    ("23", "mistral", 400, {}, _json({"object": "error", "message": "Service tier capacity exceeded for this model.", "type": "invalid_request_error", "code": "3505"}), Category.RATE_LIMIT, "minute"),
    ("24", "together", 503, {}, _error("The engine is currently overloaded, please try again later"), Category.SERVER, "too much to do"),
    ("24", "openrouter", 529, {}, _routed(529, "Busy.", error_type="provider_overloaded"), Category.SERVER, "too much to do"),
    ("25", "openrouter", 408, {}, _routed(408, "Timed out."), Category.TIMEOUT, "slow"),
    ("26", "openrouter", 502, {}, _routed(502, "Provider returned error"), Category.SERVER, "vendor behind"),
    ("26", "openrouter", 200, {}, _routed(502, "Provider returned error"), Category.SERVER, "vendor behind"),
    ("26", "fireworks", 424, {}, _error("Failed dependency"), Category.SERVER, "few minutes"),
    ("27", "deepseek", 422, {}, _error("Invalid parameters"), Category.REJECTED, "words"),
    ("27", "mistral", 422, {}, b'{"detail":[{"loc":["body","top_k"],"msg":"Extra inputs are not permitted","type":"x"}]}', Category.REJECTED, "option"),
]  # fmt: skip
