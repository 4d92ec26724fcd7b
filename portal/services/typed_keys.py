"""A key as it was typed or pasted, in one field or several: read into the one secret that is sealed, or refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.dialects.base import KeyField, KeyKind, KeyRule, ProviderType, Secret
from portal.domain.service_accounts import read_service_account
from portal.domain.shared_keys import key_fault

SERVICE_ACCOUNT, AWS = "service_account", "aws"


@dataclass(frozen=True)
class TypedKey:
    """What was meant. `secret` is None while nothing was typed, which means: keep what is stored.

    `faults` are by the form's field names. `project` is what a pasted file says beside its key.
    """

    kind: str
    secret: Secret | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    project: str = ""


def field_name(part: KeyField | str) -> str:
    """What a part of a key is called in a form."""
    name = part if isinstance(part, str) else part.name
    return name if name == "key" else f"key_{name}"


def kind_of(type: ProviderType, wanted: str, parts: Mapping[str, str]) -> KeyKind:
    """The shape that was chosen, else that of the first field with something in it, else the type's usual one."""
    chosen = next((kind for kind in type.key_kinds if kind.name == wanted), None)
    typed = (kind for kind in type.key_kinds if any(parts.get(part.name) for part in kind.fields))
    return chosen or next(typed, type.key_kinds[0])


def read_typed_key(type: ProviderType, wanted: str, parts: Mapping[str, str]) -> TypedKey:
    """The key in these fields, by their names in the key's kind. Never raises, never quotes what was typed."""
    kind = kind_of(type, wanted, parts)
    if type.key is KeyRule.NONE or not any(parts.get(part.name) for part in kind.fields):
        return TypedKey(kind.name)
    if kind.name == SERVICE_ACCOUNT:
        account = read_service_account(parts.get("client_email", ""), parts.get("private_key", ""))
        if account.faults:
            return TypedKey(kind.name, faults={field_name(name): said for name, said in account.faults.items()})
        return TypedKey(kind.name, Secret(account.sealed_text), project=account.project)
    faults = {field_name(part): said for part in kind.fields if (said := _fault(kind, part, parts.get(part.name, "")))}
    if not faults and kind.name == AWS and parts["access_key_id"].startswith("ASIA") and not parts.get("session_token"):
        faults[field_name("session_token")] = "A key that begins with ASIA is temporary: paste its session token too."
    if faults:
        return TypedKey(kind.name, faults=faults)
    return TypedKey(kind.name, Secret(kind.pack(parts)))


def _fault(kind: KeyKind, part: KeyField, text: str) -> str | None:
    if len(kind.fields) == 1:
        return key_fault(text)
    if not text.strip():
        return f"Fill in: {part.label}." if part.required else None
    if kind.name == AWS and part.name == "access_key_id" and not re.fullmatch(r"\w{4,128}", text.strip(), re.ASCII):
        return "An access key ID has only letters and digits, as AKIAIOSFODNN7EXAMPLE."
    fault = key_fault(text)
    return fault.replace("The key", "This", 1) if fault else None
