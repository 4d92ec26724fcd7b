"""Letting a role reach some models, or no longer: patterns added to it and taken from it, one for each model."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from portal.domain.access import MOST_PATTERNS, reaches
from portal.domain.errors import Conflict, Invalid
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.people import rights, roles
from portal.services.runtime import Runtime
from portal.store import people as store
from portal.store import role_patterns
from portal.store.base import transaction
from portal.store.catalog import lock_catalog


@dataclass(frozen=True)
class Reached:
    """What became of it: the role, how many models it reaches or no longer reaches, and those it reaches still."""

    role: str
    changed: int
    still: tuple[str, ...] = ()


def reach(actor: Actor, runtime: Runtime, role_id: UUID, addresses: Sequence[str], *, on: bool) -> Reached:
    """Let a role reach these models, `provider:model` each, or no longer.

    Raises `Conflict` for a role without patterns, which reaches every model, and where its last pattern would go:
    without any it would. A wider pattern of its own stays, and what it lets through is told.
    """
    with transaction() as session:
        lock_catalog(session)
        store.lock_people(session)
        mine = rights.of_actor(session, actor, Permission.ROLE_MANAGE)
        role, _ = roles.changeable(session, mine, role_id)
        before = role_patterns.of_role(session, role.id)
        after = patterns_after(role.name, before, addresses, on=on)
        if after != before:
            role_patterns.put(session, role.id, after)
            told = [{"models": list(patterns)} for patterns in (before, after)]
            audit_trail.record(session, runtime, actor, "role.change", "role", role.id, role.name, *told)
        changed = sum(_reached(before, one) != _reached(after, one) for one in addresses)
        still = () if on else tuple(one for one in addresses if _reached(after, one))
        return Reached(role.name, changed, still)


def patterns_after(role: str, before: tuple[str, ...], addresses: Collection[str], *, on: bool) -> tuple[str, ...]:
    """The patterns of a role that reaches these models, or no longer. Raises as `reach` does; `role` is its name."""
    if not before:
        raise Conflict(f"{role} has no pattern, so it reaches every model. Write patterns on its page first.")
    after = _with(before, addresses) if on else tuple(pattern for pattern in before if pattern not in addresses)
    if not after:
        raise Conflict(f"{role} would have no pattern left, and without any it reaches every model.")
    return after


def _with(patterns: tuple[str, ...], addresses: Collection[str]) -> tuple[str, ...]:
    added = [address for address in addresses if not _reached(patterns, address)]
    starred = next((address for address in added if "*" in address), None)
    if starred is not None:
        raise Invalid({"": f"{starred} has an asterisk in its name, which would stand for others too. Leave it out."})
    if len(patterns) + len(added) > MOST_PATTERNS:
        raise Invalid(
            {"": f"A role has {MOST_PATTERNS} patterns at most. One with an asterisk stands for many models."}
        )
    return (*patterns, *added)


def _reached(patterns: tuple[str, ...], address: str) -> bool:
    provider, _, model = address.partition(":")
    return reaches(patterns, provider, model)
