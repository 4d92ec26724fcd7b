"""A value that somebody holds, looked at for them: whose token it is, what it may do and until when, or why not.

Unlike callers of the gateway, whoever is signed in and has a value in hand is told the reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain import rights
from portal.domain.access_tokens import Ended, Malformed
from portal.domain.budgets import period_of
from portal.domain.errors import Denied
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.access_tokens import identity
from portal.services.access_tokens.listing import LABELS
from portal.services.runtime import Runtime
from portal.store import access_tokens as store
from portal.store.base import one_statement

NEW_ONE = "Create a new one under Access tokens."

WHY: Mapping[Malformed | Ended, tuple[str, str]] = MappingProxyType(
    {
        Malformed.ODD: (
            "This is no token of a portal.",
            f"One begins with {tokens.BEGINS} and has {len(tokens.BEGINS) + tokens.RANDOM + tokens.CHECKSUM} signs. "
            "Copy it again, all of it; a provider’s key is something else.",
        ),
        Malformed.MISTYPED: (
            "This token is mistyped.",
            "Its last signs do not fit the others. Copy it again instead of typing it.",
        ),
        Ended.UNKNOWN: (
            "This portal has no such token.",
            f"It may be another portal’s, or its owner’s account was deleted. {NEW_ONE}",
        ),
        Ended.REVOKED: ("This token was revoked.", f"It cannot be brought back. {NEW_ONE}"),
        Ended.EXPIRED: ("This token has expired.", NEW_ONE),
        Ended.REPLACED: (
            "This value was replaced by a newer one, and its time is over.",
            "Use the newer value, or give the token another one under Access tokens.",
        ),
        Ended.OWNER_DISABLED: (
            "The account of this token’s owner is disabled.",
            "An administrator can enable it; the token works again then.",
        ),
        Ended.OWNER_WITHOUT_PASSWORD: (
            "The owner of this token must choose a password first.",
            "It works again once they have signed in and chosen one.",
        ),
        Ended.OWNER_MAY_NOT: (
            "The owner of this token may not use tokens any more.",
            "Their roles do not allow it. An administrator can change that.",
        ),
    }
)
"""What is said of each reason, and what to do then."""


@dataclass(frozen=True)
class Checked:
    """What is known of a value. `owner` is blank unless it works; `can_ask`: a client may ask models with it."""

    works: bool
    sentence: str
    hint: str
    name: str = ""
    owner: str = ""
    may: tuple[str, ...] = ()
    until: datetime | None = None
    can_ask: bool = False


def typed(text: str) -> Secret:
    """A token that somebody typed, from here on shown by nothing."""
    return Secret(text)


def check(actor: Actor, runtime: Runtime, value: Secret) -> Checked:
    """Look at a value. That is no use of it: when it was last used stays as it is."""
    if not actor.may(Permission.ACCESS_TOKEN):
        raise Denied("Your roles do not let you have access tokens. Ask an administrator for the permission.")
    if malformed := value.judged_by(tokens.fault):
        return Checked(False, *WHY[Malformed(malformed)])
    with one_statement() as connection:
        rows = store.look_up(connection, value.digest(), period_of(runtime.now()))
    found = rows[0]
    held = rights.together(rights.of_role(row.built_in, (row.granted or "").split()) for row in rows if row.role_id)
    if reason := identity.why_not(found, held, runtime.now()):
        return Checked(False, *WHY[reason])
    allowed = held.permissions & tokens.scopes_of(found.scopes)
    can_ask = Permission.CHAT in allowed
    whose = "yours" if found.user_id == actor.id else f"{found.name}’s"
    return Checked(
        True,
        f"This token works, and it is {whose}."
        if can_ask
        else f"This token works and is {whose}, but may not ask models.",
        "" if can_ask else "The gateway refuses it with 401. Create one that may Chat, and whose owner may.",
        found.token,
        f"{found.name} ({found.email})",
        tuple(label for permission, label in LABELS.items() if permission in allowed),
        tokens.sooner(found.expires_at, found.value_expires_at),
        can_ask,
    )
