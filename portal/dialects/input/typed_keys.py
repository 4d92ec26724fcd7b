"""A credential as it was typed or pasted: corrected where it is plain what is meant, else refused in words.

No sentence ever repeats what was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from portal.dialects.provider_types.shape import API_KEY, KeyField, KeyKind, KeyRule, ProviderType
from portal.domain.service_accounts import read_service_account
from portal.domain.shared_keys import key_fault, placeholder_fault, several_fault
from portal.domain.typed_text import MAKES, is_key_file, looks_secret

AZURES = re.compile(r"[0-9a-f]{32}|[A-Za-z0-9]{75,88}")
"""Keys of Azure OpenAI, which begin with nothing of their own."""

_NAMED = re.compile(
    r"(export\s+|set\s+|\$env:)?[A-Z][A-Z0-9_]{2,}\s*=\s*\S|(authorization|x-goog-api-key|x-api-key|api[-_]?key)\s*[:=]\s*\S"
)
_AWS_PARTS: dict[str, re.Pattern[str]] = {
    part: re.compile(rf"{word}[\"']?\s*[=:]\s*[\"']?([A-Za-z0-9/+=]{{16,}})", re.IGNORECASE)
    for part, word in (
        ("access_key_id", "access_?key_?id"),
        ("secret_access_key", "secret_?access_?key"),
        ("session_token", "session_?token"),
    )
}


@dataclass(frozen=True)
class TypedKey:
    """What was meant. `text` is what is to be encrypted, empty when nothing was typed or something is wrong with it.

    `faults` go by the names of form fields. `settings` come with the credential, as a project; `shown` are the
    parts that may be shown again. `switch_to` names the type of provider that it seems to belong to, `doubt` says so.
    """

    kind: str
    text: str = field(default="", repr=False)
    faults: dict[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    settings: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    switch_to: str = ""
    doubt: str = ""


def field_name(kind: KeyKind, part: KeyField) -> str:
    """What the form calls one part of a credential: `key` for a plain key, else `aws_secret_access_key`."""
    return part.name if kind.name == API_KEY.name else f"{kind.name}_{part.name}"


def kind_of(type: ProviderType, name: str) -> KeyKind:
    """The kind of that name, else the type's first."""
    return next((kind for kind in type.key_kinds if kind.name == name), type.key_kinds[0])


_SHOWN_PARTS: Mapping[str, str] = {
    "access_key_id": r"[A-Z0-9]{0,128}",
    "client_email": r"[^\s@]{0,64}(@[^\s@]{0,255})?",
}
"""What the open parts of a credential look like: anything else in their fields may be the secret itself."""


def may_be_shown(part: KeyField, text: str) -> bool:
    """Whether a page may repeat what was typed into one part of a credential."""
    fits = re.fullmatch(_SHOWN_PARTS.get(part.name, ".*"), text.strip()) is not None
    # The id of an access key looks like a key, and is the one that is no secret.
    return fits and not part.secret and (part.name == "access_key_id" or not looks_secret(text))


def read_typed_key(type: ProviderType, kind: str, parts: Mapping[str, str], *, at_home: bool = True) -> TypedKey:
    """The credential in the parts of one kind; blank parts mean that none is entered.

    `at_home`: it would go to the type's own hosts, where a key of another vendor is certainly a mistake.
    """
    chosen = kind_of(type, kind)
    if type.key is KeyRule.NONE or not any(parts.values()):
        return TypedKey(chosen.name)
    if any(is_key_file(text) for text in parts.values()) and (other := _service_account_of(type)):
        chosen = other
    if chosen.name == "service_account":
        return _service_account(chosen, parts)
    if chosen.name == "aws":
        return _access_key(chosen, parts)
    return _plain(type, chosen, next(text for text in parts.values() if text), at_home)


def _plain(type: ProviderType, kind: KeyKind, typed: str, at_home: bool) -> TypedKey:
    name = field_name(kind, kind.fields[0])
    if is_key_file(typed):
        sentence = "This is the key file of a Google service account. It belongs into a Google Vertex AI provider."
        return TypedKey(kind.name, faults={name: sentence}, switch_to="vertex")
    if fault := _broken(typed):
        return TypedKey(kind.name, faults={name: fault})
    make = next(((whose, label) for pattern, whose, label in MAKES if re.match(pattern, typed)), None)
    if make and make[0] == "bedrock" == type.name and re.match(r"A[KS]IA", typed):
        sentence = "This is the id of an access key. Choose “Access key”, and enter its secret too."
        return TypedKey(kind.name, faults={name: sentence})
    if make and type.own_hosts and make[0] != type.name and (make[0], type.name) != ("google", "vertex"):
        sentence = f"This is a key of {make[1]}. {type.label} does not take it."
        if at_home:
            return TypedKey(kind.name, faults={name: sentence}, switch_to=make[0])
        return TypedKey(kind.name, typed, switch_to=make[0], doubt=f"This looks like a key of {make[1]}.")
    if type.key_prefix and not typed.startswith(type.key_prefix):
        azure = AZURES.fullmatch(typed) is not None
        more = " It looks like one of Azure OpenAI." if azure else " Test it to be sure."
        doubt = f"{type.label} keys begin with {type.key_prefix}, and this one does not.{more}"
        return TypedKey(kind.name, typed, switch_to="azure" if azure else "", doubt=doubt)
    return TypedKey(kind.name, typed)


