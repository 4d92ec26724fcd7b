"""What an act would change for people, said before anybody does it. Nothing is written here, and nothing is sent."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from portal.domain import changes
from portal.domain import impact as domain
from portal.domain.access import patterns_from_text
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Person, Pin
from portal.domain.contexts import Context
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.explain import people
from portal.services.keys import credentials
from portal.services.overrides import choices
from portal.services.overrides.choices import Typed
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored
from portal.store import impact as store
from portal.store.base import reading

NOBODY_ANSWERS = "no model"

NEEDED: frozenset[Permission] = frozenset(
    {
        Permission.PROVIDER_VIEW,
        Permission.PROVIDER_EDIT,
        Permission.PROVIDER_DELETE,
        Permission.ROLE_MANAGE,
        Permission.TEAM_MANAGE,
        Permission.SETTINGS_EDIT,
    }
)
"""Whoever may change one of these may know what it changes. It names models and numbers, never a person."""


@dataclass(frozen=True)
class MoveView:
    """How many people get `after` in the place of `before`; both are names as people read them."""

    before: str
    after: str
    people: int
    contexts: tuple[str, ...]
    lost: bool


@dataclass(frozen=True)
class ImpactView:
    """What a page says before the act on `subject`, as it is called on pages.

    `chats` are set to what goes; `heir` becomes the default, where it was that.
    """

    asked: int
    people: int
    without: int
    moves: tuple[MoveView, ...]
    left_out: int
    other_key: int
    other_effort: int
    subject: str = ""
    chats: int = 0
    heir: str = ""
    was_default: bool = False

    @property
    def nothing(self) -> bool:
        return not (self.people or self.other_key or self.other_effort)


def of_model(actor: Actor, runtime: Runtime, language_model_id: UUID, *, delete: bool = False) -> ImpactView:
    """What turning a model off, or deleting it, changes. Raises `NotFound` for one that is gone."""
    now = catalog_for(actor, runtime)
    entry = now.models.get(language_model_id)
    if entry is None or entry.deleted:
        raise NotFound("This model is gone.")
    after = (
        changes.without_model(now, entry.id) if delete else changes.with_model_on(now, entry.id, on=not entry.enabled)
    )
    with reading() as session:
        chats = store.chats_set_to(session, entry.id)
    return told(now, after, subject=entry.display_name, chats=chats)


def of_models(actor: Actor, runtime: Runtime, ids: Collection[UUID], *, delete: bool = False) -> ImpactView:
    """What turning several models off, or deleting them, changes; those that are gone are left out."""
    now = catalog_for(actor, runtime)
    after = changes.without_models(now, ids) if delete else changes.with_models_on(now, ids, on=False)
    return told(now, after)


def of_provider(actor: Actor, runtime: Runtime, name: str, *, delete: bool = False) -> ImpactView:
    """What turning a provider off (or on again), or deleting it, changes. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    provider_id = provider_named(now, name)
    on = not now.providers[provider_id].enabled
    after = changes.without_provider(now, provider_id) if delete else changes.with_provider_on(now, provider_id, on=on)
    with reading() as session:
        chats = store.chats_set_to_models_of(session, provider_id)
    return told(now, after, subject=now.providers[provider_id].label, chats=chats)


def of_shared_key(actor: Actor, runtime: Runtime, name: str, key_id: UUID) -> ImpactView:
    """What destroying one shared key changes: nothing while another one opens. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    provider_id = provider_named(now, name)
    facts = next(entry for entry in stored.newest().providers if entry.id == provider_id)
    keys = [key for key in facts.keys if key.id != key_id]
    left = credentials.source(runtime, facts.type, facts.destination, keys, facts.headers, facts.team_id)
    after = changes.with_credential(now, provider_id, left)
    return told(now, after, subject=now.providers[provider_id].label)


def of_gate(actor: Actor, runtime: Runtime, gate: str, on: bool) -> ImpactView:
    """What turning a gate changes: `personal_overrides`, `personal_keys` or `ai`."""
    now = catalog_for(actor, runtime)
    return told(now, changes.with_gate(now, gate, on=on))


def of_patterns(actor: Actor, runtime: Runtime, role_id: UUID, patterns: Iterable[str]) -> ImpactView:
    """What another set of patterns changes for everybody who holds the role."""
    now = catalog_for(actor, runtime)
    return told(now, changes.with_patterns(now, role_id, patterns))


def of_typed_patterns(actor: Actor, runtime: Runtime, role_id: UUID, text: str) -> ImpactView | None:
    """The same for patterns as they are typed; None where they are the role's already, or cannot be patterns."""
    now = catalog_for(actor, runtime)
    patterns, fault = patterns_from_text(text.replace("\0", ""))
    if fault or set(patterns) == set(now.patterns.get(role_id, ())):
        return None
    return of_patterns(actor, runtime, role_id, patterns)


