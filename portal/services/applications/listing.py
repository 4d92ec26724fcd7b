"""Applications as pages show them: never a secret, but its fingerprint."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.domain import versions
from portal.domain.applications import Environment, environments_text
from portal.store.applications import ApplicationKeyRecord, ApplicationRecord


@dataclass(frozen=True)
class Key:
    """One key that works. `public_key` is blank for a secret; `until` is when a replaced one ends."""

    id: UUID
    algorithm: str
    fingerprint: str
    public_key: str
    created_at: datetime
    created_by: str
    until: datetime | None
    last_used_at: datetime | None

    @property
    def kid(self) -> str:
        """How tokens name it in their header."""
        return self.id.hex

    @property
    def is_secret(self) -> bool:
        return not self.public_key


@dataclass(frozen=True)
class Application:
    """One application with its keys that work, the current one first. `version` is what a form is drawn from.

    `models` are the patterns of its ceiling; blank is no ceiling of its own.
    """

    id: UUID
    name: str
    environments: tuple[Environment, ...]
    models: tuple[str, ...]
    enabled: bool
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    last_address: str
    keys: tuple[Key, ...]
    version: str

    @property
    def current(self) -> Key | None:
        """The key to sign with; None where each has ended."""
        return next((key for key in self.keys if key.until is None), None)

    @property
    def environments_typed(self) -> str:
        return environments_text(self.environments)

    @property
    def models_typed(self) -> str:
        return "\n".join(self.models)


def shown(record: ApplicationRecord, keys: Sequence[ApplicationKeyRecord]) -> Application:
    """An application with those of its keys that work."""
    return Application(
        id=record.id,
        name=record.name,
        environments=environments_of(record),
        models=tuple(record.ceiling),
        enabled=record.enabled,
        created_at=record.created_at,
        created_by=record.created_by,
        last_used_at=record.last_used_at,
        last_address=record.last_address,
        keys=tuple(map(_key, sorted(keys, key=lambda key: key.expires_at is not None))),
        version=versions.version_of(fields_of(record)),
    )


def environments_of(record: ApplicationRecord) -> tuple[Environment, ...]:
    """Where it runs."""
    return tuple(Environment(name, audience) for name, audience in record.environments)


def fields_of(record: ApplicationRecord) -> dict[str, Any]:
    """What a form of it edits."""
    return {"environments": environments_text(environments_of(record)), "models": "\n".join(record.ceiling)}


def _key(key: ApplicationKeyRecord) -> Key:
    return Key(
        id=key.id,
        algorithm=key.algorithm,
        fingerprint=key.fingerprint,
        public_key=key.public_key,
        created_at=key.created_at,
        created_by=key.created_by,
        until=key.expires_at,
        last_used_at=key.last_used_at,
    )
