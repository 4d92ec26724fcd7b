"""The default model: exactly one while any model chats, whoever publishes, deletes or chooses at the same time."""

from portal.domain.changes import elect
from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog, language_models
from portal.store.base import Session
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord

CANNOT_CHAT = "{name} does not chat, so it cannot be the default: the default answers people. Choose one that chats."


def ensure_default(session: Session, runtime: Runtime, actor: Actor, state: CatalogStateRecord) -> None:
    """See that the default is a living model that chats, while there is one. The catalog's row is locked by now."""
    snapshot = catalog.read(session)
    holder = snapshot.models.get(state.default_id) if state.default_id else None
    if holder is not None and not holder.deleted and holder.chats:
        return
    heir = elect(choosing.resolve(runtime, snapshot))
    if heir is None:
        state.default_id = None
        session.flush()
        return
    make_default(session, runtime, actor, state, language_models.record_of(session, heir))


def make_default(
    session: Session, runtime: Runtime, actor: Actor, state: CatalogStateRecord, record: LanguageModelRecord
) -> None:
    """Let this model be the default. Raises `Conflict` for one that does not chat."""
    if not record.chats:
        raise Conflict(CANNOT_CHAT.format(name=record.display_name))
    if state.default_id == record.id:
        return
    former = language_models.record_of(session, state.default_id) if state.default_id else None
    state.default_id = record.id
    session.flush()
    audit_trail.record(
        session,
        runtime,
        actor,
        "model.default",
        "model",
        str(record.id),
        record.display_name,
        before={"default": former.display_name} if former else None,
        after={"default": record.display_name},
    )
