"""Local servers: OpenAI's API, and beside it their own paths that describe the models that they hold."""

import json
from dataclasses import dataclass
from typing import Any

from tests.dialects import recordings_small_types as recorded
from tests.upstream import steps
from tests.upstream.providers import OpenAI

LISTINGS = {
    "ollama": recorded.OLLAMA_MODELS,
    "lm_studio": recorded.LM_STUDIO_MODELS,
    "llama_cpp": recorded.LLAMA_CPP_MODELS,
}


@dataclass
class Local(OpenAI):
    """`type` says which of them it is; its listing is the recorded one. An `older` LM Studio has other paths."""

    type: str = "ollama"
    older: bool = False

    def listing(self) -> dict[str, Any]:
        listed: dict[str, Any] = json.loads(LISTINGS[self.type])
        return listed

    def lost(self, asked: Any) -> steps.Step:
        """What is not of OpenAI's API: each server's own paths, and a body that looks like its own."""
        if self.type == "ollama" and (asked.method, asked.path) == ("POST", "/api/show"):
            shown = recorded.OLLAMA_SHOWN.get(asked.json["model"])
            return _json(shown) if shown else steps.respond(404, json=json.loads(recorded.OLLAMA_NOT_SHOWN))
        if self.type == "lm_studio":
            # It answers with 200 on any path.
            known = (
                ("/api/v0/models", recorded.LM_STUDIO_OLDER)
                if self.older
                else ("/api/v1/models", recorded.LM_STUDIO_NATIVE)
            )
            return _json(known[1] if asked.path == known[0] else recorded.LM_STUDIO_BAD_PATH)
        if self.type == "llama_cpp" and asked.path == "/props":
            return _json(recorded.LLAMA_CPP_PROPS)
        return super().lost(asked)


def _json(body: bytes) -> steps.Step:
    return steps.respond(json=json.loads(body))
