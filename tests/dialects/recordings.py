"""Recorded responses of each provider type. A type without its recordings fails the contract test."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.dialects import demo
from portal.dialects.base import Endpoint, UpstreamRequest
from portal.dialects.conversation import ChatRequest, FinishReason, Message, Usage
from portal.dialects.provider_types.table import TYPES
from portal.dialects.secret import Secret
from tests.dialects import recordings_amazon as amazon
from tests.dialects import recordings_google as google
from tests.dialects import recordings_small_types as small

KEY = "sk-recorded-0123456789"


def endpoint(type_name: str, base_url: str = "", key: str | None = KEY, **settings: str) -> Endpoint:
    type = TYPES[type_name]
    secret = Secret(key) if key and type.key != "none" else None
    return Endpoint(type, base_url or type.base_url or "https://llm.example.org/v1", secret, settings)


def question(wire_name: str = "some-model", **options: object) -> ChatRequest:
    return ChatRequest(wire_name, (Message.of("user", "Say hello."),), system="Be brief.", options=options)


def sse(*frames: object, done: bool = True) -> bytes:
    """OpenAI's events."""
    lines = [f"data: {json.dumps(frame)}\n\n" for frame in frames]
    return ("".join(lines) + ("data: [DONE]\n\n" if done else "")).encode()


def named(*frames: dict[str, Any]) -> bytes:
    """Anthropic's events, each named by its type."""
    return "".join(f"event: {frame['type']}\ndata: {json.dumps(frame)}\n\n" for frame in frames).encode()


def chunk(content: object = None, finish_reason: str | None = None, **more: object) -> dict[str, Any]:
    delta = {} if content is None else {"content": content}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish_reason}]
    return {"object": "chat.completion.chunk", "model": "some-model", "choices": choices, **more}


COUNTED = Usage(12, 3)


@dataclass(frozen=True)
class Recording:
    """One provider type: the whole answer, the streamed one, the listing, a refused key, a missing model.

    `another_listing`: what it serves stands in two listings, and the first is followed by the second. `details` are
    its responses to what it is asked about them, in order, and `known` the context limit and whether each chats then.
    """

    whole: bytes
    stream: bytes
    listing: bytes
    names: tuple[str, ...]
    limits: tuple[int | None, ...]
    refused: tuple[int, bytes]
    missing: tuple[int, bytes]
    missing_hint: str
    text: str = "Hello there."
    model: str = "some-model"
    thinking: str = ""
    finish_reason: FinishReason = FinishReason.STOP
    usage: Usage | None = COUNTED
    headers: Mapping[str, str] = field(default_factory=lambda: {"x-request-id": "req_1"})
    another_listing: bool = False
    details: tuple[bytes, ...] = ()
    known: tuple[tuple[int, bool], ...] = ()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _whole(message: dict[str, Any] | None = None, **more: object) -> bytes:
    return _json(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1790000000,
            "model": "some-model",
            "choices": [
                {
                    "index": 0,
                    "message": message or {"role": "assistant", "content": "Hello there.", "refusal": None},
                    "finish_reason": "stop",
                    "logprobs": None,
                }
            ],
            "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
            **more,
        }
    )


USAGE = {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}}
STREAM = sse(
    {"model": "some-model", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}], "usage": None},
    chunk("Hello", usage=None),
    chunk(" there."),
    chunk(None, "stop"),
    USAGE,
)
BAD_KEY = _json(
    {
        "error": {
            "message": "Incorrect API key provided: sk-recor******6789. You can find your API key at …",
            "type": "invalid_request_error",
            "param": None,
            "code": "invalid_api_key",
        }
    }
)


def _missing(message: str, type: str, code: object) -> bytes:
    return _json({"error": {"message": message, "type": type, "param": None, "code": code}})


def _demo(request: UpstreamRequest) -> bytes:
    return b"".join(demo.answer(request, 0))


_DEMO = endpoint("demo")
_ASKED = ChatRequest("demo-small", (Message.of("user", "Say hello."),), options={"max_output_tokens": 4})

