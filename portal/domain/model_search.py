"""Finding models by what people type: over the catalog in memory, whose words are put together once a version."""

from collections.abc import Iterable, Mapping

from portal.domain.catalog import Catalog, ModelEntry

LONGEST = 200
"""Characters of a search that are read."""


def matching(catalog: Catalog, models: Iterable[ModelEntry], search: str) -> Iterable[ModelEntry]:
    """The models of which every word of the search is a part: of their names, model ID, provider or address."""
    words = search[:LONGEST].casefold().split()
    words_of = _search_words(catalog) if words else {}
    for word in words:
        models = [model for model in models if word in words_of.get(id(model), "")]
    return models


def named(catalog: Catalog, text: str) -> tuple[ModelEntry, ...]:
    """The living models that somebody means: at this `provider:model`, else so called; several where it is not clear.

    Capitals count only where two models differ by nothing else.
    """
    names: Mapping[str, tuple[ModelEntry, ...]] = catalog.remembered("names", lambda _: _named(catalog))
    wanted = text.strip()
    return names.get(wanted) or names.get(wanted.casefold(), ())


def _search_words(catalog: Catalog) -> Mapping[int, str]:
    """The words of each living entry by `id(entry)`: it lives as long as its catalog, and a UUID hashes slowly."""
    found: Mapping[int, str] = catalog.remembered("search words", lambda _: _put_words_together(catalog))
    return found


def _put_words_together(catalog: Catalog) -> dict[int, str]:
    words: dict[int, str] = {}
    for model in catalog.in_order():
        label = catalog.providers[model.provider_id].label
        words[id(model)] = f"{model.display_name}\n{model.wire_name}\n{catalog.address(model)}\n{label}".casefold()
    return words


def _named(catalog: Catalog) -> dict[str, tuple[ModelEntry, ...]]:
    """Addresses before names: a model that is called like another's address does not hide it."""
    found: dict[str, tuple[ModelEntry, ...]] = {}
    for spelling in (catalog.address, _name):
        spelled: dict[str, list[ModelEntry]] = {}
        for model in catalog.in_order():
            for key in {spelling(model), spelling(model).casefold()}:
                spelled.setdefault(key, []).append(model)
        found = {key: tuple(models) for key, models in spelled.items()} | found
    return found


def _name(model: ModelEntry) -> str:
    return model.name
