"""Whose token an application's user sends: looked up in one statement, checked with the key that was registered."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from portal.dialects.secret import Secret
from portal.domain.access_tokens import works
from portal.domain.applications import Environment, Refused, read_claims
from portal.domain.budgets import Spent, period_of
from portal.domain.people import Actor, EndUser
from portal.domain.permissions import Permission
from portal.later import Later
from portal.services import last_used
from portal.services.access_tokens.identity import Identity
from portal.services.applications import ended
from portal.services.applications.purpose import purpose_of
from portal.services.last_used import Used
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.base import one_statement
from portal.vault import Undecryptable

keys = Later("portal.vault.application_keys")  # of use where there is an application

MAY = frozenset({Permission.CHAT})
"""What the users of applications may do: ask models, and see which there are."""

log = structlog.get_logger("portal.applications")


def identify(runtime: Runtime, value: Secret, address: str) -> Identity | None:
    """Who sends this token; None when it does not work, for whatever reason: callers answer all reasons alike.

    An application that was turned off, deleted or given another key a moment ago, in whatever process, counts so. The
    log says why a token is refused, and nothing of it.
    """
    token = keys.read_token(value)
    if isinstance(token, Refused):
        return _refused(token, address)
    now = runtime.now()
    rows = _rows(token, now)
    if rows is None:
        return _refused(Refused.NO_APPLICATION, address)
    if not rows or rows[0].application_id is None or rows[0].key_id is None:
        return _refused(Refused.UNKNOWN, address)
    found = rows[0]
    if not found.enabled:
        return _refused(Refused.DISABLED, address, found)
    signed = _signed(runtime, token, rows, now)
    if any(row.encrypted and not works(now, row.expires_at) for row in rows):  # once for each: then it is blank
        ended.wipe(runtime, found.application_id)
    if isinstance(signed, Refused):
        return _refused(signed, address, found)
    claims = read_claims(token.payload, found.name, [Environment(*pair) for pair in found.environments], now)
    if isinstance(claims, Refused):
        return _refused(claims, address, found)
    for due, kind, id in (
        (found.last_used_at, Used.APPLICATION, found.application_id),
        (signed.key_last_used_at, Used.APPLICATION_KEY, signed.key_id),
    ):
        if last_used.is_due(due, now):
            last_used.here().note(kind, id, now, address[:64])
    user = EndUser(found.application_id, found.name, claims.user, claims.patterns, tuple(found.ceiling))
    actor = Actor(None, f"{found.name}: {claims.user}", MAY, address, end_user=user)
    spent = {found.application_id: Spent(found.spent)} if found.spent else {}
    versions = found.catalog_version, found.endpoints_version
    return Identity(None, "", None, found.name, "", actor, *versions, spent)


def _rows(token: Any, now: datetime) -> list[Any] | None:
    """The keys that may have signed it: the one that its header names, else those of its issuer. None: neither is."""
    period = period_of(now)
    if token.kid:
        try:
            key_id = UUID(token.kid)
        except ValueError:
            return []
        with one_statement() as connection:
            return store.by_key(connection, key_id, period)
    if token.issuer:
        if "\0" in token.issuer:
            return []
        with one_statement() as connection:
            return store.by_name(connection, token.issuer, period)
    return None


def _signed(runtime: Runtime, token: Any, rows: list[Any], now: datetime) -> Any:
    """The row of the key by which it is signed, or why there is none. Keys that ended are tried for the log alone."""
    fitting = [row for row in rows if row.algorithm == token.algorithm]
    if not fitting:
        return Refused.ALGORITHM
    living = [row for row in fitting if works(now, row.expires_at)]
    if not living and token.kid:
        return Refused.KEY_ENDED
    why = Refused.SIGNATURE
    for row in (*living, *(row for row in fitting if row not in living)):
        try:
            key = row.public_key or _secret(runtime, row)
        except Undecryptable:
            why = Refused.KEY_UNREADABLE
            continue
        if key and keys.is_signed(token, row.algorithm, key):
            return row if row in living else Refused.KEY_ENDED
        if not key and why is Refused.SIGNATURE:  # nobody can tell any more whether this one signed it
            why = Refused.SIGNATURE_OR_ENDED
    return why


def _secret(runtime: Runtime, row: Any) -> Secret | None:
    return runtime.vault.decrypt(row.encrypted, purpose_of(row.application_id, row.key_id)) if row.encrypted else None


def _refused(reason: Refused, address: str, found: Any = None) -> None:
    application = str(found.application_id) if found is not None else None
    log.info("application_token_refused", reason=reason.value, address=address, application_id=application)
