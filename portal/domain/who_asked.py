"""Who asked, as a provider may be told of it: in headers that somebody chose for that provider, and in no other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from portal.domain.provider_headers import LONGEST_NAME, NAME, REFUSED, SECRET_NAME
from portal.domain.typed_text import looks_secret


@dataclass(frozen=True)
class Asker:
    """The person whose request it is; of an application's user `id` is the name of both, and there is no e-mail."""

    id: UUID | str
    name: str
    email: str


@dataclass(frozen=True)
class Part:
    """One thing that may be told of a person, and the header that it stands in unless another one is named."""

    name: str
    label: str
    header: str


PARTS = (
    Part("id", "User ID", "X-Portal-User-Id"),
    Part("name", "Name", "X-Portal-User-Name"),
    Part("email", "E-mail", "X-Portal-User-Email"),
)

OF_VENDORS = ("anthropic-", "openai-", "x-amz-", "x-goog-", "x-ms-")
"""How headers begin that mean something to the providers themselves."""

KEPT = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
"""What stands in a header as it is. All else, “%” with it, is percent-encoded UTF-8: reading it is one rule."""

Headers = Mapping[str, str]
"""The names of headers by the names of parts, of those alone that are sent."""


def written(headers: Headers, asker: Asker) -> dict[str, str]:
    """The headers of one request."""
    values = {"id": str(asker.id), "name": asker.name, "email": asker.email}
    told = (part for part in PARTS if headers.get(part.name) and values[part.name])
    return {headers[part.name]: quote(values[part.name], safe=KEPT) for part in told}


def faults_of(headers: Headers, others: Collection[str] = ()) -> dict[str, str]:
    """A sentence for each part whose header cannot bear its name; `others` are the provider's further headers."""
    faults: dict[str, str] = {}
    seen = {name.lower() for name in others}
    for part in PARTS:
        name = headers.get(part.name)
        if name is None:
            continue
        if fault := _fault(name, seen):
            faults[part.name] = fault
        seen.add(name.lower())
    return faults


def _fault(name: str, seen: Collection[str]) -> str:
    if looks_secret(name):
        return "A key is no name of a header."
    if not name or len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        return "A header’s name has letters, digits and hyphens, as X-User."
    if name.lower() in REFUSED or SECRET_NAME.search(name) or name.lower().startswith(OF_VENDORS):
        return "Keys, connections and providers use such a name themselves. Choose another one."
    if name.lower() in seen:
        return f"The header {name} is sent already. Choose another name."
    return ""


def told(headers: Headers) -> str:
    """What is sent, in words: each part with its header. Blank for nothing."""
    return ", ".join(f"{part.label} as {headers[part.name]}" for part in PARTS if headers.get(part.name))