RECORDINGS: dict[str, Recording] = {
    "openai": Recording(
        whole=_whole(service_tier="default", system_fingerprint="fp_1"),
        stream=STREAM,
        listing=_json(
            {
                "object": "list",
                "data": [
                    {"id": "gpt-5.2", "object": "model", "created": 1, "owned_by": "system"},
                    {"id": "text-embedding-3-small", "object": "model", "created": 1, "owned_by": "system"},
                ],
            }
        ),
        names=("gpt-5.2", "text-embedding-3-small"),
        limits=(400_000, None),
        refused=(401, BAD_KEY),
        missing=(
            404,
            _missing(
                "The model `gpt-9` does not exist or you do not have access to it.",
                "invalid_request_error",
                "model_not_found",
            ),
        ),
        missing_hint="project",
    ),
    "anthropic": Recording(
        whole=_json(
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "claude-haiku-5-5",
                "content": [
                    {"type": "thinking", "thinking": "They want a greeting.", "signature": "abc"},
                    {"type": "text", "text": "Hello "},
                    {"type": "text", "text": "there."},
                ],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {
                    "input_tokens": 7,
                    "cache_creation_input_tokens": 3,
                    "cache_read_input_tokens": 2,
                    "output_tokens": 3,
                },
            }
        ),
        stream=named(
            {
                "type": "message_start",
                "message": {
                    "id": "msg_1",
                    "model": "claude-haiku-5-5",
                    "content": [],
                    "usage": {
                        "input_tokens": 7,
                        "cache_creation_input_tokens": 3,
                        "cache_read_input_tokens": 2,
                        "output_tokens": 1,
                    },
                },
            },
            {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
            {"type": "ping"},
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "thinking_delta", "thinking": "They want a greeting."},
            },
            {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "abc"}},
            {"type": "content_block_stop", "index": 0},
            {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Hello"}},
            {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": " there."}},
            {"type": "content_block_stop", "index": 1},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
            {"type": "something_new", "field": 1},
            {"type": "message_stop"},
        ),
        listing=_json(
            {
                "data": [
                    {
                        "id": "claude-haiku-5-5",
                        "type": "model",
                        "display_name": "Claude Haiku 5.5",
                        "max_input_tokens": 1_000_000,
                        "max_tokens": 128_000,
                        "lifecycle": "active",
                    },
                    {"id": "claude-2.1", "type": "model", "display_name": "Claude 2.1", "lifecycle": "retired"},
                ],
                "has_more": False,
                "first_id": "claude-haiku-5-5",
                "last_id": "claude-2.1",
            }
        ),
        names=("claude-haiku-5-5", "claude-2.1"),
        limits=(1_000_000, None),
        refused=(
            401,
            _json({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}),
        ),
        missing=(
            404,
            _json(
                {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-9"}, "request_id": "r"}
            ),
        ),
        missing_hint="retired",
        model="claude-haiku-5-5",
        thinking="They want a greeting.",
        usage=Usage(12, 3, 2, 3),
        headers={"request-id": "req_1"},
    ),
    "google": Recording(
        whole=google.WHOLE,
        stream=google.STREAM,
        listing=google.LISTING,
        names=("gemini-3.5-flash", "gemini-embedding-001"),
        limits=(1_048_576, 2_048),
        refused=(400, google.BAD_KEY),
        missing=(404, google.NO_MODEL),
        missing_hint="retired",
        model="gemini-3.5-flash",
        thinking="They want a greeting.",
        usage=Usage(12, 3, 2, reasoning=1),
    ),
    "vertex": Recording(
        whole=google.WHOLE,
        stream=google.STREAM,
        listing=google.PUBLISHED,
        names=("gemini-2.5-pro", "text-embedding-005"),
        limits=(1_048_576, None),
        refused=(401, google.UNBOUND_KEY),
        missing=(404, google.NO_PUBLISHED_MODEL),
        missing_hint="location",
        model="gemini-3.5-flash",
        thinking="They want a greeting.",
        usage=Usage(12, 3, 2, reasoning=1),
        another_listing=True,
    ),
    "azure": Recording(
        whole=_whole(prompt_filter_results=[{"prompt_index": 0, "content_filter_results": {}}]),
        stream=small.AZURE_STREAM_HEAD + STREAM,
        listing=small.AZURE_MODELS,
        names=("gpt-5.2", "ada"),
        limits=(400_000, None),
        refused=(401, small.AZURE_BAD_KEY),
        missing=(404, small.AZURE_NO_DEPLOYMENT),
        missing_hint="name of the deployment",
        headers={"apim-request-id": "req_1"},
    ),
    "bedrock": Recording(
        whole=amazon.WHOLE,
        stream=amazon.STREAM,
        listing=amazon.MODELS,
        names=("amazon.nova-lite-v1:0", "anthropic.claude-3-haiku-20240307-v1:0", "amazon.rerank-v1:0"),
        limits=(None, 200_000, None),
        refused=(403, amazon.BAD_KEY),
        missing=(400, amazon.NO_MODEL),
        missing_hint="region",
        model="",
        thinking="They want a greeting.",
        usage=Usage(12, 3, 2, 3),
        headers={"x-amzn-requestid": "req_1", "content-type": "application/vnd.amazon.eventstream"},
        another_listing=True,
    ),
    "openrouter": Recording(
        whole=_whole({"role": "assistant", "content": "Hello there.", "reasoning": "A greeting."}, provider="OpenAI"),
        stream=b": OPENROUTER PROCESSING\n\n"
        + sse(
            {"model": "some-model", "choices": [{"index": 0, "delta": {"content": "", "reasoning": "A greeting."}}]},
            chunk("Hello there."),
            chunk("", "stop", native_finish_reason="completed"),
            USAGE,
        ),
        listing=small.OPENROUTER_MODELS,
        names=("openai/gpt-5.4-mini", "openrouter/auto", "google/painter"),
        limits=(400_000, 2_000_000, 32_768),
        refused=(401, small.OPENROUTER_BAD_KEY),
        missing=(400, small.OPENROUTER_NO_MODEL),
        missing_hint="vendor before them",
        thinking="A greeting.",
    ),
    "vercel": Recording(
        whole=_whole({"role": "assistant", "content": "Hello there.", "reasoning": "A greeting."}),
        stream=sse(
            {"model": "some-model", "choices": [{"index": 0, "delta": {"content": "", "reasoning": "A greeting."}}]},
            chunk("Hello there."),
            chunk("", "stop"),
            USAGE,
        ),
        listing=small.VERCEL_MODELS,
        names=("anthropic/claude-sonnet-4.6", "openai/text-embedding-3-small"),
        limits=(1_000_000, 8_192),
        refused=(401, small.VERCEL_BAD_KEY),
        missing=(404, small.VERCEL_NO_MODEL),
        missing_hint="vendor before them",
        thinking="A greeting.",
    ),
    "groq": Recording(
        whole=_whole(x_groq={"id": "req_1"}),
        stream=sse(chunk("Hello"), chunk(" there."), done=False) + small.GROQ_STREAM_END,
        listing=small.GROQ_MODELS,
        names=("llama-3.1-8b-instant", "whisper-large-v3", "gemma2-9b-it"),
        limits=(131_072, 448, 8_192),
        refused=(401, small.GROQ_BAD_KEY),
        missing=(404, small.GROQ_NO_MODEL),
        missing_hint="letter by letter",
    ),
    "mistral": Recording(
        whole=_whole(
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "A greeting."}]},
                    {"type": "text", "text": "Hello there."},
                ],
            }
        ),
        stream=sse(
            chunk([{"type": "thinking", "thinking": [{"type": "text", "text": "A greeting."}]}]),
            chunk("Hello"),
            chunk(" there."),
            done=False,
        )
        + small.MISTRAL_STREAM_END,
        listing=small.MISTRAL_MODELS,
        names=("mistral-small-latest", "mistral-ocr"),
        limits=(256_000, 32_768),
        refused=(401, small.MISTRAL_BAD_KEY),
        missing=(400, small.MISTRAL_NO_MODEL),
        missing_hint="letter by letter",
        thinking="A greeting.",
    ),
    "deepseek": Recording(
        whole=_whole({"role": "assistant", "content": "Hello there.", "reasoning_content": "A greeting."}),
        stream=sse(
            {"model": "some-model", "choices": [{"index": 0, "delta": {"content": None, "reasoning_content": "A "}}]},
            {"model": "some-model", "choices": [{"index": 0, "delta": {"reasoning_content": "greeting."}}]},
            chunk("Hello"),
            chunk(" there."),
            chunk("", "stop", usage=USAGE["usage"]),
        ),
        listing=small.DEEPSEEK_MODELS,
        names=("deepseek-v4-flash",),
        limits=(None,),
        refused=(401, small.DEEPSEEK_BAD_KEY),
        missing=(400, small.DEEPSEEK_NO_MODEL),
        missing_hint="letter by letter",
        thinking="A greeting.",
    ),
    "together": Recording(
        whole=_whole(chat_request=[]),
        stream=sse(chunk("Hello"), chunk(" there."), chunk("", "eos", usage=USAGE["usage"])),
        listing=small.TOGETHER_MODELS,
        names=("moonshotai/Kimi-K2.6", "black-forest-labs/FLUX.2", "meta-llama/Llama-3-8b-hf"),
        limits=(262_144, None, 8_192),
        refused=(401, small.TOGETHER_BAD_KEY),
        missing=(404, small.TOGETHER_NO_MODEL),
        missing_hint="endpoint",
    ),
    "fireworks": Recording(
        whole=_whole({"role": "assistant", "content": "Hello there.", "reasoning_content": "A greeting."}),
        stream=sse(
            {"model": "some-model", "choices": [{"index": 0, "delta": {"reasoning_content": "A greeting."}}]},
            chunk("Hello there."),
            chunk(None, "stop", usage=USAGE["usage"]),
        ),
        listing=small.FIREWORKS_MODELS,
        names=("accounts/fireworks/models/kimi-k2p6", "accounts/fireworks/models/flux-1"),
        limits=(262_144, None),
        refused=(401, small.FIREWORKS_BAD_KEY),
        missing=(404, small.FIREWORKS_NO_MODEL),
        missing_hint="Names here are long",
        thinking="A greeting.",
    ),
    "ollama": Recording(
        whole=_whole({"role": "assistant", "content": "Hello there.", "reasoning": "A greeting."}),
        stream=sse(
            {
                "model": "some-model",
                "choices": [{"index": 0, "delta": {"role": "assistant", "content": "", "reasoning": "A greeting."}}],
            },
            chunk("Hello there."),
            chunk("", "stop"),
            USAGE,
        ),
        listing=small.OLLAMA_MODELS,
        names=("qwen3:8b", "all-minilm:latest"),
        limits=(None, None),
        details=tuple(small.OLLAMA_SHOWN.values()),
        known=((40_960, True), (512, False)),
        refused=(401, b'{"error": "unauthorized"}'),
        missing=(404, _missing('model "qwen9:1b" not found, try pulling it first', "not_found_error", None)),
        missing_hint="ollama pull qwen9:1b",
        thinking="A greeting.",
    ),
    "vllm": Recording(
        whole=_whole({"role": "assistant", "content": "Hello there.", "reasoning_content": "A greeting."}),
        stream=sse(
            {"model": "some-model", "choices": [{"index": 0, "delta": {"reasoning_content": "A greeting."}}]},
            chunk("Hello"),
            chunk(" there.", "stop", stop_reason=None),
            USAGE,
        ),
        listing=_json(
            {"object": "list", "data": [{"id": "meta-llama/Llama-3.1-8B", "max_model_len": 131072, "root": "/models"}]}
        ),
        names=("meta-llama/Llama-3.1-8B",),
        limits=(131072,),
        refused=(401, b'{"error": "Unauthorized"}'),
        missing=(404, _missing("The model `llama-9` does not exist.", "NotFoundError", 404)),
        missing_hint="started with",
        thinking="A greeting.",
    ),
    "lm_studio": Recording(
        whole=_whole(stats={}),
        stream=STREAM,
        listing=small.LM_STUDIO_MODELS,
        names=("qwen/qwen3-8b", "nomic-v2"),
        limits=(None, None),
        details=(small.LM_STUDIO_NATIVE,),
        known=((8_192, True), (2_048, False)),
        refused=(401, _missing("An LM Studio API token is required.", "invalid_request_error", "invalid_api_key")),
        missing=(
            404,
            _missing("No models loaded. Please load a model first.", "invalid_request_error", "model_not_found"),
        ),
        missing_hint="Load the model",
    ),
    "llama_cpp": Recording(
        whole=_whole(timings={"prompt_n": 12}),
        stream=b": keep-alive\n\n" + STREAM,
        listing=small.LLAMA_CPP_MODELS,
        names=("tiny.gguf",),
        limits=(32768,),
        details=(small.LLAMA_CPP_PROPS,),
        known=((4_096, True),),
        refused=(401, _missing("Invalid API Key", "authentication_error", 401)),
        missing=(404, _missing("model 'other' not found", "not_found_error", 404)),
        missing_hint="started with",
    ),
    "openai_compatible": Recording(
        whole=_whole(),
        stream=STREAM,
        listing=_json([{"id": "mix", "type": "chat", "context_length": 32768, "display_name": "Mix"}]),
        names=("mix",),
        limits=(32768,),
        refused=(401, b'{"detail": "Unauthorized"}'),
        missing=(400, _json({"error": {"message": "Invalid model name passed in model=nope", "code": "400"}})),
        missing_hint="discover",
    ),
    "demo": Recording(
        whole=_demo(demo.chat(_DEMO, _ASKED, stream=False)),
        stream=_demo(demo.chat(_DEMO, _ASKED, stream=True)),
        listing=_demo(UpstreamRequest("GET", "demo:/models")),
        names=("demo-small", "demo-large"),
        limits=(8_000, 32_000),
        refused=(401, BAD_KEY),
        missing=(200, _demo(demo.chat(_DEMO, ChatRequest("demo-huge", (Message.of("user", "Hi"),)), stream=False))),
        missing_hint="demo-large",
        text="**This is the demo.** ",
        model="demo-small",
        finish_reason=FinishReason.LENGTH,
        usage=Usage(2, 4),
    ),
}
