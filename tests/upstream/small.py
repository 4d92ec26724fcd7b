"""The gateways and smaller vendors: OpenAI's API, with their own paths, listings and refusals."""

import json
from dataclasses import dataclass
from typing import Any

from tests.dialects import recordings_small_types as recorded
from tests.upstream import steps
from tests.upstream.providers import OpenAI


@dataclass(frozen=True)
class Quirks:
    """How one of them differs. `public`: everybody is shown its listing. `refuses`: a field that it does not take.

    `about_key` is what it answers at `/key`.
    """

    path: str
    listing: bytes
    bad_key: bytes
    no_model: tuple[int, bytes]
    public: bool = False
    refuses: str = ""
    about_key: bytes = b""


QUIRKS: dict[str, Quirks] = {
    "openrouter": Quirks(
        "/api/v1",
        recorded.OPENROUTER_MODELS,
        recorded.OPENROUTER_BAD_KEY,
        (400, recorded.OPENROUTER_NO_MODEL),
        public=True,
        about_key=recorded.OPENROUTER_KEY,
    ),
    "vercel": Quirks(
        "/v1", recorded.VERCEL_MODELS, recorded.VERCEL_BAD_KEY, (404, recorded.VERCEL_NO_MODEL), public=True
    ),
    "groq": Quirks("/openai/v1", recorded.GROQ_MODELS, recorded.GROQ_BAD_KEY, (404, recorded.GROQ_NO_MODEL)),
    "mistral": Quirks(
        "/v1",
        recorded.MISTRAL_MODELS,
        recorded.MISTRAL_BAD_KEY,
        (400, recorded.MISTRAL_NO_MODEL),
        refuses="stream_options",
    ),
    "deepseek": Quirks("/v1", recorded.DEEPSEEK_MODELS, recorded.DEEPSEEK_BAD_KEY, (400, recorded.DEEPSEEK_NO_MODEL)),
    "together": Quirks("/v1", recorded.TOGETHER_MODELS, recorded.TOGETHER_BAD_KEY, (404, recorded.TOGETHER_NO_MODEL)),
    "fireworks": Quirks(
        "/inference/v1", recorded.FIREWORKS_MODELS, recorded.FIREWORKS_BAD_KEY, (404, recorded.FIREWORKS_NO_MODEL)
    ),
}


@dataclass
class Small(OpenAI):
    """`type` says which of them it is; its listing is the recorded one."""

    type: str = "groq"

    @property
    def quirks(self) -> Quirks:
        return QUIRKS[self.type]

    def __call__(self, exchange: Any) -> None:
        asked = exchange.request
        good = self.key is None or self.given_key(asked.headers) == self.key
        path = asked.path.removeprefix(self.quirks.path)
        if path == asked.path:
            self.lost(asked)(exchange)
        elif asked.method == "GET" and path == "/models" and (good or self.quirks.public):
            steps.respond(json=json.loads(self.quirks.listing))(exchange)
        elif not good:
            steps.respond(401, json=json.loads(self.quirks.bad_key))(exchange)
        elif asked.method == "GET" and path == "/key" and self.quirks.about_key:
            steps.respond(json=json.loads(self.quirks.about_key))(exchange)
        elif asked.method == "POST" and path == "/chat/completions":
            if self.quirks.refuses and self.quirks.refuses in asked.json:
                self.error(422, f"{self.quirks.refuses}: Extra inputs are not permitted", "invalid", None)(exchange)
            else:
                self.chat(exchange)
        else:
            self.lost(asked)(exchange)

    def unknown(self, model: str) -> steps.Step:
        status, body = self.quirks.no_model
        return steps.respond(status, json=json.loads(body))
