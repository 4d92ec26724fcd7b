"""The values that dialects and the wire exchange. A dialect is tested by comparing them; none of them does I/O."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol
from urllib.parse import urlsplit

from portal.domain.faults import Fault


class Secret:
    """A key in memory. It prints as dots; only `portal.wire` and `portal.vault` call `reveal()`.

    A house test holds that law. Equality compares the content, so that a test can say what a call should carry.
    """

    __slots__ = ("_prefix", "_value")

    def __init__(self, value: str, prefix: str = "") -> None:
        self._value = value
        self._prefix = prefix

    def prefixed(self, prefix: str) -> "Secret":
        """The same secret behind a word, as `Bearer `."""
        return Secret(self._value, prefix + self._prefix)

    def reveal(self) -> str:
        return self._prefix + self._value

    def judged_by(self, rule: Callable[[str], str | None]) -> str | None:
        """What a rule about the shape of keys says of this one; its sentence never repeats the key."""
        return rule(self._value)

    def bare(self) -> str:
        """The content without its prefix: what redaction looks for."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(••••)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is never pickled")


class KeyRule(StrEnum):
    """Whether a provider type works without a key."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


@dataclass(frozen=True)
class SettingField:
    """One further field of a provider type's form, stored in the provider's settings under `name`.

    `header` is the request header that carries it upstream, if one does; `default` holds while the field is blank.
    `pattern` is what a value must match as a whole, and `fault` the sentence when it does not. `origin` says that the
    value is an address of its own, to which calls go too. `needed_with` names kinds of key that cannot do without it.
    `suggestions` are offered while typing; with `names`, they are places, and other spellings of them are mended.
    """

    name: str
    label: str
    help: str = ""
    placeholder: str = ""
    required: bool = False
    header: str = ""
    default: str = ""
    pattern: str = ""
    fault: str = ""
    origin: bool = False
    needed_with: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class KeyField:
    """One part of a credential as it is typed into a form. `secret` parts are never shown again."""

    name: str
    label: str
    help: str = ""
    placeholder: str = ""
    secret: bool = True
    multiline: bool = False
    required: bool = True


@dataclass(frozen=True)
class KeyKind:
    """One shape of credential that a provider type accepts.

    A credential of one field is that text itself; one of several is a JSON object of its fields, sealed as one secret.
    The kind's name is stored in plain beside the sealed content, so that a dialect knows the shape without looking in.
    """

    name: str
    label: str
    fields: tuple[KeyField, ...]

    def pack(self, parts: Mapping[str, str]) -> str:
        """The text to be sealed for what was typed into the fields; empty while a part that is required is missing."""
        typed = {part.name: text for part in self.fields if (text := parts.get(part.name, "").strip())}
        if any(part.required and part.name not in typed for part in self.fields):
            return ""
        return json.dumps(typed) if len(self.fields) > 1 else next(iter(typed.values()), "")


@dataclass(frozen=True)
class EnvironmentKey:
    """A credential that several variables of the server's environment hold together: a field's name and its variable.

    `kind` is the name of the type's `KeyKind` whose fields these are. A field that is not required may be missing.
    """

    kind: str
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Surface:
    """One of several sets of paths under a base URL, chosen by a setting that matches `pattern` as a whole.

    `{model}` in a path is the wire name, and `{}` the setting's value.
    """

    setting: str
    pattern: str
    chat: str
    models: str


API_KEY = KeyKind("key", "API key", (KeyField("key", "API key"),))


@dataclass(frozen=True)
class ProviderType:
    """What kind of provider it is: a row of data (SPEC §4). `portal.dialects.types` holds the rows.

    - `mark`: two letters in a square, never another company's logo.
    - `line`: the one line on its card.
    - `key_header`: the header that carries the key; `Authorization` puts `Bearer ` before it.
    - `key_prefix`: what its keys begin with, where all of them do.
    - `own_hosts`: the hosts that an environment fallback may be sent to; `*.` stands for any subdomain.
    - `derived_from`: the setting, as a region, that its base URL follows from while none is typed; `derived` says how:
      pairs of a glob for that setting's value and a base URL with `{}` in the value's place. The first that fits wins.
    - `token_cap`: the request field that limits the answer's length.
    - `version_path`: the path that its base URL ends in; added with a notice when missing.
    - `surfaces`: its paths, where they are not its dialect's.
    - `listing_base`: a pattern and its replacement, which turn the base URL into that of the listing on another host.
    - `listing_note`: what is to be known about its listing, in a sentence.
    - `listing_prices`: how many tokens a price in its listing is for; 0 where listings hold none.
    - `chat_kinds`: the `type`s in its listing that chat; empty where the listing does not say.
    - `reasoning_object`: True where effort travels in an object `reasoning` and not as `reasoning_effort`.
    - `environment_keys`: credentials of several variables, tried after `environment`.
    - `extra_headers`: True where an administrator may add headers of any name to every request.
    - `listing_proves_key`: False where `/models` is public and proves nothing about the key.
    """

    name: str
    label: str
    mark: str
    line: str
    dialect: str
    base_url: str
    key: KeyRule
    key_header: str = "Authorization"
    key_url: str = ""
    key_prefix: str = ""
    environment: tuple[str, ...] = ()
    own_hosts: tuple[str, ...] = ()
    settings: tuple[SettingField, ...] = ()
    derived_from: str = ""
    derived: tuple[tuple[str, str], ...] = ()
    token_cap: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"  # noqa: S105 - a field's name
    version_path: str = ""
    listing_proves_key: bool = True
    stream_options: bool = True
    default_models: tuple[str, ...] = ()
    example_model: str = ""
    key_kinds: tuple[KeyKind, ...] = (API_KEY,)
    surfaces: tuple[Surface, ...] = ()
    listing_base: tuple[str, str] = ("", "")
    listing_note: str = ""
    listing_prices: int = 0
    chat_kinds: tuple[str, ...] = ()
    reasoning_object: bool = False
    environment_keys: tuple[EnvironmentKey, ...] = ()
    extra_headers: bool = False


@dataclass(frozen=True)
class Door:
    """Where to knock and with which key: all that a dialect may know of a provider.

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
class Call:
    """One HTTP request, whole. Header values may be secrets; the URL and the body never hold one.

    `authority` is set where a call is signed or a token fetched instead of a key put into a header.
    """

    method: str
    url: str
    headers: Mapping[str, "str | Secret"] = field(default_factory=dict)
    body: bytes | None = None
    stream: bool = False
    authority: AwsSignature | ServiceAccountToken | None = None


