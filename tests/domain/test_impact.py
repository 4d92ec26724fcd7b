"""Impact: the same decision before and after an act, and acts as changes of a catalog that leave the old one alone."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain import changes
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Gates, Person, Pin, TeamEntry
from portal.domain.contexts import CONTEXTS
from portal.domain.explanation import Barrier, barrier, decide, ways, within_access
from portal.domain.impact import MOST_MOVES, Move, impact
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import LAYERS, Ask, Selection, select, why_not_usable
from tests.domain.test_selection import A, B, C, model, provider

UMA, BEN, EVE = (UUID(int=51 + number) for number in range(3))
DEV, GUEST = UUID(int=71), UUID(int=72)
BLUE = UUID(int=91)
ROOT = [CONTEXTS["root"]]


def shop(**more: object) -> Catalog:
    """Two providers with two models each; A is the default."""
    return Catalog.of([provider(), provider(2)], [A, B, model(3, 2, position=3), model(4, 2, position=4)], A.id, **more)


THIRD, FOURTH = model(3, 2).id, model(4, 2).id


def test_turning_the_default_off_moves_everybody_who_had_it_to_the_first_usable_model() -> None:
    now = shop(personal_overrides={UMA: {"root": Pin(B.id)}})
    found = impact(now, changes.with_model_on(now, A.id, on=False), [Person(UMA), Person(BEN), Person(EVE)], ROOT)
    assert (found.asked, found.people, found.without) == (3, 2, 0)
    assert found.moves == (Move(A.id, B.id, 2, ("root",)),)


def test_a_person_counts_once_however_many_contexts_change() -> None:
    now = shop()
    found = impact(now, changes.with_model_on(now, A.id, on=False), [Person(UMA)])
    assert found.people == 1
    assert [(move.people, move.contexts) for move in found.moves] == [(1, tuple(CONTEXTS))]


def test_whoever_is_left_with_no_model_is_said() -> None:
    now = shop(patterns={GUEST: ("provider-1:m1",)})
    people = [Person(UMA, frozenset({GUEST})), Person(BEN, frozenset({DEV}))]
    found = impact(now, changes.without_model(now, A.id), people, ROOT)
    assert (found.people, found.without) == (2, 1)
    assert {(move.before, move.after) for move in found.moves} == {(A.id, None), (A.id, B.id)}


def test_another_key_and_another_effort_are_told_apart_from_another_model() -> None:
    now = shop(personal_keys={UMA: frozenset({provider().id})}, admin_overrides={"explore": Pin(A.id, "low")})
    keys_off = impact(now, changes.with_gate(now, "personal_keys", on=False), [Person(UMA), Person(BEN)], ROOT)
    assert (keys_off.people, keys_off.other_key, keys_off.other_effort, keys_off.nothing) == (0, 1, 0, False)
    harder = impact(now, changes.with_pin(now, "explore", Pin(A.id, "high")), [Person(UMA)])
    assert (harder.people, harder.other_key, harder.other_effort) == (0, 0, 1)


def test_what_nobody_notices_is_nothing() -> None:
    now = shop()
    assert impact(now, changes.with_model_on(now, FOURTH, on=False), [Person(UMA)]).nothing


def test_moves_are_bounded_and_come_with_the_most_people_first() -> None:
    many = [model(10 + number, position=number) for number in range(MOST_MOVES + 5)]
    pins = {UUID(int=500 + number): {"root": Pin(entry.id)} for number, entry in enumerate(many)}
    now = Catalog.of([provider()], many, None, personal_overrides=pins)
    people = [Person(id) for id in pins] + [Person(next(iter(pins)))]
    found = impact(now, changes.with_gate(now, "ai", on=False), people, ROOT)
    assert (len(found.moves), found.left_out) == (MOST_MOVES, 5)
    assert [move.people for move in found.moves[:2]] == [2, 1]
    assert found.without == len(people)


ACTS: dict[str, Callable[[Catalog], Catalog]] = {
    "model off": lambda now: changes.with_model_on(now, A.id, on=False),
    "model deleted": lambda now: changes.without_model(now, A.id),
    "provider off": lambda now: changes.with_provider_on(now, provider().id, on=False),
    "provider deleted": lambda now: changes.without_provider(now, provider().id),
    "no credential": lambda now: changes.with_credential(now, provider().id, None),
    "overrides off": lambda now: changes.with_gate(now, "personal_overrides", on=False),
    "keys off": lambda now: changes.with_gate(now, "personal_keys", on=False),
    "AI off": lambda now: changes.with_gate(now, "ai", on=False),
    "patterns": lambda now: changes.with_patterns(now, DEV, ("*:m2",)),
    "no patterns": lambda now: changes.with_patterns(now, GUEST, ()),
    "pin": lambda now: changes.with_pin(now, "explore", Pin(B.id)),
    "no pin": lambda now: changes.with_pin(now, "general", None),
    "own pin": lambda now: changes.with_personal_pin(now, UMA, "root", Pin(B.id)),
    "own key": lambda now: changes.with_personal_key(now, BEN, provider(2).id),
    "default": lambda now: changes.with_default(now, B.id),
    "team": lambda now: changes.with_team(now, changes.team_changed(now.teams[BLUE], entitled=False)),
}


def state(seed: int) -> tuple[Catalog, list[Person]]:
    """Some catalog and some people, from a number."""
    pick = Random(seed)  # noqa: S311 - a state from a number, not a secret
    providers = [
        provider(1, credential=pick.choice(["shared", None])),
        provider(2, enabled=pick.random() < 0.8, team_id=pick.choice([None, BLUE])),
    ]
    models = [
        replace(entry, enabled=pick.random() < 0.8, deleted=pick.random() < 0.1)
        for entry in (A, B, C, model(4, 2, position=4), model(5, 2, position=5))
    ]
    ids = [entry.id for entry in models]

    def pins() -> dict[str, Pin]:
        return {name: Pin(pick.choice(ids), pick.choice(["", "low"])) for name in CONTEXTS if pick.random() < 0.5}

    catalog = Catalog.of(
        providers,
        models,
        pick.choice([None, *ids]),
        gates=Gates(pick.random() < 0.8, pick.random() < 0.8),
        admin_overrides=pins(),
        personal_overrides={UMA: pins()},
        personal_keys={UMA: frozenset(pick.sample([entry.id for entry in providers], 1))},
        patterns={GUEST: (pick.choice(["*:m1", "provider-2:*", "*:nothing"]),)},
        teams={BLUE: TeamEntry(BLUE, "Blue", pick.random() < 0.8, pick.random() < 0.4, pick.choice([None, ids[3]]))},
    )
    people = [
        Person(id, frozenset(pick.sample([DEV, GUEST], pick.randint(0, 2))), pick.choice([None, BLUE]))
        for id in (UMA, BEN, EVE, *(UUID(int=600 + number) for number in range(4)))
    ]
    return catalog, people


def users_of_applications() -> list[Person]:
    """Whom their tokens' patterns bound, and a ceiling of their application's own; and a person below a ceiling."""
    tokens = ((), ("*:*",), ("*:m1", "provider-2:*"))
    ceilings = ((), ("*:m1",), ("provider-2:*", "*:m3"), ("*:nothing",))
    bounded = [Person(patterns=patterns, ceiling=ceiling) for patterns in tokens for ceiling in ceilings]
    return [*bounded, Person(UMA, frozenset({GUEST}), ceiling=("*:m1",)), Person(BEN, ceiling=("*:m2",))]


def plain(catalog: Catalog) -> Catalog:
    """The same catalog with nothing worked out."""
    return replace(catalog, _derived={})


@given(st.integers(0, 10_000), st.sampled_from(sorted(ACTS)))
def test_impact_says_what_asking_each_person_twice_says(seed: int, act: str) -> None:
    before, people = state(seed)
    for person in people:
        select(Ask(person), before)  # something is worked out already
    after = ACTS[act](before)
    found = impact(before, after, people)
    changed = without = 0
    moved: dict[tuple[UUID | None, UUID | None], set[int]] = {}
    for number, person in enumerate(people):
        pairs = [
            tuple(
                getattr(select(Ask(person, context), catalog), "language_model_id", None)
                for catalog in (plain(before), plain(after))
            )
            for context in CONTEXTS.values()
        ]
        moves = {pair for pair in pairs if pair[0] != pair[1]}
        changed += bool(moves)
        without += any(pair[1] is None for pair in moves)
        for pair in moves:
            moved.setdefault(pair, set()).add(number)
    assert (found.asked, found.people, found.without) == (len(people), changed, without)
    assert {(move.before, move.after): move.people for move in found.moves} == {
        pair: len(numbers) for pair, numbers in moved.items()
    }


@given(st.integers(0, 10_000), st.sampled_from(sorted(ACTS)))
def test_an_act_leaves_the_catalog_it_was_asked_of_as_it_was(seed: int, act: str) -> None:
    before, people = state(seed)
    copy, _ = state(seed)
    after = ACTS[act](before)
    for person in people:
        select(Ask(person), after)
    assert before == copy
    for person in people:
        for context in CONTEXTS.values():
            assert select(Ask(person, context), before) == select(Ask(person, context), copy)
            assert select(Ask(person, context), after) == select(Ask(person, context), plain(after))


@given(st.integers(0, 10_000))
def test_the_explanation_is_the_decision_and_the_layers_behind_it_are_all_the_others(seed: int) -> None:
    catalog, people = state(seed)
    for person in people:
        for context in CONTEXTS.values():
            for ask in (Ask(person, context), Ask(person, context, C.id, None, provider(2).id), Ask(explicit_id=B.id)):
                found = decide(ask, catalog)
                assert found.answer == select(ask, catalog)
                layers = [step.layer for step in (*found.answer.trail, *found.unreached)]
                assert layers == list(Layer)
                assert len(layers) == len(LAYERS)


@given(st.integers(0, 10_000))
def test_a_barrier_stands_exactly_where_selection_says_not_allowed_or_not_entitled(seed: int) -> None:
    catalog, people = state(seed)
    for person in (*people, *users_of_applications()):
        theirs = {entry.id for entry in within_access(person, catalog)}
        for entry in catalog.in_order():
            found = barrier(entry, person, catalog)
            assert (found is None) == (entry.id in theirs)
            on = plain(
                changes.with_provider_on(changes.with_model_on(catalog, entry.id, on=True), entry.provider_id, on=True)
            )
            reason = why_not_usable(on.models[entry.id], Ask(person), on)
            refused = reason in (Reason.NOT_ALLOWED, Reason.ABOVE_CEILING, Reason.NOT_ENTITLED)
            assert (found is not None) == refused
            assert (found is Barrier.NOT_ENTITLED) == (reason is Reason.NOT_ENTITLED)
            assert (found is Barrier.CEILING) == (reason is Reason.ABOVE_CEILING)
            if found is Barrier.PATTERNS:
                assert not ways(person.role_ids, entry, catalog)
            elif found is None and person.role_ids:
                assert ways(person.role_ids, entry, catalog)


def test_a_deleted_default_passes_to_the_first_usable_model_and_a_deleted_provider_takes_its_models() -> None:
    now = shop()
    assert changes.without_model(now, A.id).default_id == B.id
    gone = changes.without_provider(now, provider().id)
    assert gone.default_id == THIRD
    assert [entry.id for entry in gone.in_order()] == [THIRD, FOURTH]
    last = changes.without_provider(gone, provider(2).id)
    assert last.default_id is None


@pytest.mark.parametrize("act", [changes.without_model, lambda now, id: changes.with_model_on(now, id, on=False)])
def test_what_is_not_there_changes_nothing(act: Callable[[Catalog, UUID], Catalog]) -> None:
    now = shop()
    assert act(now, UUID(int=9)) == now
    answer = select(Ask(), now)
    assert isinstance(answer, Selection)
