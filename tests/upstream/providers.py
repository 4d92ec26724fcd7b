"""Two fake providers: they check the key, list their models, answer and stream."""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.upstream import steps

Answer = str | Callable[[dict[str, Any]], str]


@dataclass
class Provider:
    """What both have in common.

    `answer` is a text or a function of the request's JSON. `token_delay` is the pause between streamed tokens,
    in seconds; a stream waits after `pause_after` tokens until the test sets `up.go`. `key=None` takes any key or
    none. `reports` is the model named in answers, if it is not the one asked for.
    """

    key: str | None = None
    models: Sequence[str] = ()
    answer: Answer = "Hello from the scripted upstream."
    token_delay: float = 0.0
    pause_after: int | None = None
    reports: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __call__(self, exchange: Any) -> None:
        asked = exchange.request
        path = asked.path.removeprefix("/v1")
        if self.key is not None and self.given_key(asked.headers) != self.key:
            self.unauthorised()(exchange)
        elif asked.method == "GET" and path == "/models":
            steps.respond(json=self.listing())(exchange)
        elif asked.method == "GET" and path.startswith("/models/") and path[8:] in self.models:
            steps.respond(json=self.listed(path[8:]))(exchange)
        elif asked.method == "POST" and path == self.chat_path:
            self.chat(exchange)
        else:
            self.lost(asked)(exchange)

    def chat(self, exchange: Any) -> None:
        try:
            wish = exchange.request.json
            model, cap = wish["model"], wish.get("max_completion_tokens", wish.get("max_tokens"))
            asked = words(" ".join(flat(message["content"]) for message in wish["messages"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.malformed()(exchange)
            return
        if self.models and model not in self.models:
            self.unknown(model)(exchange)
            return
        tokens = words(self.answer(wish) if callable(self.answer) else self.answer)
        cut = cap is not None and cap < len(tokens)
        tokens = tokens[:cap] if cut else tokens
        name, number = self.reports or model, next(self.numbers)
        request_id = {self.id_header: f"req_{number:06}"}
        if not wish.get("stream"):
            answer = self.whole(wish, name, number, tokens, cut, len(asked))
            steps.respond(json=answer, headers=request_id)(exchange)
            return
        frames: list[Any] = list(self.opening(name, number, len(asked)))
        for place, token in enumerate(tokens):
            if place == self.pause_after:
                frames.append(exchange.upstream.go)
            frames.append(self.delta(name, number, token))
        if self.pause_after is not None and self.pause_after >= len(tokens):
            frames.append(exchange.upstream.go)
        frames += self.closing(wish, name, number, len(tokens), cut, len(asked))
        steps.sse(frames, delay=self.token_delay, headers=request_id)(exchange)


def words(text: str) -> list[str]:
    """The text in parts that join to it again: what a fake provider calls tokens."""
    return re.findall(r"\s*\S+|\s+$", text)


def flat(content: Any) -> str:
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


class OpenAI(Provider):
    """`/v1/chat/completions` and `/v1/models`, with OpenAI's own error bodies."""

    chat_path = "/chat/completions"
    id_header = "x-request-id"

    def given_key(self, headers: Any) -> str:
        return headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, status: int, message: str, kind: str, code: str | None, param: str | None = None) -> steps.Step:
        return steps.respond(status, json={"error": {"message": message, "type": kind, "param": None, "code": code}})

    def unauthorised(self) -> steps.Step:
        message = "Incorrect API key provided: sk-no****pe. You can find your API key at the provider's website."
        return self.error(401, message, "invalid_request_error", "invalid_api_key")

    def unknown(self, model: str) -> steps.Step:
        message = f"The model `{model}` does not exist or you do not have access to it."
        return self.error(404, message, "invalid_request_error", "model_not_found")

    def malformed(self) -> steps.Step:
        return self.error(400, "We could not parse the JSON body of your request.", "invalid_request_error", None)

    def lost(self, asked: Any) -> steps.Step:
        message = f"Invalid URL ({asked.method} {asked.path})"
        return self.error(404, message, "invalid_request_error", None)

    def listed(self, model: str) -> dict[str, Any]:
        return {"id": model, "object": "model", "created": 1_790_000_000, "owned_by": "upstream"}

    def listing(self) -> dict[str, Any]:
        return {"object": "list", "data": [self.listed(model) for model in self.models]}

    def usage(self, asked: int, answered: int) -> dict[str, int]:
        return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}

    def whole(
        self, wish: dict[str, Any], model: str, number: int, tokens: list[str], cut: bool, asked: int
    ) -> dict[str, Any]:
        message = {"role": "assistant", "content": "".join(tokens)}
        return {
            "id": f"chatcmpl-{number:06}",
            "object": "chat.completion",
            "created": 1_790_000_000,
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "length" if cut else "stop"}],
            "usage": self.usage(asked, len(tokens)),
        }

    def chunk(self, model: str, number: int, choices: list[Any], **more: Any) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{number:06}",
            "object": "chat.completion.chunk",
            "created": 1_790_000_000,
            "model": model,
            "choices": choices,
            **more,
        }

    def opening(self, model: str, number: int, asked: int) -> Iterator[Any]:
        delta = {"role": "assistant", "content": ""}
        yield self.chunk(model, number, [{"index": 0, "delta": delta, "finish_reason": None}])

    def delta(self, model: str, number: int, token: str) -> dict[str, Any]:
        return self.chunk(model, number, [{"index": 0, "delta": {"content": token}, "finish_reason": None}])

    def closing(
        self, wish: dict[str, Any], model: str, number: int, answered: int, cut: bool, asked: int
    ) -> Iterator[Any]:
        last = {"index": 0, "delta": {}, "finish_reason": "length" if cut else "stop"}
        yield self.chunk(model, number, [last])
        if (wish.get("stream_options") or {}).get("include_usage"):
            yield self.chunk(model, number, [], usage=self.usage(asked, answered))
        yield "[DONE]"


