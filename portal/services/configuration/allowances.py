"""Limits and budgets of a document: for whoever has a name that holds in another portal too."""

from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any
from uuid import UUID

from portal.domain.allowances import BUDGETED, LIMITED, Allowance, Kind
from portal.domain.budgets import DOLLAR
from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.domain.typed_text import folded
from portal.services.allowances import setting
from portal.services.configuration.document import Entry
from portal.services.configuration.fields import ENTRIES, LIMIT, PARTS, UNPRICED, values_of
from portal.services.runtime import Runtime
from portal.store import allowances as store
from portal.store import people, providers, settings, teams
from portal.store.base import Session

OVER = "This raise is over, so it is left out."

_MISSING = {
    Kind.PROVIDER: "No provider is called “{}”.",
    Kind.USER: "Nobody has an account with the e-mail “{}”. Add them first, or leave this entry out.",
    Kind.ROLE: "No role is called “{}”.",
    Kind.TEAM: "No team is called “{}”.",
    Kind.MEMBER: "No team is called “{}”.",
}


def put(session: Session, actor: Actor, runtime: Runtime, entry: Entry) -> list[str]:
    """Set the limits, or the budget, of one; what it has of the other stays. Says what is understood otherwise."""
    section = "limits" if entry.place.startswith("limits.") else "budgets"
    kind = PARTS[section][entry.part]
    given, said = values_of(entry, ENTRIES[section]), []
    id = _id_of(session, kind, entry.name)
    if id is None:
        raise Invalid({"": _MISSING[kind].format(" ".join(entry.name.split())[:80])})
    stored = store.find(session, kind, id)
    wanted = replace(stored, **given)
    if wanted == stored:
        return []
    over = wanted.raised_until is not None and wanted.raised_until <= runtime.now()
    if over or wanted.budget is None:
        said = [OVER] if over and given.get("raised_to") is not None else []
        wanted = replace(wanted, raised_to=None, raised_until=None)
    setting.change_in(session, actor, runtime, kind, id, wanted)
    return said


def collect(session: Session, runtime: Runtime) -> dict[str, dict[str, Any]]:
    """The two sections. A raise that is over is not in them."""
    found: dict[str, dict[str, Any]] = {section: {part: {} for part in parts} for section, parts in PARTS.items()}
    part_of = {(section, kind): part for section, parts in PARTS.items() for part, kind in parts.items()}
    for kind, name, allowance in store.by_name(session):
        if kind in LIMITED and (limits := {field: getattr(allowance, field) for field in LIMIT}) != dict.fromkeys(
            LIMIT
        ):
            found["limits"][part_of["limits", kind]][name] = limits
        if kind in BUDGETED and allowance.budget is not None:
            found["budgets"][part_of["budgets", kind]][name] = _budget(allowance, runtime)
    unpriced = settings.find(session, store.UNPRICED_SETTING)
    found["budgets"][UNPRICED] = unpriced is None or bool(unpriced)
    return found


def of_tokens(session: Session) -> int:
    """How many access tokens have something set, which no document holds."""
    return store.count(session, Kind.TOKEN)


def _budget(allowance: Allowance, runtime: Runtime) -> dict[str, Any]:
    budget: dict[str, Any] = {"amount": _plain(allowance.budget or 0)}
    until = allowance.raised_until
    if allowance.raised_to is not None and until is not None and until > runtime.now():
        whole_day = until.time() == time(23, 59, 59)
        budget["raised_to"] = _plain(allowance.raised_to)
        budget["raised_until"] = until.date().isoformat() if whole_day else until.isoformat()
    return budget


def _plain(amount: int) -> int | str:
    """Dollars: a whole number, or a decimal in words, never through a binary fraction."""
    return amount // DOLLAR if amount % DOLLAR == 0 else f"{(Decimal(amount) / DOLLAR).normalize():f}"


def _id_of(session: Session, kind: Kind, name: str) -> UUID | None:
    name = name.replace("\0", "").strip()
    if kind is Kind.PROVIDER:
        provider = providers.find(session, name)
        return provider.id if provider else None
    if kind is Kind.USER:
        user = people.user_by_email(session, name.lower())
        return user.id if user else None
    roles = kind is Kind.ROLE
    names = people.role_names(session) if roles else {team.id: team.name for team in teams.every(session)}
    return next((id for id, called in names.items() if folded(called) == folded(name)), None)
