"""What a provider type is: its form, the shapes of its keys, its paths and its quirks, all of it data."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


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
    value is an address of its own, to which requests go too. `needed_with` names kinds of key that cannot do without
    it. `suggestions` are offered while typing; with `names`, they are regions, and other spellings are corrected.
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

    A credential of one field is that text itself; one of several is a JSON object of its fields, encrypted as one
    secret. The kind's name is stored in plain beside it, so that a dialect knows the shape without decrypting it.
    """

    name: str
    label: str
    fields: tuple[KeyField, ...]

    def pack(self, parts: Mapping[str, str]) -> str:
        """The text to encrypt for what was typed into the fields; empty while a part that is required is missing."""
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

    `{model}` in a path is the model ID, and `{}` the setting's value.
    """

    setting: str
    pattern: str
    chat: str
    models: str


API_KEY = KeyKind("key", "API key", (KeyField("key", "API key"),))

ApiName = Literal["chat_completions", "responses", "messages", "count_tokens", "embeddings"]
"""The APIs that callers of the gateway speak."""


@dataclass(frozen=True)
class Api:
    """An API that a provider offers, so that a request in it passes through as it came.

    - `path`: under the base URL; `{model}` in it is the model ID, and `{}` the value of `setting`.
    - `base`: a pattern and its replacement, which turn the provider's base URL into this API's. A base URL that the
      pattern does not fit has no such API. Without a pattern it is the provider's own.
    - `setting`: a setting and the pattern that its value has to match as a whole.
    - `models`: the pattern of the model IDs that it serves; blank for all.
    - `key_headers`: the headers that carry the key; blank for the type's own.
    - `headers`: what goes along where the caller does not say otherwise.
    - `key_kinds`: the kinds of credential it takes; by default those that are one text.
    - `service`: what a signature names, where a credential of several parts signs the request.
    - `assumed`: no document promises it. It holds until its path is found missing.
    """

    name: ApiName
    path: str
    base: tuple[str, str] = ("", "")
    setting: tuple[str, str] = ("", "")
    models: str = ""
    key_headers: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    key_kinds: tuple[str, ...] = (API_KEY.name,)
    service: str = ""
    assumed: bool = False


@dataclass(frozen=True)
class ProviderType:
    """What kind of provider it is: a row of data. `portal.dialects.provider_types.table` holds the rows.

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
    - `reasoning_object`: True where effort is sent in an object `reasoning` and not as `reasoning_effort`.
    - `environment_keys`: credentials of several variables, tried after `environment`.
    - `extra_headers`: True where an administrator may add headers of any name to every request.
    - `listing_proves_key`: False where `/models` is public and proves nothing about the key.
    - `key_path`: what under the base URL is shown only to a right key, asked after a listing that proves nothing.
    - `thoughts_field`: where in a message it takes back what its model thought; blank where it takes none.
    - `thoughts_in_parts`: whether it takes back the list `reasoning_details` in which it told of them.
    - `system_anywhere`: whether the system may speak in the midst of a conversation.
    - `takes_files`: whether documents may be part of a message.
    - `call_id_length`: the length that the ids of tool calls must have, in letters and digits; 0 for any.
    - `apis`: what of the APIs that callers speak it offers, and where. Of several of one name the first that fits.
    - `details`: the shape in which it says more of its models than its listing does; `portal.dialects.details` knows.
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
    key_path: str = ""
    thoughts_field: str = ""
    thoughts_in_parts: bool = False
    system_anywhere: bool = False
    takes_files: bool = False
    call_id_length: int = 0
    apis: tuple[Api, ...] = ()
    details: Literal["", "ollama", "lm_studio", "llama_cpp"] = ""

    @property
    def check_proves_key(self) -> bool:
        """Whether a check that lists the models shows that the key is right, by the list or by what comes after."""
        return self.listing_proves_key or bool(self.key_path)
