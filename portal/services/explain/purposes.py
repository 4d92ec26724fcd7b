"""What changes when models are offered for other uses, roles reach others, or a context asks for something else."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from portal.domain import changes
from portal.domain.capabilities import CAPABILITIES
from portal.domain.efforts import EFFORTS
from portal.domain.errors import NotFound
from portal.domain.features import NAMES
from portal.domain.people import Actor
from portal.services.explain.impact import ImpactView, catalog_for, told
from portal.services.people import role_models, roles
from portal.services.runtime import Runtime


@dataclass(frozen=True)
class Abilities:
    """What is typed of a model that selection reads. The names are of `portal.domain`; efforts may be blank."""

    features: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    chats: bool = True
    effort_default: str = ""
    effort_most: str = ""

    @property
    def known(self) -> bool:
        """Whether all of its names exist."""
        efforts = {self.effort_default, self.effort_most} - {""}
        return set(self.features) <= NAMES and set(self.capabilities) <= set(CAPABILITIES) and efforts <= set(EFFORTS)


def of_typed_model(actor: Actor, runtime: Runtime, language_model_id: UUID, typed: Abilities) -> ImpactView | None:
    """What a model's form changes as it stands; None where it changes nothing of this, or cannot be saved.

    Raises `NotFound` for a model that is gone.
    """
    now = catalog_for(actor, runtime)
    entry = now.models.get(language_model_id)
    if entry is None or entry.deleted:
        raise NotFound("This model is gone.")
    after = replace(
        entry,
        features=frozenset(typed.features),
        capabilities=frozenset(typed.capabilities),
        chats=typed.chats,
        effort_default=typed.effort_default,
        effort_most=typed.effort_most,
    )
    if after == entry or not typed.features or not typed.known or (now.default_id == entry.id and not typed.chats):
        return None
    return told(now, now.with_model(after), subject=entry.display_name)


def of_offered(actor: Actor, runtime: Runtime, ids: Collection[UUID], feature: str, *, on: bool) -> ImpactView:
    """What offering several models for a use, or no longer, changes; those that are gone are left out."""
    now = catalog_for(actor, runtime)
    return told(now, changes.with_models_offered(now, ids, feature, on=on))


def of_reached(actor: Actor, runtime: Runtime, role_id: UUID, addresses: Collection[str], *, on: bool) -> ImpactView:
    """What letting a role reach these models, or no longer, changes.

    Raises as `role_models.reach` does, and `NotFound` for a role that is gone.
    """
    now = catalog_for(actor, runtime)
    role = roles.find(actor, runtime, role_id).role
    patterns = role_models.patterns_after(role.name, now.patterns.get(role_id, ()), addresses, on=on)
    return told(now, changes.with_patterns(now, role_id, patterns))


def of_typed_context(
    actor: Actor, runtime: Runtime, name: str, feature: str, capabilities: Collection[str], *, personal: bool
) -> ImpactView | None:
    """What another demand of a context changes in it; None where it is the same, or cannot be. Raises `NotFound`."""
    now = catalog_for(actor, runtime)
    context = now.contexts.get(name)
    if context is None or context.built_in:
        raise NotFound("There is no such context. Somebody may have removed it.")
    after = replace(context, feature=feature, capabilities=frozenset(capabilities), personal=personal)
    if after == context or feature not in NAMES or not set(capabilities) <= set(CAPABILITIES):
        return None
    return told(now, changes.with_context(now, after), contexts=[context])
