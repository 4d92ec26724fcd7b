"""Which model a caller means: by `auto`, by provider and name, or by a name or an alias that is theirs alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry
from portal.domain.contexts import ROOT as ROOT  # exported: the purpose of whoever chats
from portal.domain.contexts import Context
from portal.domain.errors import NotFound
from portal.domain.people import Actor
from portal.domain.reasons import REASON_SENTENCES, Reason
from portal.domain.selection import Ask, Refusal, Selection, select, usable
from portal.services.selection import choosing

AUTO = "auto"
"""Whatever the portal selects for this person; `auto:<context>` for a purpose."""

EMBEDDING = replace(ROOT, feature="")
"""The purpose of whoever embeds: models that do not chat serve it, too."""

MOST_LISTED = 20
"""Models that a refusal lists."""


def is_auto(name: str) -> bool:
    """Whether the portal is to select the model."""
    return name == AUTO or name.startswith(f"{AUTO}:")


class NoSuchModel(NotFound):
    """Nothing of that name, or not theirs; the sentence lists what is."""


@dataclass(frozen=True)
class _Names:
    """All names of one catalog: `by_address` has `provider/name` and `provider:name`; the others may be several."""

    by_address: Mapping[str, UUID] = field(default_factory=dict)
    by_name: Mapping[str, tuple[UUID, ...]] = field(default_factory=dict)
    by_alias: Mapping[str, UUID] = field(default_factory=dict)
    by_pattern: tuple[tuple[str, UUID], ...] = ()


def choose(catalog: Catalog, actor: Actor, name: str, purpose: Context = ROOT) -> Selection:
    """The model that a caller names. Raises `NoSuchModel`, in words that list what they may use."""
    who = choosing.person(actor)
    if is_auto(name):
        context = catalog.contexts.get(name.partition(":")[2] or ROOT.name)
        if context is None:
            known = ", ".join(f"{AUTO}:{each}" for each in catalog.contexts)
            raise NoSuchModel(f"There is no purpose of the name {name!r}. There are: {known}.")
        chosen = select(Ask(who, context), catalog)
    else:
        # Only what would answer counts: a name that two providers have is clear to whoever may use one of them.
        answers = [select(Ask(who, purpose, explicit_id=id), catalog) for id in _meant(_names(catalog), name)]
        found = [chosen for chosen in answers if isinstance(chosen, Selection)]
        if len(found) > 1:
            several = " or ".join(f"{one.provider_name}/{one.name}" for one in found)
            raise NoSuchModel(f"Several models are called {name!r}. Name one of them: {several}.")
        if not found and any(each.reason is Reason.ABOVE_CEILING for each in answers if isinstance(each, Refusal)):
            raise NoSuchModel(f"{_own_ceiling(actor)}, and {name!r} is above it. {_listed(catalog, actor)}")
        if not found:
            raise NoSuchModel(f"There is no model {name!r} that you may use. {_listed(catalog, actor)}")
        return found[0]
    if isinstance(chosen, Refusal):
        said = REASON_SENTENCES[chosen.reason]
        if who.ceiling and isinstance(select(Ask(replace(who, ceiling=()), context), catalog), Selection):
            said = f"{_own_ceiling(actor)}, and nothing that this token names is below it."
        elif actor.end_user and chosen.reason is Reason.NOT_ALLOWED:
            said = "Nothing that this token names is a model that answers here."
        raise NoSuchModel(f"{said} {_listed(catalog, actor)}")
    return chosen


def listed(catalog: Catalog, actor: Actor) -> Iterator[tuple[ModelEntry, tuple[str, ...]]]:
    """The models that this person may use, in order, each with its names: `provider/name` first, then those that are
    this model's alone."""
    names = _names(catalog)
    who = choosing.person(actor)
    models = [model for _, several in usable(Ask(who), catalog) for model in several]
    models += [model for _, several in usable(Ask(who, EMBEDDING), catalog) for model in several if not model.chats]
    theirs: dict[str, int] = {}
    for model in models:
        theirs[model.name] = theirs.get(model.name, 0) + 1
    aliases: dict[UUID, list[str]] = {}
    for alias, id in names.by_alias.items():
        aliases.setdefault(id, []).append(alias)
    for model in models:
        further = [model.name] if theirs[model.name] == 1 and model.name not in names.by_alias else []
        yield model, (_address(catalog, model), *further, *sorted(aliases.get(model.id, ())))


def _own_ceiling(actor: Actor) -> str:
    assert actor.end_user is not None, "people have none"
    return f"The application {actor.end_user.application} has a ceiling of models of its own"


def _listed(catalog: Catalog, actor: Actor) -> str:
    names = [_address(catalog, model) for _, models in usable(Ask(choosing.person(actor)), catalog) for model in models]
    if not names:
        return "No model may be used right now; ask an administrator."
    more = f" and {len(names) - MOST_LISTED} more, which GET /v1/models lists" if len(names) > MOST_LISTED else ""
    return f"You may use: {', '.join(names[:MOST_LISTED])}{more}."


def _meant(names: _Names, name: str) -> Iterable[UUID]:
    if name in names.by_address:
        return (names.by_address[name],)
    if name in names.by_alias:
        return (names.by_alias[name],)
    if name in names.by_name:
        return names.by_name[name]
    return next(((id,) for pattern, id in names.by_pattern if fnmatchcase(name, pattern)), ())


def _names(catalog: Catalog) -> _Names:
    found: _Names = catalog.remembered(("gateway names",), lambda _key: _read(catalog))
    return found


def _read(catalog: Catalog) -> _Names:
    by_address: dict[str, UUID] = {}
    by_name: dict[str, tuple[UUID, ...]] = {}
    for model in catalog.in_order():
        provider = catalog.providers[model.provider_id]
        if provider.deleted:
            continue
        by_address[f"{provider.name}/{model.name}"] = by_address[f"{provider.name}:{model.name}"] = model.id
        by_name[model.name] = (*by_name.get(model.name, ()), model.id)
    aliases = catalog.aliases
    return _Names(
        by_address,
        by_name,
        {alias: id for alias, id in aliases.items() if not alias.endswith("*")},
        # The longest pattern first: it says the most.
        tuple(sorted(((a, id) for a, id in aliases.items() if a.endswith("*")), key=lambda each: -len(each[0]))),
    )


def _address(catalog: Catalog, model: ModelEntry) -> str:
    return f"{catalog.providers[model.provider_id].name}/{model.name}"
