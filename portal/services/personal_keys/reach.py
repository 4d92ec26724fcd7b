"""Which providers a person may enter a key for: those whose models they could use if they had one."""

from collections.abc import Mapping
from uuid import UUID

from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import TYPES
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ProviderEntry
from portal.domain.contexts import Context
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.selection import not_theirs
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog, person

ANYTHING = Context("anything", "Anything", "Whatever a model may be asked for.", "")
"""Asks nothing of a model: so every model that is on and within somebody's roles serves it."""


def models_within_reach(actor: Actor, catalog: Catalog) -> Mapping[UUID, int]:
    """For each provider that is on and is this person's, how many of its models their roles reach; none are left out.

    Whether there is a key is not asked.
    """
    who = person(actor)
    return {
        provider_id: len(models)
        for provider_id, models in catalog.serving(ANYTHING, who).items()
        if not_theirs(catalog.providers[provider_id], who, catalog) is None
    }


def takes_key(provider: ProviderEntry) -> bool:
    """False for a type that has no use for a key."""
    return provider.type in TYPES and TYPES[provider.type].key is not KeyRule.NONE


def key_would_help(actor: Actor, runtime: Runtime) -> bool:
    """Whether a key of their own would open models to this person that no other key opens now."""
    catalog = current_catalog(runtime)
    if not catalog.gates.personal_keys or not actor.may(Permission.PERSONAL_KEY):
        return False
    reached = (catalog.providers[provider_id] for provider_id in models_within_reach(actor, catalog))
    return any(takes_key(entry) and catalog.credential(entry, person(actor)) is None for entry in reached)
