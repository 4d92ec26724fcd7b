"""Refusals in the words of the API that a caller speaks, with what makes its client's repeats do the right thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OPENAI_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
"""The `type` of an error by status, where it is neither `invalid_request_error` nor, from 500 on, `server_error`."""

ANTHROPIC_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The same at Anthropic's API, where it is neither `invalid_request_error` nor, from 500 on, `api_error`."""


class CallerRefusal(Exception):
    """A request that cannot be answered as it was asked: `message` says why in words that the caller's client reads."""

    def __init__(self, status: int, code: str, message: str, param: str | None = None):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param


@dataclass(frozen=True)
class Refusal:
    """One of the portal's own refusals. `retry`: whether a client may send the same again; None leaves it to it.

    `message` has its blanks in braces, which `say` fills in.
    """

    code: str
    status: int
    message: str
    retry: bool | None = False

    def say(self, **words: str) -> str:
        """The message with its blanks filled in."""
        return self.message.format_map(words)


INVALID_TOKEN = Refusal(
    "invalid_api_key", 401, "This access token is not valid. Make one in the portal, under Access tokens."
)
GATE_OFF = Refusal("ai_off", 503, "An administrator has turned AI off for now. {reason}")
MODEL_NOT_FOUND = Refusal("model_not_found", 404, "There is no model “{model}” here. You may use: {models}.")
DENIED = Refusal("permission_denied", 403, "You may not use the model “{model}”. {reason}")
TOO_LARGE = Refusal("request_too_large", 413, "This request is larger than {limit}, the most that the portal takes.")
NOT_JSON = Refusal("invalid_json", 400, "The body of the request is not JSON: {reason}")
TOO_MANY = Refusal("rate_limit_exceeded", 429, "Too many requests: {limit}. Try again in {seconds} s.", retry=None)
DAY_IS_FULL = Refusal("daily_limit_reached", 429, "The limit of {limit} requests a day is reached; it opens {opens}.")
OVERLOADED = Refusal("overloaded", 503, "The portal answers as many requests as it can. Try again.", retry=True)
UNREACHABLE = Refusal("provider_unreachable", 502, "{provider} could not be reached: {reason}", retry=None)
TOO_SLOW = Refusal("provider_timeout", 504, "{provider} did not answer in time.", retry=None)
BUDGET_REACHED = Refusal(
    "budget_reached", 403, "The budget of {limit} is used up: {spent} spent, {which}. It opens again {opens}."
)
WRONG_ADDRESS = Refusal("not_found", 404, "There is nothing at {path}. The base URL for this client is {base}.")
NO_WEBSOCKET = Refusal("websocket_not_supported", 426, "This address takes no WebSocket; send a POST request.")

REFUSALS: Mapping[str, Refusal] = {
    refusal.code: refusal
    for refusal in (
        INVALID_TOKEN,
        GATE_OFF,
        MODEL_NOT_FOUND,
        DENIED,
        TOO_LARGE,
        NOT_JSON,
        TOO_MANY,
        DAY_IS_FULL,
        OVERLOADED,
        UNREACHABLE,
        TOO_SLOW,
        BUDGET_REACHED,
        WRONG_ADDRESS,
        NO_WEBSOCKET,
    )
}
"""The portal's own refusals by code. A missing, an unknown and an expired token are refused alike."""


def openai_error(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """The body of an error at OpenAI's APIs."""
    return {
        "error": {"message": message, "type": _type(OPENAI_TYPES, status, "server_error"), "param": param}
        | {"code": code or None}
    }


def anthropic_error(status: int, message: str, request_id: str = "") -> dict[str, Any]:
    """The body of an error at Anthropic's API, which has no codes: its clients read the type and the words."""
    kind = _type(ANTHROPIC_TYPES, status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id or None}


def retry_headers(retry: bool | None) -> dict[str, str]:
    """What tells a client whether to send the same again; nothing where it may decide itself."""
    return {} if retry is None else {"x-should-retry": "true" if retry else "false"}


def openai_refusal(
    status: int,
    code: str,
    message: str,
    param: str | None = None,
    retry: bool | None = None,
    request_id: str = "",  # noqa: ARG001 - the APIs' bodies name no request
) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and the headers of a refusal at OpenAI's APIs."""
    return openai_error(status, code, message, param), retry_headers(retry)


def _type(types: Mapping[int, str], status: int, server: str) -> str:
    return types.get(status) or (server if status >= 500 else "invalid_request_error")
