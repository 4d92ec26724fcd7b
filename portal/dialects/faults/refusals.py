"""From a response to a fault: classifies what its error says, and adds what to do about it."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from portal.dialects.base import Endpoint, UpstreamResponse
from portal.dialects.faults.classification import classify
from portal.dialects.faults.errors import Error, carries_error, take_apart
from portal.dialects.faults.hints import ASKS_FOR_KEY, GENERAL, hint_for
from portal.dialects.faults.matching import BEHIND, REDIRECTS, ResponseSignals
from portal.dialects.faults.waits import Clock, wait_of
from portal.dialects.framing.sse import events
from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES, base_url_for, host_owner, is_own
from portal.dialects.reading import Unreadable, clean, field, load, name, quote
from portal.domain.egress import is_this_machine
from portal.domain.faults import Category, Fault, UpstreamError

LONG_WAIT = 3600
_MATCHED = 4_000


_OF_MODEL = re.compile(
    r"\b(this|that|the|for|to|of|requested) (model|deployment)\b|\bmodel [`'\"]|\bper[- ]model\b|"
    r"publisher model|\bbase_model\b"
)
"""Words of a refusal that is about one model."""


def read_fault(endpoint: Endpoint, response: UpstreamResponse, clock: Clock = time.time) -> Fault:
    """The fault in this response. Never raises; category OK means that only the token limit was reached: a pass."""
    return fault_in(endpoint, response, value_of(response), clock)


def value_of(response: UpstreamResponse) -> Any:
    """The JSON of a body, also where it is the data of a stream's first event; `Unreadable` where there is none."""
    value = load(response.body)
    if not isinstance(value, Unreadable) or response.status < 300:
        return value
    try:
        data = (load(event.data) for event in events([response.body]) if not event.is_done)
        return next((found for found in data if not isinstance(found, Unreadable)), value)
    except UpstreamError:
        return value


def fault_in(endpoint: Endpoint, response: UpstreamResponse, value: Any, clock: Clock = time.time) -> Fault:
    """The same, with the JSON of the body read already; it may be that of one event of a stream."""
    parsed = not isinstance(value, Unreadable)
    error = take_apart(value) if parsed else Error(message=_plain(response.body))
    status = response.status
    if 200 <= status < 300 and parsed and carries_error(value):
        status = error.status
    wait = wait_of(response.headers, error, clock)
    signals = ResponseSignals(
        status=status,
        codes=error.codes | _header_codes(response.headers) | ({BEHIND} if error.behind else frozenset()),
        words=error.message[:_MATCHED].lower().replace("’", "'"),
        html=not parsed and is_html(response),
        json=parsed,
        wait=wait,
    )
    row = classify(signals)
    detail = _detail(response, error, signals)
    fault = Fault(
        category=row.category,
        detail=detail,
        status=response.status,
        code=name(error.code)[:100],
        request_id=request_id(response.headers) or name(field(value, "request_id"))[:200],
        retry_after=wait if row.category in (Category.RATE_LIMIT, Category.SERVER) else None,
        of_model=any("permodel" in code for code in signals.codes) or bool(_OF_MODEL.search(signals.words)),
    )
    return fault.hinted(_hint(endpoint, response, fault, row.hint, error))


def advise(endpoint: Endpoint, fault: Fault, wire_name: str = "") -> Fault:
    """The same fault with the hint of its category and provider type, if it has none yet.

    The wire gives a hint of its own only where it knows more than the type does.
    """
    if fault.hint:
        return fault
    base_url = endpoint.base_url or base_url_for(endpoint.type, endpoint.settings)
    if fault.category in UNREACHED and not _serves(endpoint.type, base_url):
        hint = GENERAL[fault.category]
    elif fault.category is Category.DNS and endpoint.type.base_url and _same(base_url, endpoint.type.base_url):
        hint = FILLED_IN
    else:
        hint = hint_for(fault.category, endpoint.type, wire_name)
    if fault.category is Category.CONNECT and is_this_machine(_host(base_url)):
        hint += IN_A_CONTAINER
    return fault.hinted(hint)


UNREACHED = (Category.DNS, Category.CONNECT, Category.TIMEOUT)
FILLED_IN = (
    "The portal filled this address in, so that its spelling is right. Check that the portal’s machine may look up "
    "names and reach the internet, or set PORTAL_EGRESS_PROXY."
)
IN_A_CONTAINER = " Inside a container, localhost is the container itself."


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()


def _serves(type: ProviderType, base_url: str) -> bool:
    """Whether the type's hints about a host fit this one: a vendor's say nothing about a gateway of one's own."""
    host = _host(base_url)
    return not type.own_hosts or is_own(type, frozenset({f"https://{host}:443"}))


CUT_SHORT: Any = object()
"""What `answered` gives when the one complaint is that the limit was reached: reachable, answering, no words."""


def answered(endpoint: Endpoint, response: UpstreamResponse) -> Any:
    """The JSON of a success, CUT_SHORT, or else an `UpstreamError`."""
    value = value_of(response)
    if 200 <= response.status < 300 and not isinstance(value, Unreadable) and not carries_error(value):
        return value
    fault = read_fault(endpoint, response)
    if fault.category is Category.OK:
        return CUT_SHORT
    raise UpstreamError(fault)


def request_id(headers: Mapping[str, str]) -> str:
    """The provider's own name for this request."""
    for header in ("x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid", "cf-ray"):
        if headers.get(header):
            return name(headers[header])[:200]
    return ""


def _header_codes(headers: Mapping[str, str]) -> frozenset[str]:
    code = headers.get("x-amzn-errortype", "").partition(":")[0].strip().lower()
    return frozenset({code}) if code else frozenset()


