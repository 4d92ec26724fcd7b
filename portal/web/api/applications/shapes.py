"""An application as JSON: never a secret, but the one time that it is invented."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from portal.domain.applications import Environment
from portal.services.applications.keys import Made
from portal.services.applications.listing import Application
from portal.web.api.roles.shapes import Patterns
from portal.web.api.schemas import Told, Word

Environments = Annotated[
    Mapping[Word, Word], Field(max_length=50, description="The audience of each environment, by its name.")
]
Ceiling = Annotated[
    Patterns,
    Field(description="Patterns like `openai:*` of the models that it may use at most; none: no ceiling of its own."),
]
PublicKey = Annotated[
    str, Field(max_length=20_000, description="PEM or one JWK. Blank: a secret is invented, and told in this answer.")
]


class ToldKey(Told):
    """A key that works. Tokens name it by `kid`; `public_key` is blank where it is a secret."""

    id: UUID
    kid: str
    algorithm: str
    fingerprint: str
    public_key: str
    created_at: datetime
    until: datetime | None
    last_used_at: datetime | None


class ToldApplication(Told):
    """An application with its keys that work. `models` are the patterns of its ceiling, none where it has none."""

    id: UUID
    name: str
    environments: Mapping[str, str]
    models: Sequence[str]
    enabled: bool
    created_at: datetime
    last_used_at: datetime | None
    last_address: str
    keys: Sequence[ToldKey]


class MadeKey(Told):
    """A key that was just registered. `secret` is told once, here, and kept nowhere in plain; null for a public key."""

    id: UUID
    name: str
    kid: str
    algorithm: str
    secret: str | None
    old_until: datetime | None


def application_of(found: Application) -> ToldApplication:
    """An application as it is told."""
    return ToldApplication(
        id=found.id,
        name=found.name,
        environments={each.name: each.audience for each in found.environments},
        models=found.models,
        enabled=found.enabled,
        created_at=found.created_at,
        last_used_at=found.last_used_at,
        last_address=found.last_address,
        keys=[
            ToldKey(
                id=key.id,
                kid=key.kid,
                algorithm=key.algorithm,
                fingerprint=key.fingerprint,
                public_key=key.public_key,
                created_at=key.created_at,
                until=key.until,
                last_used_at=key.last_used_at,
            )
            for key in found.keys
        ],
    )


def environments_of(given: Mapping[str, str]) -> tuple[Environment, ...]:
    """As the services take them."""
    return tuple(Environment(name, audience) for name, audience in given.items())


def made_of(made: Made) -> MadeKey:
    """A key that was just registered."""
    # house: secrets-stay-shut because this is the one answer that tells it, to whoever asked for it
    secret = made.secret.reveal() if made.secret else None
    return MadeKey(
        id=made.id, name=made.name, kid=made.kid, algorithm=made.algorithm, secret=secret, old_until=made.old_until
    )
