"""A fake Bedrock: Converse, its event stream and two listings, behind signatures that are checked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.upstream import eventstream, steps
from tests.upstream.exchange import Request
from tests.upstream.providers import Provider, words

SKEW = 300
"""Seconds by which the time of a signature may be off."""

CONTROL = ("/foundation-models", "/inference-profiles")


def wanted_signature(
    request: Request, key_id: str, secret: str, region: str, signed: Sequence[str], service: str = "bedrock"
) -> str:
    """What botocore makes of a request that arrived, by the headers that its signature names."""
    headers = {name: request.headers[name] for name in signed if name in request.headers}
    url = f"https://{request.headers['host']}{request.target}"
    made = AWSRequest(request.method, url, headers=headers, data=request.body)
    made.context["timestamp"] = request.headers.get("x-amz-date", "")
    signer = SigV4Auth(Credentials(key_id, secret), service, region)
    return str(signer.signature(signer.string_to_sign(made, signer.canonical_request(made)), made))


@dataclass
class Bedrock(Provider):
    """`access_key` is an id and its secret; `api_key` is taken as a bearer too. Both None: no credential is needed.

    `models` can be asked by name, `profiles` stand for models that cannot; both are listed. `may_list` is False for a
    policy without the two listing rights. `own` are the models behind the profiles that the account made, by their
    ARNs; `may_ask` is False for a policy without the right to ask after one of them.
    """

    access_key: tuple[str, str] | None = None
    session_token: str = ""
    api_key: str = ""
    region: str = "us-east-1"
    profiles: Sequence[str] = ()
    may_list: bool = True
    own: Mapping[str, str] = field(default_factory=dict)
    may_ask: bool = True

    def __call__(self, exchange: Any) -> None:
        asked: Request = exchange.request
        refusal = self.refusal_of(asked)
        if refusal is not None:
            refusal(exchange)
        elif asked.method == "GET" and asked.path in CONTROL:
            self.show_models(exchange)
        elif asked.method == "GET" and asked.path.startswith("/inference-profiles/"):
            self.show_profile(exchange, unquote(asked.path.rpartition("/")[2]))
        elif asked.method == "POST" and asked.path.startswith("/model/"):
            self.chat(exchange)
        else:
            self.error(404, "UnknownOperationException", "")(exchange)

    def refusal_of(self, asked: Request) -> steps.Step | None:
        authorization = asked.headers.get("authorization", "")
        if authorization.startswith("Bearer "):
            if self.api_key and authorization == f"Bearer {self.api_key}":
                return None
            reason = "Authentication failed: Please make sure your API Key is valid."
            return self.error(403, "AccessDeniedException", reason)
        if self.access_key is None:
            return None if not self.api_key else self.error(403, "MissingAuthenticationTokenException", "Missing.")
        if not authorization.startswith("AWS4-HMAC-SHA256 "):
            return self.error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        return self._misfit(asked, dict(part.split("=", 1) for part in authorization.split(" ", 1)[1].split(", ")))

    def _misfit(self, asked: Request, parts: Mapping[str, str]) -> steps.Step | None:
        assert self.access_key is not None
        key_id, *scope = parts["Credential"].split("/")
        at = asked.headers.get("x-amz-date", "")
        if key_id != self.access_key[0] or asked.headers.get("x-amz-security-token", "") != self.session_token:
            complaint = "The security token included in the request is invalid."
            return self.error(403, "UnrecognizedClientException", complaint)
        if scope != [at[:8], self.region, "bedrock", "aws4_request"]:
            return self.error(403, "InvalidSignatureException", f"Credential should be scoped to {self.region}.")
        made = datetime.strptime(at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        signed = parts["SignedHeaders"].split(";")
        needed = {"host", "x-amz-date"} | ({"x-amz-security-token"} if self.session_token else set())
        wanted = wanted_signature(asked, *self.access_key, self.region, signed)
        late = abs((datetime.now(UTC) - made).total_seconds()) > SKEW
        if late or not needed <= set(signed) or parts["Signature"] != wanted:
            complaint = "The request signature we calculated does not match the signature you provided."
            return self.error(403, "InvalidSignatureException", f"{complaint} {repeated_token(asked)}".strip())
        return None

    def error(self, status: int, code: str, message: str) -> steps.Step:
        headers = {
            "x-amzn-errortype": f"{code}:http://internal.amazon.com/coral/",
            "x-amzn-requestid": self.request_id(),
        }
        return steps.respond(status, json={"message": message}, headers=headers)

    def request_id(self) -> str:
        return f"req-{next(self.numbers):06}"

    def show_models(self, exchange: Any) -> None:
        if not self.may_list:
            complaint = "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:ListFoundationModels"
            self.error(403, "AccessDeniedException", complaint)(exchange)
        elif exchange.request.path == "/foundation-models":
            rows = [self.model(name, ["ON_DEMAND"]) for name in self.models]
            rows += [self.model(name.split(".", 1)[1], ["INFERENCE_PROFILE"]) for name in self.profiles]
            steps.respond(json={"modelSummaries": rows})(exchange)
        else:
            self.list_profiles(exchange)

    def list_profiles(self, exchange: Any) -> None:
        """One profile a page, so that paging is always tried."""
        asked = dict(pair.split("=", 1) for pair in exchange.request.query.split("&"))
        if asked["type"] == "APPLICATION":
            steps.respond(json={"inferenceProfileSummaries": [self.own_profile(arn) for arn in self.own]})(exchange)
            return
        place = int(unquote(asked.get("nextToken", "0/")).rstrip("/"))
        rows = [
            {"inferenceProfileId": name, "inferenceProfileName": name, "status": "ACTIVE", "type": "SYSTEM_DEFINED"}
            for name in self.profiles[place : place + 1]
        ]
        more = {"nextToken": f"{place + 1}/"} if place + 1 < len(self.profiles) else {}
        steps.respond(json={"inferenceProfileSummaries": rows, **more})(exchange)

    def show_profile(self, exchange: Any, arn: str) -> None:
        if not self.may_ask:
            complaint = "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:GetInferenceProfile"
            self.error(403, "AccessDeniedException", complaint)(exchange)
        elif arn not in self.own:
            self.error(404, "ResourceNotFoundException", "The inference profile does not exist.")(exchange)
        else:
            steps.respond(json=self.own_profile(arn))(exchange)

    def own_profile(self, arn: str) -> dict[str, Any]:
        """A profile that the account made: its name tells nothing of its model."""
        model = f"arn:aws:bedrock:{self.region}::foundation-model/{self.own[arn]}"
        return {
            "inferenceProfileArn": arn,
            "inferenceProfileId": arn.rpartition("/")[2],
            "inferenceProfileName": "for-the-helpdesk",
            "models": [{"modelArn": model}, {"modelArn": model.replace(self.region, "us-west-2")}],
            "status": "ACTIVE",
            "type": "APPLICATION",
        }

    def model(self, name: str, ways: Sequence[str]) -> dict[str, Any]:
        return {
            "modelId": name,
            "modelName": name,
            "providerName": name.split(".")[0].title(),
            "inputModalities": ["TEXT"],
            "outputModalities": ["TEXT"],
            "inferenceTypesSupported": ways,
            "modelLifecycle": {"status": "ACTIVE"},
        }

    def chat(self, exchange: Any) -> None:
        _, _, name, action = exchange.request.path.split("/")
        name = unquote(name)
        try:
            wish = exchange.request.json
            asked = sum(len(words(part.get("text", ""))) for message in wish["messages"] for part in message["content"])
            first = wish["messages"][0]["role"]
        except (ValueError, KeyError, TypeError, IndexError):
            self.error(400, "ValidationException", "Malformed input request.")(exchange)
            return
        if first != "user":
            complaint = "A conversation must start with a user message."
            self.error(400, "ValidationException", complaint)(exchange)
        elif any(name == profile.split(".", 1)[1] for profile in self.profiles):
            complaint = f"Invocation of model ID {name} with on-demand throughput isn’t supported."
            self.error(400, "ValidationException", complaint)(exchange)
        elif (self.models or self.profiles) and name not in (*self.models, *self.profiles, *self.own):
            self.error(400, "ValidationException", "The provided model identifier is invalid.")(exchange)
        else:
            self.answer_to(exchange, wish, asked, stream=action == "converse-stream")

    def answer_to(self, exchange: Any, wish: dict[str, Any], asked: int, *, stream: bool) -> None:
        tokens = words(self.answer(wish) if callable(self.answer) else self.answer)
        cap = wish.get("inferenceConfig", {}).get("maxTokens")
        cut = cap is not None and cap < len(tokens)
        tokens = tokens[:cap] if cut else tokens
        usage = {"inputTokens": asked, "outputTokens": len(tokens), "totalTokens": asked + len(tokens)}
        reason = "max_tokens" if cut else "end_turn"
        headers = {"x-amzn-requestid": self.request_id()}
        if not stream:
            message = {"role": "assistant", "content": [{"text": "".join(tokens)}]}
            whole = {"output": {"message": message}, "stopReason": reason, "usage": usage, "metrics": {"latencyMs": 1}}
            steps.respond(json=whole, headers=headers)(exchange)
            return
        frames: list[Any] = [eventstream.event("messageStart", {"role": "assistant"})]
        for place, token in enumerate(tokens):
            if place == self.pause_after:
                frames.append(exchange.upstream.go)
            frames.append(eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": token}}))
        frames.append(eventstream.event("contentBlockStop", {"contentBlockIndex": 0}))
        frames.append(eventstream.event("messageStop", {"stopReason": reason}))
        frames.append(eventstream.event("metadata", {"usage": usage, "metrics": {"latencyMs": 1}}))
        stream_of(frames, delay=self.token_delay, headers=headers)(exchange)


def stream_of(frames: Sequence[Any], **how: Any) -> steps.Step:
    """An event stream of these frames; `how` is what `steps.sse` takes."""
    kind = {"Content-Type": "application/vnd.amazon.eventstream"}
    return steps.sse(frames, **{**how, "headers": {**kind, **how.get("headers", {})}})


def repeated_token(asked: Request) -> str:
    """AWS repeats what it was sent when a signature does not fit, the session token too."""
    return json.dumps({name: value for name, value in asked.headers.items() if name.startswith("x-amz-")})
