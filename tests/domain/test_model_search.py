"""Finding models by their words: with the index as by walking over all of them, in the same order."""

from uuid import UUID

import pytest

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, ProviderEntry
from portal.domain.model_search import Index, matching

ACME, ZETA = (
    ProviderEntry(UUID(int=number), name, name.title(), "openai") for number, name in ((1, "acme"), (2, "zeta"))
)


def catalog_of(many: int) -> Catalog:
    """Models that alternate between two providers; every third is called mini, every hundredth has its own word."""
    models = []
    for number in range(many):
        provider = (ACME, ZETA)[number % 2]
        name = f"gpt-{number}{'-mini' if number % 3 == 0 else ''}{'-Ünique' if number % 100 == 7 else ''}"
        models.append(ModelEntry(UUID(int=100 + number), provider.id, name, name, name.upper(), position=number))
    return Catalog.of((ACME, ZETA), models)


@pytest.mark.parametrize("many", [0, 1, 90, 3 * Index.MANY])
@pytest.mark.parametrize(
    "search",
    ["", " ", "gpt", "mini", "MINI acme", "gpt-7", "üniqu", "zeta mini", "nothing", "gpt-1 mini", "\n", "a\nb"],
)
def test_the_index_finds_what_a_walk_finds_in_the_same_order(many: int, search: str):
    catalog = catalog_of(many)
    models = catalog.in_order()
    assert list(Index(catalog, models).matching(search)) == list(matching(catalog, models, search))


def test_a_word_never_spans_two_models():
    catalog = catalog_of(3)
    assert list(Index(catalog, catalog.in_order()).matching("0-minigpt")) == []
