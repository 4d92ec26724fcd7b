"""Selection: decision tables for each layer and reason, and laws over generated catalogs."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.access import reaches
from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Gates, ModelEntry, Person, Pin, ProviderEntry, TeamEntry
from portal.domain.contexts import CONTEXTS, Context
from portal.domain.reasons import BECAUSE, CHOSEN, LAYER_LABELS, REASON_SENTENCES, REASON_WORDS, Layer, Reason
from portal.domain.selection import (
    Ask,
    Refusal,
    Selection,
    select,
    trail_from_rows,
    trail_to_rows,
    usable,
    why_not_usable,
)

ALL = frozenset({"conversations", "reviews", "actions"})


def provider(number: int = 1, **changes: object) -> ProviderEntry:
    entry = ProviderEntry(UUID(int=number), f"provider-{number}", f"Provider {number}", "openai", credential="shared")
    return replace(entry, **changes)


def model(number: int, of: int = 1, **changes: object) -> ModelEntry:
    entry = ModelEntry(
        UUID(int=1000 + number), UUID(int=of), f"m{number}", f"wire-{number}", f"Model {number}", features=ALL
    )
    return replace(entry, **changes)


A, B, C = model(1, position=1), model(2, position=2), model(3, position=3)


def test_a_model_named_by_the_request_wins_over_everything() -> None:
    answer = select(Ask(explicit_id=B.id, chat_model_id=C.id), Catalog.of([provider()], [A, B, C], A.id))
    assert isinstance(answer, Selection)
    assert (answer.language_model_id, answer.layer, answer.credential) == (B.id, Layer.EXPLICIT, "shared")
    assert [step.layer for step in answer.trail] == [Layer.EXPLICIT]


def test_a_named_model_that_is_unusable_is_refused_and_no_other_takes_its_place() -> None:
    off = replace(B, enabled=False)
    answer = select(Ask(explicit_id=off.id, chat_model_id=C.id), Catalog.of([provider()], [A, off, C], A.id))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.layer, answer.candidate) == (
        Reason.MODEL_DISABLED,
        Layer.EXPLICIT,
        "provider-1:m2",
    )


def test_the_chats_model_wins_over_the_default() -> None:
    answer = select(Ask(chat_model_id=C.id), Catalog.of([provider()], [A, B, C], A.id))
    assert isinstance(answer, Selection)
    assert (answer.language_model_id, answer.layer) == (C.id, Layer.CHAT_MODEL)
    assert [(step.layer, step.outcome) for step in answer.trail] == [
        (Layer.EXPLICIT, Reason.NOT_SET),
        (Layer.PERSONAL_OVERRIDE, Reason.NOT_SET),
        (Layer.ADMIN_OVERRIDE, Reason.NOT_FOR_THIS_CONTEXT),
        (Layer.CHAT_MODEL, CHOSEN),
    ]


def test_a_deleted_chat_model_gives_way_to_the_default_and_the_trail_says_so() -> None:
    gone = replace(C, deleted=True)
    answer = select(Ask(chat_model_id=gone.id), Catalog.of([provider()], [A, B, gone], B.id))
    assert isinstance(answer, Selection)
    assert (answer.language_model_id, answer.layer) == (B.id, Layer.DEFAULT)
    assert answer.trail[3].outcome == Reason.MODEL_DELETED
    assert answer.trail[3].candidate == "provider-1:m3"


def test_without_a_usable_default_the_first_usable_by_position_answers() -> None:
    off = replace(A, enabled=False)
    answer = select(Ask(), Catalog.of([provider()], [C, B, off], off.id))
    assert isinstance(answer, Selection)
    assert (answer.language_model_id, answer.layer) == (B.id, Layer.FIRST_USABLE)


def test_an_empty_portal_refuses_with_nothing_set() -> None:
    answer = select(Ask(), Catalog.of([], []))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.layer) == (Reason.NOT_SET, Layer.FIRST_USABLE)


def test_when_nothing_is_usable_the_refusal_names_the_first_models_reason() -> None:
    answer = select(Ask(), Catalog.of([provider(credential=None)], [B, A], A.id))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.candidate) == (Reason.NO_CREDENTIAL, "provider-1:m1")


SEES = Context("sees", "Sees", "", "conversations", frozenset({"vision"}))


@pytest.mark.parametrize(
    ("entry", "host", "ask", "reason"),
    [
        (A, provider(), Ask(), None),
        (None, provider(), Ask(), Reason.MODEL_DELETED),
        (replace(A, deleted=True), provider(), Ask(), Reason.MODEL_DELETED),
        (A, provider(deleted=True), Ask(), Reason.MODEL_DELETED),
        (A, provider(), Ask(provider_id=UUID(int=9)), Reason.WRONG_PROVIDER),
        (A, provider(), Ask(provider_id=UUID(int=1)), None),
        (replace(A, enabled=False), provider(), Ask(), Reason.MODEL_DISABLED),
        (A, provider(enabled=False), Ask(), Reason.PROVIDER_DISABLED),
        (A, provider(credential=None), Ask(), Reason.NO_CREDENTIAL),
        (A, provider(credential="none"), Ask(), None),
        (A, provider(credential="environment"), Ask(), None),
        (replace(A, features=frozenset({"actions"})), provider(), Ask(), Reason.MISSING_FEATURE),
        (
            replace(A, features=frozenset({"conversations.titleGeneration"})),
            provider(),
            Ask(context=CONTEXTS["title_generation"]),
            None,
        ),
        (replace(A, features=frozenset({"conversations.titleGeneration"})), provider(), Ask(), Reason.MISSING_FEATURE),
        (A, provider(), Ask(context=SEES), Reason.MISSING_CAPABILITY),
        (replace(A, capabilities=frozenset({"vision"})), provider(), Ask(context=SEES), None),
    ],
)
def test_each_obstacle_has_its_reason(
    entry: ModelEntry | None, host: ProviderEntry, ask: Ask, reason: Reason | None
) -> None:
    assert why_not_usable(entry, ask, Catalog.of([host], [entry] if entry else [])) is reason


def test_every_reason_and_layer_has_its_words() -> None:
    assert set(REASON_WORDS) == set(REASON_SENTENCES) == set(Reason)
    assert set(LAYER_LABELS) == set(BECAUSE) == set(Layer)


def test_a_trail_survives_being_stored() -> None:
    answer = select(Ask(chat_model_id=UUID(int=77)), Catalog.of([provider()], [A, B], B.id))
    assert trail_from_rows(trail_to_rows(answer.trail)) == answer.trail


# Laws, over whatever catalog hypothesis thinks of.

TEAMS = {UUID(int=91): "Blue", UUID(int=92): "Red"}
ROLES = [UUID(int=71), UUID(int=72), UUID(int=73)]
PEOPLE = [UUID(int=51), UUID(int=52)]

team_ids = st.none() | st.sampled_from(list(TEAMS))
providers_given = st.lists(
    st.builds(
        provider,
        st.integers(1, 4),
        enabled=st.booleans(),
        deleted=st.booleans(),
        credential=st.sampled_from(["shared", "environment", "none", None]),
        team_id=team_ids,
        default_id=st.none() | st.integers(1001, 1010).map(lambda number: UUID(int=number)),
    ),
    max_size=4,
    unique_by=lambda entry: entry.id,
)
models_given = st.lists(
    st.builds(
        model,
        st.integers(1, 9),
        of=st.integers(1, 5),
        enabled=st.booleans(),
        deleted=st.booleans(),
        chats=st.booleans(),
        position=st.integers(0, 3),
        features=st.sets(st.sampled_from(["conversations", "actions", "conversations.titleGeneration"])).map(frozenset),
    ),
    max_size=9,
    unique_by=lambda entry: entry.id,
)
some_ids = st.integers(1001, 1010).map(lambda number: UUID(int=number))
ids = st.none() | some_ids
pins = st.builds(Pin, some_ids, st.sampled_from(["", "low", "max"]))
people = st.builds(
    Person, st.none() | st.sampled_from(PEOPLE), st.sets(st.sampled_from(ROLES)).map(frozenset), team_ids
)
asks = st.builds(
    Ask,
    who=people,
    context=st.sampled_from([*CONTEXTS.values(), Context("review", "Review", "", "actions", personal=True)]),
    chat_model_id=ids,
    explicit_id=ids,
    provider_id=st.none() | st.integers(1, 5).map(lambda number: UUID(int=number)),
)
mores = st.fixed_dictionaries(
    {
        "gates": st.builds(Gates, st.booleans(), st.booleans(), st.just(True)),
        "admin_overrides": st.dictionaries(st.sampled_from([*CONTEXTS, "review"]), pins),
        "personal_overrides": st.dictionaries(
            st.sampled_from(PEOPLE), st.dictionaries(st.sampled_from([*CONTEXTS, "review"]), pins)
        ),
        "personal_keys": st.dictionaries(
            st.sampled_from(PEOPLE), st.sets(st.integers(1, 5).map(lambda number: UUID(int=number))).map(frozenset)
        ),
        "patterns": st.dictionaries(
            st.sampled_from(ROLES),
            st.lists(st.sampled_from(["*:*", "provider-1:*", "*:m3", "provider-2:m*", "none:none"]), min_size=1).map(
                tuple
            ),
        ),
        "teams": st.fixed_dictionaries(
            {
                id: st.builds(TeamEntry, st.just(id), st.just(name), st.booleans(), st.booleans(), ids)
                for id, name in TEAMS.items()
            }
        ),
    }
)
catalogs = st.builds(
    lambda providers, models, default, more: Catalog.of(providers, models, default, **more),
    providers_given,
    models_given,
    ids,
    mores,
)


@given(catalogs, asks)
def test_only_a_usable_model_is_ever_chosen(catalog: Catalog, ask: Ask) -> None:
    answer = select(ask, catalog)
    if isinstance(answer, Selection):
        chosen, host = catalog.models[answer.language_model_id], catalog.providers[answer.provider_id]
        assert chosen.enabled
        assert not chosen.deleted
        assert chosen.chats
        assert host.enabled
        assert not host.deleted
        assert chosen.provider_id == host.id
        assert ask.provider_id in (None, host.id)


@given(catalogs, asks)
def test_never_a_model_outside_of_ones_access_or_of_anothers_team(catalog: Catalog, ask: Ask) -> None:
    answer = select(ask, catalog)
    if isinstance(answer, Selection):
        host = catalog.providers[answer.provider_id]
        limits = [catalog.patterns.get(role) for role in ask.who.role_ids]
        if limits and all(limits):
            assert any(reaches(held, host.name, answer.name) for held in limits if held)
        team = catalog.teams.get(ask.who.team_id) if ask.who.team_id else None
        if host.team_id is not None:
            assert host.team_id == ask.who.team_id
            assert team is not None
            assert team.entitled
        elif team is not None and team.entitled:
            assert not team.exclusive


@given(catalogs, asks)
def test_never_another_persons_key_and_none_while_the_gate_is_off(catalog: Catalog, ask: Ask) -> None:
    answer = select(ask, catalog)
    if isinstance(answer, Selection):
        mine = catalog.personal_keys.get(ask.who.id, frozenset()) if ask.who.id else frozenset()
        if answer.credential == "personal":
            assert catalog.gates.personal_keys
            assert answer.provider_id in mine
        else:
            assert answer.credential == catalog.providers[answer.provider_id].credential
            assert not (catalog.gates.personal_keys and answer.provider_id in mine)


@given(catalogs, asks)
def test_the_trail_ends_with_the_result_and_only_its_end_chooses(catalog: Catalog, ask: Ask) -> None:
    answer = select(ask, catalog)
    *before, last = answer.trail
    assert not any(step.chosen for step in before)
    assert last.layer is answer.layer
    if isinstance(answer, Selection):
        assert last.chosen
        assert last.model_id == answer.language_model_id
    else:
        assert last.outcome == answer.reason
    layers = [step.layer for step in answer.trail]
    assert layers == list(Layer)[: len(layers)]


@given(catalogs, asks, st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(catalog: Catalog, ask: Ask, random: Random) -> None:
    def shuffled(entries: Mapping[Any, Any]) -> dict[Any, Any]:
        items = list(entries.items())
        random.shuffle(items)
        return dict(items)

    other = replace(
        catalog,
        **{
            name: shuffled(getattr(catalog, name))
            for name in ("providers", "models", "personal_overrides", "personal_keys", "patterns", "teams")
        },
        _derived={},
    )
    assert select(ask, other) == select(ask, catalog)


@given(catalogs, asks)
def test_an_explicit_model_is_answered_or_refused_and_never_replaced(catalog: Catalog, ask: Ask) -> None:
    answer = select(ask, catalog)
    if ask.explicit_id is not None:
        assert answer.layer is Layer.EXPLICIT
        assert not isinstance(answer, Selection) or answer.language_model_id == ask.explicit_id


@given(catalogs, asks)
def test_a_refusal_without_an_explicit_model_means_that_nothing_is_usable(catalog: Catalog, ask: Ask) -> None:
    answer = select(ask, catalog)
    if isinstance(answer, Refusal) and ask.explicit_id is None:
        assert all(why_not_usable(entry, ask, catalog) for entry in catalog.models.values())


@given(catalogs, asks)
def test_what_a_selector_offers_is_what_would_be_answered(catalog: Catalog, ask: Ask) -> None:
    offered = {entry.id for _, models in usable(ask, catalog) for entry in models}
    assert offered == {entry.id for entry in catalog.models.values() if why_not_usable(entry, ask, catalog) is None}
