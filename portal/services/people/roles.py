"""Roles: the built-in ones are fixed and copied, custom ones are free to make within one's own rights."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from portal.domain import versions
from portal.domain.access import Patterns, read_patterns
from portal.domain.accounts import shown_fault
from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import GRANTABLE, PERMISSION_GROUPS, Permission
from portal.domain.rights import Rights, of_role
from portal.domain.typed_text import folded
from portal.services.audit import trail as audit_trail
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.store import people as store
from portal.store import role_patterns
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog

MANAGE = Permission.ROLE_MANAGE
NAME_LENGTH, DESCRIPTION_LENGTH = 80, 300
NAMED, SHOWN = 5, 20
"""How many holders a sentence, and a page, names before it counts the rest."""
LABELS = {grant.permission: f"{group}: {grant.label}" for group, grants in PERMISSION_GROUPS for grant in grants}


@dataclass(frozen=True)
class Role:
    """A role as the list and its page show it. `reachable`: the one who looks may change it."""

    id: UUID
    name: str
    description: str
    built_in: bool
    permissions: frozenset[Permission]
    holders: int
    reachable: bool


@dataclass(frozen=True)
class RolePage:
    """A role with the first of those who hold it, by name, and the patterns of the models that it reaches."""

    role: Role
    holders: tuple[str, ...]
    patterns: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """What the form of this role is drawn from."""
        role = self.role
        return versions.version_of(_fields(role.name, role.description, role.permissions, self.patterns))

    @property
    def models(self) -> str:
        """The patterns as they are typed: one on each line."""
        return "\n".join(self.patterns)


def list_for(actor: Actor, runtime: Runtime) -> tuple[Role, ...]:
    """Every role, the built-in ones first."""
    with reading() as session:
        mine = rights.of_actor(session, actor, MANAGE)
        counts = store.holder_counts(session)
        return tuple(_role(row, mine, counts.get(row["id"], 0)) for row in _gather(store.all_roles(session)))


def find(actor: Actor, runtime: Runtime, role_id: UUID) -> RolePage:
    """One role, and who holds it."""
    with reading() as session:
        mine = rights.of_actor(session, actor, MANAGE)
        rows = _gather(store.all_roles(session, [role_id]))
        if not rows:
            raise NotFound("There is no such role. Somebody may have deleted it.")
        count = store.holder_counts(session).get(role_id, 0)
        role = _role(rows[0], mine, count, _covers_holders(session, mine, role_id))
        names = tuple(row.name for row in store.holders(session, role_id, SHOWN))
        return RolePage(role, names, role_patterns.of_role(session, role_id))


def permissions_to_give(actor: Actor, runtime: Runtime) -> frozenset[Permission]:
    """What the actor may put into a role: what they hold themselves."""
    with reading() as session:
        return rights.of_actor(session, actor, MANAGE).permissions


def create(
    actor: Actor,
    runtime: Runtime,
    name: str,
    description: str,
    permissions: Collection[Permission],
    models: Patterns = "",
) -> UUID:
    """Make a role. `models` are the patterns of those it reaches, none is every model.

    Raises `Invalid` naming `name`, `description`, `models`; `Denied` for a permission that the actor lacks.
    """
    with transaction() as session:
        lock_catalog(session)
        return create_in(session, actor, runtime, name, description, permissions, models)


def create_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    name: str,
    description: str,
    permissions: Collection[Permission],
    models: Patterns,
) -> UUID:
    """The same inside the caller's transaction, the catalog locked."""
    name, description, patterns = _read(name, description, models)
    store.lock_people(session)
    mine = rights.of_actor(session, actor, MANAGE)
    _require_mine(mine, permissions)
    _refuse_taken(session, name)
    role = store.RoleRecord(id=uuid4(), name=name, description=description, built_in=None, created_at=runtime.now())
    session.add(role)
    store.set_permissions(session, role.id, [permission.value for permission in permissions])
    role_patterns.put(session, role.id, patterns)
    after = _facts(name, description, permissions, patterns)
    audit_trail.record(session, runtime, actor, "role.create", "role", role.id, name, after=after)
    return role.id


def change(
    actor: Actor,
    runtime: Runtime,
    role_id: UUID,
    name: str,
    description: str,
    permissions: Collection[Permission],
    models: Patterns = "",
    version: str | None = None,
) -> None:
    """Change a custom role, for all who hold it at once.

    Raises as `create` does, `Conflict` for a built-in one, `Outdated` when somebody saved after `version` was drawn.
    """
    with transaction() as session:
        lock_catalog(session)
        change_in(session, actor, runtime, role_id, name, description, permissions, models, version)


def change_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    role_id: UUID,
    name: str,
    description: str,
    permissions: Collection[Permission],
    models: Patterns,
    version: str | None = None,
) -> None:
    """The same inside the caller's transaction, the catalog locked."""
    name, description, patterns = _read(name, description, models)
    store.lock_people(session)
    mine = rights.of_actor(session, actor, MANAGE)
    role, held = changeable(session, mine, role_id)
    known = role_patterns.of_role(session, role.id)
    versions.require(role.name, _fields(role.name, role.description, held.permissions, known), version)
    _require_mine(mine, permissions)
    if folded(name) != folded(role.name):
        _refuse_taken(session, name)
    before = _facts(role.name, role.description, held.permissions, known)
    role.name, role.description = name, description
    store.set_permissions(session, role.id, [permission.value for permission in permissions])
    role_patterns.put(session, role.id, patterns)
    after = _facts(name, description, permissions, patterns)
    if after != before:
        audit_trail.record(session, runtime, actor, "role.change", "role", role.id, name, before, after)


