"""Whose a provider is: the deployment's, or one team's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.health import Verdict
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.audit import trail as audit_trail
from portal.services.encryption import master_keys
from portal.services.health import checks, provider_status
from portal.services.health.history import CheckView
from portal.services.language_models import default_model
from portal.services.people import team_rights
from portal.services.providers.listing import KeyLine, key_lines
from portal.services.runtime import Runtime
from portal.services.teams import my_team
from portal.store import language_models, providers
from portal.store import teams as stored_teams
from portal.store.base import Session, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.providers import ProviderRecord

DEPLOYMENT = "the deployment"


@dataclass(frozen=True)
class TeamProvider:
    """A provider of a team, as its managers see it. `since`: chats say its status, and from when on."""

    name: str
    label: str
    type: str
    base_url: str
    key: KeyLine
    enabled: bool
    verdict: Verdict
    checked_at: datetime | None
    since: datetime | None = None


def may_give(actor: Actor) -> bool:
    """Whether the actor may say whose a provider is."""
    return actor.may(Permission.TEAM_MANAGE, Permission.PROVIDER_EDIT)


def give(actor: Actor, runtime: Runtime, name: str, team_id: UUID | None) -> None:
    """Make a provider a team's, or the deployment's. Raises `Denied`, `NotFound`; `Invalid` for a team that is gone."""
    with transaction() as session:
        lock_catalog(session)
        provider = providers.lock(session, name)
        if provider is None:
            raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
        put(session, runtime, actor, provider, team_id)


def put(session: Session, runtime: Runtime, actor: Actor, provider: ProviderRecord, team_id: UUID | None) -> bool:
    """The same inside the caller's transaction, the catalog locked; whether anything changed.

    A team whose default was of this provider has none any more, and the deployment's default gives way to another
    model: each is one of its owner's own.
    """
    if provider.team_id == team_id:
        return False
    if not may_give(actor):
        raise Denied("You may not say whose a provider is. Ask an administrator for the permission.")
    if team_id is not None and stored_teams.by_id(session, team_id) is None:
        raise Invalid({"owner": "This team is gone. Choose another owner."})
    before, after = (stored_teams.name_of(session, id) or DEPLOYMENT for id in (provider.team_id, team_id))
    former = stored_teams.by_id(session, provider.team_id, lock=True) if provider.team_id else None
    if former is not None and former.default_id is not None:
        default = language_models.find(session, former.default_id)
        if default is None or default.provider_id == provider.id:
            my_team.put_default(session, runtime, actor, former, None)
    provider.team_id = team_id
    session.flush()
    audit_trail.record(
        session,
        runtime,
        actor,
        "provider.change",
        "provider",
        provider.id,
        provider.name,
        {"owner": before},
        {"owner": after},
    )
    default_model.ensure_default(session, runtime, actor, lock_catalog(session))
    return True


def read(typed: str) -> UUID | None:
    """The team that a form names as the owner; None is the deployment. Raises `Invalid`."""
    try:
        return UUID(typed) if typed else None
    except ValueError:
        raise Invalid({"owner": "This team is gone. Choose another owner."}) from None


def check_own(actor: Actor, runtime: Runtime, name: str) -> CheckView:
    """Test a provider of the team that the actor manages: they need no other permission for that.

    Raises `NotFound` for everybody else's providers, `Conflict` while the team is not entitled.
    """
    me = team_rights.as_manager(actor)
    find_own(me, name)
    return checks.check_saved(me, runtime, name)


def find_own(me: Actor, name: str) -> UUID:
    """The id of a provider of the team that somebody acts for. Raises as above."""
    with reading() as session:
        provider = providers.find(session, name)
        if provider is None:
            raise NotFound
        team_rights.require_own(session, me, provider.team_id)
        return provider.id


def networks_of(session: Session, actor: Actor, owner: str | None, saved: UUID | None) -> tuple[str, ...] | None:
    """The private networks that a form may reach, None for those of the deployment: by whose it is to be.

    `owner` is what the form says, which counts for those who may say so; `saved` is whose it is now.
    """
    team_id = actor.acts_for or saved
    if owner is not None and actor.acts_for is None and may_give(actor):
        team_id = read(owner)
    if team_id is None:
        return None
    team = stored_teams.by_id(session, team_id)
    if team is None:
        raise Invalid({"owner": "This team is gone. Choose another owner."})
    return tuple(team.private_networks)


def of_my_team(actor: Actor, runtime: Runtime) -> tuple[TeamProvider, ...]:
    """The providers of the team that the actor manages, with their status. Raises `NotFound`."""
    master_keys.ensure(runtime)
    with reading() as session:
        team = team_rights.managed(session, actor)
        owned = stored_teams.providers(session, team.id)
        lines = key_lines(session, runtime, owned)
        verdicts = provider_status.statuses(
            session, owned, {item.id: lines[item.id].credential for item in owned}, runtime.now()
        )
        return tuple(
            TeamProvider(
                item.name,
                item.label,
                item.type,
                item.base_url,
                lines[item.id],
                item.enabled,
                verdicts[item.id].verdict,
                check.at if (check := verdicts[item.id].check) else None,
                said.since if (said := verdicts[item.id].learned) and verdicts[item.id].by_chats else None,
            )
            for item in owned
        )
