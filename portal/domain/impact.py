"""What an act changes for people: the same selection before and after, and who gets another model."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from uuid import UUID

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Person
from portal.domain.contexts import Context
from portal.domain.selection import Ask, Refusal, Selection, select

MOST_MOVES = 20


@dataclass(frozen=True)
class Move:
    """`people` who get `after` in the place of `before` in one of these contexts or more. None: no model answers."""

    before: UUID | None
    after: UUID | None
    people: int
    contexts: tuple[str, ...]


@dataclass(frozen=True)
class Impact:
    """How many of `asked` people get another model, from which to which, and how many are left with none.

    `moves` come with the most people first; `left_out` says how many further moves there are. `other_key` people keep
    their model and get another key for it, `other_effort` another reasoning effort.
    """

    asked: int = 0
    people: int = 0
    without: int = 0
    moves: tuple[Move, ...] = ()
    left_out: int = 0
    other_key: int = 0
    other_effort: int = 0

    @property
    def nothing(self) -> bool:
        """True when nobody would notice."""
        return not (self.people or self.other_key or self.other_effort)


def impact(
    before: Catalog,
    after: Catalog,
    people: Iterable[Person],
    contexts: Iterable[Context] | None = None,
    most: int = MOST_MOVES,
    becomes: Callable[[Person], Person] | None = None,
) -> Impact:
    """Compare two catalogs for these people. People who are alike to both catalogs are asked for once.

    `becomes` says what the act makes of a person: one of another team, or with other roles.
    """
    purposes = tuple(before.contexts.values() if contexts is None else contexts)
    alike: Counter[Hashable] = Counter()
    first: dict[Hashable, Person] = {}
    for person in people:
        signature = _signature(person, before, after)
        alike[signature] += 1
        first.setdefault(signature, person)
    moved: Counter[tuple[UUID | None, UUID | None]] = Counter()
    within: dict[tuple[UUID | None, UUID | None], dict[str, None]] = {}
    changed = without = other_key = other_effort = 0
    for signature in sorted(alike, key=lambda signature: hash(first[signature].role_ids)):
        # Those who hold the same roles come one after the other: what their roles reach is then worked out once.
        number = alike[signature]
        moves, lost, key, effort = _compared(first[signature], before, after, purposes, becomes)
        changed += number if moves else 0
        without += number if lost else 0
        other_key += number if key and not moves else 0
        other_effort += number if effort and not moves else 0
        for move, names in moves.items():
            moved[move] += number
            within.setdefault(move, {}).update(dict.fromkeys(names))
    order = [context.name for context in purposes]
    ranked = sorted(moved.items(), key=lambda item: (-item[1], str(item[0])))
    return Impact(
        asked=sum(alike.values()),
        people=changed,
        without=without,
        moves=tuple(
            Move(move[0], move[1], number, tuple(sorted(within[move], key=order.index)))
            for move, number in ranked[:most]
        ),
        left_out=max(0, len(ranked) - most),
        other_key=other_key,
        other_effort=other_effort,
    )


def _compared(
    person: Person,
    before: Catalog,
    after: Catalog,
    contexts: tuple[Context, ...],
    becomes: Callable[[Person], Person] | None,
) -> tuple[dict[tuple[UUID | None, UUID | None], list[str]], bool, bool, bool]:
    """For one person: from which model to which in which contexts; and whether one is lost, a key or effort changes."""
    moves: dict[tuple[UUID | None, UUID | None], list[str]] = {}
    lost = key = effort = False
    later = becomes(person) if becomes else person
    for context in contexts:
        had = select(Ask(person, context), before)
        gets = select(Ask(later, after.contexts.get(context.name, context)), after)
        move = _model(had), _model(gets)
        if move[0] != move[1]:
            moves.setdefault(move, []).append(context.name)
            lost = lost or move[1] is None
        elif isinstance(had, Selection) and isinstance(gets, Selection):
            key = key or had.credential != gets.credential
            effort = effort or had.effort != gets.effort
    return moves, lost, key, effort


def _model(answer: Selection | Refusal) -> UUID | None:
    return answer.language_model_id if isinstance(answer, Selection) else None


def _signature(person: Person, *catalogs: Catalog) -> Hashable:
    """All that selection reads of a person. Two people of the same one get the same answers from these catalogs."""
    if person.id is None:
        return person.role_ids, person.team_id, person.anybody, person.patterns, person.ceiling
    keys = tuple(catalog.personal_keys.get(person.id, frozenset()) for catalog in catalogs)
    pins = tuple(frozenset(catalog.pins_of(person).items()) for catalog in catalogs)
    return person.role_ids, person.team_id, person.anybody, keys, pins
