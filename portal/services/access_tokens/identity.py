"""Who sends a request with an access token, in one statement: what every request to the gateway asks first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from portal.dialects.secret import Secret
from portal.domain import access_tokens as tokens
from portal.domain import rights
from portal.domain.access_tokens import Ended
from portal.domain.budgets import Spent, period_of
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.who_asked import Asker
from portal.services import last_used
from portal.services.last_used import Used
from portal.services.runtime import Runtime
from portal.store import access_tokens as store
from portal.store.base import one_statement

log = structlog.get_logger("portal.access_tokens")


@dataclass(frozen=True)
class Identity:
    """A token that works, and whose it is: a person's, or an application's for one of its own users, who has no ids.

    `actor` may do what is both a scope of the token and a permission of its owner, right now. `catalog_version` is the
    catalog's at that moment: whoever keeps a catalog of this version need not ask whether it is the newest.
    `spent` is what this month cost so far, by person, team, token and application.
    """

    token_id: UUID | None
    token_name: str
    user_id: UUID | None
    name: str
    email: str
    actor: Actor
    catalog_version: int
    endpoints_version: int
    spent: Mapping[UUID, Spent] = field(default_factory=dict)

    @property
    def asker(self) -> Asker:
        """Who asks, as a provider may be told of it."""
        user = self.actor.end_user
        return Asker(f"{user.application}/{user.user}" if user else self.user_id or "", self.name, self.email)

    @property
    def moment(self) -> tuple[int, int]:
        """What tells whether anything that was kept of models, providers and keys still holds."""
        return self.catalog_version, self.endpoints_version


def identify(runtime: Runtime, value: Secret | None, address: str) -> Identity | None:
    """Whose token this is; None when it does not work, for whatever reason: callers answer all reasons alike.

    What was revoked, taken away or disabled a moment ago, in whatever process, counts. The log says why one is refused.
    """
    if not value:
        return _refused("missing", address)
    if malformed := value.judged_by(tokens.fault):
        return _refused(malformed, address)
    now = runtime.now()
    with one_statement() as connection:
        rows = store.look_up(connection, value.digest(), period_of(now))
    found = rows[0]
    held = rights.together(rights.of_role(row.built_in, (row.granted or "").split()) for row in rows if row.role_id)
    if reason := why_not(found, held, now):
        return _refused(reason, address, found.token_id)
    if last_used.is_due(found.last_used_at, now):
        last_used.here().note(Used.ACCESS_TOKEN, found.token_id, now, address[:64])
    actor = Actor(
        found.user_id,
        found.name,
        held.permissions & tokens.scopes_of(found.scopes),
        address,
        frozenset(row.role_id for row in rows if row.role_id),
        found.team_id,
    )
    versions = found.catalog_version, found.endpoints_version
    spent = {
        id: Spent(amount)
        for id, amount in (
            (found.user_id, found.spent_by_user),
            (found.team_id, found.spent_by_team),
            (found.token_id, found.spent_by_token),
        )
        if amount
    }
    return Identity(found.token_id, found.token, found.user_id, found.name, found.email, actor, *versions, spent)


def why_not(found: Any, held: rights.Rights, now: datetime) -> Ended | None:
    """Why what was found does not work; None when it does."""
    if found.token_id is None:
        return Ended.UNKNOWN
    if found.revoked_at is not None:
        return Ended.REVOKED
    if not tokens.works(now, found.expires_at):
        return Ended.EXPIRED
    if not tokens.works(now, found.value_expires_at):
        return Ended.REPLACED
    if not found.enabled:
        return Ended.OWNER_DISABLED
    if found.must_change_password:
        return Ended.OWNER_WITHOUT_PASSWORD
    if Permission.ACCESS_TOKEN not in held.permissions:
        return Ended.OWNER_MAY_NOT
    return None


def _refused(reason: str, address: str, token_id: UUID | None = None) -> None:
    log.info("access_token_refused", reason=str(reason), address=address, token_id=str(token_id) if token_id else None)
