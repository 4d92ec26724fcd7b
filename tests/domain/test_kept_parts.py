"""What a catalog keeps when one model is replaced: the same as what is worked out from nothing."""

import random
from dataclasses import replace
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import ModelEntry, Person, ProviderEntry
from portal.domain.contexts import CONTEXTS
from portal.domain.selection import Ask, select, usable

ROLES = tuple(UUID(int=number) for number in range(900, 903))
PEOPLE = (Person(), *(Person(UUID(int=role.int + 50), frozenset({role})) for role in ROLES))


def catalog() -> Catalog:
    providers = [
        ProviderEntry(UUID(int=number), f"p{number}", f"P{number}", "openai", credential="shared", enabled=number != 3)
        for number in range(1, 5)
    ]
    models = [
        ModelEntry(
            UUID(int=100 + number),
            UUID(int=1 + number % 4),
            f"m{number}",
            f"m{number}",
            f"M{number}",
            position=number // 2,
            features=frozenset({"conversations"}),
        )
        for number in range(12)
    ]
    patterns = {ROLES[0]: ("p1:*",), ROLES[1]: ("*:m1*", "p2:*"), ROLES[2]: ("p9:*",)}
    return Catalog.of(providers, models, patterns=patterns)


def told(now: Catalog) -> list[object]:
    found: list[object] = [now.in_order()]
    for person in PEOPLE:
        for context in CONTEXTS.values():
            ask = Ask(person, context)
            found += [list(usable(ask, now)), select(ask, now)]
    return found


def test_a_catalog_with_one_model_replaced_answers_like_one_that_was_made_so():
    chance = random.Random(3)  # noqa: S311 - changes, no secret
    now = catalog()
    for _ in range(60):
        told(now)
        one = chance.choice(list(now.models.values()))
        fields = chance.choice(
            [
                {"enabled": not one.enabled},
                {"enabled": not one.enabled},
                {"display_name": f"Named {chance.random()}"},
                {"features": frozenset() if one.features else frozenset({"conversations"})},
                {"chats": not one.chats},
                {"deleted": not one.deleted},
                {"position": chance.randrange(8)},
                {"name": f"m{chance.randrange(40)}-{one.id.int}"},
            ]
        )
        before = told(now)
        after = now.with_model(replace(one, **fields))
        assert told(after) == told(Catalog.of(after.providers.values(), after.models.values(), patterns=after.patterns))
        assert told(now) == before, "the original stays as it is"
        now = after
