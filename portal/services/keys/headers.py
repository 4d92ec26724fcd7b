"""Further headers of a provider: plain ones as they are, secret ones encrypted like keys and never shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.secret import Secret
from portal.domain.provider_headers import TypedHeader, may_be_shown
from portal.domain.typed_text import looks_secret
from portal.services.encryption import master_keys
from portal.services.runtime import Runtime
from portal.store import provider_headers as store
from portal.store import providers as stored_providers
from portal.store.base import Session, reading
from portal.store.provider_headers import ProviderHeaderRecord
from portal.store.providers import ProviderRecord
from portal.vault import Purpose, Undecryptable

NOT_SHOWN = "Not shown: it looks like a key. Change the provider, and enter it as a secret."
"""In the place of what was stored in the open before it was refused."""

OWNER = "shared"
"""The owner that a secret value is encrypted for: the same as a shared key's."""


@dataclass(frozen=True)
class HeaderView:
    """What a page may tell. The value of a secret one is its fingerprint; `opens` is False when it must come again."""

    name: str
    value: str
    secret: bool
    opens: bool = True


def headers_of(session: Session, runtime: Runtime, provider: ProviderRecord) -> tuple[HeaderView, ...]:
    """A provider's headers in order."""
    return tuple(
        HeaderView(
            NOT_SHOWN if looks_secret(row.name) else row.name,
            row.fingerprint if row.secret else _open_value(row),
            row.secret,
            value_of(runtime, row, provider.destination) is not None,
        )
        for row in store.of_provider(session, provider.id)
    )


def _open_value(row: ProviderHeaderRecord) -> str:
    return row.value if may_be_shown(TypedHeader(row.name, row.value)) else NOT_SHOWN


def value_of(runtime: Runtime, row: Any, destination: str) -> str | Secret | None:
    """What is to be sent; None when a secret value was encrypted for another address."""
    if not row.secret:
        return str(row.value)
    if row.destination != destination:
        return None
    try:
        return runtime.vault.decrypt(row.encrypted, Purpose(row.id, row.provider_id, OWNER, destination))
    except Undecryptable:
        return None


def typed_of(session: Session, provider_id: UUID) -> tuple[TypedHeader, ...]:
    """A provider's headers as its form holds them: secret values left blank."""
    return tuple(TypedHeader(row.name, row.value, row.secret) for row in store.of_provider(session, provider_id))


def shown_of(session: Session, provider: ProviderRecord) -> list[tuple[str, str, bool]]:
    """Name and value of each header, of a secret one its fingerprint; and whether it is secret. It tells versions."""
    return [
        (
            NOT_SHOWN if looks_secret(row.name) else row.name,
            row.fingerprint if row.secret else _open_value(row),
            row.secret,
        )
        for row in store.of_provider(session, provider.id)
    ]


def forget_all(session: Session, provider_id: UUID) -> int:
    """Delete every header of a provider that is itself being deleted; how many there were."""
    return store.delete_of_provider(session, provider_id)


def save(session: Session, runtime: Runtime, provider: ProviderRecord, typed: Sequence[TypedHeader]) -> tuple[str, ...]:
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
        session.add(_made(session, runtime, provider, header, place))
    for row in stored.values():
        changed.append(row.name)
        session.delete(row)
    session.flush()
    return tuple(changed)


def kept_names(name: str) -> frozenset[str]:
    """The secret headers that are stored for the provider of that name, lower-case: they may stay blank in its form."""
    with reading() as session:
        provider = stored_providers.find(session, name) if name else None
        rows = store.of_provider(session, provider.id) if provider is not None else []
        return frozenset(row.name.lower() for row in rows if row.secret)


def values_for(
    runtime: Runtime, provider: ProviderRecord | None, destination: str, typed: Sequence[TypedHeader]
) -> dict[str, str | Secret]:
    """What a form would send to that destination: what was typed, and for blank secrets what is stored for there.

    A secret that is stored for another destination never travels, and is left out.
    """
    stored: dict[str, str | Secret] = {}
    if provider is not None and any(header.secret and not header.value for header in typed):
        with reading() as session:
            rows = store.of_provider(session, provider.id)
        resolved = ((row.name.lower(), value_of(runtime, row, destination)) for row in rows if row.secret)
        stored = {name: value for name, value in resolved if value is not None}
    found = {header.name: stored.get(header.name.lower()) for header in typed if header.secret and not header.value}
    return typed_values(typed) | {name: value for name, value in found.items() if value is not None}


def typed_values(typed: Sequence[TypedHeader]) -> dict[str, str | Secret]:
    """What the rows of a form that is not saved would send; a secret row left blank is not among them."""
    return {header.name: Secret(header.value) if header.secret else header.value for header in typed if header.value}


def _is_kept(row: ProviderHeaderRecord, header: TypedHeader) -> bool:
    if row.secret != header.secret:
        return False
    return not header.value if header.secret else (row.name, row.value) == (header.name, header.value)


def _made(
    session: Session, runtime: Runtime, provider: ProviderRecord, header: TypedHeader, place: int
) -> ProviderHeaderRecord:
    made = ProviderHeaderRecord(
        id=uuid4(), provider_id=provider.id, position=place, name=header.name, secret=header.secret
    )
    if not header.secret:
        made.value = header.value
        return made
    master_keys.unlock(session, runtime)
    secret = Secret(header.value)
    encrypted = runtime.vault.encrypt(secret, Purpose(made.id, provider.id, OWNER, provider.destination))
    made.encrypted, made.master_key_id, made.destination = encrypted.text, encrypted.master_key_id, provider.destination
    made.fingerprint = runtime.vault.fingerprint(secret)
    return made
