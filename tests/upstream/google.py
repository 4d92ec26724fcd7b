"""Google's two APIs: Gemini by a key, and Vertex by a bound key or by a token that its token endpoint gives out."""

import base64
import functools
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.upstream import steps
from tests.upstream.providers import Anthropic, Provider, words

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PLACE = re.compile(r"/v1/(?:projects/([^/]+)/locations/([^/]+)/)?publishers/(\w+)/models/([^/:]+):(\w+)")
LIMITS = {"inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536}


@dataclass(frozen=True)
class Account:
    """A service account: what its JSON file holds, and the public key by which its assertions are verified."""

    client_email: str
    private_key: str = field(repr=False)
    public_key: Any = field(repr=False)

    @property
    def file(self) -> str:
        """The JSON file as Google gives it."""
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "acme-123",
                "private_key_id": "0a1b2c",
                "private_key": self.private_key,
                "client_email": self.client_email,
                "token_uri": "https://oauth2.googleapis.com/token",
            },
            indent=2,
        )

    @property
    def encrypted(self) -> str:
        """The secret that the portal makes of it."""
        return json.dumps({"client_email": self.client_email, "private_key": self.private_key})


@functools.cache
def account(name: str = "portal") -> Account:
    """A service account of that name; its key is made once."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return Account(f"{name}@acme-123.iam.gserviceaccount.com", pem, key.public_key())


def error(status: int, message: str, code: str, reason: str = "") -> steps.Step:
    """Google's error body."""
    body: dict[str, Any] = {"code": status, "message": message, "status": code}
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        body["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    return steps.respond(status, json={"error": body})


@dataclass
class Gemini(Provider):
    """`/v1beta/models/…:generateContent`, its stream and its listing; `/v1` is the same.

    `thoughts` are sent before the answer when they are asked for. A prompt with `blocked` in it is blocked. The
    listing comes in pages of at most `page` models. A key in the query is refused: it would stand in every log.
    """

    thoughts: str = ""
    blocked: str = "\0"
    page: int = 1000

    def __call__(self, exchange: Any) -> None:
        asked = exchange.request
        path = unquote(asked.path)
        query = parse_qs(asked.query)
        model = re.fullmatch(r"/v1(?:beta)?/models/([^/:]+):(generateContent|streamGenerateContent)", path)
        if "key" in query:
            error(400, "A key is never sent in the query.", "INVALID_ARGUMENT")(exchange)
        elif self.key is not None and asked.headers.get("x-goog-api-key") != self.key:
            self.refused()(exchange)
        elif asked.method == "GET" and re.fullmatch(r"/v1(beta)?/models", path):
            self.show_page(exchange, query, "models", [self.listed(name) for name in self.models])
        elif asked.method == "POST" and model:
            self.answer_for(exchange, model[1], stream=model[2].startswith("stream"), sse=query.get("alt") == ["sse"])
        else:
            steps.html(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>")(exchange)

    def refused(self) -> steps.Step:
        complaint = "API key not valid. Please pass a valid API key."
        return error(400, complaint, "INVALID_ARGUMENT", "API_KEY_INVALID")

    def unknown(self, model: str) -> steps.Step:
        complaint = f"models/{model} is not found for API version v1beta, or is not supported for generateContent."
        return error(404, complaint, "NOT_FOUND")

    def listed(self, model: str) -> dict[str, Any]:
        chats = "embedding" not in model
        methods = ["generateContent", "countTokens"] if chats else ["embedContent"]
        shown = model.replace("-", " ").title()
        return {"name": f"models/{model}", "displayName": shown, "supportedGenerationMethods": methods, **LIMITS}

    def show_page(self, exchange: Any, query: dict[str, list[str]], name: str, rows: list[Any]) -> None:
        start = int(query.get("pageToken", ["0"])[0])
        size = min(self.page, int(query.get("pageSize", ["50"])[0]))
        body = {name: rows[start : start + size]} if rows[start : start + size] else {}
        if start + size < len(rows):
            body["nextPageToken"] = str(start + size)
        steps.respond(json=body)(exchange)

    def answer_for(self, exchange: Any, model: str, *, stream: bool, sse: bool) -> None:
        try:
            wish = exchange.request.json
            question = " ".join(part.get("text", "") for message in wish["contents"] for part in message["parts"])
            config = wish.get("generationConfig", {})
        except (ValueError, KeyError, TypeError, AttributeError):
            error(400, "Invalid JSON payload received.", "INVALID_ARGUMENT")(exchange)
            return
        if self.models and model not in self.models:
            self.unknown(model)(exchange)
            return
        frames = list(self.frames(exchange, wish, model, question, config))
        if stream and sse:
            steps.sse(frames, delay=self.token_delay)(exchange)
        elif stream:
            steps.respond(json=[frame for frame in frames if isinstance(frame, dict)])(exchange)
        else:
            steps.respond(json=self.joined([frame for frame in frames if isinstance(frame, dict)]))(exchange)

    def frames(
        self, exchange: Any, wish: dict[str, Any], model: str, question: str, config: dict[str, Any]
    ) -> Iterator[Any]:
        """Every event of the stream, in order; a whole answer is all of them in one."""
        named = {"modelVersion": self.reports or model, "responseId": f"resp_{next(self.numbers):06}"}
        asked = len(words(question))
        if self.blocked in question:
            usage = {"promptTokenCount": asked, "totalTokenCount": asked}
            yield {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": usage, **named}
            return
        thoughts = words(self.thoughts) if config.get("thinkingConfig", {}).get("includeThoughts") else []
        tokens = words(self.answer(wish) if callable(self.answer) else self.answer)
        cap = config.get("maxOutputTokens", 10**9)
        thoughts, room = thoughts[:cap], max(0, cap - len(thoughts))
        cut, tokens = room < len(tokens), tokens[:room]
        counted = {"promptTokenCount": asked, "thoughtsTokenCount": len(thoughts)}
        for thought in thoughts:
            yield self.event([{"text": thought, "thought": True}], named, counted)
        for place, token in enumerate(tokens):
            if place == self.pause_after:
                yield exchange.upstream.go
            yield self.event([{"text": token}], named, counted | {"candidatesTokenCount": place + 1})
        last = counted | {"candidatesTokenCount": len(tokens), "totalTokenCount": asked + len(thoughts) + len(tokens)}
        yield self.event([], named, last, "MAX_TOKENS" if cut else "STOP")

    def event(self, parts: list[Any], named: dict[str, str], usage: dict[str, int], finish: str = "") -> dict[str, Any]:
        content: dict[str, Any] = {"role": "model"} | ({"parts": parts} if parts else {})
        candidate = {"content": content, "index": 0} | ({"finishReason": finish} if finish else {})
        return {"candidates": [candidate], "usageMetadata": usage, **named}

    def joined(self, frames: list[dict[str, Any]]) -> dict[str, Any]:
        if "candidates" not in frames[-1]:
            return frames[-1]
        parts = [part for frame in frames for part in frame["candidates"][0]["content"].get("parts", [])]
        last = dict(frames[-1])
        content = {"role": "model"} | ({"parts": parts} if parts else {})
        return last | {"candidates": [last["candidates"][0] | {"content": content}]}


@dataclass
class Vertex(Gemini):
    """The same under a project and a location, and Claude beside it; `/token` exchanges assertions for tokens.

    `key` is a bound API key. `account` is the service account that is known; its tokens live for `lives` seconds.
    Tokens in `revoked` are refused. `claude_models` are the Claude models.
    """

    project: str = "acme-123"
    location: str = "global"
    account: Account = field(default_factory=account)
    lives: int = 3599
    claude_models: tuple[str, ...] = ()
    issued: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)

    def __call__(self, exchange: Any) -> None:
        asked = exchange.request
        path = unquote(asked.path)
        if asked.method == "POST" and path == "/token":
            self.exchange_token(exchange)
            return
        by_key = self.key is not None and asked.headers.get("x-goog-api-key") == self.key
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if not by_key and (token not in self.issued or token in self.revoked):
            self.refused_here(asked.headers)(exchange)
            return
        listing = re.fullmatch(r"/v1beta1/publishers/(google|anthropic)/models", path)
        place = re.fullmatch(
            r"/v1/(?:projects/([^/]+)/locations/([^/]+)/)?publishers/(\w+)/models/([^/:]+):(\w+)", path
        )
        if asked.method == "GET" and listing:
            names = self.models if listing[1] == "google" else self.claude_models
            rows = [{"name": f"publishers/{listing[1]}/models/{name}", "versionId": "default"} for name in names]
            self.show_page(exchange, parse_qs(asked.query), "publisherModels", rows)
        elif asked.method == "POST" and place:
            self.ask(exchange, place, by_key=by_key)
        else:
            steps.html(404, "<!DOCTYPE html><title>Error 404 (Not Found)!!1</title>")(exchange)

    def ask(self, exchange: Any, place: re.Match[str], *, by_key: bool) -> None:
        project, location, publisher, model, how = place.groups()
        if project != self.project and not (by_key and project is None):
            complaint = f"Permission denied on resource project {project}."
            error(403, complaint, "PERMISSION_DENIED", "CONSUMER_INVALID")(exchange)
        elif location not in (None, self.location):
            self.unknown(model)(exchange)
        elif publisher == "anthropic" and how in ("rawPredict", "streamRawPredict"):
            self.ask_claude(exchange, model, stream=how.startswith("stream"))
        elif publisher == "google" and how in ("generateContent", "streamGenerateContent"):
            sse = parse_qs(exchange.request.query).get("alt") == ["sse"]
            self.answer_for(exchange, model, stream=how.startswith("stream"), sse=sse)
        else:
            error(400, f"The method {how} is not supported here.", "INVALID_ARGUMENT")(exchange)

    def ask_claude(self, exchange: Any, model: str, *, stream: bool) -> None:
        wish = exchange.request.json
        if (
            "model" in wish
            or wish.get("anthropic_version") != "vertex-2023-10-16"
            or bool(wish.get("stream")) != stream
        ):
            error(400, "The body is not what Vertex takes for Claude.", "INVALID_ARGUMENT")(exchange)
        elif model not in self.claude_models:
            self.unknown(model)(exchange)
        else:
            _Claude(answer=self.answer, token_delay=self.token_delay, reports=model.partition("@")[0]).chat(exchange)

    def unknown(self, model: str) -> steps.Step:
        complaint = (
            f"Publisher Model `projects/{self.project}/…/{model}` was not found or your project does not have access."
        )
        return error(404, complaint, "NOT_FOUND")

    def refused_here(self, headers: Any) -> steps.Step:
        if "x-goog-api-key" in headers:
            complaint = "API keys are not supported by this API. Expected OAuth2 access token or other credentials."
            return error(401, complaint, "UNAUTHENTICATED", "CREDENTIALS_MISSING")
        complaint = "Request had invalid authentication credentials. Expected OAuth 2 access token."
        return error(401, complaint, "UNAUTHENTICATED", "ACCESS_TOKEN_TYPE_UNSUPPORTED")

    def exchange_token(self, exchange: Any) -> None:
        """Give a token for a good assertion, and say what is wrong with any other."""
        form = parse_qs(exchange.request.body.decode())
        wrong = self.wrong_with(form, f"{exchange.upstream.origin}/token")
        if wrong:
            steps.respond(400, json={"error": "invalid_grant", "error_description": wrong})(exchange)
            return
        token = f"ya29.invented-token-{len(self.issued) + 1:03}"
        self.issued.append(token)
        steps.respond(json={"access_token": token, "expires_in": self.lives, "token_type": "Bearer"})(exchange)

    def wrong_with(self, form: dict[str, list[str]], audience: str) -> str:
        if form.get("grant_type") != [GRANT]:
            return "Bad Request"
        try:
            head, claims, signature = form["assertion"][0].split(".")
            parts = [json.loads(_unpacked(part)) for part in (head, claims)]
        except (KeyError, ValueError):
            return "Invalid JWT: Failed to parse."
        asserted = parts[1]
        if parts[0].get("alg") != "RS256":
            return "Invalid JWT: Failed audience check."
        if asserted.get("iss") != self.account.client_email:
            return "Invalid grant: account not found"
        try:
            signed = f"{head}.{claims}".encode()
            self.account.public_key.verify(_unpacked(signature), signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return "Invalid JWT Signature."
        now = time.time()
        if (
            not now - 300 < asserted.get("iat", 0) < now + 300
            or not now < asserted.get("exp", 0) <= asserted["iat"] + 3600
        ):
            return (
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
                "iat and exp values in the JWT claim."
            )
        if asserted.get("aud") != audience:
            return "Invalid JWT: Failed audience check."
        return "" if asserted.get("scope") == SCOPE else "Invalid scope."


class _Claude(Anthropic):
    """Claude as Vertex serves it: its name is in the path, so here it is put where Anthropic's own API has it."""

    def chat(self, exchange: Any) -> None:
        wish = {**exchange.request.json, "model": self.reports}
        super().chat(_Read(exchange, wish))


class _Read:
    """An exchange whose request is read as another JSON."""

    def __init__(self, exchange: Any, wish: dict[str, Any]) -> None:
        self._exchange = exchange
        self.json = wish

    @property
    def request(self) -> "_Read":
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