@dataclass(frozen=True)
class Reply:
    """One HTTP response, whole. Header names are lower-case; `elapsed_ms` runs from call to last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int = 0


@dataclass(frozen=True)
class Turn:
    """One side's words in a conversation."""

    speaker: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Prompt:
    """What is asked of a language model. `options` uses the names of `portal.domain.options`; unset is absent."""

    wire_name: str
    turns: tuple[Turn, ...]
    system: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


class Finish(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT = "content"
    TOOL = "tool"
    OTHER = "other"


@dataclass(frozen=True)
class Usage:
    """Tokens, as the provider counted them. `input` includes what was read from or written to a cache."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0


@dataclass(frozen=True)
class ChatAnswer:
    """A whole answer. `model` is the one that the provider reports, which may not be the one asked for."""

    text: str
    model: str
    finish: Finish | None = None
    thinking: str = ""
    usage: Usage | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Piece:
    """Part of a streamed answer; every field but those that changed is empty. `usage` replaces, never adds."""

    text: str = ""
    thinking: str = ""
    model: str = ""
    finish: Finish | None = None
    usage: Usage | None = None
    request_id: str = ""


@dataclass(frozen=True)
class Listing:
    """One model as a provider lists it. `chat` is False when it is known not to chat; limits are in tokens.

    `prices` are in USD per 1M tokens, by the names of `portal.domain.pricing`. `retired`: listed, but not for long or
    no longer to be used. `kind` is the provider's own word for what it is, if it has one.
    """

    wire_name: str
    display_name: str = ""
    context_limit: int | None = None
    output_limit: int | None = None
    chat: bool = True
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    retired: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Page:
    """One page of a listing; `next` asks for the following one."""

    listings: tuple[Listing, ...]
    next: Call | None = None


class Dialect(Protocol):
    """A wire language. Reading raises `UpstreamError` when the reply is not an answer, whatever its status."""

    name: str

    def chat(self, door: Door, prompt: Prompt, *, stream: bool) -> Call: ...
    def read_chat(self, door: Door, reply: Reply) -> ChatAnswer: ...
    def read_stream(self, door: Door, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[Piece]:
        """Pieces in order. Raises when the stream carries an error, and when it ends before the answer does."""
        ...

    def list_models(self, door: Door) -> Call | None:
        """The first page's call; None when this kind of provider has no listing."""
        ...

    def read_models(self, door: Door, call: Call, reply: Reply) -> Page: ...
    def read_fault(self, door: Door, reply: Reply) -> Fault:
        """The first row of the classification table that fits this reply."""
        ...

    def mend(self, door: Door, call: Call, fault: Fault) -> tuple[Call, str] | None:
        """The call with the one thing changed that `fault` complains of, and a sentence saying so; else None."""
        ...


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes for one call. `total` covers everything, name resolution included; None only for streams."""

    connect: float = 5.0
    read: float = 180.0
    total: float | None = 180.0
    body: int = 2_000_000


class Stream(Protocol):
    """A response whose body is still arriving. `chunks()` ends at the body's end or raises `UpstreamError`."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class HangUp:
    """Ends a call from another thread, whatever it is doing: also before anything of an answer has come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked = False
        self._end: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        with self._lock:
            self._asked = True
            end = self._end
        end()

    def reaches(self, end: Callable[[], None]) -> None:
        """From now on `end` is what ends the call; at once, when that was asked for before."""
        with self._lock:
            self._end = end
            asked = self._asked
        if asked:
            end()


class Carrier(Protocol):
    """What services need of `portal.wire.Wire`."""

    def send(self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None = None) -> Reply:
        """One call and its whole reply, whatever its status. Raises `UpstreamError` when none arrives."""
        ...

    def open(self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None = None) -> Stream:
        """The same, with the body left to arrive. The caller closes it."""
        ...


def origin_of(url: str) -> str:
    """`scheme://host:port`, lower-case, with the port always written: one member of a destination."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower(), 0)
    return f"{parts.scheme.lower()}://{host}:{port}"