def is_html(response: UpstreamResponse) -> bool:
    start = response.body[:600].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    return "text/html" in response.headers.get("content-type", "").lower() or start.startswith((b"<!doctype", b"<html"))


def _plain(body: bytes) -> str:
    """The words of a body that is not JSON: a page's title, else its beginning."""
    start = clean(body[:20_000].decode("utf-8", "replace"))
    title = re.search(r"<title[^>]*>(.{1,300}?)</title>", start, re.IGNORECASE | re.DOTALL)
    if title:
        return title.group(1)
    return re.sub(r"<(script|style)\b.*?(</\1>|$)|<[^<>]{0,2000}>", " ", start, flags=re.IGNORECASE | re.DOTALL)[:300]


def _detail(response: UpstreamResponse, error: Error, signals: ResponseSignals) -> str:
    if response.status in REDIRECTS:
        where = _origin(response.headers.get("location", ""))
        return quote(f"It points to {where}." if where else "It points somewhere else.")
    if error.message.strip():
        return quote(error.message)
    if error.code:
        return quote(error.code)
    return "" if signals.json or response.body.strip() else "It answered with nothing."


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _origin(location: str) -> str:
    """Scheme and host of a Location; its path and query may carry a token."""
    try:
        parts = urlsplit(location)
        return f"{parts.scheme}://{parts.hostname}" if parts.scheme and parts.hostname else ""
    except ValueError:
        return ""


def _hint(endpoint: Endpoint, response: UpstreamResponse, fault: Fault, from_row: str, error: Error) -> str:
    """The most specific advice: about this address, this key, this wait; then the row's, then the type's."""
    category = fault.category
    if category is Category.OK:
        return ""
    owner = host_owner(endpoint.base_url)
    astray = (Category.AUTH, Category.ENDPOINT, Category.REJECTED, Category.SHAPE, Category.HTML)
    if category in astray and owner and owner[0] != endpoint.type.name:
        others = TYPES.get(owner[0])
        if others is None or (others.dialect, others.key_header) != (endpoint.type.dialect, endpoint.type.key_header):
            return f"This address belongs to {owner[1]}, and this provider uses another API. Check its type."
    if response.status in REDIRECTS:
        where = _origin(response.headers.get("location", ""))
        return (
            f"It redirects to {where}. The portal does not follow, so that the key stays where it belongs; "
            "enter the final address if you trust it."
            if where
            else "It redirects elsewhere, and the portal does not follow. Enter the final address."
        )
    if category is Category.AUTH and endpoint.secret is None and endpoint.type.key is KeyRule.OPTIONAL:
        return ASKS_FOR_KEY
    if category is Category.AUTH and "openai" in endpoint.type.name and "sk-ant-" in error.message:
        return "This looks like a key of Anthropic. Enter it in a provider of that type."
    if category is Category.RATE_LIMIT and not from_row:
        return _waiting(fault.retry_after, error) or hint_for(category, endpoint.type)
    if category is Category.CONTEXT_LENGTH and not from_row and (limit := limit_in(error.message)):
        return (
            f"Shorten the message, or start a new chat. By the provider’s own word this model reads {limit:,} tokens: "
            "enter that as its context limit."
        )
    missing = re.search(r"model(?:\s*:\s*|\s+[`'\"“])([\w.\-:/@]{1,120})", error.message) if not from_row else None
    return from_row or hint_for(category, endpoint.type, missing.group(1) if missing else "")


def _waiting(wait: float | None, error: Error) -> str:
    daily = "PerDay" in error.message or any("perday" in code for code in error.codes)
    if daily or re.search(r"\bper[- ]day\b|\bdaily\b", error.message) or (wait is not None and wait >= LONG_WAIT):
        again = "" if wait is None else f" It opens again in {_about(wait)}."
        return (
            f"A daily limit is used up, or the quota is too small for this.{again} "
            "Waiting a minute does not help; raise it."
        )
    return "" if wait is None else f"Wait {_about(wait)}, then try again."


def _about(wait: float) -> str:
    """A wait as people say it: exact to the second below two minutes."""
    for unit, length, from_ in (("hour", 3600, 5400), ("minute", 60, 120), ("second", 1, 0)):
        if wait >= from_:
            number = max(1, round(wait / length))
            return f"{'about ' if length > 1 else ''}{number} {unit}{'' if number == 1 else 's'}"
    return "1 second"


_LIMITS = (
    r"(?:maximum context length|context (?:size|length|window|limit)|max_model_len|n_ctx)\D{0,40}?(\d[\d,_]{2,11})",
    r"maximum number of tokens allowed\D{0,20}(\d[\d,_]{2,11})",
    r"tokens > (\d[\d,_]{2,11}) maximum",
    r"(?:maximum|limit) (?:of|is) (\d[\d,_]{2,11}) (?:input )?tokens",
)
"""How providers tell a model's true limit when a conversation is longer."""


def limit_in(message: str) -> int | None:
    """The context limit that a refusal tells, in tokens."""
    found = (re.search(pattern, message[:_MATCHED], re.IGNORECASE) for pattern in _LIMITS)
    return next((int(re.sub(r"[,_]", "", match[1])) for match in found if match), None)


SILENT = "empty_stream"
"""The code of a stream that ended properly and held nothing at all."""


def silent() -> Fault:
    """A stream that held nothing: some servers say what is wrong only when they are asked for a whole answer."""
    return replace(dropped("The answer ended before it began."), code=SILENT)


def dropped(detail: str = "The answer stopped before its end.") -> Fault:
    """What a stream is that ends too early."""
    return Fault(
        Category.CONNECT,
        detail=detail,
        hint="The connection dropped in the middle of the answer. What had arrived is kept; try again.",
    )
