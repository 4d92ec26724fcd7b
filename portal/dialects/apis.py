"""Where a provider offers the API that a caller speaks, and which headers it wants there. No I/O."""

import re
from urllib.parse import quote

from portal.dialects.base import AwsSignature, Endpoint
from portal.dialects.bedrock_control import region_of
from portal.dialects.provider_types.shape import API_KEY, Api, ApiName
from portal.dialects.provider_types.table import base_url_for, setting_of
from portal.dialects.secret import Secret
from portal.dialects.writing import headers_of
from portal.domain.origins import origin_of


def api_of(endpoint: Endpoint, api: ApiName, model: str = "") -> Api | None:
    """The first row of that name that fits the endpoint's address, settings and kind of key, and the model if named."""
    return next((row for row in endpoint.type.apis if row.name == api and _fits(endpoint, row, model)), None)


def api_url(endpoint: Endpoint, api: ApiName, model: str) -> str | None:
    """The URL that takes requests in this API for this model; None where the provider does not offer it."""
    row = api_of(endpoint, api, model)
    if row is None:
        return None
    value = setting_of(endpoint.type, endpoint.settings, row.setting[0])
    path = row.path.replace("{model}", quote(model, safe="")).replace("{}", quote(value, safe=""))
    return f"{_base(endpoint, row)}{path}"


def api_headers(endpoint: Endpoint, api: ApiName, model: str = "") -> dict[str, str | Secret]:
    """The endpoint's own headers and the key, in the headers that this API wants.

    What the API needs said, as its version, is among them; a header of that name from the caller goes before it.
    """
    headers = headers_of(endpoint, body=True)
    row = api_of(endpoint, api, model)
    if row is None:
        return headers
    if row.key_headers:
        headers.pop(endpoint.type.key_header, None)
        if endpoint.secret and endpoint.key_kind == API_KEY.name:
            for name in row.key_headers:
                bearer = name == "Authorization"
                headers[name] = endpoint.secret.prefixed("Bearer ") if bearer else endpoint.secret
    named = {name.lower() for name in headers}
    return headers | {name: value for name, value in row.headers if name.lower() not in named}


def api_authority(endpoint: Endpoint, api: ApiName, model: str = "") -> AwsSignature | None:
    """What signs a request in this API, where the credential is no header."""
    row = api_of(endpoint, api, model)
    if row is None or not row.service or not endpoint.secret or endpoint.key_kind == API_KEY.name:
        return None
    return AwsSignature(endpoint.secret, region_of(endpoint), row.service)


def api_origins(endpoint: Endpoint) -> frozenset[str]:
    """The origins that all of its APIs are at: they follow from its address, on hosts of the same owner.

    A key is encrypted for the provider's `destination`; these are what that address stands for beside it.
    """
    bases = (_base(endpoint, row) for row in endpoint.type.apis if _fits(endpoint, row, ""))
    return frozenset(origin_of(base) for base in bases if base)


def _fits(endpoint: Endpoint, row: Api, model: str) -> bool:
    name, pattern = row.setting
    return bool(
        _base(endpoint, row)
        and (endpoint.secret is None or endpoint.key_kind in row.key_kinds)
        and (not name or re.fullmatch(pattern, setting_of(endpoint.type, endpoint.settings, name)))
        and (not model or not row.models or re.fullmatch(row.models, model))
    )


def _base(endpoint: Endpoint, row: Api) -> str:
    """The base URL of an API; blank where the provider's address leads to none."""
    base = (endpoint.base_url or base_url_for(endpoint.type, endpoint.settings)).rstrip("/")
    pattern, replacement = row.base
    if not pattern:
        return base
    found = re.fullmatch(pattern, base, re.IGNORECASE)
    return found.expand(replacement) if found else ""
