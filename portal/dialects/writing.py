"""What every dialect's requests have in common: where they go, what identifies the caller, and how JSON is written."""

import json
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from portal.dialects.base import Endpoint
from portal.dialects.conversation import ChatRequest, Message
from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.provider_types.table import base_url_for, setting_of
from portal.dialects.secret import Secret
from portal.domain.families import family_of

OPENAIS = ("openai", "azure")
"""The types whose families of models, and the efforts that these take, are known."""


def write(body: Mapping[str, object]) -> bytes:
    """JSON as UTF-8, compact; half a character in a text becomes a question mark rather than a failure."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def url_of(endpoint: Endpoint, path: str) -> str:
    return (endpoint.base_url or base_url_for(endpoint.type, endpoint.settings)).rstrip("/") + path


def path_of(endpoint: Endpoint, which: Literal["chat", "models"], usual: str, wire_name: str = "") -> str:
    """The path under the base URL, which a setting decides for some types; `usual` is that of the dialect."""
    for surface in endpoint.type.surfaces:
        value = setting_of(endpoint.type, endpoint.settings, surface.setting)
        if re.fullmatch(surface.pattern, value):
            path = surface.chat if which == "chat" else surface.models
            return path.replace("{model}", quote(wire_name, safe="")).replace("{}", quote(value, safe=""))
    return usual


def headers_of(endpoint: Endpoint, *, body: bool) -> dict[str, str | Secret]:
    """The endpoint's own headers, those of its settings, and the key in the header that its type wants.

    Only a key that is one text goes into a header; one of several parts signs, or is exchanged for a token.
    """
    headers: dict[str, str | Secret] = {**endpoint.headers, "Accept": "application/json"}
    if body:
        headers["Content-Type"] = "application/json"
    for setting in endpoint.type.settings:
        value = str(endpoint.settings.get(setting.name) or "").strip() or setting.default
        if setting.header and value:
            headers[setting.header] = value
    if endpoint.secret and endpoint.key_kind == API_KEY.name:
        bearer = endpoint.type.key_header == "Authorization"
        headers[endpoint.type.key_header] = endpoint.secret.prefixed("Bearer ") if bearer else endpoint.secret
    return headers


def ping(endpoint: Endpoint, wire_name: str) -> ChatRequest:
    """The smallest request there is: one token, or 16 with the least effort for a model that thinks first."""
    family = family_of(wire_name)
    if endpoint.type.dialect == "demo" or not family.reasons:
        return ChatRequest(wire_name, (Message.of("user", "ping"),), options={"max_output_tokens": 1})
    options: dict[str, object] = {"max_output_tokens": 16}
    if family.efforts and endpoint.type.name in OPENAIS:
        options["reasoning_effort"] = family.efforts[0]
    return ChatRequest(wire_name, (Message.of("user", "ping"),), options=options)
