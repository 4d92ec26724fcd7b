"""People's own overrides: their own alone, while the gate is open, and only what they can use."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.gates import PERSONAL_OVERRIDES
from portal.domain.language_models import Draft as ModelDraft
from portal.domain.people import Actor
from portal.domain.reasons import Layer, Reason
from portal.domain.versions import Outdated
from portal.services.language_models import lifecycle, publishing
from portal.services.overrides import contexts, gates, own, pins
from portal.services.overrides.choices import Typed
from portal.services.overrides.contexts import Draft
from portal.services.people import users
from portal.services.selection import choosing
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.overrides import PersonalOverrideRecord
from portal.store.people import RoleRecord
from portal.store.role_patterns import RolePatternRecord
from tests.conftest import Actors
from tests.counting import queries
from tests.services.published import connect


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


def mine(runtime, actor: Actor = Actors.uma) -> dict[str, own.OwnRow]:
    return {row.context.name: row for row in own.list_mine(actor, runtime).rows}


def choose(runtime, context: str, model: str, effort: str = "", actor: Actor = Actors.uma):
    return own.set_mine(actor, runtime, context, Typed(model, effort), mine(runtime, actor)[context].version)


def layer_of(runtime, context: str, actor: Actor = Actors.uma) -> Layer:
    return choosing.choose(runtime, actor, context).layer


def test_a_choice_goes_before_the_pin_and_what_one_would_get_without_it_is_shown(runtime, models):
    pins.pin(Actors.ada, runtime, "general", Typed("local:m1"))
    choose(runtime, "general", "local:m2", "low")
    found = choosing.choose(runtime, Actors.uma, "general")
    assert (found.language_model_id, found.layer, found.effort) == (models["m2"], Layer.PERSONAL_OVERRIDE, "low")
    row = mine(runtime)["general"]
    assert (row.choice.address, row.choice.effort, row.choice.reason) == ("local:m2", "low", None)
    assert (row.otherwise.address, row.otherwise.because) == ("local:m1", "because your administrator pinned it")


def test_the_page_shows_the_contexts_that_are_open_to_people(runtime, models):
    assert set(mine(runtime)) == {"root", "general", "explore"}


def test_a_person_sees_and_changes_their_own_alone(runtime, models):
    choose(runtime, "general", "local:m2")
    assert mine(runtime, Actors.ada)["general"].choice is None
    own.clear_mine(Actors.ada, runtime, "general")
    assert mine(runtime)["general"].choice.address == "local:m2"
    assert layer_of(runtime, "general", Actors.ada) is Layer.DEFAULT
    with reading() as session:
        assert list(session.scalars(select(PersonalOverrideRecord.user_id))) == [Actors.uma.id]


def test_a_model_that_one_cannot_use_right_now_is_refused_with_the_reason(runtime, models):
    with pytest.raises(Invalid, match="turned off") as caught:
        choose(runtime, "general", "local:off")
    assert set(caught.value.faults) == {"model"}
    assert mine(runtime)["general"].choice is None


def test_a_model_beyond_one_s_role_is_refused_and_not_offered(runtime, models):
    with transaction() as session:
        lock_catalog(session)
        role = session.scalars(select(RoleRecord).where(RoleRecord.built_in == "developer")).one()
        session.add(RolePatternRecord(role_id=role.id, pattern="local:m1", position=0))
    uma = replace(Actors.uma, role_ids=frozenset({role.id}))
    with pytest.raises(Invalid, match="role does not reach"):
        choose(runtime, "general", "local:m2", actor=uma)
    assert [hit.address for hit in own.search(uma, runtime, "general", "")] == ["local:m1"]


def test_a_choice_that_cannot_be_used_any_more_stays_with_its_reason_and_can_be_cleared(runtime, models):
    choose(runtime, "general", "local:m2")
    lifecycle.turn(Actors.ada, runtime, models["m2"], on=False)
    row = mine(runtime)["general"]
    assert (row.choice.reason, row.otherwise.address) == (Reason.MODEL_DISABLED, "local:m1")
    own.clear_mine(Actors.uma, runtime, "general", row.version)
    assert mine(runtime)["general"].choice is None


def test_while_the_gate_is_off_everything_is_kept_shown_and_locked(runtime, models):
    choose(runtime, "general", "local:m2")
    drawn = mine(runtime)["general"].version
    gates.turn(Actors.ada, runtime, PERSONAL_OVERRIDES, on=False)
    page = own.list_mine(Actors.uma, runtime)
    row = next(row for row in page.rows if row.context.name == "general")
    assert "switched off for everybody" in page.locked
    assert (row.choice.address, row.choice.reason) == ("local:m2", Reason.GATE_OFF)
    for attempt in (
        lambda: own.find_mine(Actors.uma, runtime, "general"),
        lambda: own.set_mine(Actors.uma, runtime, "general", Typed("local:m1"), drawn),
        lambda: own.clear_mine(Actors.uma, runtime, "general", drawn),
    ):
        with pytest.raises(Denied, match="switched off"):
            attempt()
    gates.turn(Actors.ada, runtime, PERSONAL_OVERRIDES, on=True)
    assert layer_of(runtime, "general") is Layer.PERSONAL_OVERRIDE


def test_a_context_that_is_closed_to_people_keeps_the_choice_which_can_only_be_cleared(runtime, models):
    draft = Draft("code_review", "Code review")
    contexts.add(Actors.ada, runtime, draft)
    choose(runtime, "code_review", "local:m2")
    seen = contexts.find(Actors.ada, runtime, "code_review").version
    contexts.change(Actors.ada, runtime, "code_review", replace(draft, personal=False), seen)
    row = mine(runtime)["code_review"]
    assert (row.open, row.choice.reason) == (False, Reason.NOT_FOR_THIS_CONTEXT)
    with pytest.raises(Denied):
        own.set_mine(Actors.uma, runtime, "code_review", Typed("local:m1"), row.version)
    own.clear_mine(Actors.uma, runtime, "code_review", row.version)
    assert "code_review" not in mine(runtime)


def test_a_later_save_of_an_older_version_is_refused_with_what_it_is_now(runtime, models):
    drawn = mine(runtime)["general"].version
    choose(runtime, "general", "local:m1")
    with pytest.raises(Outdated) as caught:
        own.set_mine(Actors.uma, runtime, "general", Typed("local:m2"), drawn)
    assert caught.value.now == {"model": "Stored now: local:m1."}
    with pytest.raises(Outdated):
        own.clear_mine(Actors.uma, runtime, "general", drawn)
    assert mine(runtime)["general"].choice.address == "local:m1"


def test_unknown_contexts_are_not_found_and_closed_ones_denied(runtime, models):
    for name, error in (("astrology", NotFound), ("title_generation", Denied)):
        with pytest.raises(error):
            own.set_mine(Actors.uma, runtime, name, Typed("local:m1"))
        with pytest.raises(error):
            own.find_mine(Actors.uma, runtime, name)


def test_what_people_choose_is_in_the_trail_under_their_name(runtime, models):
    choose(runtime, "general", "local:m2")
    own.clear_mine(Actors.uma, runtime, "general", mine(runtime)["general"].version)
    own.clear_mine(Actors.uma, runtime, "general")
    with reading() as session:
        told = session.scalars(
            select(AuditRecord).where(AuditRecord.subject_kind == "own_override").order_by(AuditRecord.seq)
        ).all()
    assert [(row.verb, row.actor_id) for row in told] == [
        ("own_override.set", Actors.uma.id),
        ("own_override.clear", Actors.uma.id),
    ]


def test_choices_go_with_the_person(runtime, models):
    choose(runtime, "general", "local:m2")
    users.remove(Actors.ada, runtime, Actors.uma.id)
    with reading() as session:
        assert session.scalars(select(PersonalOverrideRecord)).all() == []


def test_the_page_asks_as_much_of_the_database_for_many_choices_as_for_none(runtime, models):
    own.list_mine(Actors.uma, runtime)
    with queries() as none:
        own.list_mine(Actors.uma, runtime)
    for name in ("root", "general", "explore"):
        choose(runtime, name, "local:m2")
    own.list_mine(Actors.uma, runtime)
    with queries() as many:
        own.list_mine(Actors.uma, runtime)
    assert len(many) == len(none)


@pytest.mark.parametrize("actor", [Actors.otto, Actors.eve], ids=["otto", "eve"])
def test_who_may_not_have_overrides_has_none(runtime, models, actor):
    for attempt in (
        lambda: own.list_mine(actor, runtime),
        lambda: own.find_mine(actor, runtime, "general"),
        lambda: own.search(actor, runtime, "general", ""),
        lambda: own.set_mine(actor, runtime, "general", Typed("local:m1")),
        lambda: own.clear_mine(actor, runtime, "general"),
    ):
        with pytest.raises(Denied):
            attempt()


def test_the_portal_itself_chooses_nothing(runtime, models):
    with pytest.raises(NotFound):
        own.list_mine(replace(Actors.uma, id=None), runtime)
    assert mine(runtime, replace(Actors.uma, id=uuid4()))["general"].choice is None
