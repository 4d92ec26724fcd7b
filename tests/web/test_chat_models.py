"""The selector of a chat over HTTP: a choice that cannot be used now, overrides, and thousands of models."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from portal.services.language_models import lifecycle, publishing
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.chats import ChatRecord
from portal.store.language_models import LanguageModelRecord
from portal.store.overrides import PersonalOverrideRecord
from tests.chatting import KEY, connect
from tests.counting import queries
from tests.upstream import Upstream


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="Three times.") as up:
        yield up


@pytest.fixture
def models(runtime, actors, provider):
    return connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "gpt-5.2-mini")


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def selected(page: str) -> str:
    return re.search(r'<option value="([^"]+)" selected>', page)[1]


def untouched(page: str, **more: str) -> dict[str, str]:
    """What the composer sends when nobody touches its selector."""
    kept = {name: field(page, name) for name in ("client_id", "parent", "shown_model")}
    return {**kept, "text": "And now?", "model": selected(page), **more}


def send(client, path: str = "/chat", **more: str):
    page = client.get(path).text
    target = re.search(r'action="(/chat/[^"]+/turns)"', page)[1]
    new = {} if 'name="parent"' in page and field(page, "parent") else {"new": "yes"}
    return client.post_form(target, untouched(page, **new, **more))


def chat_of(location: str) -> UUID:
    return UUID(re.search(r"/chat/([0-9a-f-]{36})", location)[1])


def stored_model(chat_id: UUID) -> UUID | None:
    with reading() as session:
        return session.get(ChatRecord, chat_id).language_model_id


def test_a_chats_model_that_is_off_stays_shown_and_answers_again_when_it_is_on(uma, runtime, actors, models):
    mini = models[1]
    where = send(uma, model=str(mini)).location
    path = f"/chat/{chat_of(where)}"
    assert "because this chat is set to it" in uma.get(path).text
    lifecycle.turn(actors.ada, runtime, mini, on=False)

    page = uma.get(path).text
    assert selected(page) == field(page, "shown_model") == str(mini)
    assert "[Acme] GPT-5.2-MINI – the model is off</option>" in page
    assert "[Acme] GPT-5.2-MINI cannot be used now: the model is off." in page
    assert "Until it can, [Acme] GPT-5.2 answers, because it is the default." in page

    send(uma, path)
    page = uma.get(path).text
    assert "because it is the default" in page.split("And now?")[-1]
    assert "the model is off" in page.split('data-answer="')[-1].split("data-composer")[0], "why this model says so"
    assert stored_model(chat_of(where)) == mini, "nobody chose another one"

    lifecycle.turn(actors.ada, runtime, mini, on=True)
    page = uma.get(path).text
    assert "cannot be used now" not in page
    send(uma, path)
    assert "because this chat is set to it" in uma.get(path).text.split("And now?")[-1]


def test_choosing_another_model_meanwhile_is_a_choice(uma, runtime, actors, models):
    default, mini = models
    chat_id = chat_of(send(uma, model=str(mini)).location)
    lifecycle.turn(actors.ada, runtime, mini, on=False)
    send(uma, f"/chat/{chat_id}", model=str(default))
    assert stored_model(chat_id) == default


def test_a_deleted_model_is_told_too_and_so_is_that_nothing_answers(uma, runtime, actors, models):
    default, mini = models
    chat_id = chat_of(send(uma, model=str(mini)).location)
    lifecycle.delete(actors.ada, runtime, mini)
    page = uma.get(f"/chat/{chat_id}").text
    assert "GPT-5.2-MINI – the model was deleted</option>" in page
    assert "[Acme] GPT-5.2 answers instead, because it is the default." in page
    lifecycle.turn(actors.ada, runtime, default, on=False)
    page = uma.get(f"/chat/{chat_id}").text
    assert "No model can be used right now." in page
    assert "GPT-5.2-MINI – the model was deleted</option>" in page


def test_an_override_that_answers_is_told_beside_the_composer(uma, ada, runtime, actors, models):
    default, mini = models
    now = runtime.now()
    with transaction() as session:
        lock_catalog(session)
        session.add(
            PersonalOverrideRecord(user_id=actors.uma.id, context="root", language_model_id=mini, changed_at=now)
        )
    page = uma.get("/chat").text
    assert "Your own override for Chat answers here: [Acme] GPT-5.2-MINI." in page
    assert selected(page) == str(mini)
    chat_id = chat_of(send(uma, model=str(default)).location)
    page = uma.get(f"/chat/{chat_id}").text
    assert selected(page) == str(default)
    assert "Your own override for Chat answers here: [Acme] GPT-5.2-MINI." in page
    assert "because you pinned it" in page
    assert "override for Chat answers here" not in ada.get("/chat").text


def test_somebody_elses_chat_is_not_there(uma, eve, ada, models):
    chat_id = chat_of(send(uma).location)
    assert ada.get(f"/chat/{chat_id}").status_code == 404
    assert eve.get(f"/chat/{chat_id}").status_code == 403
    assert eve.get("/chat/models").status_code == 403


def many(provider_id: UUID, count: int) -> list[UUID]:
    now = datetime.now(UTC)
    rows = [
        {
            "id": uuid4(),
            "provider_id": provider_id,
            "name": f"bulk-{number:05}",
            "wire_name": f"bulk-{number:05}",
            "display_name": f"Bulk {number:05}",
            "position": number + 10,
            "context_limit": 128_000,
            "features": ["conversations", "reviews", "actions"],
            "created_at": now,
            "changed_at": now,
        }
        for number in range(count)
    ]
    with transaction() as session:
        lock_catalog(session)
        session.execute(insert(LanguageModelRecord), rows)
    return [row["id"] for row in rows]


def provider_of(model_id: UUID) -> UUID:
    with reading() as session:
        return session.get(LanguageModelRecord, model_id).provider_id


def test_of_thousands_the_page_carries_a_few_and_a_search(uma, runtime, actors, models):
    ids = many(provider_of(models[0]), 10_000)
    uma.get("/chat")
    with queries() as asked:
        page = uma.get("/chat").text
    assert len(page.encode()) <= 100_000
    assert len(asked) < 25
    models_shown = page.split("data-model>")[1].split("</select>")[0]
    assert models_shown.count("<option ") == 1, "the default"
    assert 'data-model-search="/chat/models"' in page

    with queries() as asked:
        found = uma.get("/chat/models?q=bulk+0999").text
    assert not [statement for statement in asked if "language_models" in statement]
    assert found.count("<option ") == 11
    assert '<optgroup label="Acme">' in found
    assert uma.get("/chat/models").text.count("<option ") == 50
    assert "There are more" in uma.get("/chat/models?q=bulk").text
    assert uma.get("/chat/models?q=nothing-of-that-name").text.count("<option ") == 0

    chat_id = chat_of(send(uma, model_name="Acme:bulk-00042").location)
    assert stored_model(chat_id) == ids[42]
    assert "[Acme] Bulk 00042</option>" in uma.get("/chat").text, "used last"
    answer = send(uma, model_name="acme:nothing")
    assert answer.status_code == 422
    assert "You can use no model of that name." in answer.text


def test_the_search_is_for_those_who_may_chat(nobody, models):
    assert nobody.get("/chat/models?q=gpt").status_code in (302, 303, 401)


def test_a_model_that_does_not_chat_is_offered_nowhere_and_never_the_default(ada, uma, runtime, actors, models):
    default, mini = models
    with transaction() as session:
        lock_catalog(session)
        session.get(LanguageModelRecord, mini).chats = False
    assert "GPT-5.2-MINI" not in uma.get("/chat").text
    assert "GPT-5.2-MINI" not in uma.get("/chat/models?q=mini").text
    answer = ada.post_form(f"/models/{mini}/default", {})
    assert answer.status_code == 409
    assert "does not chat, so it cannot be the default" in answer.text
    assert publishing.read(actors.ada, runtime, default).is_default
    lifecycle.delete(actors.ada, runtime, default)
    assert not publishing.read(actors.ada, runtime, mini).is_default


def test_the_selector_says_when_a_model_retires_also_while_it_cannot_be_used(ada, uma, runtime, actors, models):
    model = publishing.read(actors.ada, runtime, models[1])
    day = (runtime.now() + timedelta(days=12)).date().isoformat()
    publishing.change(actors.ada, runtime, model.id, replace(model.draft, retires_on=day), model.version)
    there = send(uma, model=str(model.id)).headers["Location"]
    assert f"{model.display_name} – retires in 12 days</option>" in uma.get(there).text
    lifecycle.turn(actors.ada, runtime, model.id, on=False)
    assert f"{model.display_name} – retires in 12 days – " in uma.get(there).text
