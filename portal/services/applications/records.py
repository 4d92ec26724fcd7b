"""What all verbs on applications share: whether one may, which application it is, and what the trail is told."""

from typing import Any
from uuid import UUID

from portal.domain.errors import Denied, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.applications import listing
from portal.services.audit import trail as audit_trail
from portal.services.people import rights
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.applications import ApplicationRecord
from portal.store.base import Session

VIEW, MANAGE = Permission.APPLICATION_VIEW, Permission.APPLICATION_MANAGE

NOT_HERE = "There is no such application. It may have been deleted meanwhile."


def require(session: Session, actor: Actor) -> None:
    """An application lets its users ask models: nobody gives that out who may not do it."""
    mine = rights.of_actor(session, actor, MANAGE)
    if mine.beyond({Permission.CHAT}):
        raise Denied("An application lets its users ask models, and you may not do that yourself.")


def living(session: Session, application_id: UUID, *, lock: bool = False) -> ApplicationRecord:
    """An application that was not deleted. Raises `NotFound`."""
    record = store.find(session, application_id, lock=lock)
    if record is None:
        raise NotFound(NOT_HERE)
    return record


def facts(record: ApplicationRecord) -> dict[str, Any]:
    """What the audit trail tells of it."""
    places = {each.name: each.audience for each in listing.environments_of(record)}
    return {
        "environments": places,
        "models at most": list(record.ceiling) or "no ceiling of its own",
        "works": "yes" if record.enabled else "no",
    }


def tell(
    session: Session,
    runtime: Runtime,
    actor: Actor,
    act: str,
    record: ApplicationRecord,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Write what was done into the audit trail."""
    verb = f"application.{act}"
    audit_trail.record(session, runtime, actor, verb, "application", record.id, record.name, before, after)
