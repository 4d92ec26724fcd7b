"""A credential as it was typed into the fields of its kind, made ready to be sealed, or refused field by field."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.dialects.base import KeyKind
from portal.domain.service_accounts import read_service_account
from portal.domain.shared_keys import key_fault


@dataclass(frozen=True)
class TypedKey:
    """`text` is what is sealed: empty while nothing was typed, or while `faults` has a sentence for a field.

    `settings` are settings of the provider that the credential tells by the way, as the project of an account.
    """

    text: str = field(default="", repr=False)
    faults: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


def read_typed(kind: KeyKind, parts: Mapping[str, str]) -> TypedKey:
    """The credential in what was typed, by the names of the kind's fields. Nothing typed means: keep what is stored."""
    if not any(parts.get(part.name, "").strip() for part in kind.fields):
        return TypedKey()
    if kind.name == "service_account":
        return _service_account(parts)
    faults: dict[str, str] = {}
    for part in kind.fields:
        typed = parts.get(part.name, "")
        if not typed.strip():
            if part.required:
                faults[part.name] = f"Enter this too: {part.label}."
        elif sentence := key_fault(typed):
            faults[part.name] = sentence
    return TypedKey("" if faults else kind.pack(parts), faults)


def _service_account(parts: Mapping[str, str]) -> TypedKey:
    found = read_service_account(parts.get("client_email", ""), parts.get("private_key", ""))
    settings = {"project": found.project} if found.project else {}
    return TypedKey("" if found.faults else found.sealed_text, found.faults, settings)
