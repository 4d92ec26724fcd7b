"""What can go wrong on the way to a provider: a closed set, one sentence each."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Category(StrEnum):
    """The verdict on one request. The order is that of the classification table, not of severity."""

    OK = "ok"
    NEED_KEY = "need_key"
    NEED_URL = "need_url"
    NEED_MODEL = "need_model"
    AUTH = "auth"
    PERMISSION = "permission"
    ENDPOINT = "endpoint"
    HTML = "html"
    SHAPE = "shape"
    BILLING = "billing"
    RATE_LIMIT = "rate_limit"
    SERVER = "server"
    REJECTED = "rejected"
    MODEL_NOT_FOUND = "model_not_found"
    CONTENT = "content"
    CONTEXT_LENGTH = "context_length"
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    EGRESS = "egress"


PASSING: frozenset[Category] = frozenset({Category.RATE_LIMIT, Category.SERVER, Category.TIMEOUT, Category.CONNECT})
"""Faults that may go away by themselves; every other one is permanent until somebody changes something."""

OF_THE_MODEL: frozenset[Category] = frozenset({Category.MODEL_NOT_FOUND, Category.CONTENT, Category.CONTEXT_LENGTH})
"""Faults that say nothing against the provider: its address and key worked."""


TRY_AGAIN = "Try again in a few minutes."
"""The hint where nobody knows more: it says no more than a button does."""


@dataclass(frozen=True)
class Fault:
    """Why a request got no answer.

    `detail` is the provider's own words, redacted and at most 500 characters; `hint` is ours, and specific.
    `retry_after` is in seconds. `code` is the provider's machine-readable code, if it gave one. `of_model`: it speaks
    of the model that was asked and of no other.
    """

    category: Category
    detail: str = ""
    hint: str = ""
    status: int | None = None
    code: str = ""
    request_id: str = ""
    retry_after: float | None = None
    of_model: bool = False

    @property
    def passing(self) -> bool:
        return self.category in PASSING

    def hinted(self, hint: str) -> "Fault":
        return replace(self, hint=hint)


Step = tuple[str, int]
"""What a request did, as "connecting", and for how many milliseconds."""


class UpstreamError(Exception):
    """A request to a provider failed; `fault` says how. Its text never holds a secret.

    `steps` are those that the request took; in the last one it failed.
    """

    def __init__(self, fault: Fault, steps: tuple[Step, ...] = ()) -> None:
        super().__init__(f"{fault.category}: {fault.detail}" if fault.detail else str(fault.category))
        self.fault = fault
        self.steps = steps


SENTENCES: dict[Category, str] = {
    Category.OK: "{provider} answered. The address, the key and the model work.",
    Category.NEED_KEY: "A key is missing. Paste the key of {provider}, then test again.",
    Category.NEED_URL: "The address is missing. Enter the base URL of {provider}, then test again.",
    Category.NEED_MODEL: "A model is missing. Name one that {provider} serves, then test again.",
    Category.AUTH: "{provider} refuses this key.",
    Category.PERMISSION: "{provider} knows this key but does not allow it to do this.",
    Category.ENDPOINT: "{provider} answers, but not at this address: there is nothing to chat with at that path.",
    Category.HTML: "A web page or plain text came back, not an answer of {provider}.",
    Category.SHAPE: "The address answered, but not as the API of {provider} does.",
    Category.BILLING: "The account at {provider} is out of credit, over its spending limit, or its billing is paused.",
    Category.RATE_LIMIT: "{provider} takes no more requests for the moment.",
    Category.SERVER: "{provider} is in trouble on its own side. Your settings are probably right.",
    Category.REJECTED: "{provider} does not accept this request.",
    Category.MODEL_NOT_FOUND: "{provider} has no model of this name for this key.",
    Category.CONTENT: "{provider} does not answer these words: its content rules stopped them.",
    Category.CONTEXT_LENGTH: "The conversation is longer than this model can read.",
    Category.TIMEOUT: "{provider} did not answer in time.",
    Category.DNS: "No machine was found by the name in the address of {provider}.",
    Category.CONNECT: "There is no connection to {provider}.",
    Category.TLS: "{provider} cannot prove who it is: its certificate is not valid for this address.",
    Category.EGRESS: "The portal’s own rules do not let it call this address.",
}
"""One sentence for each category, in words for everybody; what to do about it stands in the fault's hint."""


def sentence(fault: "Fault | Category | None", provider: str) -> str:
    """The sentence of a fault, with the provider's label in it; no fault is `OK`."""
    category = fault.category if isinstance(fault, Fault) else fault or Category.OK
    return SENTENCES[category].format(provider=provider)
