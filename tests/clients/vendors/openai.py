"""OpenAI's two APIs, as providers have them."""

from collections.abc import Iterator
from typing import Any, ClassVar

from tests.clients.vendors.base import Call, Vendor, Wish, flat, halves, listed


class ChatCompletions(Vendor):
    """A provider with OpenAI's older API alone."""

    model, type, has = "mistral-small-latest", "mistral", ("/v1/chat/completions",)

    def read(self, body: dict[str, Any]) -> Wish:
        parts = [part for message in body["messages"] for part in listed(message.get("content"))]
        return Wish(
            tuple(tool["function"]["name"] for tool in body.get("tools", ())),
            tuple(flat(message["content"]) for message in body["messages"] if message["role"] == "tool"),
            sum(part["type"] == "image_url" for part in parts),
            bool((body.get("stream_options") or {}).get("include_usage")),
        )

    def whole(self, turn: str | Call) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": turn if isinstance(turn, str) else None}
        if isinstance(turn, Call):
            function = {"name": turn.name, "arguments": turn.written}
            message["tool_calls"] = [{"id": "call_abc12", "type": "function", "function": function}]
        choice = {"index": 0, "message": message, "finish_reason": self.reason(turn)}
        return self.head("chat.completion") | {"choices": [choice], "usage": self.usage}

    usage: ClassVar = {"prompt_tokens": 11, "completion_tokens": 5, "total_tokens": 16}

    def reason(self, turn: str | Call) -> str:
        return "stop" if isinstance(turn, str) else "tool_calls"

    def head(self, object: str) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "object": object, "created": 1_790_000_000, "model": self.model}

    def frames(self, turn: str | Call, go: list[Any], wish: Wish) -> Iterator[Any]:
        def chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            return self.head("chat.completion.chunk") | {"choices": [choice]}

        yield chunk({"role": "assistant", "content": ""})
        if isinstance(turn, str):
            first, second = halves(turn)
            yield from (chunk({"content": first}), *go, chunk({"content": second}))
        else:
            function = {"name": turn.name, "arguments": ""}
            yield chunk({"tool_calls": [{"index": 0, "id": "call_abc12", "type": "function", "function": function}]})
            for half in halves(turn.written):
                yield chunk({"tool_calls": [{"index": 0, "function": {"arguments": half}}]})
        if wish.counts:
            yield chunk({}, self.reason(turn))
            yield self.head("chat.completion.chunk") | {"choices": [], "usage": self.usage}
        else:  # some add them unasked, to the last event
            yield chunk({}, self.reason(turn)) | {"usage": self.usage}
        yield "[DONE]"


class AlsoChatCompletions(Vendor):
    """A provider that has OpenAI's older API beside its own."""

    def step(self, exchange: Any, body: dict[str, Any]) -> None:
        if exchange.request.path.endswith("/chat/completions"):
            older = ChatCompletions()
            older.plays = self.plays
            older.step(exchange, body)
        else:
            super().step(exchange, body)


class Responses(AlsoChatCompletions):
    """OpenAI: its newer API, and the older one beside it."""

    model, type, has = "gpt-5.2", "openai", ("/v1/responses", "/v1/chat/completions")

    def read(self, body: dict[str, Any]) -> Wish:
        items = listed(body["input"])
        parts = [part for item in items for part in listed(item.get("content"))]
        return Wish(
            tuple(tool.get("name", "") for tool in body.get("tools", ())),
            tuple(flat(item["output"]) for item in items if item.get("type") == "function_call_output"),
            sum(part["type"] == "input_image" for part in parts),
        )

    def item(self, turn: str | Call) -> dict[str, Any]:
        if isinstance(turn, Call):
            call = {"call_id": "call_abc12", "name": turn.name, "arguments": turn.written}
            return {"type": "function_call", "id": "fc_1", "status": "completed", **call}
        text = {"type": "output_text", "text": turn, "annotations": []}
        return {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [text]}

    def response(self, status: str, output: list[Any]) -> dict[str, Any]:
        counted = {"input_tokens": 11, "output_tokens": 5, "total_tokens": 16}
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        return {
            "id": "resp_1",
            "object": "response",
            "created_at": 1_790_000_000,
            "status": status,
            "model": self.model,
            "output": output,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": counted | details if status == "completed" else None,
        }

    def whole(self, turn: str | Call) -> dict[str, Any]:
        return self.response("completed", [self.item(turn)])

    def frames(self, turn: str | Call, go: list[Any], wish: Wish) -> Iterator[Any]:
        number = iter(range(100))

        def event(name: str, /, **fields: Any) -> tuple[str, dict[str, Any]]:
            return name, {"type": name, "sequence_number": next(number), **fields}

        item = self.item(turn)
        where = {"output_index": 0, "item_id": item["id"]}
        yield event("response.created", response=self.response("in_progress", []))
        if isinstance(turn, str):
            begun = item | {"status": "in_progress", "content": []}
            yield event("response.output_item.added", output_index=0, item=begun)
            part = item["content"][0]
            where["content_index"] = 0
            yield event("response.content_part.added", **where, part=part | {"text": ""})
            first, second = halves(turn)
            yield event("response.output_text.delta", **where, delta=first, logprobs=[])
            yield from go
            yield event("response.output_text.delta", **where, delta=second, logprobs=[])
            yield event("response.output_text.done", **where, text=turn, logprobs=[])
            yield event("response.content_part.done", **where, part=part)
        else:
            begun = item | {"status": "in_progress", "arguments": ""}
            yield event("response.output_item.added", output_index=0, item=begun)
            for half in halves(turn.written):
                yield event("response.function_call_arguments.delta", **where, delta=half)
            yield event("response.function_call_arguments.done", **where, name=turn.name, arguments=turn.written)
        yield event("response.output_item.done", output_index=0, item=item)
        yield event("response.completed", response=self.whole(turn))
