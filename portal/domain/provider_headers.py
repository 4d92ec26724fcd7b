"""Further headers of a provider's requests: which names and values may be sent, and which only encrypted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from portal.domain.shared_keys import key_fault, placeholder_fault
from portal.domain.typed_text import looks_secret

MOST = 20
LONGEST_NAME = 100
LONGEST_VALUE = 4_000

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_CREDENTIAL = re.compile(r"\s*(bearer|basic)\s+\S", re.IGNORECASE)
SECRET_NAME = re.compile(
    r"api[-_]?key|token|secret|passw|credential|signature|(?:^|[-_])(?:key|auth|pwd|pass|jwt|sig)$",
    re.IGNORECASE,
)
_OPEN_VALUE = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:org|proj|ws|wrkspc|acct|team)[-_][A-Za-z0-9]+", re.IGNORECASE
)
"""Names of accounts, which are as long as keys and open nothing."""

REFUSED: Mapping[str, str] = {
    name: sentence
    for names, sentence in (
        (
            "authorization proxy-authorization x-authorization www-authenticate proxy-authenticate cookie set-cookie",
            "The portal sends the key by itself. Enter it as the key above, not as a header.",
        ),
        (
            "connection keep-alive proxy-connection te trailer transfer-encoding upgrade host content-length "
            "content-type content-encoding accept accept-encoding expect",
            "The connection itself sets this header. Leave it out.",
        ),
    )
    for name in names.split()
}
"""Names that nobody may set, lower-case, and why."""

KEY_AS_NAME = "A key is no name of a header. Name the header, and enter the key as its value, with “secret” ticked."


@dataclass(frozen=True)
class TypedHeader:
    """One row of the form. A secret one with a blank value keeps the value that is stored under its name."""

    name: str
    value: str = field(default="", repr=False)
    secret: bool = False


def faults_of(headers: Sequence[TypedHeader], kept: frozenset[str] = frozenset()) -> dict[int, str]:
    """A sentence for each row that cannot be sent, by its index; `kept` are lower-case names of stored secrets."""
    faults: dict[int, str] = {}
    seen: set[str] = set()
    for index, header in enumerate(headers):
        fault = _fault(header, kept)
        if not fault and header.name.lower() in seen:
            fault = f"The header {header.name} stands here twice. Remove one."
        if not fault and index >= MOST:
            fault = f"At most {MOST} headers fit."
        if fault:
            faults[index] = fault
        seen.add(header.name.lower())
    return faults


def may_be_shown(header: TypedHeader) -> bool:
    """False for a value that is a secret or looks like one, or that stands under the name of one."""
    plain = not header.secret and header.name.strip().lower() not in REFUSED and not SECRET_NAME.search(header.name)
    return plain and not _holds_secret(header.value)


def _holds_secret(value: str) -> bool:
    return looks_secret(value) or _CREDENTIAL.match(value) is not None or _is_random(value.strip())


def _is_random(value: str) -> bool:
    """Whether a value looks like a key of nobody in particular: long, in one piece, and no word of a language."""
    if _OPEN_VALUE.fullmatch(value) or not re.fullmatch(r"[\w.~+/=-]+", value):
        return False
    if re.match(r"(?:sk|pk|rk)[-_][\w-]{4,}", value):
        return True
    if value.endswith("=") and len(value) >= 12:
        return True
    return any(map(_is_a_jumble, re.findall("[A-Za-z0-9]{16,}", value)))


def _is_a_jumble(run: str) -> bool:
    """Whether letters and digits stand in no order that a name has: hexadecimal, or changing between them often."""
    if re.fullmatch("[0-9a-f]+|[0-9A-F]+", run) and not run.isdigit():
        return True
    kinds = ["d" if sign.isdigit() else "l" if sign.islower() else "u" for sign in run]
    changes = sum(one != other for one, other in pairwise(kinds))
    return "d" in kinds and changes >= max(5, len(run) // 4)


def _fault(header: TypedHeader, kept: frozenset[str]) -> str | None:
    name, value = header.name, header.value
    if not name:
        return "Name the header, as X-Tenant, or remove this row."
    if looks_secret(name):
        return KEY_AS_NAME
    if value and (fault := placeholder_fault(value, "value")):
        return fault
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        return "A header’s name has letters, digits and hyphens, as X-Tenant."
    if name.lower() in REFUSED:
        return REFUSED[name.lower()]
    if header.secret:
        return None if not value and name.lower() in kept else _secret_fault(value)
    if SECRET_NAME.search(name):
        return "This looks like a secret. Tick “secret”, so that its value is encrypted and never shown."
    if _holds_secret(value):
        return "This value looks like a key. Tick “secret”, so that it is encrypted and never shown."
    if not value.strip():
        return "Give this header a value, or remove this row."
    if len(value) > LONGEST_VALUE:
        return f"This value has {len(value):,} characters. Use at most {LONGEST_VALUE:,}."
    if not value.isascii() or not value.isprintable():
        return "Use plain letters, digits and signs in the value, without line breaks."
    return None


def _secret_fault(value: str) -> str | None:
    if not value.strip():
        return "Enter the secret value. It is encrypted as soon as it is saved."
    if len(value) > LONGEST_VALUE:
        return f"This value has {len(value):,} characters. Use at most {LONGEST_VALUE:,}."
    fault = key_fault(value)
    return fault.replace("The key", "The value").replace("A key", "A value") if fault else None
