"""A team as its managers see it: which model serves it now, and which of its own is to."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, Person
from portal.domain.errors import Conflict, NotFound
from portal.domain.people import Actor
from portal.domain.reasons import Reason
from portal.domain.selection import Ask, Selection, select, why_not_usable
from portal.services.audit import trail as audit_trail
from portal.services.language_models.default_model import CANNOT_CHAT
from portal.services.people.team_rights import LOCKED, managed
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import language_models
from portal.store import teams as store
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from portal.store.people import TeamRecord


@dataclass(frozen=True)
class OwnModel:
    """A model of the team's own, and what keeps it from serving its members, if anything does.

    One that does not chat cannot be the default.
    """

    id: UUID
    display_name: str
    address: str
    is_default: bool
    why_not: Reason | None
    chats: bool = True


@dataclass(frozen=True)
class MyTeam:
    """What a manager's page shows. `active` is what serves now, `own` whether that is the team's; blank: nothing does.

    `reason` is set where the page is locked.
    """

    id: UUID
    name: str
    entitled: bool
    exclusive: bool
    active: str
    active_provider: str
    own: bool
    models: tuple[OwnModel, ...]
    default_id: UUID | None
    reason: str = ""


def manages(actor: Actor) -> bool:
    """Whether the actor manages the team they belong to."""
    if actor.id is None or actor.team_id is None:
        return False
    with reading() as session:
        return store.manages(session, actor.team_id, actor.id)


def read(actor: Actor, runtime: Runtime) -> MyTeam:
    """The team of a manager. Raises `NotFound`."""
    with reading() as session:
        team = managed(session, actor)
        facts = (team.id, team.name, team.entitled, team.exclusive)
        default_id = team.default_id
    catalog = choosing.current_catalog(runtime)
    member = Person(None, actor.role_ids, facts[0])  # any member: what the manager pinned for themselves is no matter
    chosen = select(Ask(member), catalog)
    serving = chosen if isinstance(chosen, Selection) else None
    own = serving is not None and catalog.providers[serving.provider_id].team_id == facts[0]
    models = tuple(_own(catalog, model, default_id, member) for model in _models(catalog, facts[0]))
    return MyTeam(
        *facts,
        active=serving.display_name if serving else "",
        active_provider=serving.provider_label if serving else "",
        own=own,
        models=models,
        default_id=default_id,
        reason="" if facts[2] else LOCKED,
    )


def choose_default(actor: Actor, runtime: Runtime, language_model_id: UUID | None) -> str:
    """Make one of the team's own models its default, or none, which deletes nothing; answers the model's name.

    Raises `NotFound` for a model of anybody else's, `Conflict` while the team is not entitled, and for a model that
    does not chat.
    """
    with transaction() as session:
        lock_catalog(session)
        team = managed(session, actor, lock=True)
        if not team.entitled:
            raise Conflict(LOCKED)
        model = candidate(session, team.id, language_model_id)
        put_default(session, runtime, actor, team, language_model_id)
        return model.display_name if model else ""


def candidate(session: Session, team_id: UUID, language_model_id: UUID | None) -> LanguageModelRecord | None:
    """The model of a team's own that is to be its default; None for none. Raises as `choose_default` does."""
    if language_model_id is None:
        return None
    model = store.model_of(session, team_id, language_model_id)
    if model is None:
        raise NotFound
    if not model.chats:
        raise Conflict(CANNOT_CHAT.format(name=model.display_name))
    return model


def put_default(
    session: Session, runtime: Runtime, actor: Actor, team: TeamRecord, language_model_id: UUID | None
) -> None:
    """Set a team's default inside the caller's transaction, the catalog locked."""
    if team.default_id == language_model_id:
        return
    before, after = (_name(session, id) for id in (team.default_id, language_model_id))
    team.default_id = language_model_id
    session.flush()
    audit_trail.record(
        session, runtime, actor, "team.default", "team", team.id, team.name, {"default": before}, {"default": after}
    )


def _name(session: Session, language_model_id: UUID | None) -> str:
    """A model's name for the audit trail; blank for none, and for one that was deleted."""
    model = language_models.find(session, language_model_id) if language_model_id else None
    return model.display_name if model else ""


def _models(catalog: Catalog, team_id: UUID) -> list[ModelEntry]:
    owned = {id for id, entry in catalog.providers.items() if entry.team_id == team_id and not entry.deleted}
    return [model for model in catalog.in_order() if model.provider_id in owned]


def _own(catalog: Catalog, model: ModelEntry, default_id: UUID | None, member: Person) -> OwnModel:
    reason = why_not_usable(model, Ask(member), catalog)
    return OwnModel(model.id, model.display_name, catalog.address(model), model.id == default_id, reason, model.chats)
