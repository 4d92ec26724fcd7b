"""What somebody typed into a provider's form, made ready to be tested or saved, or refused field by field."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from portal.dialects.input.addresses import TidyAddress, deployment_in, settings_in, tidy_base_url
from portal.dialects.input.typed_keys import TypedKey, kind_of, read_typed_key
from portal.dialects.provider_types.regions import spell
from portal.dialects.provider_types.shape import API_KEY, ProviderType, SettingField
from portal.dialects.provider_types.table import TYPES, base_url_for, destination, is_own
from portal.domain.egress import is_this_machine
from portal.domain.errors import Denied, Invalid
from portal.domain.language_models import asked_fault
from portal.domain.origins import origin_of
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.provider_headers import TypedHeader
from portal.domain.provider_headers import faults_of as header_faults
from portal.domain.providers import KEY_IN_THE_OPEN, label_fault, name_fault
from portal.domain.shared_keys import ROTATE_AFTER_DAYS
from portal.domain.typed_text import looks_secret
from portal.domain.who_asked import faults_of as who_asked_faults
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store.base import reading

CONNECT_SECONDS = (0.5, 60.0)
READ_SECONDS = (1.0, 3600.0)
LONGEST_SETTING = 200
NAME_TAKEN = "Another provider is called “{name}” already. Choose another name."
LONGEST_REMINDER = 3650


@dataclass(frozen=True)
class Draft:
    """A form as it was typed. A blank key means: keep the stored one, or none.

    `who_asked` are the headers that tell who asks, of those parts that are sent.
    `owner` is the id of the team that is to own it, blank for the deployment, None to leave that as it is.
    A plain key is in `key`; one of several parts has them in `key_parts`, by the names of its kind's fields. `faults`
    are what the form found wrong by itself, as a number that is none: they are said along with all others.
    """

    type: str
    name: str = ""
    label: str = ""
    base_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default="", repr=False)
    key_kind: str = ""
    key_parts: Mapping[str, str] = field(default_factory=dict, repr=False)
    default_model: str = ""
    connect_timeout: float = 5.0
    read_timeout: float = 180.0
    test_model: str = ""
    headers: Sequence[TypedHeader] = ()
    who_asked: Mapping[str, str] = field(default_factory=dict)
    rotate_after_days: int = ROTATE_AFTER_DAYS
    owner: str | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """The same, tidied. `base_url` is empty when a needed address is missing.

    `remarks` say what was changed, each with the field that it is about; `key` is the credential that was read.
    `model` is one that the address named. `switch_to` names the type that the address or the key seems to belong to.
    """

    type: ProviderType
    name: str
    label: str
    base_url: str
    settings: dict[str, str]
    destination: frozenset[str]
    remarks: tuple[tuple[str, str], ...]
    key: TypedKey
    draft: Draft
    model: str = ""
    switch_to: str = ""
    headers: tuple[TypedHeader, ...] = ()

    @property
    def destination_column(self) -> str:
        return destination_column(self.destination)

    @property
    def notices(self) -> tuple[str, ...]:
        return tuple(sentence for _, sentence in self.remarks)


class Misplaced(Invalid):
    """What was typed belongs to another type of provider: `switch_to` names it."""

    def __init__(self, faults: dict[str, str], switch_to: str) -> None:
        super().__init__(faults)
        self.switch_to = switch_to


def destination_column(origins: frozenset[str]) -> str:
    """A destination as providers and keys store it."""
    return " ".join(sorted(origins))


def read_over(actor: Actor, runtime: Runtime, draft: Draft, *, new: bool) -> Prepared:
    """A form while it is being filled in: what was pasted is taken apart, and nothing is said of what is still blank.

    Raises `Invalid` for what cannot be used as it stands; the name of a `new` provider must be free.
    """
    if not (actor.may(Permission.PROVIDER_CREATE) or actor.may(Permission.PROVIDER_EDIT)):
        raise Denied("You may not do this here. Ask an administrator for the permission.")
    name = draft.name.strip()
    fault = (name_fault(name) or taken_fault(name)) if new and name else ""
    return prepare(replace(draft, faults={**draft.faults, "name": fault}) if fault else draft, runtime, whole=False)


def taken_fault(name: str) -> str:
    """Why a new provider cannot bear this name; "" when nobody does."""
    with reading() as session:
        taken = name in stored_providers.names(session)
    return NAME_TAKEN.format(name=name) if taken else ""


def prepare(
    draft: Draft,
    runtime: Runtime,
    *,
    naming: bool = False,
    saving: bool = False,
    whole: bool = True,
    kept_headers: frozenset[str] = frozenset(),
) -> Prepared:
    """Check every field. Raises `Invalid` naming each that cannot be used, `Misplaced` when another type would fit.

    `naming` also checks the name of a provider to be made. Only `saving` insists on an address: a test says by
    itself what is missing. `whole` insists on the settings that the type needs. `kept_headers` are the lower-case names
    of secret headers that are stored, whose values may stay blank.
    """
    type = TYPES.get(draft.type)
    if type is None:
        raise Invalid({"type": "Choose a type of provider."})
    faults: dict[str, str] = {}
    remarks: list[tuple[str, str]] = []
    name = draft.name.strip()
    if naming and (fault := name_fault(name)):
        faults["name"] = fault
    label = " ".join(draft.label.split())
    if fault := label_fault(label):
        faults["label"] = fault
    typed = settings_in(type, draft.base_url) | {key: value for key, value in draft.settings.items() if value.strip()}
    typed, pasted = _out_of_addresses(type, typed, draft.base_url, remarks)
    settings = _settings(type, typed, faults, remarks)
    tidy, model = _address(type, pasted, settings, runtime, faults, remarks, saving=saving)
    key = _key(type, draft, at_home=is_own(type, destination(type, tidy.url, {})))
    faults |= key.faults
    remarks += [("key", notice) for notice in key.notices]
    settings = {**{name: text for name, text in key.settings.items() if _is_setting(type, name)}, **settings}
    if whole:
        _require_settings(type, settings, draft, key, faults)
        _require_somewhere(type, tidy.url, settings, faults)
    if len(draft.default_model.strip()) > LONGEST_SETTING:
        faults["default_model"] = f"This is longer than {LONGEST_SETTING} characters."
    for which, asked in (("default_model", draft.default_model), ("test_model", draft.test_model)):
        if fault := asked_fault(asked.strip()):
            faults[which] = fault
    for which, value, (least, most) in (
        ("connect_timeout", draft.connect_timeout, CONNECT_SECONDS),
        ("read_timeout", draft.read_timeout, READ_SECONDS),
    ):
        if not least <= value <= most:
            faults[which] = f"Use {least:g} to {most:g} seconds."
    if not 0 <= draft.rotate_after_days <= LONGEST_REMINDER:
        faults["rotate_after_days"] = f"Use 0 to {LONGEST_REMINDER:,} days. 0 never reminds."
    headers = tuple(draft.headers) if type.extra_headers else ()
    if whole:
        faults |= {f"headers-{place}": said for place, said in header_faults(headers, kept_headers).items()}
        told_who = who_asked_faults(draft.who_asked, [header.name for header in headers])
        faults |= {f"who_asked_{part}_header": said for part, said in told_who.items()}
    faults |= draft.faults
    switch_to = tidy.switch_to or key.switch_to
    if faults:
        raise Misplaced(faults, switch_to) if switch_to in TYPES else Invalid(faults)
    origins = destination(type, tidy.url, settings) if tidy.url else frozenset()
    draft = replace(draft, test_model=draft.test_model.strip() or model)
    told = tuple(remarks)
    return Prepared(type, name, label, tidy.url, settings, origins, told, key, draft, model, switch_to, headers)


def _key(type: ProviderType, draft: Draft, *, at_home: bool) -> TypedKey:
    """The credential that was typed. A plain key without a kind is of the kind that is one."""
    if draft.key_parts:
        return read_typed_key(type, draft.key_kind, draft.key_parts, at_home=at_home)
    return read_typed_key(type, API_KEY.name if draft.key else draft.key_kind, {"key": draft.key}, at_home=at_home)


def _address(
    type: ProviderType,
    pasted: str,
    settings: Mapping[str, str],
    runtime: Runtime,
    faults: dict[str, str],
    remarks: list[tuple[str, str]],
    *,
    saving: bool,
) -> tuple[TidyAddress, str]:
    """The address to use, and the model that the pasted one named."""
    if not pasted.strip() and not base_url_for(type, settings) and not saving:
        return TidyAddress(""), ""
    tidy = tidy_base_url(type, pasted, runtime.settings.public_url, settings)
    if tidy.fault:
        faults["base_url"] = tidy.fault
        return replace(tidy, url=""), ""
    if _is_own(tidy.url, runtime):
        faults["base_url"] = "This is the portal’s own address. Enter the address of the provider."
    remarks += [("base_url", notice) for notice in tidy.notices]
    deployment = deployment_in(type, pasted)
    if deployment:
        remarks.append(("base_url", f"The address names the deployment {deployment}: the model’s name here."))
    return tidy, deployment


def _is_own(url: str, runtime: Runtime) -> bool:
    """Whether this portal itself answers there, as far as it knows."""
    host, _, port = origin_of(url).partition("://")[2].rpartition(":")
    return port == str(runtime.settings.port) and (is_this_machine(host) or host == runtime.settings.host)


def _settings(
    type: ProviderType, typed: Mapping[str, str], faults: dict[str, str], remarks: list[tuple[str, str]]
) -> dict[str, str]:
    """The type's further fields that were filled in, each fit to be sent in a header; places as they are spelt."""
    kept: dict[str, str] = {}
    for item in type.settings:
        value = typed.get(item.name, "").strip()
        if not value:
            continue
        name = f"setting_{item.name}"
        if item.names and len(value) <= LONGEST_SETTING:
            spelt = spell(value, item.suggestions, dict(item.names), item.fault)
            if spelt.fault:
                faults[name] = spelt.fault
                continue
            value = spelt.region
            if spelt.notice:
                remarks.append((name, spelt.notice))
        if fault := _setting_fault(item, value):
            faults[name] = fault
        else:
            kept[item.name] = value
    return kept


