"""What is asked: a context, and the models and providers that a request or a chat may name, as people write them."""

from dataclasses import dataclass
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.contexts import Context
from portal.domain.errors import Invalid
from portal.domain.explanation import Barrier, barrier
from portal.domain.model_search import named
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.explain.subjects import require_view
from portal.services.runtime import Runtime
from portal.services.selection import choosing


@dataclass(frozen=True)
class Question:
    """What is asked besides for whom. Models are given by id; `chat_id` is a chat of one's own."""

    context: str = "root"
    chat_id: UUID | None = None
    chat_model_id: UUID | None = None
    explicit_id: UUID | None = None
    provider_id: UUID | None = None


def contexts(runtime: Runtime) -> tuple[Context, ...]:
    """What may be asked for."""
    return tuple(choosing.current_catalog(runtime).contexts.values())


def offered(actor: Actor, runtime: Runtime) -> tuple[tuple[Context, ...], tuple[str, ...]]:
    """What whoever sees providers may ask for: contexts, and the names of the providers that a request may name."""
    require_view(actor)
    catalog = choosing.current_catalog(runtime)
    names = sorted(entry.name for entry in catalog.providers.values() if not entry.deleted)
    return tuple(catalog.contexts.values()), tuple(names)


def find_provider(actor: Actor, runtime: Runtime, name: str, field: str = "provider") -> UUID | None:
    """The provider of that name; None for a blank one. Raises `Invalid` beside `field`.

    To whoever does not see providers, another team's are not there.
    """
    if not name.strip():
        return None
    for entry in choosing.current_catalog(runtime).providers.values():
        mine = entry.team_id in (None, actor.team_id) or actor.may(Permission.PROVIDER_VIEW)
        if entry.name == name.strip() and not entry.deleted and mine:
            return entry.id
    raise Invalid({field: f"No provider is called {name.strip()}. Choose one from the list."})


def find_model(actor: Actor, runtime: Runtime, text: str, field: str = "model") -> UUID | None:
    """The model that `provider:model` names, or a bare name that only one has; None for a blank. Raises `Invalid`.

    To whoever does not see providers, another team's models are not there.
    """
    wanted = text.strip().replace(" / ", ":", 1)
    if not wanted:
        return None
    catalog = choosing.current_catalog(runtime)
    found = [entry for entry in named(catalog, wanted) if _visible(actor, entry, catalog)]
    if len(found) == 1:
        return found[0].id
    if found:
        raise Invalid({field: f"{len(found)} providers have a model called {wanted}. Write it as provider:model."})
    raise Invalid({field: f"No model is called {wanted}. Write it as provider:model, as the Models page has it."})


def _visible(actor: Actor, model: ModelEntry, catalog: Catalog) -> bool:
    return actor.may(Permission.PROVIDER_VIEW) or (
        barrier(model, choosing.person(actor), catalog) is not Barrier.OTHER_TEAM
    )
