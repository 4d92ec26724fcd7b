"""Finding models by what people type: over the catalog in memory, whose words are put together once a version."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry

LONGEST = 200
"""Characters of a search that are read."""

_Spelled = dict[str, tuple[ModelEntry, ...]]
_Names = tuple[tuple[_Spelled, _Spelled], ...]
"""Addresses before names, as a model that is called like another's address does not hide it: of each, by how it is
written, and by what is left of that without capitals."""


def matching(catalog: Catalog, models: Iterable[ModelEntry], search: str) -> Iterable[ModelEntry]:
    """The models of which every word of the search is a part: of their names, model ID, provider or address."""
    words = search[:LONGEST].casefold().split()
    words_of = _search_words(catalog) if words else {}
    for word in words:
        models = [model for model in models if word in words_of.get(id(model), "")]
    return models


class Index:
    """Models in an order of their own, with their words as one text: what few models hold is found without a walk."""

    MANY = 400
    """Hits of a word after which walking over all the others costs less than finding each."""

    def __init__(self, catalog: Catalog, models: Sequence[ModelEntry]) -> None:
        words_of = _search_words(catalog)
        self._models = models
        self._words = [words_of[id(model)] for model in models]
        self._text = "\n".join(self._words)
        self._begins = list(accumulate((len(words) + 1 for words in self._words), initial=0))

    def matching(self, search: str) -> Sequence[ModelEntry]:
        """As `matching` above, over these models in their order."""
        words = sorted(search[:LONGEST].casefold().split(), key=len, reverse=True)
        if not words:
            return self._models
        places = self._holding(words[0])
        for word in words[1:]:
            places = [place for place in places if word in self._words[place]]
        return [self._models[place] for place in places]

    def _holding(self, word: str) -> list[int]:
        """The places of the models of which this word is a part. It holds no blank, so it never spans two of them."""
        found: list[int] = []
        begin = 0
        while (hit := self._text.find(word, begin)) >= 0:
            place = bisect_right(self._begins, hit) - 1
            found.append(place)
            begin = self._begins[place + 1]
            if len(found) == self.MANY:
                rest = self._words[place + 1 :]
                return found + [other for other, words in enumerate(rest, place + 1) if word in words]
        return found


def named(catalog: Catalog, text: str) -> tuple[ModelEntry, ...]:
    """The living models that somebody means: at this `provider:model`, else so called; several where it is not clear.

    Capitals count only where two models differ by nothing else.
    """
    names: _Names = catalog.remembered("names", lambda _: _named(catalog))
    wanted = text.strip()
    folded = wanted.casefold()
    found = (known.get(wanted) or alike.get(folded) for known, alike in names)
    return next(filter(None, found), ())


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


def _named(catalog: Catalog) -> _Names:
    spellings = catalog.address, _name
    return tuple((_spelled(catalog, one), _spelled(catalog, one, str.casefold)) for one in spellings)


def _spelled(catalog: Catalog, written: Callable[[ModelEntry], str], as_read: Callable[[str], str] = str) -> _Spelled:
    found: dict[str, list[ModelEntry]] = {}
    for model in catalog.in_order():
        found.setdefault(as_read(written(model)), []).append(model)
    return {key: tuple(models) for key, models in found.items()}


def _name(model: ModelEntry) -> str:
    return model.name