def _wrapped(typed: str) -> str | None:
    """What was copied along with a key or instead of it, as a sentence."""
    if re.match(r"bearer\s", typed, re.IGNORECASE):
        return "Leave out the word “Bearer”: the portal adds it."
    if _NAMED.match(typed) or re.match(r"(?i)authorization\s*:", typed):
        return "A name stands before the key, as in a settings file. Paste only the key, which follows it."
    if re.search(r"\.\.\.|…|[•*·]{3}", typed):
        return "This is the shortened key that a web page shows. Make a new one there, and copy it whole."
    return None


def _broken(typed: str) -> str | None:
    """Why no request could carry this as a key."""
    if fault := placeholder_fault(typed) or several_fault(typed) or _wrapped(typed.strip()) or key_fault(typed):
        return fault
    if re.search(r"\s", typed):
        return "The key has a space in it. Copy it again, whole."
    if typed[0] in "\"'`" or typed[-1] in "\"'`":
        return "A quotation mark stands at one end of the key. Remove it."
    return None


def _service_account_of(type: ProviderType) -> KeyKind | None:
    return next((kind for kind in type.key_kinds if kind.name == "service_account"), None)


def _service_account(kind: KeyKind, parts: Mapping[str, str]) -> TypedKey:
    email, key = parts.get("client_email", ""), parts.get("private_key", "")
    whole = next((text for text in parts.values() if is_key_file(text)), "")
    if whole:
        key, email = whole, "" if is_key_file(email) else email
    account = read_service_account(email, key)
    names = {part.name: field_name(kind, part) for part in kind.fields}
    faults = {names[part]: sentence for part, sentence in account.faults.items()}
    shown = {"client_email": account.client_email}
    settings = {"project": account.project} if account.project else {}
    if faults:
        return TypedKey(kind.name, faults=faults, shown=shown, settings=settings)
    notices: list[str] = []
    if whole:
        notices.append(f"Read the e-mail and the key of {account.client_email} out of the file.")
    elif re.search(r"\\+n", key):
        notices.append("The private key held \\n in place of line breaks. They are line breaks now.")
    return TypedKey(kind.name, account.encrypted_text, {}, tuple(notices), settings, shown)


def _access_key(kind: KeyKind, parts: Mapping[str, str]) -> TypedKey:
    typed = {name: text.strip() for name, text in parts.items()}
    notices: tuple[str, ...] = ()
    everything = "\n".join(parts.values())
    found = {part: got[1] for part, pattern in _AWS_PARTS.items() if (got := pattern.search(everything))}
    if found.keys() >= {"access_key_id", "secret_access_key"}:
        typed = found
        notices = ("Read the parts of the access key out of what was pasted.",)
    key_id, secret = typed.get("access_key_id", ""), typed.get("secret_access_key", "")
    if re.fullmatch(r"A[KS]IA[A-Z0-9]{12,}", secret) and len(key_id) >= 30:
        key_id, secret = secret, key_id
        notices = ("The id and the secret of the access key stood in each other’s place.",)
    token = typed.get("session_token", "")
    shown = {"access_key_id": key_id if re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{12,}", key_id) else ""}
    faults = _access_key_faults(key_id, secret, token)
    if faults:
        named = {field_name(kind, part): faults[part.name] for part in kind.fields if part.name in faults}
        return TypedKey(kind.name, faults=named, shown=shown)
    held = {"access_key_id": key_id, "secret_access_key": secret, "session_token": token}
    return TypedKey(kind.name, kind.pack(held), {}, notices, {}, shown)


def _access_key_faults(key_id: str, secret: str, token: str) -> dict[str, str]:
    faults: dict[str, str] = {}
    if key_id.startswith("ABSK"):
        faults["access_key_id"] = "This is a Bedrock API key. Choose “Bedrock API key”, and enter it there."
    elif not key_id:
        faults["access_key_id"] = "Enter the id of the access key too. It begins with AKIA, or with ASIA."
    elif not re.fullmatch(r"[A-Z0-9]{16,128}", key_id):
        faults["access_key_id"] = (
            "This is no id of an access key: those have 16 or more capitals and digits, as AKIA…. Copy it again."
        )
    for name, text in (("secret_access_key", secret), ("session_token", token)):
        if text and (fault := _broken(text)):
            faults[name] = fault
    if not secret and not faults:
        faults |= {"secret_access_key": "Enter the secret access key too. It has 40 characters."}
    if key_id.startswith("ASIA") and secret and not token:
        faults |= {"session_token": "An id that begins with ASIA is temporary, and needs its session token."}
    return faults
