"""Pins for everybody, the contexts they are for, and the gates."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.gates import AI, CHAT_SHARING, PERSONAL_KEYS, PERSONAL_OVERRIDES
from portal.domain.language_models import Draft as ModelDraft
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Refusal, Selection
from portal.domain.versions import Outdated
from portal.services.language_models import lifecycle, publishing
from portal.services.overrides import contexts, gates, own, pins
from portal.services.overrides.choices import MOST_HITS, Typed
from portal.services.overrides.contexts import Draft
from portal.services.people import users
from portal.services.selection import choosing
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from tests.conftest import Actors
from tests.counting import queries
from tests.services.published import connect

REVIEW = Draft("code_review", "Code review", "For the review bot.", "reviews", ("streaming",), personal=True)


@pytest.fixture
def models(app, runtime) -> dict[str, UUID]:
    """Three models of one provider; the first is the default, the last one is off."""
    connect()
    made = {
        name: publishing.publish(Actors.ada, runtime, "local", ModelDraft(name, display_name=name.upper())).id
        for name in ("m1", "m2", "off")
    }
    lifecycle.turn(Actors.ada, runtime, made["off"], on=False)
    return made


def rows(runtime) -> dict[str, pins.ContextRow]:
    return {row.context.name: row for row in pins.list_for(Actors.ada, runtime)}


def seen(runtime, context: str) -> str:
    return rows(runtime)[context].version


def pin(runtime, context: str, model: str, effort: str = ""):
    return pins.pin(Actors.ada, runtime, context, Typed(model, effort), seen(runtime, context))


def audited(verb: str) -> list[AuditRecord]:
    with reading() as session:
        return list(session.scalars(select(AuditRecord).where(AuditRecord.verb == verb).order_by(AuditRecord.seq)))


def answers(runtime, context: str, actor=Actors.uma) -> Selection:
    found = choosing.choose(runtime, actor, context)
    assert isinstance(found, Selection)
    return found


def test_a_pinned_model_answers_for_everybody_and_what_it_replaced_is_said(runtime, models):
    chosen = pin(runtime, "general", "local:m2", "high")
    found = answers(runtime, "general")
    assert (found.language_model_id, found.layer, found.effort) == (models["m2"], Layer.ADMIN_OVERRIDE, "high")
    assert chosen.reason is None
    row = rows(runtime)["general"]
    assert (row.pin.address, row.pin.effort, row.changed_by) == ("local:m2", "high", "Ada Marsh")
    assert (row.otherwise.layer, row.otherwise.address) == (Layer.DEFAULT, "local:m1")
    (told,) = audited("override.set")
    assert (told.subject_kind, told.subject, told.before) == ("override", "General", {"model": ""})
    assert told.after == {"model": "local:m2", "effort": "high"}


def test_a_cleared_pin_gives_way_and_clearing_twice_is_once(runtime, models):
    pin(runtime, "explore", "local:m2")
    drawn = seen(runtime, "explore")
    pins.clear(Actors.ada, runtime, "explore", drawn)
    pins.clear(Actors.ada, runtime, "explore", drawn)
    assert answers(runtime, "explore").layer is Layer.DEFAULT
    assert [row.before for row in audited("override.clear")] == [{"model": "local:m2", "effort": ""}]


def test_a_model_that_cannot_be_used_is_pinned_with_its_reason(runtime, models):
    assert pin(runtime, "general", "local:off").reason is Reason.MODEL_DISABLED
    assert rows(runtime)["general"].pin.reason_words == "the model is off"
    assert answers(runtime, "general").language_model_id == models["m1"]


def test_an_effort_beyond_the_model_s_most_is_said_to_be_lowered(runtime, models):
    with transaction() as session:
        lock_catalog(session)
        session.get_one(LanguageModelRecord, models["m2"]).effort_most = "medium"
    assert pin(runtime, "general", "local:m2", "max").lowered_to == "medium"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        (Typed(""), "model"),
        (Typed("local:nothing"), "model"),
        (Typed("elsewhere:m1"), "model"),
        (Typed("local:m1", "enormous"), "effort"),
    ],
)
def test_what_cannot_be_pinned_is_named(runtime, models, typed, field):
    with pytest.raises(Invalid) as caught:
        pins.pin(Actors.ada, runtime, "general", typed)
    assert set(caught.value.faults) == {field}
    assert not audited("override.set")


def test_a_name_alone_is_enough_where_only_one_model_has_it(runtime, models):
    assert pin(runtime, "general", "m2").address == "local:m2"
    connect("other")
    publishing.publish(Actors.ada, runtime, "other", ModelDraft("m2"))
    with pytest.raises(Invalid):
        pin(runtime, "general", "m2")


def test_a_later_save_of_an_older_version_is_refused_with_what_it_is_now(runtime, models):
    drawn = seen(runtime, "general")
    pins.pin(Actors.otto, runtime, "general", Typed("local:m1"), drawn)
    with pytest.raises(Outdated) as caught:
        pins.pin(Actors.ada, runtime, "general", Typed("local:m2"), drawn)
    assert caught.value.now == {"model": "Stored now: local:m1."}
    with pytest.raises(Outdated):
        pins.clear(Actors.ada, runtime, "general", drawn)
    assert answers(runtime, "general").language_model_id == models["m1"]
    pins.pin(Actors.ada, runtime, "general", Typed("local:m2"), caught.value.version)
    assert answers(runtime, "general").language_model_id == models["m2"]


def test_people_s_own_chats_and_unknown_contexts_take_no_pin(runtime, models):
    with pytest.raises(Conflict):
        pins.pin(Actors.ada, runtime, "root", Typed("local:m1"))
    with pytest.raises(NotFound):
        pins.pin(Actors.ada, runtime, "astrology", Typed("local:m1"))


def test_a_deleted_model_stays_named_on_its_pin(runtime, models):
    pin(runtime, "general", "local:m2")
    lifecycle.delete(Actors.ada, runtime, models["m2"])
    assert (rows(runtime)["general"].pin.display_name, rows(runtime)["general"].pin.reason) == (
        "M2",
        Reason.MODEL_DELETED,
    )


def test_the_page_asks_as_much_of_the_database_for_many_contexts_as_for_few(runtime, models):
    pins.list_for(Actors.ada, runtime)
    with queries() as few:
        pins.list_for(Actors.ada, runtime)
    for number in range(8):
        contexts.add(Actors.ada, runtime, replace(REVIEW, name=f"review_{number}"))
        pin(runtime, f"review_{number}", "local:m2")
    pins.list_for(Actors.ada, runtime)
    with queries() as many:
        pins.list_for(Actors.ada, runtime)
    assert len(many) == len(few)


def test_a_search_finds_by_every_word_the_usable_first_and_fifty_at_most(runtime, models):
    assert [hit.address for hit in pins.search(Actors.ada, runtime, "general", "LOCAL m")] == ["local:m1", "local:m2"]
    off = pins.search(Actors.ada, runtime, "general", "off")
    assert [(hit.address, hit.note) for hit in off] == [("local:off", "the model is off")]
    drafts = [ModelDraft(f"many-{number}") for number in range(MOST_HITS + 5)]
    publishing.publish_ticked(Actors.ada, runtime, "local", drafts)
    assert len(pins.search(Actors.ada, runtime, "general", "many")) == MOST_HITS


def test_a_context_is_added_pinned_changed_and_removed_with_all_that_was_for_it(runtime, models):
    contexts.add(Actors.ada, runtime, REVIEW)
    pin(runtime, "code_review", "local:m2")
    own.set_mine(
        Actors.uma,
        runtime,
        "code_review",
        Typed("local:m1"),
        own.find_mine(Actors.uma, runtime, "code_review").version,
    )
    page = contexts.find(Actors.ada, runtime, "code_review")
    assert (page.draft, page.pin, page.own) == (REVIEW, "M2 (local:m2)", 1)

    closed = replace(REVIEW, label="Reviews", personal=False)
    contexts.change(Actors.ada, runtime, "code_review", closed, page.version)
    assert rows(runtime)["code_review"].own is None
    assert answers(runtime, "code_review").language_model_id == models["m2"]
    with pytest.raises(Outdated) as caught:
        contexts.change(Actors.ada, runtime, "code_review", REVIEW, page.version)
    assert caught.value.now == {"label": "Stored now: “Reviews”.", "personal": "Stored now: no."}

    assert contexts.remove(Actors.ada, runtime, "code_review") == "Reviews"
    with pytest.raises(NotFound):
        choosing.choose(runtime, Actors.uma, "code_review")
    (told,) = audited("context.remove")
    assert (told.before["pinned model"], told.before["own choices"]) == ("local:m2", 1)
    assert [len(audited(f"context.{verb}")) for verb in ("add", "change")] == [1, 1]
    contexts.add(Actors.ada, runtime, REVIEW)
    assert rows(runtime)["code_review"].pin is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Code Review"}, "name"),
        ({"name": "general"}, "name"),
        ({"label": " "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"explanation": "x" * 301}, "explanation"),
        ({"feature": "astrology"}, "feature"),
        ({"capabilities": ("telepathy",)}, "capabilities"),
    ],
)
def test_what_cannot_be_a_context_is_named(runtime, changes, field):
    with pytest.raises(Invalid) as caught:
        contexts.add(Actors.ada, runtime, replace(REVIEW, **changes))
    assert set(caught.value.faults) == {field}


def test_a_context_exists_once_and_the_built_in_ones_stay(runtime):
    contexts.add(Actors.ada, runtime, REVIEW)
    with pytest.raises(Invalid, match="already"):
        contexts.add(Actors.ada, runtime, REVIEW)
    for attempt in (
        lambda: contexts.find(Actors.ada, runtime, "general"),
        lambda: contexts.change(Actors.ada, runtime, "general", REVIEW, ""),
        lambda: contexts.remove(Actors.ada, runtime, "general"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_gate_counts_whom_it_changes_keeps_what_is_stored_and_brings_it_back(runtime, models):
    own.set_mine(Actors.uma, runtime, "general", Typed("local:m2"))
    views = {view.gate.key: view for view in gates.list_for(Actors.ada, runtime)}
    assert {key: (view.on, view.people) for key, view in views.items()} == {
        PERSONAL_OVERRIDES: (True, 1),
        PERSONAL_KEYS: (True, 0),
        AI: (True, 2),
        CHAT_SHARING: (False, 2),
    }
    assert views[PERSONAL_OVERRIDES].effect == "Turning this off changes 1 person with a choice of their own."
    assert gates.turn(Actors.ada, runtime, PERSONAL_OVERRIDES, on=False)
    assert not gates.turn(Actors.ada, runtime, PERSONAL_OVERRIDES, on=False)
    assert answers(runtime, "general").language_model_id == models["m1"]
    assert gates.find(Actors.ada, runtime, PERSONAL_OVERRIDES).people == 1
    assert gates.turn(Actors.ada, runtime, PERSONAL_OVERRIDES, on=True)
    assert answers(runtime, "general").language_model_id == models["m2"]
    assert [(row.before, row.after) for row in audited("gate.turn")] == [
        ({"on": True}, {"on": False}),
        ({"on": False}, {"on": True}),
    ]


def test_the_gate_of_ai_refuses_everybody_and_counts_those_who_may_chat(runtime, models):
    users.disable(Actors.ada, runtime, Actors.uma.id)
    assert gates.find(Actors.ada, runtime, AI).people == 1
    gates.turn(Actors.ada, runtime, AI, on=False)
    assert isinstance(choosing.choose(runtime, Actors.ada), Refusal)
    assert rows(runtime)["general"].otherwise.address == "local:m1"


def test_there_is_no_fourth_gate(runtime):
    for attempt in (
        lambda: gates.find(Actors.ada, runtime, "weather"),
        lambda: gates.turn(Actors.ada, runtime, "weather", on=True),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize("actor", [Actors.uma, Actors.eve], ids=["uma", "eve"])
def test_who_may_not_see_or_edit_overrides_does_neither(runtime, actor):
    for attempt in (
        lambda: pins.list_for(actor, runtime),
        lambda: pins.find(actor, runtime, "general"),
        lambda: pins.search(actor, runtime, "general", ""),
        lambda: pins.pin(actor, runtime, "general", Typed("local:m1")),
        lambda: pins.clear(actor, runtime, "general"),
        lambda: contexts.find(actor, runtime, "code_review"),
        lambda: contexts.add(actor, runtime, REVIEW),
        lambda: contexts.change(actor, runtime, "code_review", REVIEW, ""),
        lambda: contexts.remove(actor, runtime, "code_review"),
        lambda: gates.list_for(actor, runtime),
        lambda: gates.turn(actor, runtime, AI, on=False),
    ):
        with pytest.raises(Denied):
            attempt()
