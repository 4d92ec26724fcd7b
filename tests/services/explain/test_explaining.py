"""The explanation: the same as the deed, for oneself or for others, with what decided each layer."""

from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from flask import Flask

from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.permissions import Permission
from portal.domain.reasons import Layer, Reason
from portal.domain.selection import Refusal, Selection
from portal.services.chat import chats
from portal.services.explain import questions, subjects
from portal.services.explain.explaining import Explanation, explain
from portal.services.explain.questions import Question
from portal.services.explain.words import Place
from portal.services.language_models import lifecycle
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import ChatRecord
from portal.store.language_models import LanguageModelRecord
from tests import chatting
from tests.conftest import Actors
from tests.counting import queries
from tests.services.explain.setting import as_signed_in, crowd, pin, publish, role, team, turn_gate
from tests.services.published import connect
from tests.upstream import Upstream

UMA, EVE = Actors.uma.id, Actors.eve.id


@pytest.fixture
def models(app: Flask, runtime: Runtime) -> dict[str, UUID]:
    """Three models that need no key, and one of a provider without a key."""
    connect()
    connect("acme", "openai")
    found = {name: publish(runtime, "local", name) for name in ("m1", "m2", "m3")}
    return found | {"gpt": publish(runtime, "acme", "gpt")}


def step_of(found: Explanation, layer: Layer):
    return next(step for step in found.steps if step.layer is layer)


