"""Bedrock's control plane: its listings, the model behind an inference profile, and how requests are signed."""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, quote, urlsplit

from portal.dialects import reading
from portal.dialects.base import AwsSignature, Endpoint, Listing, Page, UpstreamRequest, UpstreamResponse
from portal.dialects.faults import refusals
from portal.dialects.listings import modalities
from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.provider_types.table import base_url_for, derived_value, listing_base_url, setting_of
from portal.dialects.writing import headers_of
from portal.domain.families import family_of
from portal.domain.faults import Category, UpstreamError

SERVICE = "bedrock"
"""What signatures name, for the listing's host too."""

PROFILES = "/inference-profiles?maxResults=1000&type="
SYSTEM, APPLICATION = "SYSTEM_DEFINED", "APPLICATION"
"""Profiles that AWS made, and those that the account made: each is listed by itself."""

_OTHERS = re.compile(
    r"embed|rerank|image|canvas|reel|sonic|stable-|marengo|pegasus|transcri|\bluma\b|safeguard|guardrail", re.IGNORECASE
)
"""Names of models that write no text, or do not chat."""


def list_models(endpoint: Endpoint) -> UpstreamRequest | None:
    """The foundation models first; the pages after them ask for the inference profiles."""
    return _listing_request(endpoint, "/foundation-models?byOutputModality=TEXT")


def read_models(endpoint: Endpoint, request: UpstreamRequest, response: UpstreamResponse) -> Page:
    parts = urlsplit(request.url)
    if parts.path.endswith("/inference-profiles"):
        return _read_profiles(endpoint, response, dict(parse_qsl(parts.query)).get("type", SYSTEM))
    value = refusals.answered(endpoint, response)
    rows = reading.field(value, "modelSummaries")
    if not isinstance(rows, list):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    models = (_model(row) for row in rows)
    return Page(tuple(model for model in models if model), _listing_request(endpoint, PROFILES + SYSTEM))


_PROFILE = re.compile(r"arn:[^:]*:bedrock:[^:]*:[^:]*:(application-)?inference-profile/.+|[a-z0-9]{12}")
"""The ARN of a profile, or the ID of one that the account made: neither need tell which model is behind it."""


def ask_behind(endpoint: Endpoint, wire_name: str) -> UpstreamRequest | None:
    """Ask which model stands behind a profile; None for a name that is a model's own. It is a right of its own."""
    if not _PROFILE.fullmatch(wire_name):
        return None
    return _listing_request(endpoint, f"/inference-profiles/{quote(wire_name, safe='')}")


def may_be_unlisted(wire_name: str) -> bool:
    """Whether a listing that lacks this name says nothing: what an account made is listed by another right."""
    return wire_name.startswith("arn:") or _PROFILE.fullmatch(wire_name) is not None


def read_behind(endpoint: Endpoint, response: UpstreamResponse) -> str:
    """The model ID that the answer names. Raises `UpstreamError` when it names none."""
    found = _behind(refusals.answered(endpoint, response))
    if not found:
        raise UpstreamError(refusals.read_fault(endpoint, response))
    return found


def _behind(profile: object) -> str:
    """The model of a profile: the first of its regions, which are all of one model; "" where none is named."""
    models = reading.field(profile, "models")
    first = models[0] if isinstance(models, list) and models else None
    return reading.name(reading.field(first, "modelArn")).rpartition("foundation-model/")[2]


def authorised(endpoint: Endpoint, request: UpstreamRequest) -> UpstreamRequest:
    """Signed when it is sent where the credential is an access key; an API key stands in its header already."""
    if not endpoint.secret or endpoint.key_kind == API_KEY.name:
        return request
    return replace(request, authority=AwsSignature(endpoint.secret, region_of(endpoint), SERVICE))


def region_of(endpoint: Endpoint) -> str:
    """The region for which requests are signed."""
    typed = setting_of(endpoint.type, endpoint.settings, "region")
    return typed.lower() or derived_value(endpoint.type, endpoint.base_url) or ""


def _listing_request(endpoint: Endpoint, path: str) -> UpstreamRequest:
    base = listing_base_url(endpoint.type, endpoint.base_url or base_url_for(endpoint.type, endpoint.settings))
    return authorised(endpoint, UpstreamRequest("GET", base.rstrip("/") + path, headers_of(endpoint, body=False)))


def _model(row: object) -> Listing | None:
    """A model that can be asked by its own name; those that want an inference profile are listed by that."""
    wire_name = reading.name(reading.field(row, "modelId"))
    ways = reading.field(row, "inferenceTypesSupported")
    if not wire_name or (isinstance(ways, list) and "ON_DEMAND" not in ways):
        return None
    into, out = reading.field(row, "inputModalities"), reading.field(row, "outputModalities")
    vendor, shown = reading.name(reading.field(row, "providerName")), reading.name(reading.field(row, "modelName"))
    return Listing(
        wire_name=wire_name,
        display_name=f"{vendor} {shown}".strip() if shown else "",
        context_limit=family_of(wire_name).context,
        output_limit=family_of(wire_name).output,
        chat=_writes_text(into) and _writes_text(out) and not _OTHERS.search(wire_name),
        retired=reading.field(row, "modelLifecycle", "status") == "LEGACY",
        kind="foundation model",
        abilities={"vision": "IMAGE" in into} if isinstance(into, list) else {},
        modalities=modalities(into, out),
        retires_on=reading.day(reading.field(row, "modelLifecycle", "endOfLifeTime")),
    )


def _writes_text(modalities: object) -> bool:
    return not isinstance(modalities, list) or "TEXT" in modalities


def _read_profiles(endpoint: Endpoint, response: UpstreamResponse, type: str) -> Page:
    after = _listing_request(endpoint, PROFILES + APPLICATION) if type == SYSTEM else None
    fault = None if 200 <= response.status < 300 else refusals.read_fault(endpoint, response)
    if fault is not None and (fault.category is Category.PERMISSION or type == APPLICATION):
        return Page(())  # listing models and listing profiles are two rights; the models are listed already
    value = refusals.answered(endpoint, response)
    rows = reading.field(value, "inferenceProfileSummaries")
    if not isinstance(rows, list):
        raise UpstreamError(refusals.read_fault(endpoint, response))
    listings = (_profile(row) for row in rows if reading.field(row, "status") in ("ACTIVE", None))
    token = reading.text(reading.field(value, "nextToken"))
    more = _listing_request(endpoint, f"{PROFILES}{type}&nextToken={quote(token, safe='')}") if token else after
    return Page(tuple(listing for listing in listings if listing), more)


def _profile(row: object) -> Listing | None:
    """A profile of AWS is called after its model; one that the account made is asked by its ARN, and names it."""
    own = reading.field(row, "type") == APPLICATION
    wire_name = reading.name(reading.field(row, "inferenceProfileArn" if own else "inferenceProfileId"))
    if not wire_name:
        return None
    model = _behind(row) if own else wire_name
    return Listing(
        wire_name=wire_name,
        display_name=reading.name(reading.field(row, "inferenceProfileName")),
        context_limit=family_of(model).context,
        output_limit=family_of(model).output,
        chat=not _OTHERS.search(model),
        kind="inference profile",
        from_family=True,
        output_from_family=True,
        based_on=model if own else "",
    )
