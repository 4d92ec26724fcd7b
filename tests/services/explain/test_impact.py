"""What an act would change for people, and who may use what: counted over everybody in a fixed number of queries."""

from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from flask import Flask

from portal.domain.catalog_entries import Pin
from portal.domain.errors import Denied, NotFound
from portal.domain.language_models import Draft
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.reasons import Reason
from portal.domain.selection import Selection
from portal.services.explain import access, impact
from portal.services.explain.impact import ImpactView
from portal.services.keys import pools, shared_keys
from portal.services.keys.pools import Pasted
from portal.services.language_models import lifecycle, publishing
from portal.services.people import users
from portal.services.providers import registry
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import ChatRecord
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors
from tests.counting import queries
from tests.services.explain.setting import as_signed_in, crowd, pin, publish, role, team, turn_gate
from tests.services.published import connect

UMA, OTTO, EVE = Actors.uma.id, Actors.otto.id, Actors.eve.id


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> dict[str, UUID]:
    """Two providers that need no key, the first one's m1 the default. Ada and Uma may chat."""
    connect()
    connect("other")
    return {
        name: publish(runtime, provider, name) for provider, name in (("local", "m1"), ("local", "m2"), ("other", "m3"))
    }


def told(view: ImpactView) -> list[tuple[str, str, int]]:
    return [(move.before, move.after, move.people) for move in view.moves]