def of_pin(actor: Actor, runtime: Runtime, context: str, pin: Pin | None) -> ImpactView:
    """What an administrator's override changes in its context; None takes it away. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    return told(now, changes.with_pin(now, context, pin), contexts=[choosing.context_of(now, context)])


def of_default(actor: Actor, runtime: Runtime, language_model_id: UUID) -> ImpactView:
    """What another default changes. Raises `NotFound` for a model that is gone."""
    now = catalog_for(actor, runtime)
    entry = now.models.get(language_model_id)
    if entry is None or entry.deleted:
        raise NotFound("This model is gone.")
    view = told(now, changes.with_default(now, entry.id), subject=entry.display_name)
    return replace(view, heir="", was_default=False)  # that it becomes the default is what was asked for


def of_typed_pin(actor: Actor, runtime: Runtime, context: str, typed: Typed) -> ImpactView | None:
    """The same for a model as it is typed; None while no model is called so. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    try:
        pin = choices.find(typed, now)
    except Invalid:
        return None
    return of_pin(actor, runtime, context, pin)


def of_team(
    actor: Actor,
    runtime: Runtime,
    team_id: UUID,
    *,
    entitled: bool | None = None,
    exclusive: bool | None = None,
    default_id: UUID | None = None,
) -> ImpactView:
    """What changing a team changes for its members; None leaves a thing as it is. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    team = now.teams.get(team_id)
    if team is None:
        raise NotFound("This team is gone.")
    after = changes.with_team(now, changes.team_changed(team, entitled, exclusive, default_id))
    return told(now, after, subject=team.name)


def heir_of(runtime: Runtime, language_model_id: UUID) -> str:
    """Which model would become the default if this one were deleted; "" when it is not the default, or the last."""
    now = choosing.current_catalog(runtime)
    return _heir(now, changes.without_model(now, language_model_id)) if now.default_id == language_model_id else ""


def catalog_for(actor: Actor, runtime: Runtime) -> Catalog:
    """The catalog as it is now, for somebody who may know what an act changes. Raises `Denied`."""
    if NEEDED.isdisjoint(actor.permissions):
        raise Denied("You may not see what this changes. Ask an administrator.")
    return choosing.current_catalog(runtime)


def provider_named(catalog: Catalog, name: str) -> UUID:
    """The living provider of that name. Raises `NotFound`."""
    found = next((entry for entry in catalog.providers.values() if entry.name == name and not entry.deleted), None)
    if found is None:
        raise NotFound("This provider is gone.")
    return found.id


def told(
    before: Catalog,
    after: Catalog,
    *,
    contexts: Iterable[Context] | None = None,
    subject: str = "",
    chats: int = 0,
    among: Callable[[Person], bool] | None = None,
    becomes: Callable[[Person], Person] | None = None,
) -> ImpactView:
    """The same selection for everybody, or for those `among` whom it is asked, in both catalogs; as pages say it."""
    asked = people.read().people
    found = domain.impact(before, after, filter(among, asked) if among else asked, contexts, becomes=becomes)
    return ImpactView(
        asked=found.asked,
        people=found.people,
        without=found.without,
        moves=tuple(
            MoveView(
                _name(before, move.before),
                _name(after, move.after),
                move.people,
                tuple(before.contexts[name].label for name in move.contexts),
                move.after is None,
            )
            for move in found.moves
        ),
        left_out=found.left_out,
        other_key=found.other_key,
        other_effort=found.other_effort,
        subject=subject,
        chats=chats,
        heir=_heir(before, after),
        was_default=before.default_id is not None and before.default_id != after.default_id,
    )


def _heir(before: Catalog, after: Catalog) -> str:
    if after.default_id is None or after.default_id == before.default_id:
        return ""
    return after.models[after.default_id].display_name


def _name(catalog: Catalog, model_id: UUID | None) -> str:
    return catalog.models[model_id].display_name if model_id is not None else NOBODY_ANSWERS
