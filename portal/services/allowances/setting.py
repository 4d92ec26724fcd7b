"""Setting limits and budgets: by whoever may change the settings, with a row of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.domain import versions
from portal.domain.allowances import BUDGETED, LIMITED, Allowance, Kind
from portal.domain.budgets import MOST, dollars
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.store import allowances as store
from portal.store import settings as stored_settings
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog

MOST_REQUESTS = 1_000_000
SHOWN = 200
FOUND = 20

REQUESTS_FAULT = f"Use a whole number from 1 to {MOST_REQUESTS:,}, or leave it blank for no limit."
BUDGET_FAULT = f"Use an amount from $0 to {dollars(MOST)}, or leave it blank for no budget."


@dataclass(frozen=True)
class Set:
    """What is set for one of them. `version` is what a form is drawn from."""

    kind: Kind
    id: UUID
    name: str
    allowance: Allowance
    version: str


@dataclass(frozen=True)
class Listed:
    """All that is set, by kind, so many of each at most, and whether people with a budget may use unpriced models."""

    of: Mapping[Kind, tuple[Set, ...]]
    unpriced: bool


def read(actor: Actor) -> Listed:
    """Everything that is set."""
    _require(actor)
    with reading() as session:
        return Listed({kind: _listed(session, kind, 0, SHOWN) for kind in Kind}, _unpriced(session))


def list_of(actor: Actor, kind: Kind, *, start: int, size: int) -> tuple[Set, ...]:
    """So many of this kind that have something set, by name, from a place on."""
    _require(actor)
    with reading() as session:
        return _listed(session, kind, start, size)


def read_unpriced(actor: Actor) -> bool:
    """Whether people with a budget may use models whose price is not known."""
    _require(actor)
    with reading() as session:
        return _unpriced(session)


def find(actor: Actor, kind: Kind, words: str) -> list[tuple[UUID, str]]:
    """Those of this kind whose name begins so, a few at most."""
    _require(actor)
    with reading() as session:
        return list(store.found(session, kind, words.strip(), FOUND))


def show(actor: Actor, kind: Kind, id: UUID) -> Set:
    """What is set for this one. Raises `NotFound`."""
    _require(actor)
    with reading() as session:
        return _read(session, kind, id)


def change(
    actor: Actor, runtime: Runtime, kind: Kind, id: UUID, allowance: Allowance, version: str | None = None
) -> None:
    """Set it for this one; an empty allowance is none. It counts from the next request on, in every process.

    Raises `Invalid` naming each field, `NotFound`, and `Outdated` when somebody saved after `version` was drawn.
    """
    with transaction() as session:
        lock_catalog(session)
        change_in(session, actor, runtime, kind, id, allowance, version)


def change_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    kind: Kind,
    id: UUID,
    allowance: Allowance,
    version: str | None = None,
) -> None:
    """The same inside the caller's transaction, the catalog locked."""
    _require(actor)
    _check(kind, allowance, runtime.now())
    before = _read(session, kind, id)
    versions.require("what is allowed", _fields(before.allowance), version)
    store.put(session, kind, id, allowance, runtime.now())
    was, now = told(before.allowance), told(allowance)
    if was != now:
        audit_trail.record(session, runtime, actor, "allowance.change", kind.value, str(id), before.name, was, now)


def allow_unpriced(actor: Actor, runtime: Runtime, *, allowed: bool) -> None:
    """Whether people with a budget may use models whose price is not known."""
    with transaction() as session:
        lock_catalog(session)
        allow_unpriced_in(session, actor, runtime, allowed=allowed)


def allow_unpriced_in(session: Session, actor: Actor, runtime: Runtime, *, allowed: bool) -> None:
    """The same inside the caller's transaction, the catalog locked."""
    _require(actor)
    before = _unpriced(session)
    if before == allowed:
        return
    stored_settings.put(session, store.UNPRICED_SETTING, allowed, runtime.now())
    name = "unpriced models with a budget"
    was, now = {name: _word(before)}, {name: _word(allowed)}
    audit_trail.record(session, runtime, actor, "settings.change", "settings", "settings", "settings", was, now)


def told(allowance: Allowance) -> dict[str, Any]:
    """As the audit trail tells it."""
    raised = allowance.raised_to is not None and allowance.raised_until is not None
    return {
        "requests a minute": allowance.per_minute or "no limit",
        "requests a day": allowance.per_day or "no limit",
        "budget a month": "none" if allowance.budget is None else dollars(allowance.budget),
        "raised to": dollars(allowance.raised_to or 0) if raised else "",
        "raised until": allowance.raised_until.isoformat() if raised and allowance.raised_until else "",
    }


def _listed(session: Session, kind: Kind, start: int, size: int) -> tuple[Set, ...]:
    return tuple(_set(kind, id, name, found) for id, name, found in store.listed(session, kind, size, start))


def _unpriced(session: Session) -> bool:
    stored = stored_settings.find(session, store.UNPRICED_SETTING)
    return stored is None or bool(stored)


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "not allowed"


def _read(session: Session, kind: Kind, id: UUID) -> Set:
    name = store.name_of(session, kind, id)
    if name is None:
        raise NotFound
    return _set(kind, id, name, store.find(session, kind, id))


def _set(kind: Kind, id: UUID, name: str, allowance: Allowance) -> Set:
    return Set(kind, id, name, allowance, versions.version_of(_fields(allowance)))


def _fields(allowance: Allowance) -> dict[str, Any]:
    return {field.name: getattr(allowance, field.name) for field in fields(allowance)}


def _check(kind: Kind, allowance: Allowance, now: datetime) -> None:
    faults: dict[str, str] = {}
    for name in ("per_minute", "per_day"):
        value = getattr(allowance, name)
        if value is not None and kind not in LIMITED:
            faults[name] = "A limit of requests is for a provider, a person, a token or an application."
        elif value is not None and not 1 <= value <= MOST_REQUESTS:
            faults[name] = REQUESTS_FAULT
    if allowance.budget is not None and kind not in BUDGETED:
        faults["budget"] = "A budget is for a person, a role, a team, a token or an application."
    elif allowance.budget is not None and not 0 <= allowance.budget <= MOST:
        faults["budget"] = BUDGET_FAULT
    if (allowance.raised_to is None) != (allowance.raised_until is None):
        missing = "raised_to" if allowance.raised_to is None else "raised_until"
        faults[missing] = "A raise needs an amount and a day on which it ends."
    elif allowance.raised_to is not None:
        if allowance.budget is None or not allowance.budget < allowance.raised_to <= MOST:
            faults["raised_to"] = "Raise it to more than the budget itself."
        elif allowance.raised_until and allowance.raised_until <= now:
            faults["raised_until"] = "This is over already. Choose a day to come."
    if faults:
        raise Invalid(faults)


def _require(actor: Actor) -> None:
    if not actor.may(Permission.SETTINGS_EDIT):
        raise Denied("You may not see limits and budgets. Ask an administrator for the permission.")
