"""What Azure, the gateways and the smaller vendors were heard to say where they differ from OpenAI."""

import json


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