STATES: dict[str, Callable[[SimpleNamespace], object]] = {
    "nothing set": lambda _: None,
    "own pin": lambda at: pin(at.runtime, "explore", at.models["m2"], UMA),
    "own pin without a key": lambda at: pin(at.runtime, "explore", at.models["gpt"], UMA),
    "own pin, gate off": lambda at: (
        pin(at.runtime, "explore", at.models["m2"], UMA),
        turn_gate("personal_overrides", False),
    ),
    "pin": lambda at: pin(at.runtime, "explore", at.models["m3"]),
    "pin that is off": lambda at: (
        pin(at.runtime, "explore", at.models["m3"]),
        lifecycle.turn(Actors.ada, at.runtime, at.models["m3"], on=False),
    ),
    "default deleted": lambda at: lifecycle.delete(Actors.ada, at.runtime, at.models["m1"]),
    "AI off": lambda _: turn_gate("ai", False),
    "patterns": lambda at: role(at.runtime, "Guest", "local:m2", holder=UMA),
    "nothing within reach": lambda at: role(at.runtime, "Guest", "other:*", holder=UMA),
    "exclusive team": lambda at: team(at.runtime, "Blue", UMA, entitled=True, exclusive=True),
    "team default": lambda at: team(at.runtime, "Blue", UMA, entitled=True, default_id=at.models["m3"]),
    "team not entitled": lambda at: team(at.runtime, "Blue", UMA, default_id=at.models["m3"]),
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_explained_is_what_is_chosen(
    models: dict[str, UUID], runtime: Runtime, actors: Actors, state: str
) -> None:
    STATES[state](SimpleNamespace(runtime=runtime, models=models))
    for context in ("root", "explore", "title_generation"):
        for chat_model, named in ((None, None), (models["m2"], None), (models["gpt"], models["gpt"]), (None, uuid4())):
            chosen = choosing.choose(runtime, as_signed_in(actors.uma), context, chat_model, named)
            question = Question(context, chat_model_id=chat_model, explicit_id=named)
            for who in (explain(actors.ada, runtime, UMA, question), explain(actors.uma, runtime, None, question)):
                assert who.answer == chosen
                assert [step.layer for step in who.steps] == list(Layer)
                shown = [step.outcome for step in who.steps]
                assert shown.count("used") == isinstance(chosen, Selection)
                assert shown.count("unreached") == len(Layer) - len(chosen.trail)


def test_a_message_that_was_sent_keeps_the_trail_that_the_explanation_had(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    uma = as_signed_in(actors.uma)
    with Upstream.openai(key=chatting.KEY, answer="Three.") as provider:
        _, second = chatting.connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "gpt-5.2-mini")
        for chosen in (None, second):
            before = explain(uma, runtime, None, Question(chat_model_id=chosen))
            sent = chatting.send_message(uma, runtime, "How many?", language_model_id=chosen)
            chatting.collect_events(uma, runtime, sent)
            kept = chats.show(uma, runtime, sent.chat_id).turns[-1].answer
            assert kept.trail == before.trail
            assert kept.language_model_id == before.answer.language_model_id
            after = explain(uma, runtime, None, Question(chat_id=sent.chat_id))
            assert after.trail == before.trail


def test_each_skipped_layer_says_why_and_what_to_do_where(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    pin(runtime, "explore", models["gpt"], UMA)
    found = explain(actors.ada, runtime, UMA, Question("explore"))
    own = step_of(found, Layer.PERSONAL_OVERRIDE)
    assert (own.reason, own.said, own.model, own.kind) == (Reason.NO_CREDENTIAL, "No key", "acme / gpt", "attention")
    assert own.why == "Uma Ortiz has no own key for it, and Acme has no shared key that opens."
    assert [remedy.text for remedy in own.remedies] == [
        "Uma Ortiz can save a key in API keys",
        "Give Acme a shared key",
    ]
    mine = step_of(explain(actors.uma, runtime, None, Question("explore")), Layer.PERSONAL_OVERRIDE)
    assert mine.why == "You have no own key for it, and Acme has no shared key that opens."
    assert [remedy.place for remedy in mine.remedies] == [Place.OWN_KEYS, Place.PROVIDER]
    assert [(change.text, change.answer) for change in found.would_change] == [
        ("Uma Ortiz saves a key for Acme", "gpt, by Uma Ortiz’s override"),
        ("Acme gets a shared key", "gpt, by Uma Ortiz’s override"),
        ("m1 is turned off", "m2, the first usable model"),
    ]


def test_every_reason_has_a_sentence_and_all_that_somebody_can_mend_a_remedy(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    def named(text: str) -> object:
        return step_of(explain(actors.ada, runtime, UMA, Question(explicit_id=models[text])), Layer.EXPLICIT)

    lifecycle.turn(actors.ada, runtime, models["m2"], on=False)
    lifecycle.delete(actors.ada, runtime, models["m3"])
    models["review"] = publish(runtime, "local", "review", features=("reviews",))
    models["embed"] = publish(runtime, "local", "embed")
    with transaction() as session:
        lock_catalog(session)
        session.get_one(LanguageModelRecord, models["embed"]).chats = False
    found = {name: named(name) for name in ("m2", "m3", "review", "embed", "gpt")}
    assert {name: step.reason for name, step in found.items()} == {
        "m2": Reason.MODEL_DISABLED,
        "m3": Reason.MODEL_DELETED,
        "review": Reason.MISSING_FEATURE,
        "embed": Reason.MISSING_CAPABILITY,
        "gpt": Reason.NO_CREDENTIAL,
    }
    assert all(step.why for step in found.values())
    assert all(step.remedies for name, step in found.items() if name != "m3")
    assert found["review"].why == "It is not offered for conversations."
    guest = role(runtime, "Guest", "acme:*", holder=UMA)
    refused = named("m1")
    assert (refused.reason, refused.why) == (Reason.NOT_ALLOWED, "No pattern of Guest fits it.")
    assert [(remedy.place, remedy.key) for remedy in refused.remedies] == [(Place.ROLE, str(guest))]
    blue = team(runtime, "Blue", UMA, entitled=True, exclusive=True)
    assert named("m1").why == "The team Blue reaches its own models only."
    assert [(remedy.place, remedy.key) for remedy in named("m1").remedies] == [(Place.TEAM, str(blue))]


def test_a_gate_that_is_off_is_named_with_what_turns_it_on(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    pin(runtime, "root", models["m2"], UMA)
    turn_gate("personal_overrides", False)
    found = explain(actors.ada, runtime, UMA, Question())
    step = step_of(found, Layer.PERSONAL_OVERRIDE)
    assert (step.reason, step.model) == (Reason.GATE_OFF, "local / m2")
    assert [(remedy.place, remedy.key) for remedy in step.remedies] == [(Place.GATE, "personal_overrides")]
    assert found.gates_off == ("Personal overrides",)
    assert ("Personal overrides are turned on", "m2, by Uma Ortiz’s override") in [
        (change.text, change.answer) for change in found.would_change
    ]
    turn_gate("ai", False)
    found = explain(actors.ada, runtime, UMA, Question())
    assert found.headline == "No model: AI is switched off for everybody."
    assert (found.answers, found.trail, {step.outcome for step in found.steps}) == (False, (), {"unreached"})


def test_the_winner_says_which_role_allows_it(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    role(runtime, "Guest", "other:*", "local:m*", holder=UMA)
    found = explain(actors.ada, runtime, UMA, Question())
    assert step_of(found, Layer.DEFAULT).why == "It is on, allowed by Guest (local:m*), and needs no key."
    assert (found.reaches, found.models) == (3, 4)
    assert found.headline == "m1, because it is the default."


def test_nobody_asks_for_others_without_the_right_to_see_providers(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    for actor in (actors.uma, actors.eve):
        other = UMA if actor is actors.eve else EVE
        with pytest.raises(Denied):
            explain(actor, runtime, other, Question())
        with pytest.raises(Denied):
            subjects.find_people(actor, "a")
        with pytest.raises(Denied):
            subjects.person_by_email(actor, "ada@example.org")
        assert explain(actor, runtime, None, Question()).subject.id == actor.id
    assert not explain(actors.eve, runtime, None, Question()).subject.may_chat
    assert explain(actors.otto, runtime, UMA, Question()).subject.name == "Uma Ortiz"


def test_somebody_elses_chat_is_not_there_whoever_asks(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    with transaction() as session:
        now = runtime.now()
        chat = ChatRecord(user_id=UMA, language_model_id=models["m2"], created_at=now, changed_at=now)
        session.add(chat)
    question = Question(chat_id=chat.id)
    own = explain(actors.uma, runtime, None, question)
    assert (own.answer.layer, own.answer.language_model_id) == (Layer.CHAT_MODEL, models["m2"])
    for actor, person in ((actors.eve, None), (actors.ada, None), (actors.ada, UMA), (actors.ada, actors.ada.id)):
        with pytest.raises(NotFound):
            explain(actor, runtime, person, question)
    with pytest.raises(NotFound):
        subjects.own_chats(actors.eve, chat.id)


def test_who_and_what_is_not_there_is_not_found(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    with pytest.raises(NotFound):
        explain(actors.ada, runtime, uuid4(), Question())
    with pytest.raises(NotFound):
        explain(actors.ada, runtime, UMA, Question("astrology"))
    with pytest.raises(NotFound):
        subjects.person_by_email(actors.ada, "nobody@example.org")
    assert subjects.person_by_email(actors.ada, " UMA@example.org ") == UMA


def test_a_model_is_named_as_people_write_it(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    for text in ("local:m2", " local / m2", "m2"):
        assert questions.find_model(actors.ada, runtime, text) == models["m2"]
    assert questions.find_model(actors.ada, runtime, " ") is None
    publish(runtime, "acme", "m2")
    with pytest.raises(Invalid, match="2 providers have a model called m2"):
        questions.find_model(actors.ada, runtime, "m2")
    with pytest.raises(Invalid, match="No model is called m9"):
        questions.find_model(actors.ada, runtime, "m9", "chosen")
    with pytest.raises(Invalid, match="No provider is called x"):
        questions.find_provider(actors.ada, runtime, "x")


def test_another_teams_model_is_not_there_for_whoever_does_not_see_providers(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    theirs = connect("blue-box")
    hidden = publish(runtime, "blue-box", "secret")
    team(runtime, "Blue", EVE, provider_id=theirs, entitled=True)
    assert questions.find_model(actors.otto, runtime, "secret") == hidden
    with pytest.raises(Invalid):
        questions.find_model(actors.uma, runtime, "secret")
    assert questions.find_provider(actors.otto, runtime, "blue-box") == theirs
    with pytest.raises(Invalid, match="No provider is called blue-box"):
        questions.find_provider(actors.uma, runtime, "blue-box")
    assert questions.find_provider(actors.uma, runtime, "local")
    found = explain(actors.ada, runtime, UMA, Question(explicit_id=hidden))
    assert isinstance(found.answer, Refusal)
    assert found.steps[0].why == "Its provider belongs to a team that Uma Ortiz is not in."


def test_the_number_of_queries_does_not_grow_with_people_and_models(
    models: dict[str, UUID], runtime: Runtime, actors: Actors
) -> None:
    guest = role(runtime, "Guest", "local:*", holder=UMA)
    explain(actors.ada, runtime, UMA, Question())
    with queries() as few:
        explain(actors.ada, runtime, UMA, Question())
        subjects.find_people(actors.ada, "p")
    crowd(runtime, 40, guest)
    for number in range(20):
        publish(runtime, "local", f"more-{number}")
    explain(actors.ada, runtime, UMA, Question())
    with queries() as many:
        explain(actors.ada, runtime, UMA, Question())
        assert len(subjects.find_people(actors.ada, "p")) == subjects.MOST_FOUND
    assert len(many) == len(few)


def test_the_right_to_save_a_key_is_the_persons_own(models: dict[str, UUID], runtime: Runtime, actors: Actors) -> None:
    role(runtime, "Guest", holder=UMA)
    assert Permission.PERSONAL_KEY in actors.ada.permissions
    found = explain(actors.ada, runtime, UMA, Question(explicit_id=models["gpt"]))
    assert [remedy.text for remedy in found.steps[0].remedies] == ["Give Acme a shared key"]
