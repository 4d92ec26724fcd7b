"""Further headers of a provider: plain ones as they are, secret ones sealed like keys and never shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from portal.dialects.base import Secret
from portal.domain.provider_headers import TypedHeader
from portal.services import master_keys
from portal.services.tools import Tools
from portal.store import provider_headers as store
from portal.store.base import Session
from portal.store.provider_headers import ProviderHeaderRecord
from portal.store.providers import ProviderRecord
from portal.vault import Purpose, Unopenable

OWNER = "shared"
"""The owner that is sealed into a secret value: the same as a shared key's."""


@dataclass(frozen=True)
class HeaderView:
    """What a page may tell. The value of a secret one is its fingerprint; `opens` is False when it must come again."""

    name: str
    value: str
    secret: bool
    opens: bool = True


def headers_of(session: Session, tools: Tools, provider: ProviderRecord) -> tuple[HeaderView, ...]:
    """A provider's headers in order."""
    return tuple(
        HeaderView(
            row.name,
            row.fingerprint if row.secret else row.value,
            row.secret,
            value_of(tools, row, provider.destination) is not None,
        )
        for row in store.of_provider(session, provider.id)
    )


def value_of(tools: Tools, row: Any, destination: str) -> str | Secret | None:
    """What is to be sent; None when a secret value was sealed for another place."""
    if not row.secret:
        return str(row.value)
    if row.destination != destination:
        return None
    try:
        return tools.vault.open(row.sealed, Purpose(row.id, row.provider_id, OWNER, destination))
    except Unopenable:
        return None


def exist(tools: Tools, destination: str, sealed: Sequence[Any]) -> bool:
    """Whether every secret value would open, by its plain columns alone."""
    return all(row.destination == destination and tools.vault.knows(row.master_key_id) for row in sealed)


def save(session: Session, tools: Tools, provider: ProviderRecord, typed: Sequence[TypedHeader]) -> tuple[str, ...]:
    """Make the provider's headers those that were typed; the names of those that changed.

    A blank secret keeps what is stored under its name. Call it behind the catalog's lock.
    """
    stored = {row.name.lower(): row for row in store.lock_of_provider(session, provider.id)}
    changed = []
    for place, header in enumerate(typed):
        row = stored.pop(header.name.lower(), None)
        if row is not None and _is_kept(row, header):
            row.name, row.position = header.name, place
            continue
        changed.append(header.name)
        if row is not None:
            session.delete(row)
            session.flush()
        session.add(_made(session, tools, provider, header, place))
    for row in stored.values():
        changed.append(row.name)
        session.delete(row)
    session.flush()
    return tuple(changed)


def typed_values(typed: Sequence[TypedHeader]) -> dict[str, str | Secret]:
    """What the rows of a form that is not saved would send; a secret row left blank is not among them."""
    return {header.name: Secret(header.value) if header.secret else header.value for header in typed if header.value}


def _is_kept(row: ProviderHeaderRecord, header: TypedHeader) -> bool:
    if row.secret != header.secret:
        return False
    return not header.value if header.secret else (row.name, row.value) == (header.name, header.value)


def _made(
    session: Session, tools: Tools, provider: ProviderRecord, header: TypedHeader, place: int
) -> ProviderHeaderRecord:
    made = ProviderHeaderRecord(
        id=uuid4(), provider_id=provider.id, position=place, name=header.name, secret=header.secret
    )
    if not header.secret:
        made.value = header.value
        return made
    master_keys.unlock(session, tools)
    secret = Secret(header.value)
    sealed = tools.vault.seal(secret, Purpose(made.id, provider.id, OWNER, provider.destination))
    made.sealed, made.master_key_id, made.destination = sealed.text, sealed.master_key_id, provider.destination
    made.fingerprint = tools.vault.fingerprint(secret)
    return made