def test_turning_the_default_off_names_who_answers_instead(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    pin(runtime, "root", models["m3"], UMA)
    view = impact.of_model(actors.otto, runtime, models["m1"])
    assert (view.asked, view.people, view.subject) == (2, 2, "m1")
    assert told(view) == [("m1", "m2", 2)]
    assert "Chat" in view.moves[0].contexts
    off = impact.of_model(actors.otto, runtime, models["m2"])
    assert (off.nothing, off.moves) == (True, ())


def test_deleting_names_the_heir_and_the_chats_that_are_set_to_it(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    with transaction() as session:
        now = runtime.now()
        session.add(ChatRecord(user_id=UMA, language_model_id=models["m1"], created_at=now, changed_at=now))
    view = impact.of_model(actors.ada, runtime, models["m1"], delete=True)
    assert (view.heir, view.was_default, view.chats) == ("m2", True, 1)
    whole = impact.of_provider(actors.ada, runtime, "local", delete=True)
    assert (whole.heir, whole.chats, told(whole)) == ("m3", 1, [("m1", "m3", 2)])
    lifecycle.delete(actors.ada, runtime, models["m3"])
    last = impact.of_provider(actors.ada, runtime, "local", delete=True)
    assert (last.heir, last.was_default, last.without) == ("", True, 2)
    assert told(last) == [("m1", "no model", 2)]


def test_disabled_people_and_those_who_may_not_chat_are_not_counted(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    assert impact.of_model(actors.ada, runtime, models["m1"]).asked == 2
    users.disable(actors.ada, runtime, UMA)
    assert impact.of_model(actors.ada, runtime, models["m1"]).asked == 1


Tried = Callable[[SimpleNamespace], object]
ACTS: dict[str, tuple[Tried, Tried]] = {
    "model off": (
        lambda at: impact.of_model(at.actor, at.runtime, at.models["m1"]),
        lambda at: lifecycle.turn(at.actor, at.runtime, at.models["m1"], on=False),
    ),
    "model deleted": (
        lambda at: impact.of_model(at.actor, at.runtime, at.models["m1"], delete=True),
        lambda at: lifecycle.delete(at.actor, at.runtime, at.models["m1"]),
    ),
    "provider off": (
        lambda at: impact.of_provider(at.actor, at.runtime, "local"),
        lambda at: registry.turn(at.actor, at.runtime, "local", on=False),
    ),
    "provider deleted": (
        lambda at: impact.of_provider(at.actor, at.runtime, "local", delete=True),
        lambda at: registry.delete(at.actor, at.runtime, "local"),
    ),
    "overrides off": (
        lambda at: impact.of_gate(at.actor, at.runtime, "personal_overrides", False),
        lambda _: turn_gate("personal_overrides", False),
    ),
    "AI off": (
        lambda at: impact.of_gate(at.actor, at.runtime, "ai", False),
        lambda _: turn_gate("ai", False),
    ),
    "pin": (
        lambda at: impact.of_pin(at.actor, at.runtime, "explore", Pin(at.models["m2"])),
        lambda at: pin(at.runtime, "explore", at.models["m2"]),
    ),
    "default": (
        lambda at: impact.of_default(at.actor, at.runtime, at.models["m3"]),
        lambda at: lifecycle.make_default(at.actor, at.runtime, at.models["m3"]),
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_said_before_the_act_is_what_comes_of_it(
    models: dict[str, UUID], runtime: Runtime, actors: Actors, act: str
) -> None:
    role(runtime, "Guest", "local:m1", "other:*", holder=OTTO)
    pin(runtime, "root", models["m2"], UMA)
    at = SimpleNamespace(actor=actors.ada, runtime=runtime, models=models)
    say, do = ACTS[act]
    people = [as_signed_in(actor) for actor in (actors.ada, actors.uma, actors.otto)]
    contexts = choosing.current_catalog(runtime).contexts

    def answer(who: Actor, context: str) -> str:
        found = choosing.choose(runtime, who, context)
        return found.name if isinstance(found, Selection) else "no model"

    def answers() -> list[list[str]]:
        return [[answer(who, context) for context in contexts] for who in people]

    before = answers()
    view = say(at)
    assert answers() == before, "asking changes nothing"
    do(at)
    moves = [
        {(old, new) for old, new in zip(had, gets, strict=True) if old != new}
        for had, gets in zip(before, answers(), strict=True)
    ]
    assert view.people == sum(map(bool, moves))
    assert view.people
    assert sorted(told(view)) == sorted((*pair, sum(pair in mine for mine in moves)) for pair in set().union(*moves))
    assert view.without == sum(any(new == "no model" for _, new in mine) for mine in moves)


def test_destroying_the_only_key_that_opens_is_told_from_destroying_one_of_two(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    provider_id = connect("acme", "openai")
    publish(runtime, "acme", "gpt")
    with transaction() as session:
        provider = session.get_one(ProviderRecord, provider_id)
        shared_keys.add(session, runtime, actors.ada, provider, CANARY)
    with reading() as session:
        key_id = session.query(SharedKeyRecord).one().id
    view = impact.of_shared_key(actors.ada, runtime, "acme", key_id)
    assert (view.without, told(view)) == (2, [("gpt", "no model", 2)])
    pools.add_key(actors.ada, runtime, "acme", Pasted("key", {"key": "sk-another-key-0123456789"}))
    assert impact.of_shared_key(actors.ada, runtime, "acme", key_id).nothing


def test_patterns_and_teams_are_counted_for_whoever_has_them(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    guest = role(runtime, "Guest", "local:*", holder=UMA)
    crowd(runtime, 3, guest)
    view = impact.of_patterns(actors.ada, runtime, guest, ["other:*"])
    assert (view.asked, told(view)) == (5, [("m1", "m3", 4)])
    assert impact.of_patterns(actors.ada, runtime, guest, ["*:m1"]).nothing
    nothing = impact.of_patterns(actors.ada, runtime, guest, ["nothing:*"])
    assert nothing.without == 4
    blue = team(runtime, "Blue", UMA, entitled=False, exclusive=True)
    assert impact.of_team(actors.ada, runtime, blue, entitled=True).without == 1


def test_a_personal_key_gate_moves_people_to_the_shared_key(app: Flask, runtime: Runtime, actors: Actors) -> None:
    provider_id = connect("acme", "openai")
    publish(runtime, "acme", "gpt")
    with transaction() as session:
        provider = session.get_one(ProviderRecord, provider_id)
        shared_keys.add(session, runtime, actors.ada, provider, CANARY)
        lock_catalog(session)
        session.add(
            PersonalKeyRecord(
                user_id=UMA,
                provider_id=provider_id,
                encrypted="-",
                destination=provider.destination,
                master_key_id=runtime.vault.master_key_ids[0],
                fingerprint="00000000",
                created_at=runtime.now(),
            )
        )
    view = impact.of_gate(actors.ada, runtime, "personal_keys", False)
    assert (view.people, view.other_key) == (0, 1)


def test_the_number_of_queries_does_not_grow_with_the_people(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    guest = role(runtime, "Guest", "local:*")
    impact.of_model(actors.ada, runtime, models["m1"])
    with queries() as few:
        impact.of_model(actors.ada, runtime, models["m1"])
        access.who_may_use(actors.ada, runtime, models["m1"])
    crowd(runtime, 60, guest)
    with queries() as many:
        view = impact.of_model(actors.ada, runtime, models["m1"])
        access.who_may_use(actors.ada, runtime, models["m1"])
    assert view.people == 62
    assert len(many) == len(few)


def test_nobody_without_a_right_to_change_anything_asks(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    for actor in (actors.uma, actors.eve):
        with pytest.raises(Denied):
            impact.of_model(actor, runtime, models["m1"])
        with pytest.raises(Denied):
            impact.of_gate(actor, runtime, "ai", False)
        with pytest.raises(Denied):
            access.who_may_use(actor, runtime, models["m1"])
        with pytest.raises(Denied):
            access.models_of(actor, runtime, actors.ada.id)
    with pytest.raises(NotFound):
        impact.of_model(actors.ada, runtime, uuid4())
    with pytest.raises(NotFound):
        impact.of_provider(actors.ada, runtime, "nowhere")
    with pytest.raises(NotFound):
        impact.of_team(actors.ada, runtime, uuid4(), entitled=True)


def test_the_models_of_a_person_are_those_of_their_selector_with_reasons_for_the_others(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    role(runtime, "Guest", "local:*", holder=UMA)
    lifecycle.turn(actors.ada, runtime, models["m2"], on=False)
    found = access.models_of(actors.otto, runtime, UMA)
    offered = choosing.usable_models(runtime, as_signed_in(actors.uma))
    assert [[model.id for model in group.models] for group in found.usable] == [
        [choice.id for choice in group.choices] for group in offered
    ]
    assert {group.key: [model.name for model in group.models] for group in found.unusable} == {
        Reason.MODEL_DISABLED: ["m2"],
        Reason.NOT_ALLOWED: ["m3"],
    }
    assert (found.count, found.total) == (1, 3)
    assert access.models_of(actors.otto, runtime, UMA, search="LOCAL 2").total == 1


def test_another_teams_models_are_named_to_those_alone_who_see_providers(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    theirs = connect("blue-box")
    publish(runtime, "blue-box", "secret")
    team(runtime, "Blue", EVE, provider_id=theirs, entitled=True)
    assert access.models_of(actors.uma, runtime, None).total == 3
    assert access.models_of(actors.ada, runtime, UMA).total == 4


def test_a_list_of_models_is_bounded(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    with transaction() as session:
        provider = session.query(ProviderRecord).filter_by(name="other").one()
        publishing.publish_many(
            session, runtime, actors.ada, provider, [Draft(f"x{number:03}") for number in range(80)]
        )
    found = access.models_of(actors.ada, runtime, UMA)
    other = next(group for group in found.usable if group.key == "Other")
    assert (other.total, len(other.models), other.more) == (81, access.MODELS_SHOWN, 81 - access.MODELS_SHOWN)


def test_who_may_use_a_model_says_by_which_pattern(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    guest = role(runtime, "Guest", "other:*", "*:m1", holder=UMA)
    crowd(runtime, 2, guest)
    role(runtime, "Closed", "nothing:*")
    who = access.who_may_use(actors.otto, runtime, models["m1"])
    assert (who.people, who.asked, who.closed_roles) == (4, 4, 1)
    ways = {line.name: (line.pattern, line.people) for line in who.roles}
    assert ways["Guest"] == ("*:m1", 3)
    assert ways["Administrator"] == ("", 1)
    assert ways["Operator"] == ("", 0), "nobody who holds it may chat"
    assert access.who_may_use(actors.otto, runtime, models["m2"]).people == 1
    assert Permission.PROVIDER_VIEW in actors.otto.permissions


def test_a_teams_model_is_for_its_members(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    with reading() as session:
        other = session.query(ProviderRecord).filter_by(name="other").one().id
    team(runtime, "Blue", UMA, provider_id=other, entitled=True)
    who = access.who_may_use(actors.ada, runtime, models["m3"])
    assert (who.people, who.asked, who.team, who.reason) == (1, 2, "Blue", None)
    lifecycle.turn(actors.ada, runtime, models["m3"], on=False)
    assert access.who_may_use(actors.ada, runtime, models["m3"]).reason is Reason.MODEL_DISABLED
    assert stored_catalog.version_now()
