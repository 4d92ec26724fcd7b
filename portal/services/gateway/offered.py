"""What an embedded editor asks for first: the models within reach, what each is for, and how much it takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.dialects.provider_types.table import TYPES
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.explanation import within_access
from portal.domain.language_models import LIMITS, default_limit
from portal.domain.people import Actor
from portal.domain.selection import Ask, why_not_usable
from portal.services.gateway import naming
from portal.services.selection import choosing
from portal.store import language_models
from portal.store.base import reading

MOST = 10_000
"""Models that one answer lists."""


@dataclass(frozen=True)
class OfferedModel:
    """A model by the name under which the gateway finds it; `allowed` says whether it answers right now."""

    name: str
    provider: str
    entry: ModelEntry
    description: str
    limits: Mapping[str, int]
    allowed: bool


def of(catalog: Catalog, actor: Actor) -> tuple[OfferedModel, ...]:
    """The models that no rule of access keeps from whoever asks, in order. One that is off is there, and not allowed.

    A bare name is used where one of them alone has it, as `GET /v1/models` does.
    """
    who = choosing.person(actor)
    models = within_access(who, catalog)[:MOST]
    with reading() as session:
        more = language_models.described(session, [model.id for model in models])
    bare: dict[str, int] = {}
    for model in models:
        bare[model.name] = bare.get(model.name, 0) + 1
    found = []
    for model in models:
        provider = catalog.providers[model.provider_id]
        described = more.get(model.id)
        set_here = described.limits if described else {}
        dialect = TYPES[provider.type].dialect if provider.type in TYPES else ""
        found.append(
            OfferedModel(
                model.name
                if bare[model.name] == 1 and model.name not in catalog.aliases
                else f"{provider.name}/{model.name}",
                provider.name,
                model,
                described.description if described else "",
                {name: set_here.get(name, default_limit(name, dialect)) for name in LIMITS},
                why_not_usable(model, Ask(who, naming.ROOT if model.chats else naming.EMBEDDING), catalog) is None,
            )
        )
    return tuple(found)
