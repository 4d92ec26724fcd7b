"""Google's Vertex AI: Gemini and Claude under a project and a location, by a service account or by a bound key.

It is no language of its own. A wire name decides which of the two is written, and the answer tells which was spoken.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from urllib.parse import quote, urlsplit

from portal.dialects import anthropic, gemini, openai, reading
from portal.dialects.base import Call, ChatAnswer, Door, Listing, Page, Piece, Prompt, Reply, ServiceAccountToken
from portal.dialects.faults import refusals
from portal.dialects.framing.sse import Event, collect, events, peek
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


def chat(door: Door, prompt: Prompt, *, stream: bool) -> Call:
    if speaks_claude(prompt.wire_name):
        body = {"anthropic_version": CLAUDES_VERSION, **anthropic.body_of(prompt, VERSION, stream=stream)}
        del body["model"]
        if not stream:
            del body["stream"]
        method = "streamRawPredict" if stream else "rawPredict"
    else:
        body, method = gemini.body_of(prompt), gemini.method(stream)
    url = url_of(door, f"/{_resource(door, prompt.wire_name)}:{method}")
    return _authorised(door, Call("POST", url, headers_of(door, body=True), write(body), stream))


def speaks_claude(wire_name: str) -> bool:
    """True for a wire name that is answered in Anthropic's language."""
    return wire_name.strip().lower().rpartition("/")[2].startswith("claude")


def read_chat(door: Door, reply: Reply) -> ChatAnswer:
    if reading.field(reading.load(reply.body), "type") == "message":
        return anthropic.read_chat(door, reply)
    return gemini.read_chat(door, reply)


def read_stream(door: Door, headers: Mapping[str, str], chunks: Iterable[bytes]) -> Iterator[Piece]:
    spoken, empty, chunks = peek(chunks)
    if empty:
        raise UpstreamError(refusals.silent())
    if not spoken:
        yield openai.whole(read_chat(door, Reply(200, headers, collect(chunks))))
        return
    arriving = events(chunks)
    first = next(arriving, None)
    if first is None:
        raise UpstreamError(refusals.dropped())
    speaker = anthropic if _is_anthropics(first) else gemini
    yield from speaker.read_events(door, headers, chain((first,), arriving))


def list_models(door: Door) -> Call | None:
    return _listing(door, PUBLISHERS[0])


def read_models(door: Door, call: Call, reply: Reply) -> Page:
    publisher = urlsplit(call.url).path.rstrip("/").split("/")[-2]
    try:
        value = refusals.answered(door, reply)
        rows = reading.field(value, "publisherModels")
        if not isinstance(rows, list) and value:
            raise UpstreamError(refusals.read_fault(door, reply))
    except UpstreamError:
        if publisher == PUBLISHERS[0]:
            raise
        return Page(())  # the first list stands, whether or not there is one of the guests
    listings = tuple(found for row in rows or [] if (found := _listed(publisher, row)))
    more = gemini.following(call, value, PAGE)
    return Page(listings, more or (_listing(door, PUBLISHERS[1]) if publisher == PUBLISHERS[0] else None))


def read_fault(door: Door, reply: Reply) -> Fault:
    return refusals.read_fault(door, reply)


def mend(door: Door, call: Call, fault: Fault) -> tuple[Call, str] | None:
    if reading.field(reading.load(call.body or b""), "anthropic_version"):
        return anthropic.mend(door, call, fault)
    return gemini.mend(door, call, fault)


def _resource(door: Door, wire_name: str) -> str:
    """The path of a model or of an endpoint of one's own, under project and location where the project is known.

    A bound key belongs to a project and needs none named; a wire name may also spell the whole path.
    """
    asked = wire_name.strip().strip("/")
    if not asked.startswith("projects/"):
        project, location = (setting_of(door.type, door.settings, field) for field in ("project", "location"))
        if not asked.startswith(("publishers/", "endpoints/")):
            publisher, _, model = asked.removeprefix("models/").rpartition("/")
            asked = f"publishers/{publisher or PUBLISHERS[speaks_claude(asked)]}/models/{model}"
        if project:
            asked = f"projects/{project}/locations/{location.lower()}/{asked}"
    return quote(asked, safe="/@")


def _authorised(door: Door, call: Call) -> Call:
    """A service account is exchanged for a token by the wire; a bound key stands among the headers already."""
    if door.key_kind != SERVICE_ACCOUNT or not door.secret:
        return call
    token_url = setting_of(door.type, door.settings, "token_url")
    return replace(call, authority=ServiceAccountToken(door.secret, SCOPE, token_url))


def _listing(door: Door, publisher: str) -> Call:
    """Publishers' models are listed by another version of the API, and not under the project; it is still billed."""
    headers = headers_of(door, body=False)
    if project := setting_of(door.type, door.settings, "project"):
        headers["x-goog-user-project"] = project
    base = re.sub(r"/v\d+\w*$", "", url_of(door, ""))
    return _authorised(door, Call("GET", f"{base}/v1beta1/publishers/{publisher}/models?pageSize={PAGE}", headers))


def _listed(publisher: str, row: object) -> Listing | None:
    """One row of a listing; it tells no limits, so those of the family stand for them."""
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