def _out_of_addresses(
    type: ProviderType, typed: Mapping[str, str], address: str, remarks: list[tuple[str, str]]
) -> tuple[dict[str, str], str]:
    """The settings, and the address: where one was pasted into a setting that it names, it is cut to that."""
    cut = dict(typed)
    for item in type.settings:
        pasted = cut.get(item.name, "").strip()
        whole = pasted if "://" in pasted else f"https://{pasted}"
        found = settings_in(type, whole).get(item.name) if "." in pasted or "/" in pasted else None
        if found and found != pasted and not looks_secret(pasted):
            cut[item.name] = found
            address = address if address.strip() else whole
            remarks.append((f"setting_{item.name}", f"Cut {found} out of the address that was pasted."))
    return cut, address


def _require_somewhere(type: ProviderType, address: str, settings: Mapping[str, str], faults: dict[str, str]) -> None:
    """Where the address follows from a setting and both are blank, that setting is what is missing."""
    item = next((item for item in type.settings if item.name == type.derived_from), None)
    if item is None or address or settings.get(item.name) or faults.keys() & {"base_url", f"setting_{item.name}"}:
        return
    example = f", as {item.placeholder}" if item.placeholder else ""
    faults[f"setting_{item.name}"] = f"Enter the {item.label[:1].lower()}{item.label[1:]}{example}, or the base URL."


def _setting_fault(item: SettingField, value: str) -> str | None:
    if looks_secret(value):
        return KEY_IN_THE_OPEN
    if len(value) > LONGEST_SETTING:
        return f"This is longer than {LONGEST_SETTING} characters."
    if not re.fullmatch(r"[\x20-\x7e]*", value):
        return "Use plain letters, digits and signs, without line breaks."
    if item.pattern and not re.fullmatch(item.pattern, value):
        return item.fault
    return None


def _require_settings(
    type: ProviderType, settings: Mapping[str, str], draft: Draft, key: TypedKey, faults: dict[str, str]
) -> None:
    """A sentence for each field that such a provider, or this kind of key, cannot do without."""
    kind = key.kind if key.text or key.faults else kind_of(type, draft.key_kind).name
    for item in type.settings:
        name = f"setting_{item.name}"
        if settings.get(item.name) or name in faults or "base_url" in faults:
            continue
        if item.required or kind in item.needed_with:
            example = f", as {item.placeholder}" if item.placeholder else ""
            faults[name] = f"Enter the {item.label[:1].lower()}{item.label[1:]}{example}."


def _is_setting(type: ProviderType, name: str) -> bool:
    return any(item.name == name for item in type.settings)