class Anthropic(Provider):
    """`/v1/messages` and `/v1/models`, with Anthropic's error bodies. It wants `anthropic-version`."""

    chat_path = "/messages"
    id_header = "request-id"

    def __call__(self, exchange: Any) -> None:
        if "anthropic-version" not in exchange.request.headers:
            self.error(400, "invalid_request_error", "anthropic-version: header is required")(exchange)
        else:
            super().__call__(exchange)

    def given_key(self, headers: Any) -> str:
        return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")

    def error(self, status: int, kind: str, message: str) -> steps.Step:
        request_id = f"req_{next(self.numbers):06}"
        body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}
        return steps.respond(status, json=body, headers={"request-id": request_id})

    def unauthorised(self) -> steps.Step:
        return self.error(401, "authentication_error", "invalid x-api-key")

    def unknown(self, model: str) -> steps.Step:
        return self.error(404, "not_found_error", f"model: {model}")

    def malformed(self) -> steps.Step:
        return self.error(400, "invalid_request_error", "messages: Field required")

    def lost(self, asked: Any) -> steps.Step:
        return self.error(404, "not_found_error", "Not Found")

    def listed(self, model: str) -> dict[str, Any]:
        return {
            "type": "model",
            "id": model,
            "display_name": model.replace("-", " ").title(),
            "created_at": "2026-09-21T00:00:00Z",
            "lifecycle": "active",
            "max_input_tokens": 200_000,
            "max_tokens": 64_000,
        }

    def listing(self) -> dict[str, Any]:
        data = [self.listed(model) for model in self.models]
        first, last = (data[0]["id"], data[-1]["id"]) if data else (None, None)
        return {"data": data, "has_more": False, "first_id": first, "last_id": last}

    def message(self, model: str, number: int, **more: Any) -> dict[str, Any]:
        return {"id": f"msg_{number:06}", "type": "message", "role": "assistant", "model": model, **more}

    def whole(
        self, wish: dict[str, Any], model: str, number: int, tokens: list[str], cut: bool, asked: int
    ) -> dict[str, Any]:
        return self.message(
            model,
            number,
            content=[{"type": "text", "text": "".join(tokens)}],
            stop_reason="max_tokens" if cut else "end_turn",
            stop_sequence=None,
            usage={"input_tokens": asked, "output_tokens": len(tokens)},
        )

    def event(self, name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
        return (name, {"type": name, **fields})

    def opening(self, model: str, number: int, asked: int) -> Iterator[Any]:
        usage = {"input_tokens": asked, "output_tokens": 1}
        start = self.message(model, number, content=[], stop_reason=None, stop_sequence=None, usage=usage)
        yield self.event("message_start", message=start)
        yield self.event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield self.event("ping")

    def delta(self, model: str, number: int, token: str) -> tuple[str, dict[str, Any]]:
        return self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": token})

    def closing(
        self, wish: dict[str, Any], model: str, number: int, answered: int, cut: bool, asked: int
    ) -> Iterator[Any]:
        yield self.event("content_block_stop", index=0)
        delta = {"stop_reason": "max_tokens" if cut else "end_turn", "stop_sequence": None}
        yield self.event("message_delta", delta=delta, usage={"output_tokens": answered})
        yield self.event("message_stop")
