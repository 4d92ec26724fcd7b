"""What can go wrong on the way to a provider: a closed set, one sentence each (SPEC §6)."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Category(StrEnum):
    """The verdict on one call. The order is that of the classification table, not of severity."""

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


@dataclass(frozen=True)
class Fault:
    """Why a call did not give an answer.

    `detail` is the provider's own words, redacted and at most 500 characters; `hint` is ours, and specific.
    `retry_after` is in seconds. `code` is the provider's machine-readable code, if it gave one.
    """

    category: Category
    detail: str = ""
    hint: str = ""
    status: int | None = None
    code: str = ""
    request_id: str = ""
    retry_after: float | None = None

    @property
    def passing(self) -> bool:
        return self.category in PASSING

    def hinted(self, hint: str) -> "Fault":
        return replace(self, hint=hint)


class UpstreamError(Exception):
    """A call to a provider failed; `fault` says how. Its text never holds a secret."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"{fault.category}: {fault.detail}" if fault.detail else str(fault.category))
        self.fault = fault
