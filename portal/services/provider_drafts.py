"""What somebody typed into a provider's form, made ready to be tested or saved, or refused field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.dialects.addresses import deployment_in, tidy_base_url, told_by
from portal.dialects.base import KeyRule, ProviderType, SettingField, origin_of
from portal.dialects.types import TYPES, base_url_for, destination
from portal.domain.errors import Invalid
from portal.domain.providers import LONGEST_LABEL, name_fault
from portal.services import shared_keys
from portal.services.tools import Tools

CONNECT_SECONDS = (0.5, 60.0)
READ_SECONDS = (1.0, 3600.0)
LONGEST_SETTING = 200


@dataclass(frozen=True)
class Draft:
    """A form as it was typed. A blank key means: keep the stored one, or none."""

    type: str
    name: str = ""
    label: str = ""
    base_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default="", repr=False)
    default_model: str = ""
    connect_timeout: float = 5.0
    read_timeout: float = 180.0
    test_model: str = ""


@dataclass(frozen=True)
class Prepared:
    """The same, tidied. `base_url` is empty when a needed address is missing; `notices` say what was changed in it."""

    type: ProviderType
    name: str
    label: str
    base_url: str
    settings: dict[str, str]
    destination: frozenset[str]
    notices: tuple[str, ...]
    draft: Draft

    @property
    def destination_column(self) -> str:
        return destination_column(self.destination)


def destination_column(origins: frozenset[str]) -> str:
    """A destination as providers and keys store it."""
    return " ".join(sorted(origins))


def prepare(draft: Draft, tools: Tools, *, naming: bool = False, saving: bool = False) -> Prepared:
    """Check every field. Raises `Invalid` naming each that cannot be used.

    `naming` also checks the name of a provider to be made. Only `saving` insists on an address: a test says by
    itself what is missing.
    """
    type = TYPES.get(draft.type)
    if type is None:
        raise Invalid({"type": "Choose a type of provider."})
    faults: dict[str, str] = {}
    name = draft.name.strip()
    if naming and (fault := name_fault(name)):
        faults["name"] = fault
    label = " ".join(draft.label.split())
    if len(label) > LONGEST_LABEL:
        faults["label"] = f"This has {len(label)} characters. Use at most {LONGEST_LABEL}."
    told = told_by(type, draft.base_url)
    settings = _settings(type, told | {key: value for key, value in draft.settings.items() if value.strip()}, faults)
    base_url, notices = _address(type, draft.base_url, settings, tools, faults, saving=saving)
    if draft.key and type.key is not KeyRule.NONE and (fault := shared_keys.validate_key(draft.key)):
        faults["key"] = fault
    if len(draft.default_model.strip()) > LONGEST_SETTING:
        faults["default_model"] = f"This is longer than {LONGEST_SETTING} characters."
    for which, value, (least, most) in (
        ("connect_timeout", draft.connect_timeout, CONNECT_SECONDS),
        ("read_timeout", draft.read_timeout, READ_SECONDS),
    ):
        if not least <= value <= most:
            faults[which] = f"Use {least:g} to {most:g} seconds."
    if faults:
        raise Invalid(faults)
    origins = destination(type, base_url, settings) if base_url else frozenset()
    return Prepared(type, name, label, base_url, settings, origins, notices, draft)


def _address(
    type: ProviderType,
    pasted: str,
    settings: Mapping[str, str],
    tools: Tools,
    faults: dict[str, str],
    *,
    saving: bool,
) -> tuple[str, tuple[str, ...]]:
    if not pasted.strip() and not base_url_for(type, settings) and not saving:
        return "", ()
    tidy = tidy_base_url(type, pasted, tools.settings.public_url, settings)
    if tidy.fault:
        faults["base_url"] = tidy.fault
        return pasted, ()
    if origin_of(tidy.url) in _own_origins(tools):
        faults["base_url"] = "This is the portal’s own address. Enter the address of the provider."
    deployment = deployment_in(type, pasted)
    named = (f"The address names the deployment {deployment}: that is the model’s name here.",) if deployment else ()
    return tidy.url, tidy.notices + named


def _own_origins(tools: Tools) -> frozenset[str]:
    """Where this portal itself answers, as far as it knows."""
    port = tools.settings.port
    return frozenset(f"http://{host}:{port}" for host in {tools.settings.host, "127.0.0.1", "localhost"})


def _settings(type: ProviderType, typed: Mapping[str, str], faults: dict[str, str]) -> dict[str, str]:
    """The type's further fields that were filled in, each fit to be sent in a header."""
    kept: dict[str, str] = {}
    for item in type.settings:
        value = typed.get(item.name, "").strip()
        if fault := _setting_fault(item, value):
            faults[f"setting_{item.name}"] = fault
        elif value:
            kept[item.name] = value
    return kept


def _setting_fault(item: SettingField, value: str) -> str | None:
    if item.required and not value:
        return f"Fill in: {item.label}."
    if len(value) > LONGEST_SETTING:
        return f"This is longer than {LONGEST_SETTING} characters."
    if not re.fullmatch(r"[\x20-\x7e]*", value):
        return "Use plain letters, digits and signs, without line breaks."
    if value and item.pattern and not re.fullmatch(item.pattern, value):
        return item.fault
    return None
