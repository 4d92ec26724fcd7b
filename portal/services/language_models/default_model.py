"""The default model: exactly one while any model chats, whoever publishes, deletes or chooses at the same time."""

from portal.domain.catalog import Catalog
from portal.domain.changes import can_be_default, elect
from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog, language_models, providers, teams
from portal.store.base import Session
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord

CANNOT_CHAT = "{name} does not chat, so it cannot be the default: the default answers people. Choose one that chats."
OF_A_TEAM = "{name} is a team’s own, so it cannot be the default: the default answers everybody. Choose another one."


def ensure_default(session: Session, runtime: Runtime, actor: Actor, state: CatalogStateRecord) -> None:
    """See that the default is one that can be it, while there is one, and that every team's default chats.

    The catalog's row is locked by now.
    """
    now = choosing.resolve(runtime, catalog.read(session))
    _ensure_teams_defaults(session, runtime, actor, now)
    if state.default_id is not None and can_be_default(now.models.get(state.default_id), now):
        return
    heir = elect(now)
    if heir is None:
        state.default_id = None
        session.flush()
        return
    make_default(session, runtime, actor, state, language_models.record_of(session, heir))


def make_default(
    session: Session, runtime: Runtime, actor: Actor, state: CatalogStateRecord, record: LanguageModelRecord
) -> None:
    """Let this model be the default. Raises `Conflict` for one that does not chat, and for a team's own."""
    if not record.chats:
        raise Conflict(CANNOT_CHAT.format(name=record.display_name))
    if providers.team_of(session, record.provider_id) is not None:
        raise Conflict(OF_A_TEAM.format(name=record.display_name))
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


def _ensure_teams_defaults(session: Session, runtime: Runtime, actor: Actor, now: Catalog) -> None:
    """A team whose default no longer chats has none any more: the deployment's serves it until it chooses again."""
    for entry in now.teams.values():
        model = now.models.get(entry.default_id) if entry.default_id else None
        team = teams.by_id(session, entry.id, lock=True) if model is not None and not model.chats else None
        if model is not None and team is not None:
            team.default_id = None
            session.flush()
            before, after = {"default": model.display_name}, {"default": ""}
            audit_trail.record(session, runtime, actor, "team.default", "team", team.id, team.name, before, after)
