"""Each layer of selection: whom it speaks for, when it is skipped and why, and what effort it brings."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from portal.domain.catalog import Catalog
from portal.domain.catalog_entries import Gates, ModelEntry, Person, Pin, ProviderEntry, TeamEntry
from portal.domain.contexts import CONTEXTS, Context
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Ask, Refusal, Selection, select

UMA, BLUE = UUID(int=51), UUID(int=91)
ROLE = UUID(int=71)
ALL = frozenset({"conversations", "reviews", "actions"})
REVIEW = Context("review", "Review", "", "reviews", personal=True)
QUIET = Context("quiet", "Quiet", "", "reviews")
EVERY = {**CONTEXTS, "review": REVIEW, "quiet": QUIET}


def provider(number: int, **changes: Any) -> ProviderEntry:
    entry = ProviderEntry(UUID(int=number), f"p{number}", f"P{number}", "openai", credential="shared")
    return replace(entry, **changes)


def model(number: int, of: int = 1, **changes: Any) -> ModelEntry:
    id = UUID(int=1000 + number)
    return replace(ModelEntry(id, UUID(int=of), f"m{number}", f"w{number}", f"M{number}", features=ALL), **changes)


OVERRIDE, PINNED, CHAT, NAMED, TEAM, DEFAULT, FIRST = (model(n, position=10 - n) for n in range(1, 8))
"""One model for each layer below the explicit one; FIRST stands first in order."""


def catalog(**changes: Any) -> Catalog:
    """A catalog in which every layer has something to say to Uma of the blue team."""
    providers = [provider(1, default_id=NAMED.id)]
    models = [OVERRIDE, PINNED, CHAT, NAMED, TEAM, DEFAULT, FIRST]
    whole = Catalog.of(
        providers,
        models,
        DEFAULT.id,
        contexts=EVERY,
        admin_overrides={name: Pin(PINNED.id, "high") for name in EVERY},
        personal_overrides={UMA: {name: Pin(OVERRIDE.id, "low") for name in EVERY}},
        teams={BLUE: TeamEntry(BLUE, "Blue", entitled=True, default_id=TEAM.id)},
    )
    return replace(whole, **changes, _derived={})


def ask(context: str = "root", **changes: Any) -> Ask:
    return replace(Ask(Person(UMA, frozenset({ROLE}), BLUE), EVERY[context], CHAT.id, None, UUID(int=1)), **changes)


def told(answer: Selection | Refusal) -> dict[Layer, str]:
    return {step.layer: step.outcome for step in answer.trail}


@pytest.mark.parametrize(
    ("context", "layer"),
    [
        ("root", Layer.PERSONAL_OVERRIDE),
        ("general", Layer.PERSONAL_OVERRIDE),
        ("explore", Layer.PERSONAL_OVERRIDE),
        ("review", Layer.PERSONAL_OVERRIDE),
        ("title_generation", Layer.ADMIN_OVERRIDE),
        ("compaction", Layer.ADMIN_OVERRIDE),
        ("quiet", Layer.ADMIN_OVERRIDE),
    ],
)
def test_the_first_layer_that_a_context_listens_to_decides(context: str, layer: Layer) -> None:
    answer = select(ask(context), catalog())
    assert isinstance(answer, Selection)
    assert answer.layer is layer
    skipped = {Layer.PERSONAL_OVERRIDE: Reason.NOT_FOR_THIS_CONTEXT} if layer is Layer.ADMIN_OVERRIDE else {}
    assert {name: outcome for name, outcome in told(answer).items() if name in skipped} == skipped


def test_layer_after_layer_answers_when_those_above_have_nothing_to_say() -> None:
    now = catalog()
    steps: list[tuple[dict[str, Any], dict[str, Any], Layer]] = [
        ({"personal_overrides": {}}, {}, Layer.ADMIN_OVERRIDE),
        ({"admin_overrides": {}}, {}, Layer.CHAT_MODEL),
        ({}, {"chat_model_id": None}, Layer.PROVIDER_DEFAULT),
        ({}, {"provider_id": None}, Layer.TEAM_DEFAULT),
        ({"teams": {}}, {}, Layer.DEFAULT),
        ({"default_id": None}, {}, Layer.FIRST_USABLE),
    ]
    question = ask("explore")
    for catalog_changes, ask_changes, layer in steps:
        now, question = replace(now, **catalog_changes, _derived={}), replace(question, **ask_changes)
        answer = select(question, now)
        assert isinstance(answer, Selection)
        assert answer.layer is layer
    assert answer.language_model_id == FIRST.id


def test_root_knows_no_administrators_override() -> None:
    answer = select(ask(), catalog(personal_overrides={}))
    assert told(answer)[Layer.ADMIN_OVERRIDE] == Reason.NOT_FOR_THIS_CONTEXT
    assert answer.layer is Layer.CHAT_MODEL


def test_a_gate_that_is_off_skips_what_is_stored_and_names_it_and_says_nothing_where_nothing_is() -> None:
    off = Gates(personal_overrides=False)
    answer = select(ask("explore"), catalog(gates=off))
    step = answer.trail[1]
    assert (step.layer, step.outcome, step.candidate) == (Layer.PERSONAL_OVERRIDE, Reason.GATE_OFF, "p1:m1")
    assert answer.layer is Layer.ADMIN_OVERRIDE
    none = select(ask("explore"), catalog(gates=off, personal_overrides={}))
    assert none.trail[1].outcome == Reason.NOT_SET


def test_while_ai_is_off_nothing_answers() -> None:
    answer = select(ask(), catalog(gates=Gates(ai=False)))
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.trail) == (Reason.GATE_OFF, ())


def unusable(**changes: Any) -> Catalog:
    """The catalog with the model of the personal override changed."""
    now = catalog()
    return replace(now, models={**now.models, OVERRIDE.id: replace(OVERRIDE, **changes)}, _derived={})


AWAY = {"providers": {}}


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (unusable(deleted=True), Reason.MODEL_DELETED),
        (unusable(enabled=False), Reason.MODEL_DISABLED),
        (unusable(features=frozenset({"actions"})), Reason.MISSING_FEATURE),
        (unusable(chats=False), Reason.MISSING_CAPABILITY),
        (unusable(provider_id=UUID(int=9)), Reason.MODEL_DELETED),
        (catalog(patterns={ROLE: ("p1:m2",)}), Reason.NOT_ALLOWED),
    ],
)
def test_an_override_that_cannot_be_used_is_skipped_with_its_reason(now: Catalog, reason: Reason) -> None:
    answer = select(ask("explore"), now)
    assert told(answer)[Layer.PERSONAL_OVERRIDE] == reason
    assert answer.layer is Layer.ADMIN_OVERRIDE


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        (provider(2, enabled=False), Reason.PROVIDER_DISABLED),
        (provider(2, credential=None), Reason.NO_CREDENTIAL),
        (provider(2), Reason.WRONG_PROVIDER),
        (provider(2, team_id=UUID(int=92)), Reason.NOT_ALLOWED),
    ],
)
def test_an_override_of_another_provider_is_skipped_with_its_reason(host: ProviderEntry, reason: Reason) -> None:
    now = unusable(provider_id=UUID(int=2))
    now = replace(now, providers={**now.providers, host.id: host}, _derived={})
    question = ask("explore") if reason is Reason.WRONG_PROVIDER else ask("explore", provider_id=None)
    assert told(select(question, now))[Layer.PERSONAL_OVERRIDE] == reason


@pytest.mark.parametrize(
    ("mine", "gate", "shared", "found"),
    [
        (True, True, "shared", "personal"),
        (True, True, None, "personal"),
        (True, False, "shared", "shared"),
        (True, False, None, None),
        (False, True, "shared", "shared"),
        (False, True, "environment", "environment"),
        (False, True, "none", "none"),
        (False, True, None, None),
    ],
)
def test_the_order_of_credentials_is_personal_shared_environment(
    mine: bool, gate: bool, shared: str | None, found: str | None
) -> None:
    host = provider(1, credential=shared)
    keys = {UMA: frozenset({host.id})} if mine else {UUID(int=52): frozenset({host.id})}
    now = catalog(providers={host.id: host}, personal_keys=keys, gates=Gates(personal_keys=gate))
    answer = select(ask(), now)
    if found is None:
        assert isinstance(answer, Refusal)
        assert answer.reason is Reason.NO_CREDENTIAL
    else:
        assert isinstance(answer, Selection)
        assert answer.credential == found


class TestTeams:
    def test_a_team_that_is_not_entitled_keeps_its_default_and_it_is_not_used(self) -> None:
        teams = {BLUE: TeamEntry(BLUE, "Blue", entitled=False, exclusive=True, default_id=TEAM.id)}
        answer = select(ask(chat_model_id=None, provider_id=None), catalog(teams=teams, personal_overrides={}))
        assert told(answer)[Layer.TEAM_DEFAULT] == Reason.NOT_ENTITLED
        assert answer.layer is Layer.DEFAULT

    def test_an_exclusive_team_reaches_its_own_models_alone(self) -> None:
        own = provider(2, team_id=BLUE)
        mine = model(8, of=2)
        teams = {BLUE: TeamEntry(BLUE, "Blue", entitled=True, exclusive=True, default_id=mine.id)}
        now = catalog(teams=teams)
        now = replace(now, providers={**now.providers, own.id: own}, models={**now.models, mine.id: mine}, _derived={})
        answer = select(ask(provider_id=None), now)
        assert isinstance(answer, Selection)
        assert (answer.language_model_id, answer.layer) == (mine.id, Layer.TEAM_DEFAULT)
        assert told(answer)[Layer.PERSONAL_OVERRIDE] == Reason.NOT_ALLOWED
        assert told(answer)[Layer.CHAT_MODEL] == Reason.NOT_ALLOWED

    def test_another_teams_models_are_not_there_and_ones_own_wait_for_the_entitlement(self) -> None:
        for entitled, who, reason in (
            (True, Person(UMA, team_id=BLUE), None),
            (False, Person(UMA, team_id=BLUE), Reason.NOT_ENTITLED),
            (True, Person(UMA, team_id=UUID(int=92)), Reason.NOT_ALLOWED),
            (True, Person(UMA), Reason.NOT_ALLOWED),
        ):
            teams = {BLUE: TeamEntry(BLUE, "Blue", entitled=entitled)}
            now = catalog(teams=teams, providers={UUID(int=1): provider(1, team_id=BLUE)})
            answer = select(Ask(who, explicit_id=CHAT.id), now)
            assert (answer.reason if isinstance(answer, Refusal) else None) == reason


class TestAccess:
    @pytest.mark.parametrize(
        ("patterns", "reached"),
        [
            ({}, {"p1:m3", "p1:m6"}),
            ({ROLE: ("p1:m6",)}, {"p1:m6"}),
            ({ROLE: ("*:m3",)}, {"p1:m3"}),
            ({ROLE: ("p1:*",)}, {"p1:m3", "p1:m6"}),
            ({ROLE: ("p2:*",)}, set()),
            ({UUID(int=99): ("p2:*",)}, {"p1:m3", "p1:m6"}),
        ],
    )
    def test_patterns_are_asked_of_the_model_finally_selected(
        self, patterns: dict[UUID, tuple[str, ...]], reached: set[str]
    ) -> None:
        now = catalog(patterns=patterns)
        found = {
            f"p1:{entry.name}"
            for entry in (CHAT, DEFAULT)
            if isinstance(select(ask(explicit_id=entry.id), now), Selection)
        }
        assert found == reached

    def test_several_roles_reach_their_union_and_one_without_a_limit_reaches_all(self) -> None:
        other, free = UUID(int=72), UUID(int=73)
        now = catalog(patterns={ROLE: ("p1:m3",), other: ("p1:m6",)})
        both, all_three = frozenset({ROLE, other}), frozenset({ROLE, other, free})
        assert now.reach(both) == {CHAT.id, DEFAULT.id}
        assert now.reach(all_three) is None


@pytest.mark.parametrize(
    ("asked", "pinned", "own", "most", "effort", "lowered_from"),
    [
        ("", "", "", "", "", ""),
        ("", "", "medium", "", "medium", ""),
        ("", "low", "medium", "", "low", ""),
        ("high", "low", "medium", "", "high", ""),
        ("max", "", "", "high", "high", "max"),
        ("", "xhigh", "", "low", "low", "xhigh"),
        ("minimal", "", "", "high", "minimal", ""),
    ],
)
def test_the_effort_is_the_requests_then_the_layers_then_the_models_and_never_above_the_most(
    asked: str, pinned: str, own: str, most: str, effort: str, lowered_from: str
) -> None:
    now = unusable(effort_default=own, effort_most=most)
    now = replace(now, personal_overrides={UMA: {"explore": Pin(OVERRIDE.id, pinned)}}, _derived={})
    answer = select(ask("explore", effort=asked), now)
    assert isinstance(answer, Selection)
    assert (answer.effort, answer.effort_asked) == (effort, lowered_from)


def test_what_follows_from_a_version_is_worked_out_once_and_forgotten_before_it_grows_without_end() -> None:
    now = catalog(patterns={UUID(int=n): (f"p1:m{n}",) for n in range(1, 600)})
    reached = [now.reach(frozenset({UUID(int=n)})) for n in range(1, 600)]
    assert reached[2] == {CHAT.id}
    assert len(now._derived) <= 256
    assert now.in_order() is now.in_order()
