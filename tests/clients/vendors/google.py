"""Google's API, and OpenAI's older one beside it."""

import json
from collections.abc import Iterator
from typing import Any

from tests.clients.vendors.base import Call, Wish, halves
from tests.clients.vendors.openai import AlsoChatCompletions


class Gemini(AlsoChatCompletions):
    """Google."""

    model, type, path = "gemini-2.5-flash", "google", "/v1beta"
    has = ("/v1beta/models/", "/v1beta/openai/chat/completions")

    def streams(self, asked: Any, body: dict[str, Any]) -> bool:
        return ":streamGenerateContent" in asked.path

    def read(self, body: dict[str, Any]) -> Wish:
        parts = [part for content in body["contents"] for part in content["parts"]]
        return Wish(
            tuple(each["name"] for tool in body.get("tools", ()) for each in tool.get("functionDeclarations", ())),
            tuple(
                json.dumps(part["functionResponse"]["response"], ensure_ascii=False)
                for part in parts
                if "functionResponse" in part
            ),
            sum("inlineData" in part for part in parts),
        )

    def event(self, part: dict[str, Any], reason: str = "") -> dict[str, Any]:
        candidate = {"index": 0, "content": {"role": "model", "parts": [part]}}
        candidate |= {"finishReason": reason} if reason else {}
        usage = {"promptTokenCount": 11, "candidatesTokenCount": 5, "totalTokenCount": 16}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": self.model, "responseId": "resp_1"}

    def whole(self, turn: str | Call) -> dict[str, Any]:
        if isinstance(turn, str):
            return self.event({"text": turn}, "STOP")
        call = {"functionCall": {"name": turn.name, "args": turn.arguments}, "thoughtSignature": "c2lnbmVk"}
        return self.event(call, "STOP")

    def frames(self, turn: str | Call, go: list[Any], wish: Wish) -> Iterator[Any]:
        if isinstance(turn, str):
            first, second = halves(turn)
            yield from (self.event({"text": first}), *go, self.event({"text": second}, "STOP"))
        else:
            yield self.whole(turn)
