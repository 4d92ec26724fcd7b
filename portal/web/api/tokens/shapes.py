"""An access token as JSON: never a value, but the one time that it is made."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portal.services.access_tokens.listing import Token, Tokens
from portal.services.access_tokens.own_tokens import Made
from portal.web.api.schemas import Told


class AccessToken(Told):
    """A token. `scopes` are the permissions that it was given; it may do those that its owner still has."""

    id: UUID
    name: str
    scopes: Sequence[str]
    prefix: str
    state: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    last_address: str


class MadeToken(Told):
    """A new value. It is told once, here, and kept nowhere."""

    id: UUID
    name: str
    value: str
    expires_at: datetime | None
    old_until: datetime | None


def token_of(token: Token) -> AccessToken:
    """A token as it is told."""
    scopes = [scope.permission.value for scope in token.scopes]
    return AccessToken.of(token, scopes=scopes, state=token.status.word)


def tokens_of(tokens: Tokens) -> list[AccessToken]:
    """The tokens of somebody: those that work, then some that ended."""
    return [token_of(token) for token in (*tokens.living, *tokens.ended)]


def made_of(made: Made) -> MadeToken:
    """A value that was just made."""
    # house: secrets-stay-shut because this is the one answer that tells it, to whoever asked for it
    value = made.value.reveal()
    return MadeToken.of(made, value=value)
