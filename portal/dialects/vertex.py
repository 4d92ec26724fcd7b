"""Google's Vertex AI: Gemini and Claude under a project and a location, by a service account or by a bound key.

It has no API of its own. The model ID decides which of the two APIs a request uses, and the answer shows which it was.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from urllib.parse import quote, urlsplit

from portal.dialects import anthropic, anthropic_requests, gemini, gemini_requests, reading
from portal.dialects.assembly import deltas_of
from portal.dialects.base import Endpoint, Listing, Page, ServiceAccountToken, UpstreamRequest, UpstreamResponse
from portal.dialects.conversation import ChatDelta, ChatRequest, ChatResponse
from portal.dialects.faults import refusals
from portal.dialects.framing.sse import NOTHING_YET, Event, collect, events, peek
from portal.dialects.provider_types.table import setting_of
from portal.dialects.writing import headers_of, url_of, write
from portal.domain.families import family_of
from portal.domain.faults import Fault, UpstreamError

name = "vertex"

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
SERVICE_ACCOUNT = "service_account"
"""The kind of key that is exchanged for a token; the other one goes into a header."""

CLAUDES_VERSION = "vertex-2023-10-16"
"""What stands in the body in place of the model's name and of the version's header."""

VERSION = "2023-06-01"
"""The API version that this means."""

PUBLISHERS = ("google", "anthropic")
"""Whose models are listed, one after the other."""

PAGE = 100


def chat(endpoint: Endpoint, chat_request: ChatRequest, *, stream: bool) -> UpstreamRequest:
    if is_claude(chat_request.wire_name):
        body = {
            "anthropic_version": CLAUDES_VERSION,
            **anthropic_requests.body_of(chat_request, VERSION, stream=stream),
        }
        del body["model"]
        if not stream:
            del body["stream"]
        method = "streamRawPredict" if stream else "rawPredict"
    else:
        body, method = gemini_requests.body_of(chat_request), gemini.method(stream)
    url = url_of(endpoint, f"/{_resource(endpoint, chat_request.wire_name)}:{method}")
    return _authorised(endpoint, UpstreamRequest("POST", url, headers_of(endpoint, body=True), write(body), stream))


def is_claude(wire_name: str) -> bool:
    """True for a model ID that is served by Anthropic's API."""
    return wire_name.strip().lower().rpartition("/")[2].startswith("claude")


def read_chat(endpoint: Endpoint, response: UpstreamResponse) -> ChatResponse:
    if reading.field(reading.load(response.body), "type") == "message":
        return anthropic.read_chat(endpoint, response)
    return gemini.read_chat(endpoint, response)


def read_stream(endpoint: Endpoint, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[ChatDelta]:
    is_sse, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not is_sse:
        yield from deltas_of(read_chat(endpoint, UpstreamResponse(200, headers, collect(chunks))))
        return
    arriving = events(chunks)
    first = next((event for event in arriving if event is not NOTHING_YET), None)
    if first is None:
        raise UpstreamError(refusals.dropped())
    dialect = anthropic if _is_anthropics(first) else gemini
    yield from dialect.read_events(endpoint, headers, chain((first,), arriving))


def list_models(endpoint: Endpoint) -> UpstreamRequest | None:
    return _listing(endpoint, PUBLISHERS[0])


def read_models(endpoint: Endpoint, request: UpstreamRequest, response: UpstreamResponse) -> Page:
    publisher = urlsplit(request.url).path.rstrip("/").split("/")[-2]
    try:
        value = refusals.answered(endpoint, response)
        rows = reading.field(value, "publisherModels")
        if not isinstance(rows, list) and value:
            raise UpstreamError(refusals.read_fault(endpoint, response))
    except UpstreamError:
        if publisher == PUBLISHERS[0]:
            raise
        return Page(())  # the first list stands, whether or not there is one of the other publishers
    listings = tuple(found for row in rows or [] if (found := _listed(publisher, row)))
    more = gemini.following(request, value, PAGE)
    return Page(listings, more or (_listing(endpoint, PUBLISHERS[1]) if publisher == PUBLISHERS[0] else None))


def read_fault(endpoint: Endpoint, response: UpstreamResponse) -> Fault:
    return refusals.read_fault(endpoint, response)


def adjust(endpoint: Endpoint, request: UpstreamRequest, fault: Fault) -> tuple[UpstreamRequest, str] | None:
    if reading.field(reading.load(request.body or b""), "anthropic_version"):
        return anthropic.adjust(endpoint, request, fault)
    return gemini.adjust(endpoint, request, fault)


def _resource(endpoint: Endpoint, wire_name: str) -> str:
    """The path of a model or of an endpoint of one's own, under project and location where the project is known.

    A bound key belongs to a project and needs none named; a model ID may also spell the whole path.
    """
    asked = wire_name.strip().strip("/")
    if not asked.startswith("projects/"):
        project, location = (setting_of(endpoint.type, endpoint.settings, field) for field in ("project", "location"))
        if not asked.startswith(("publishers/", "endpoints/")):
            publisher, _, model = asked.removeprefix("models/").rpartition("/")
            asked = f"publishers/{publisher or PUBLISHERS[is_claude(asked)]}/models/{model}"
        if project:
            asked = f"projects/{project}/locations/{location.lower()}/{asked}"
    return quote(asked, safe="/@")


def _authorised(endpoint: Endpoint, request: UpstreamRequest) -> UpstreamRequest:
    """A service account is exchanged for a token by the wire; a bound key stands among the headers already."""
    if endpoint.key_kind != SERVICE_ACCOUNT or not endpoint.secret:
        return request
    token_url = setting_of(endpoint.type, endpoint.settings, "token_url")
    return replace(request, authority=ServiceAccountToken(endpoint.secret, SCOPE, token_url))


def _listing(endpoint: Endpoint, publisher: str) -> UpstreamRequest:
    """Publishers' models are listed by another version of the API, and not under the project; it is still billed."""
    headers = headers_of(endpoint, body=False)
    if project := setting_of(endpoint.type, endpoint.settings, "project"):
        headers["x-goog-user-project"] = project
    base = re.sub(r"/v\d+\w*$", "", url_of(endpoint, ""))
    return _authorised(
        endpoint, UpstreamRequest("GET", f"{base}/v1beta1/publishers/{publisher}/models?pageSize={PAGE}", headers)
    )


def _listed(publisher: str, row: object) -> Listing | None:
    """One row of a listing; it names no limits, so those of the family are taken."""
    wire_name = reading.name(reading.field(row, "name")).rpartition("/")[2]
    version = reading.name(reading.field(row, "versionId"))
    if publisher != PUBLISHERS[0] and re.fullmatch(r"\d{8}", version):
        wire_name += f"@{version}"
    if not wire_name:
        return None
    family = family_of(wire_name)
    own = wire_name.lower().startswith(("gemini", "claude"))
    return Listing(
        wire_name=wire_name,
        display_name=reading.name(reading.field(row, "displayName")),
        context_limit=family.context,
        output_limit=family.output,
        chat=own and gemini.chats(wire_name),
        kind=reading.name(reading.field(row, "launchStage")).lower(),
    )


def _is_anthropics(first: Event) -> bool:
    """Anthropic names its events and types what is in them; Google does neither."""
    return bool(first.name) or reading.field(reading.load(first.data), "type") is not None
