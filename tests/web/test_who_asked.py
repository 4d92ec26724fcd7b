"""Who asked travels to a provider where its form says so, and nowhere else: from chats and from tools alike."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from portal.services.health import checks
from portal.services.providers import registry as provider_registry
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.people import UserRecord
from tests.chatting import collect_events, send_message
from tests.connecting import connect
from tests.upstream import Upstream
from tests.upstream.scripted import scripted
from tests.web.asking import words
from tests.web.gateway.callers import Tool, token
from tests.web.test_providers import edit_form

USUAL = {"id": "X-Portal-User-Id", "name": "X-Portal-User-Name", "email": "X-Portal-User-Email"}
CALLED = "x-portal-user"
PATHS = ("/v1/chat/completions", "/v1/messages")


def told_of(request) -> dict[str, str]:
    return {name: value for name, value in request.headers.items() if name.startswith(CALLED)}


@pytest.fixture
def up():
    with Upstream.openai(key="sk-provider-4f9a01c2d3", models=["gpt-5.2"]) as up:
        yield up


def tell(actors, runtime, who_asked: Mapping[str, str]) -> None:
    saved, version = provider_registry.read_draft(actors.ada, "acme")
    provider_registry.change(actors.ada, runtime, "acme", replace(saved, who_asked=who_asked), version)


def ask_in_every_way(app, actors, runtime, model: str = "acme:gpt-5.2", paths: tuple[str, ...] = PATHS) -> None:
    """From the chat page, passed on and translated, whole and streamed."""
    collect_events(actors.uma, runtime, send_message(actors.uma, runtime, "Hello", model_name=model))
    tool = Tool(app, token(actors.uma, runtime, name=uuid4().hex))
    said = [{"role": "user", "content": "Hello"}]
    for path in paths:
        for stream in (False, True):
            answer = tool.post(
                path, {"model": model, "messages": said, "input": "Hello", "max_tokens": 50, "stream": stream}
            )
            assert answer.status_code == 200, answer.text


def test_nothing_is_told_unless_somebody_says_so(app, actors, runtime, up):
    connect(actors.ada, runtime, up)
    ask_in_every_way(app, actors, runtime)
    assert len(up.requests) >= 5
    assert not [request for request in up.requests if told_of(request)]
    assert not [request for request in up.requests if "uma@" in str(dict(request.headers))]


def test_what_is_ticked_is_told_with_each_request_of_a_person_and_with_no_other(app, actors, runtime, up):
    connect(actors.ada, runtime, up, who_asked=USUAL)
    with transaction() as session:
        session.execute(update(UserRecord).where(UserRecord.id == actors.uma.id).values(name="Uma Çelik"))
    ask_in_every_way(app, actors, runtime)
    with reading() as session:
        email = session.scalar(select(UserRecord.email).where(UserRecord.id == actors.uma.id))
    uma = {f"{CALLED}-id": str(actors.uma.id), f"{CALLED}-name": "Uma %C3%87elik", f"{CALLED}-email": email}
    assert len(up.requests) >= 5
    assert [told_of(request) for request in up.requests] == [uma] * len(up.requests)
    up.requests.clear()
    checks.check_saved(actors.ada, runtime, "acme")
    assert up.requests
    assert not [request for request in up.requests if told_of(request)]


def test_turned_off_again_the_next_request_tells_nothing(app, actors, runtime, up):
    connect(actors.ada, runtime, up, who_asked={"email": "X-Portal-User-Email"})
    ask_in_every_way(app, actors, runtime)
    tell(actors, runtime, {})
    up.requests.clear()
    ask_in_every_way(app, actors, runtime)
    assert not [request for request in up.requests if told_of(request)]


@pytest.mark.parametrize("type", ["openai", "azure", "anthropic", "google", "vertex", "bedrock"])
def test_every_dialect_carries_it_and_fetching_a_token_does_not(app, ada, actors, runtime, type):
    with scripted(type) as it:
        form = {"type": type, "name": "acme", "label": "Acme", "key_kind": it.kind, **it.typed}
        saved = ada.post_form("/providers/connect", form | {"typed_models": it.model, "who_asked_id": "y"})
        assert saved.status_code == 302, words(saved)
        # The scripted Gemini does not have the API of chat completions, which the genuine one has.
        paths = ("/v1/responses", "/v1/messages") if type == "google" else PATHS
        ask_in_every_way(app, actors, runtime, f"acme:{it.model}", paths)
        asked = [request for request in it.upstream.requests if request.path != "/token"]
        fetched = [request for request in it.upstream.requests if request.path == "/token"]
    assert len(asked) >= 5
    assert {str(told_of(request)) for request in asked} == {str({f"{CALLED}-id": str(actors.uma.id)})}
    assert bool(fetched) == (type == "vertex")
    assert not [request for request in fetched if told_of(request)]


def test_a_caller_cannot_say_who_asked(app, actors, runtime, up):
    connect(actors.ada, runtime, up, who_asked={"email": "X-Portal-User-Email"})
    tool = Tool(app, token(actors.uma, runtime))
    assert tool.chat(model="gpt-5.2").status_code == 200
    said = tool.post(
        "/v1/chat/completions",
        {"model": "gpt-5.2", "messages": [{"role": "user", "content": "Hello"}]},
        X_Portal_User_Email="eve@example.org",
    )
    assert said.status_code == 200
    first, second = map(told_of, up.requests)
    assert first == second != {}


class TestTheForm:
    def test_it_is_off_and_names_the_usual_headers(self, ada, actors, runtime, up):
        connect(actors.ada, runtime, up)
        page = ada.get("/providers/acme/edit").text
        for part, header in USUAL.items():
            assert f'name="who_asked_{part}"' in page
            assert f'value="{header}"' in page
        assert 'checked id="who_asked' not in page
        assert "Who asked" not in words(ada.get("/providers/acme"))

    def test_it_saves_what_was_ticked_and_the_trail_says_so(self, ada, actors, runtime, up):
        connect(actors.ada, runtime, up)
        sent = edit_form(ada, who_asked_id="y", who_asked_email="y", who_asked_email_header="X-Who")
        assert ada.post_form("/providers/acme/edit", sent).status_code == 302
        told = "User ID as X-Portal-User-Id, E-mail as X-Who"
        assert told in words(ada.get("/providers/acme"))
        page = ada.get("/providers/acme/edit").text
        assert 'value="X-Who"' in page
        assert page.count("checked") >= 2
        with reading() as session:
            rows = list(session.scalars(select(AuditRecord).where(AuditRecord.verb == "provider.change")))
        assert [row.after["who asked"] for row in rows] == [told]
        assert ada.post_form("/providers/acme/edit", edit_form(ada)).status_code == 302
        assert "Who asked" not in words(ada.get("/providers/acme"))

    def test_a_name_that_cannot_be_used_is_said_beside_it_and_stays(self, ada, actors, runtime, up):
        connect(actors.ada, runtime, up)
        sent = edit_form(ada, who_asked_id="y", who_asked_id_header="Authorization")
        answer = ada.post_form("/providers/acme/edit", sent)
        assert answer.status_code == 422
        assert 'value="Authorization"' in answer.text
        assert "Choose another one." in words(answer)

    def test_a_name_that_is_not_sent_is_not_looked_at(self, ada, actors, runtime, up):
        connect(actors.ada, runtime, up)
        assert ada.post_form("/providers/acme/edit", edit_form(ada, who_asked_id_header="Host")).status_code == 302

    def test_two_people_at_once_overwrite_nothing_in_silence(self, ada, actors, runtime, up):
        connect(actors.ada, runtime, up)
        drawn = edit_form(ada)
        tell(actors, runtime, {"email": "X-Who"})
        answer = ada.post_form("/providers/acme/edit", drawn)
        assert answer.status_code == 409
        assert "Stored now: “X-Who”." in words(answer)
