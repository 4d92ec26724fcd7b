"""Bedrock's Converse."""

import json
from collections.abc import Iterator
from typing import Any, ClassVar

from tests.clients.vendors.base import Call, Vendor, Wish, halves
from tests.upstream import eventstream, steps
from tests.upstream.amazon import stream_of


class Bedrock(Vendor):
    """Amazon."""

    model, type, path, has = "amazon.nova-lite-v1:0", "bedrock", "", ("/model/",)

    def streams(self, asked: Any, body: dict[str, Any]) -> bool:
        return asked.path.endswith("/converse-stream")

    def streamed(self, frames: list[Any], **how: Any) -> steps.Step:
        return stream_of(frames, **how)

    def read(self, body: dict[str, Any]) -> Wish:
        parts = [part for message in body["messages"] for part in message["content"]]
        tools = body.get("toolConfig", {}).get("tools", ())
        return Wish(
            tuple(tool["toolSpec"]["name"] for tool in tools if "toolSpec" in tool),
            tuple(
                " ".join(piece.get("text") or json.dumps(piece.get("json")) for piece in part["toolResult"]["content"])
                for part in parts
                if "toolResult" in part
            ),
            sum("image" in part for part in parts),
        )

    usage: ClassVar = {"inputTokens": 11, "outputTokens": 5, "totalTokens": 16}

    def reason(self, turn: str | Call) -> str:
        return "end_turn" if isinstance(turn, str) else "tool_use"

    def whole(self, turn: str | Call) -> dict[str, Any]:
        part = (
            {"text": turn}
            if isinstance(turn, str)
            else {"toolUse": {"toolUseId": "tooluse_abc12", "name": turn.name, "input": turn.arguments}}
        )
        message = {"role": "assistant", "content": [part]}
        counted = {"usage": self.usage, "metrics": {"latencyMs": 1}}
        return {"output": {"message": message}, "stopReason": self.reason(turn), **counted}

    def frames(self, turn: str | Call, go: list[Any], wish: Wish) -> Iterator[Any]:
        def event(name: str, /, **fields: Any) -> bytes:
            return eventstream.event(name, fields)

        yield event("messageStart", role="assistant")
        if isinstance(turn, str):
            first, second = (
                event("contentBlockDelta", contentBlockIndex=0, delta={"text": half}) for half in halves(turn)
            )
            yield from (first, *go, second)
        else:
            start = {"toolUse": {"toolUseId": "tooluse_abc12", "name": turn.name}}
            yield event("contentBlockStart", contentBlockIndex=0, start=start)
            for half in halves(turn.written):
                yield event("contentBlockDelta", contentBlockIndex=0, delta={"toolUse": {"input": half}})
        yield event("contentBlockStop", contentBlockIndex=0)
        yield event("messageStop", stopReason=self.reason(turn))
        yield event("metadata", usage=self.usage, metrics={"latencyMs": 1})
