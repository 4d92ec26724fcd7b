"""Applications of a document: where each runs, its ceiling and whether it is on. Never a key, secret or public."""

from typing import Any

from portal.domain.applications import MOST_APPLICATIONS, Environment, name_fault
from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.applications import registry
from portal.services.applications.listing import environments_of
from portal.services.configuration.document import Entry, Note
from portal.services.configuration.fields import APPLICATION, values_of
from portal.services.runtime import Runtime
from portal.store import applications as store
from portal.store.applications import ApplicationRecord
from portal.store.base import Session

NO_KEY = "It has no key yet, so none of its tokens works. Give it one on its page, by Replace the key."


def put(session: Session, actor: Actor, runtime: Runtime, entry: Entry) -> list[Note]:
    """Register an application, or change it; the keys that it has stay. Returns what is left to do by hand."""
    # Asked first: that a file changes nothing would tell somebody what stands here.
    actor.require(Permission.APPLICATION_VIEW)
    given = values_of(entry, APPLICATION)
    if fault := name_fault(entry.name):
        raise Invalid({"": fault})
    places = [Environment(*pair) for pair in given["environments"].items()] if "environments" in given else None
    models = given.get("models")
    record = store.named(session, entry.name)
    if record is None:
        record = registry.register_in(session, actor, runtime, entry.name, places or (), models or ())
    else:
        if places is not None and set(places) == set(environments_of(record)):
            places = None  # in another order: nothing that the trail would tell
        if not _is_same(record, places, models):
            registry.change_in(session, actor, runtime, record.id, places, models)
    if given.get("enabled", record.enabled) != record.enabled:
        registry.turn_in(session, actor, runtime, record.id, on=given["enabled"])
    has_key = bool(store.keys_of(session, [record.id], runtime.now())[record.id])
    return [] if has_key else [Note(entry.place, NO_KEY)]


def collect(session: Session) -> dict[str, Any]:
    """The section."""
    return {record.name: _written(record) for record in store.living(session, MOST_APPLICATIONS)}


def _is_same(record: ApplicationRecord, places: list[Environment] | None, models: tuple[str, ...] | None) -> bool:
    """Whether nothing is to be changed: then nobody is asked whether they may."""
    return places in (None, list(environments_of(record))) and models in (None, tuple(record.ceiling))


def _written(record: ApplicationRecord) -> dict[str, Any]:
    return {
        "environments": {each.name: each.audience for each in environments_of(record)},
        "models": list(record.ceiling),
        "enabled": record.enabled,
    }
