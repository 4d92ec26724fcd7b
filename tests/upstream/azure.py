"""A fake Azure OpenAI resource, with both of its surfaces and its own error bodies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.upstream import steps
from tests.upstream.providers import OpenAI

VERSIONS = ("2024-10-21", "2024-06-01", "2025-04-01-preview")


@dataclass
class Azure(OpenAI):
    """`deployments` are names and the base models behind them; what is listed are base models."""

    deployments: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, exchange: Any) -> None:
        asked = exchange.request
        version = parse_qs(asked.query).get("api-version", [""])[0]
        classic = asked.path.startswith("/openai/deployments/") or asked.path == "/openai/models"
        if self.key is not None and asked.headers.get("api-key") != self.key:
            self.unauthorised()(exchange)
        elif classic and version not in VERSIONS:
            self.azure(400 if version else 404, "BadRequest" if version else "404", WRONG[bool(version)])(exchange)
        elif asked.method == "GET" and asked.path in ("/openai/models", "/openai/v1/models"):
            steps.respond(json=self.listing())(exchange)
        elif asked.method == "POST" and asked.path == "/openai/v1/chat/completions":
            self.chat_with(exchange, exchange.request.json.get("model", ""))
        elif asked.method == "POST" and classic and asked.path.endswith("/chat/completions"):
            self.chat_with(exchange, unquote(asked.path.split("/")[3]))
        else:
            self.azure(404, "404", "Resource not found")(exchange)

    def chat_with(self, exchange: Any, deployment: str) -> None:
        if deployment not in self.deployments:
            self.azure(404, "DeploymentNotFound", NO_DEPLOYMENT)(exchange)
        else:
            self.reports = self.deployments[deployment]
            self.chat(exchange)

    def azure(self, status: int, code: str, message: str) -> steps.Step:
        body = {"error": {"code": code, "message": message}}
        return steps.respond(status, json=body, headers={"apim-request-id": f"apim-{next(self.numbers)}"})

    def unauthorised(self) -> steps.Step:
        return self.azure(401, "401", BAD_KEY)

    def listing(self) -> dict[str, Any]:
        rows = (*dict.fromkeys(self.deployments.values()), "text-embedding-3-large")
        return {"data": [self.listed(name) for name in rows]}

    def listed(self, model: str) -> dict[str, Any]:
        chats = "embedding" not in model
        return {"id": model, "status": "succeeded", "capabilities": {"chat_completion": chats, "embeddings": not chats}}

    def opening(self, model: str, number: int, asked: int) -> Iterator[Any]:
        yield {"choices": [], "id": "", "model": "", "prompt_filter_results": [{"prompt_index": 0}]}
        yield from super().opening(model, number, asked)


WRONG = {False: "Resource not found", True: "API version not supported"}
BAD_KEY = (
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource."
)
NO_DEPLOYMENT = (
    "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
    "please wait a moment and try again."
)