def remove(actor: Actor, runtime: Runtime, role_id: UUID) -> str:
    """Delete a custom role that nobody holds; returns its name. Raises `Conflict` naming the holders."""
    with transaction() as session:
        lock_catalog(session)
        store.lock_people(session)
        mine = rights.of_actor(session, actor, MANAGE)
        role, held = changeable(session, mine, role_id)
        names = [row.name for row in store.holders(session, role.id, NAMED)]
        if names:
            hold = "holds" if len(names) == 1 else "hold"
            held_by = in_row(names, store.holder_counts(session)[role.id])
            raise Conflict(f"{held_by} still {hold} {role.name}. Give out other roles first.")
        before = _facts(role.name, role.description, held.permissions, role_patterns.of_role(session, role.id))
        audit_trail.record(session, runtime, actor, "role.delete", "role", role.id, role.name, before=before)
        session.delete(role)
        return role.name


def in_row(shown: Sequence[str], count: int) -> str:
    """ "Ada", "Ada and Otto", "Ada, Otto, Uma, Eve, Ann and 12 more": the first names, and how many there are."""
    rest = count - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def changeable(session: Session, mine: Rights, role_id: UUID) -> tuple[store.RoleRecord, Rights]:
    """A custom role, if neither it nor any of its holders may do more than the actor.

    A change of the role is a change of everybody who holds it: so their whole rights count, not the role's alone.
    """
    role = store.role_by_id(session, role_id)
    if role is None:
        raise NotFound("There is no such role. Somebody may have deleted it.")
    if role.built_in is not None:
        raise Conflict(f"{role.name} ships with the portal and stays as it is. Copy it, and change the copy.")
    (held,) = rights.every_role(session, [role_id])
    rights.require_reach(
        mine, held.rights, f"{role.name} lets one do things that you may not, so you cannot change or delete it."
    )
    if not _covers_holders(session, mine, role_id):
        raise Denied(f"Somebody who may do more than you holds {role.name}, so you cannot change or delete it.")
    return role, held.rights


def _covers_holders(session: Session, mine: Rights, role_id: UUID) -> bool:
    """Whether nobody who holds the role may do more: a union is covered when each of its parts is."""
    beside = rights.every_role(session, store.roles_beside(session, role_id))
    return all(mine.covers(role.rights) for role in beside)


def _require_mine(mine: Rights, permissions: Collection[Permission]) -> None:
    unknown = set(permissions) - GRANTABLE
    if unknown:
        raise Invalid({"permissions": "One of these permissions does not exist. Look at the page again."})
    beyond = mine.beyond(permissions)
    if beyond:
        names = ", ".join(sorted(LABELS[permission] for permission in beyond))
        raise Denied(f"You cannot give out what you may not do yourself: {names}.")


def _read(name: str, description: str, models: Patterns) -> tuple[str, str, tuple[str, ...]]:
    name, description = " ".join(name.split()), " ".join(description.split())
    faults = {}
    if not name:
        faults["name"] = "Type a name: it is what one picks on a user's page."
    elif len(name) > NAME_LENGTH:
        faults["name"] = f"A name has at most {NAME_LENGTH} characters. Shorten it."
    elif fault := shown_fault(name, "The name"):
        faults["name"] = fault
    if len(description) > DESCRIPTION_LENGTH:
        faults["description"] = f"A description has at most {DESCRIPTION_LENGTH} characters. Shorten it."
    elif fault := shown_fault(description, "The description"):
        faults["description"] = fault
    patterns, wrong = read_patterns(models)
    if wrong:
        faults["models"] = wrong
    if faults:
        raise Invalid(faults)
    return name, description, patterns


def _refuse_taken(session: Session, name: str) -> None:
    """Raise `Invalid` for a name that looks like another role's, a built-in one's too."""
    wanted = folded(name)
    if any(folded(taken) == wanted for taken in store.role_names(session).values()):
        raise Invalid({"name": "There is a role of this name. Type another one."})


def _facts(
    name: str, description: str, permissions: Collection[Permission], patterns: Sequence[str]
) -> dict[str, object]:
    return {
        "name": name,
        "description": description,
        "permissions": sorted(item.value for item in permissions),
        "models": list(patterns),
    }


def _fields(
    name: str, description: str, permissions: Collection[Permission], patterns: Sequence[str]
) -> versions.Fields:
    """What the form of a role shows."""
    granted = sorted(permissions, key=lambda permission: permission.value)
    said = ", ".join(LABELS.get(permission, permission.value) for permission in granted) or "no permission"
    return {
        "name": name,
        "description": description,
        "permissions": versions.Stored([permission.value for permission in granted], said),
        "models": versions.Stored(sorted(patterns), ", ".join(patterns) or "every model"),
    }


def _gather(rows: Collection[Any]) -> list[dict[str, Any]]:
    roles: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        facts = {"id": row.id, "name": row.name, "description": row.description, "built_in": row.built_in}
        roles.setdefault(row.id, {**facts, "stored": set()})["stored"].add(row.permission or "")
    return list(roles.values())


def _role(row: dict[str, Any], mine: Rights, holders: int, holders_reachable: bool = True) -> Role:
    granted = of_role(row["built_in"], row["stored"])
    return Role(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        built_in=row["built_in"] is not None,
        permissions=granted.permissions,
        holders=holders,
        reachable=row["built_in"] is None and mine.covers(granted) and holders_reachable,
    )
