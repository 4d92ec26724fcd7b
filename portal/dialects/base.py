"""The values that dialects and the wire exchange. A dialect is tested by comparing them; none of them does I/O."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol

from portal.dialects.conversation import ChatDelta, ChatRequest, ChatResponse
from portal.dialects.provider_types.shape import ProviderType
from portal.dialects.secret import Secret
from portal.domain.faults import Fault, Step


@dataclass(frozen=True)
class Endpoint:
    """Where a request goes and with which credential: all that a dialect may know of a provider.

    `key_kind` names the shape of `secret`, one of the type's `key_kinds`.
    """

    type: ProviderType
    base_url: str
    secret: Secret | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, "str | Secret"] = field(default_factory=dict)
    key_kind: str = "key"


@dataclass(frozen=True)
class AwsSignature:
    """The wire signs the final bytes with AWS Signature Version 4.

    `secret` holds JSON: `access_key_id`, `secret_access_key`, and `session_token` for temporary credentials.
    """

    secret: Secret
    region: str
    service: str


@dataclass(frozen=True)
class ServiceAccountToken:
    """The wire signs an assertion, exchanges it at `token_url` for a token, keeps that until it expires, and sends it.

    `secret` holds JSON: `client_email` and `private_key` (PEM).
    """

    secret: Secret
    scope: str
    token_url: str


@dataclass(frozen=True)
class UpstreamRequest:
    """One HTTP request, whole. Header values may be secrets; the URL and the body never hold one.

    `authority` is set where a request is signed or a token fetched instead of a key put into a header.
    """

    method: str
    url: str
    headers: Mapping[str, "str | Secret"] = field(default_factory=dict)
    body: bytes | None = None
    stream: bool = False
    authority: AwsSignature | ServiceAccountToken | None = None


@dataclass(frozen=True)
class UpstreamResponse:
    """One HTTP response, whole. Header names are lower-case; `elapsed_ms` runs from the request to the last byte.

    `steps` say where that time went; without "connecting" it used a connection that was open already.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int = 0
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Listing:
    """One model as a provider lists it. `chat` is False when it is known not to chat; limits are in tokens.

    `prices` are in USD per 1M tokens, by the names of `portal.domain.pricing`. `retired`: listed, but not for long or
    no longer to be used; `retires_on` is the day, where it is told. `kind` is the provider's own word for what it is,
    if it has one. `from_family`: whether the context limit is not the provider's word but what is known of the model's
    family; None where a dialect does not say. `output_from_family` is the same for the longest answer.

    `abilities` say of some of `portal.domain.capabilities` whether it has them; `modalities`, what it takes and gives.
    `responses_only`: it answers to OpenAI's API called responses, and not to chat completions. `based_on` is the model
    that stands behind it, where its own name does not tell.
    """

    wire_name: str
    display_name: str = ""
    context_limit: int | None = None
    output_limit: int | None = None
    chat: bool = True
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    retired: bool = False
    kind: str = ""
    from_family: bool | None = None
    output_from_family: bool | None = None
    abilities: Mapping[str, bool] = field(default_factory=dict)
    modalities: tuple[str, ...] = ()
    retires_on: date | None = None
    responses_only: bool = False
    based_on: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a listing; `next` asks for the following one."""

    listings: tuple[Listing, ...]
    next: UpstreamRequest | None = None


class Dialect(Protocol):
    """The API of one family of providers. Reading raises `UpstreamError` when a response holds no answer, whatever its
    status."""

    name: str

    def chat(self, endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest: ...
    def read_chat(self, endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse: ...
    def read_stream(
        self, endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]
    ) -> Iterator[ChatDelta]:
        """Deltas in order, and `PAUSE` for each empty chunk between two events.

        Raises when the stream carries an error, and when it ends before the answer does.
        """
        ...

    def list_models(self, endpoint: Endpoint) -> UpstreamRequest | None:
        """The request for the first page; None when this kind of provider has no listing."""
        ...

    def read_models(self, endpoint: Endpoint, request: UpstreamRequest, response: UpstreamResponse) -> Page: ...
    def read_fault(self, endpoint: Endpoint, response: UpstreamResponse) -> Fault:
        """The first row of the classification table that fits this response."""
        ...

    def adjust(self, endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:
        """The request with the one thing changed that `fault` complains of, and a sentence saying so; else None."""
        ...


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes for one request. `total` covers everything, name resolution included; None only for streams."""

    connect: float = 5.0
    read: float = 180.0
    total: float | None = 180.0
    body: int = 2_000_000


class Stream(Protocol):
    """A response whose body is still arriving. `chunks()` ends at the body's end or raises `UpstreamError`.

    With `pauses` an empty chunk says that nothing more has arrived, and another one each half second of silence.
    `end_within` gives the rest of the body at most so many seconds from now.
    """

    status: int
    headers: Mapping[str, str]

    def chunks(self, *, pauses: bool = False) -> Iterator[bytes]: ...
    def end_within(self, seconds: float) -> None: ...
    def close(self) -> None: ...


class CancelToken:
    """Ends a request from another thread, whatever it is doing: also before anything of an answer has come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._end: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        with self._lock:
            self._asked = True
            end = self._end
        end()

    def bind(self, end: Callable[[], None]) -> None:
        """From now on `end` is what ends the request; at once, when that was asked for before."""
        with self._lock:
            self._end = end
            asked = self._asked
        if asked:
            end()


class Transport(Protocol):
    """What services need of `portal.wire.Wire`."""

    def send(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> UpstreamResponse:
        """One request and its whole response, whatever its status. Raises `UpstreamError` when none arrives."""
        ...

    def open(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> Stream:
        """The same, with the body left to arrive. The caller closes it."""
        ...


class WayOut(Transport, Protocol):
    """The same, and what it makes for teams."""

    def of_team(self, networks: tuple[str, ...]) -> Transport:
        """The way out for a team's providers: of private addresses it reaches those networks alone."""
        ...
