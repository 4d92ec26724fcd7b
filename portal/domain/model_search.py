"""Finding models by what people type: over the catalog in memory, whose words are put together once a version."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from portal.domain.catalog import Catalog, ModelEntry

LONGEST = 200
"""Characters of a search that are read."""


def matching(catalog: Catalog, models: Iterable[ModelEntry], search: str) -> Iterator[ModelEntry]:
    """The models of which every word of the search is a part: of their names, model ID, provider or address."""
    words = search[:LONGEST].casefold().split()
    told = _told(catalog) if words else {}
    return (model for model in models if not words or all(word in told.get(model.id, "") for word in words))


def at_address(catalog: Catalog, address: str) -> ModelEntry | None:
    """The living model at `provider:model`, however it is capitalised."""
    addresses: Mapping[str, ModelEntry] = catalog.remembered("addresses", lambda _: _addressed(catalog))
    return addresses.get(address.strip().casefold())


def _told(catalog: Catalog) -> Mapping[UUID, str]:
    found: Mapping[UUID, str] = catalog.remembered("told", lambda _: _put_together(catalog))
    return found


def _put_together(catalog: Catalog) -> dict[UUID, str]:
    told: dict[UUID, str] = {}
    for model in catalog.in_order():
        label = catalog.providers[model.provider_id].label
        told[model.id] = f"{model.display_name}\n{model.wire_name}\n{catalog.address(model)}\n{label}".casefold()
    return told


def _addressed(catalog: Catalog) -> dict[str, ModelEntry]:
    return {catalog.address(model).casefold(): model for model in catalog.in_order()}
