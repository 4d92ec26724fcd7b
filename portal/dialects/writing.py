"""What every dialect's calls have in common: where they go, what identifies the caller, and how JSON is written."""

import json
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote

from portal.dialects.base import Door, Prompt, Turn
from portal.dialects.provider_types.shape import API_KEY
from portal.dialects.provider_types.table import base_url_for, setting_of
from portal.dialects.secret import Secret
from portal.domain.families import family_of

OPENAIS = ("openai", "azure")
"""The types whose families of models, and the efforts that these take, are known."""


def write(body: Mapping[str, object]) -> bytes:
    """JSON as UTF-8, compact; half a character in a text becomes a question mark rather than a failure."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def url_of(door: Door, path: str) -> str:
    return (door.base_url or base_url_for(door.type, door.settings)).rstrip("/") + path


def path_of(door: Door, which: Literal["chat", "models"], usual: str, wire_name: str = "") -> str:
    """The path under the base URL, which a setting decides for some types; `usual` is that of the dialect."""
    for surface in door.type.surfaces:
        value = setting_of(door.type, door.settings, surface.setting)
        if re.fullmatch(surface.pattern, value):
            path = surface.chat if which == "chat" else surface.models
            return path.replace("{model}", quote(wire_name, safe="")).replace("{}", quote(value, safe=""))
    return usual


def headers_of(door: Door, *, body: bool) -> dict[str, str | Secret]:
    """The door's own headers, those of its settings, and the key in the header that its type wants.

    Only a key that is one text goes into a header; one of several parts signs, or is exchanged for a token.
    """
    headers: dict[str, str | Secret] = {**door.headers, "Accept": "application/json"}
    if body:
        headers["Content-Type"] = "application/json"
    for setting in door.type.settings:
        value = str(door.settings.get(setting.name) or "").strip() or setting.default
        if setting.header and value:
            headers[setting.header] = value
    if door.secret and door.key_kind == API_KEY.name:
        bearer = door.type.key_header == "Authorization"
        headers[door.type.key_header] = door.secret.prefixed("Bearer ") if bearer else door.secret
    return headers


def ping(door: Door, wire_name: str) -> Prompt:
    """The smallest question there is: one token, or 16 with the least effort for a model that thinks first."""
    family = family_of(wire_name)
    if door.type.dialect == "demo" or not family.reasons:
        return Prompt(wire_name, (Turn("user", "ping"),), options={"max_output_tokens": 1})
    options: dict[str, object] = {"max_output_tokens": 16}
    if family.efforts and door.type.name in OPENAIS:
        options["reasoning_effort"] = family.efforts[0]
    return Prompt(wire_name, (Turn("user", "ping"),), options=options)
