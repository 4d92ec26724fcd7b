"""Finding models by their words: with the index as by walking over all of them, in the same order."""

from uuid import UUID

import pytest

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, ProviderEntry
from portal.domain.model_search import Index, matching, named

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


def test_capitals_tell_two_models_apart_that_differ_by_nothing_else():
    small, large = (
        ModelEntry(UUID(int=number), ACME.id, name, name, name) for number, name in ((1, "big"), (2, "Big"))
    )
    catalog = Catalog.of((ACME,), (small, large))
    for model in (small, large):
        assert named(catalog, f" acme:{model.name}") == named(catalog, model.name) == (model,)
    assert named(catalog, "ACME:BIG") == named(catalog, "BIG") == catalog.in_order()
    assert named(Catalog.of((ACME,), (small,)), "acme:BIG") == (small,)
    assert named(catalog, "acme:") == named(catalog, "") == ()


def test_an_address_goes_before_a_name_that_reads_like_it():
    meant = ModelEntry(UUID(int=1), ACME.id, "Big", "big", "big")
    called_so = ModelEntry(UUID(int=2), ZETA.id, "acme:big", "big", "big")
    assert named(Catalog.of((ACME, ZETA), (meant, called_so)), "acme:big") == (meant,)
