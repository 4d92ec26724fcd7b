"""Anthropic's API."""

from collections.abc import Iterator
from typing import Any

from tests.clients.vendors.base import Call, Vendor, Wish, flat, halves, listed
from tests.upstream import steps


class Messages(Vendor):
    """Anthropic."""

    model, type, has = "claude-opus-4-7", "anthropic", ("/v1/messages",)

    def step(self, exchange: Any, body: dict[str, Any]) -> None:
        if exchange.request.path.endswith("/count_tokens"):
            steps.respond(json={"input_tokens": 11})(exchange)
        else:
            super().step(exchange, body)

    def read(self, body: dict[str, Any]) -> Wish:
        parts = [part for message in body["messages"] for part in listed(message["content"])]
        return Wish(
            tuple(tool["name"] for tool in body.get("tools", ())),
            tuple(flat(part.get("content", "")) for part in parts if part["type"] == "tool_result"),
            sum(part["type"] == "image" for part in parts),
        )

    def block(self, turn: str | Call) -> dict[str, Any]:
        if isinstance(turn, str):
            return {"type": "text", "text": turn}
        return {"type": "tool_use", "id": "toolu_abc12", "name": turn.name, "input": turn.arguments}

    def message(self, content: list[Any], reason: str | None) -> dict[str, Any]:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "usage": {"input_tokens": 11, "output_tokens": 5},
        }

    def reason(self, turn: str | Call) -> str:
        return "end_turn" if isinstance(turn, str) else "tool_use"

    def whole(self, turn: str | Call) -> dict[str, Any]:
        return self.message([self.block(turn)], self.reason(turn))

    def frames(self, turn: str | Call, go: list[Any], wish: Wish) -> Iterator[Any]:
        def event(name: str, /, **fields: Any) -> tuple[str, dict[str, Any]]:
            return name, {"type": name, **fields}

        block = self.block(turn)
        empty = block | ({"text": ""} if isinstance(turn, str) else {"input": {}})
        yield event("message_start", message=self.message([], None))
        yield event("content_block_start", index=0, content_block=empty)
        kind, key, text = (
            ("text_delta", "text", turn)
            if isinstance(turn, str)
            else ("input_json_delta", "partial_json", turn.written)
        )
        first, second = (
            event("content_block_delta", index=0, delta={"type": kind, key: half}) for half in halves(text)
        )
        yield from (first, *go, second)
        yield event("content_block_stop", index=0)
        delta = {"stop_reason": self.reason(turn), "stop_sequence": None}
        yield event("message_delta", delta=delta, usage={"output_tokens": 5})
        yield event("message_stop")
