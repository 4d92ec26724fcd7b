"""The chat's pages: for one person, with or without a script, as a stream or whole."""

import json
import re
import threading
from uuid import uuid4

import pytest
from sqlalchemy import event, text

from portal.domain.allowances import Kind
from portal.domain.budgets import DOLLAR
from portal.domain.chats import NO_MODEL
from portal.services.chat import answering, chats
from portal.store.base import db, transaction
from tests.allowing import allow
from tests.chatting import KEY, collect_events, connect, long_chat, send_message
from tests.conftest import CANARY
from tests.counting import TOGETHER
from tests.upstream import Upstream

ANSWER = "Rounding happens **three** times.\n\n```python\nx = 1\n```\n\nMove it to `settle`."


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=ANSWER) as up:
        yield up


@pytest.fixture
def model(runtime, actors, provider):
    return connect(runtime, actors.ada, provider.base_url)[0]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def new_chat(client) -> tuple[str, str]:
    """The address that the new-chat page sends to, and its client id."""
    page = client.get("/chat").get_data(as_text=True)
    return re.search(r'action="(/chat/[^"]+/turns)"', page)[1], field(page, "client_id")


def send(client, text="Where is rounding done?", **more):
    path, client_id = new_chat(client)
    return client.post_form(path, {"text": text, "client_id": client_id, "new": "yes", **more})


def frames_of(response) -> list[tuple[str, dict]]:
    found = []
    for block in response.get_data(as_text=True).split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


STREAM = {"Accept": "text/event-stream, application/json"}


def test_a_new_chat_offers_the_models_with_the_default_chosen(uma, runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "gpt-5.2-mini")
    page = uma.get("/chat").get_data(as_text=True)
    assert re.search(r'<option value="[^"]+" selected>\[Acme\] GPT-5.2</option>', page)
    assert "[Acme] GPT-5.2-MINI" in page


def test_without_a_script_a_message_is_sent_answered_and_read(uma, model):
    response = send(uma, model=str(model))
    assert response.status_code == 303
    page = uma.get(response.location).get_data(as_text=True)
    assert "Where is rounding done?" in page
    assert "<strong>three</strong>" in page
    assert '<span class="hl-mi">1</span>' in page
    assert "because this chat is set to it" in page
    assert "shared key" in page
    assert "acme / gpt-5.2" in page


def test_what_the_selector_showed_and_nobody_touched_is_no_choice(uma, runtime, actors, provider):
    first, second = connect(runtime, actors.ada, provider.base_url, "gpt-5.2", "gpt-5.2-mini")
    shown = re.search(r'name="shown_model" value="([^"]+)"', uma.get("/chat").text)[1]
    assert shown == str(first)
    page = uma.get(send(uma, model=str(first), shown_model=shown).location).text
    assert "because it is the default" in page
    assert f'name="shown_model" value="{first}"' in page, "the chat is set to nothing"
    page = uma.get(send(uma, model=str(second), shown_model=shown).location).text
    assert "because this chat is set to it" in page
    assert f'name="shown_model" value="{second}"' in page


def test_a_script_gets_the_answer_as_it_arrives(uma, model):
    response = send_stream(uma)
    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    assert response.headers["Cache-Control"] == "no-store"
    frames = frames_of(response)
    names = [name for name, _ in frames]
    assert (names[0], names[-1]) == ("begun", "ended")
    begun, ended = frames[0][1], frames[-1][1]
    assert "Where is rounding done?" in begun["html"]
    assert begun["title"] == "Where is rounding done?"
    drawn = "".join(data["done"] + data["open"] for name, data in frames if name == "part")
    assert drawn.startswith('<p dir="auto">Rounding')
    assert ended["state"] == "complete"
    assert "<strong>three</strong>" in ended["html"]


def send_stream(client, text="Where is rounding done?"):
    path, client_id = new_chat(client)
    data = {"csrf_token": client.csrf_token(), "text": text, "client_id": client_id, "new": "yes"}
    return client.post(path, data=data, headers=STREAM)


def test_sending_the_same_message_again_tells_how_it_stands(uma, model, provider):
    path, client_id = new_chat(uma)
    data = {"csrf_token": uma.csrf_token(), "text": "Hi", "client_id": client_id, "new": "yes"}
    first = frames_of(uma.post(path, data=data, headers=STREAM))
    second = frames_of(uma.post(path, data=data, headers=STREAM))
    assert [name for name, _ in second] == ["begun", "ended"]
    assert second[0][1]["turn"] == first[0][1]["turn"]
    assert second[1][1]["state"] == "complete"
    assert len(provider.requests) == 1


def test_what_a_model_writes_cannot_run_in_the_page(uma, runtime, actors):
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <img src=x onerror=alert(1)>"
    with Upstream.openai(key=KEY, answer=evil) as up:
        connect(runtime, actors.ada, up.base_url)
        for html in (
            send_stream(uma).get_data(as_text=True),
            uma.get(send(uma, "<img src=x onerror=alert(2)>").location).get_data(as_text=True),
        ):
            assert "<script>alert" not in html
            assert "<img" not in html
            assert 'href="javascript' not in html


def test_a_message_that_is_refused_is_not_lost(uma, model):
    text = "字" * 256_001
    response = send(uma, text)
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "256,001 characters; 256,000 fit" in page
    assert text in page
    refused = send_stream(uma, text)
    assert refused.status_code == 422
    assert refused.mimetype == "application/problem+json"
    assert "256,001" in refused.json["faults"]["text"]


def test_a_message_of_256000_characters_of_any_script_is_taken(uma, model, provider):
    text = "字" * 256_000
    assert send(uma, text).status_code == 303
    assert provider.requests[-1].json["messages"][-1]["content"] == text


def test_a_message_begins_as_it_was_typed(uma, model, provider):
    send(uma, "\r\n    indented\r\n  lines\r\n")
    assert provider.requests[-1].json["messages"][-1]["content"] == "    indented\n  lines"


def test_a_second_message_while_one_is_answered_is_409_and_kept_in_the_page(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "One?")
    data = {"csrf_token": uma.csrf_token(), "text": "Two?", "client_id": "2", "parent": str(sent.turn_id)}
    refused = uma.post(f"/chat/{sent.chat_id}/turns", data=data, headers=STREAM)
    assert refused.status_code == 409
    assert "still being written" in refused.json["detail"]
    page = uma.post_form(f"/chat/{sent.chat_id}/turns", data)
    assert page.status_code in (409, 422)
    assert "Two?" in page.get_data(as_text=True)


def test_a_provider_that_fails_leaves_the_question_a_fallback_and_ways_on(uma, ada, runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url, key=CANARY)
    connect(runtime, actors.ada, "http://127.0.0.1:9", "qwen3", name="rack")
    body = {"error": {"message": f"Slow down {CANARY}", "type": "rate_limit_error", "code": "rate_limit_exceeded"}}
    upstream.respond(429, json=body, headers={"retry-after": "20", "x-request-id": "req_5b0c7a"})
    page = uma.get(send(uma).location).get_data(as_text=True)
    assert "GPT-5.2 is busy just now." in page
    assert "Acme asks to wait 20 seconds." in page or "Acme asks to wait 19 seconds." in page
    assert "not an answer" in page
    assert "Send to QWEN3" in page
    assert "429 · request req_5b0c7a" in page
    assert "data-ready-at" in page
    assert "Where is rounding done?" in page
    assert CANARY not in page
    assert "What the provider said" not in page
    asked = len(upstream.requests)
    hers = ada.get(send(ada).location).get_data(as_text=True)
    assert "is busy just now." in hers
    assert len(upstream.requests) == asked, "it said to come back later, and was asked all the same"
    with transaction() as session:
        session.execute(text("UPDATE shared_keys SET rest_told = NULL"))
    hers = ada.get(send(ada).location).get_data(as_text=True)
    assert "What the provider said" in hers
    assert CANARY not in hers


def test_trying_again_answers_the_same_question(uma, runtime, actors, model, provider):
    provider.respond(500, json={"error": {"message": "boom"}}, times=1)
    location = send(uma).location
    page = uma.get(location).get_data(as_text=True)
    again = re.search(r'action="(/chat/[^"]+/attempts)"', page)[1]
    assert uma.post_form(again).status_code == 303
    page = uma.get(location).get_data(as_text=True)
    assert "<strong>three</strong>" in page
    assert "1 earlier attempt" in page
    streamed = uma.post(again, data={"csrf_token": uma.csrf_token()}, headers=STREAM)
    assert frames_of(streamed)[-1][1]["state"] == "complete"


def test_without_any_model_one_is_told_whom_to_ask(uma, ada):
    assert "Ask an administrator to publish one." in uma.get("/chat").get_data(as_text=True)
    page = uma.get(send(uma).location).get_data(as_text=True)
    assert "No model can be used right now. Ask an administrator" in page
    assert "Where is rounding done?" in page


def test_a_page_loaded_in_mid_answer_shows_the_part_and_follows(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "One?")
    events = answering.answer(actors.uma, runtime, sent)
    next(events)
    page = uma.get(f"/chat/{sent.chat_id}").get_data(as_text=True)
    assert f'data-running="/chat/{sent.chat_id}/attempts/{sent.attempt_id}"' in page
    assert re.search(r'formaction="[^"]+/stop"', page)
    standing = uma.get(f"/chat/{sent.chat_id}/attempts/{sent.attempt_id}", headers={"Accept": "application/json"})
    assert standing.json["running"] is True
    list(events)
    standing = uma.get(f"/chat/{sent.chat_id}/attempts/{sent.attempt_id}", headers={"Accept": "application/json"})
    assert (standing.json["running"], standing.json["state"]) == (False, "complete")
    assert "<strong>three</strong>" in standing.json["html"]


def test_stop_ends_an_answer_from_another_page(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "One?")
    response = uma.post_form(f"/chat/{sent.chat_id}/attempts/{sent.attempt_id}/stop", {})
    assert response.status_code == 302
    assert collect_events(actors.uma, runtime, sent)[-1].state in ("stopped", "complete")


def test_branches_are_walked_by_links(uma, runtime, actors, model):
    first = send_message(actors.uma, runtime, "one")
    collect_events(actors.uma, runtime, first)
    edited = send_message(actors.uma, runtime, "uno", first.chat_id, None)
    collect_events(actors.uma, runtime, edited)
    page = uma.get(f"/chat/{first.chat_id}").get_data(as_text=True)
    assert "2 of 2" in page
    other = re.search(r'href="([^"]+)" aria-label="The version before"', page)[1]
    assert ">one</div>" in uma.get(other).get_data(as_text=True)


def test_earlier_messages_are_a_click_away(uma, runtime, actors, model):
    chat_id = long_chat(actors.uma.id, 70)
    page = uma.get(f"/chat/{chat_id}").get_data(as_text=True)
    assert ">q39<" not in page
    assert ">q40<" in page
    earlier = re.search(r'href="([^"]+)">Show earlier messages', page)[1].replace("&amp;", "&")
    page = uma.get(earlier).get_data(as_text=True)
    assert ">q0<" in page
    assert "Show earlier" not in page


def test_the_page_asks_the_database_as_often_for_much_as_for_little(app, uma, runtime, actors, model):
    little, counted = long_chat(actors.uma.id, 2), []
    uma.get(f"/chat/{little}")  # the catalog is read once a version

    def count(*_args):
        if threading.current_thread().name not in TOGETHER:
            counted.append(1)

    event.listen(db.engine, "before_cursor_execute", count)
    uma.get(f"/chat/{little}")
    for_little = len(counted)
    much = long_chat(actors.uma.id, 120)
    for number in range(30):
        collect_events(actors.uma, runtime, send_message(actors.uma, runtime, f"Subject {number}"))
    counted.clear()
    assert uma.get(f"/chat/{much}?last=100").status_code == 200
    assert len(counted) == for_little < 20


def test_somebody_elses_chat_is_not_there(uma, ada, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Mine")
    base = f"/chat/{sent.chat_id}"
    attempt = f"{base}/attempts/{sent.attempt_id}"
    for path in (base, f"{base}/about", f"{base}/export.md", f"{base}/export.json", attempt):
        assert ada.get(path).status_code == 404, path
    message = {"text": "Hi", "client_id": "x", "new": "yes"}
    for path, data in (
        (f"{base}/turns", message),
        (f"{base}/turns/{sent.turn_id}/attempts", {}),
        (f"{attempt}/stop", {}),
        (f"{base}/about", {"title": "x"}),
        (f"{base}/shelf", {"shelf": "deleted"}),
        (f"{base}/title", {"title": "Mine now"}),
    ):
        assert ada.post_form(path, data).status_code == 404, path
    assert uma.get(f"/chat/{uuid4()}").status_code == 404


def test_eve_may_not_chat(eve, nobody):
    assert eve.get("/chat").status_code == 403
    assert eve.post_form(f"/chat/{uuid4()}/turns", {"text": "Hi", "client_id": "1", "new": "yes"}).status_code == 403
    assert nobody.get("/chat", headers={"Accept": "text/html"}).status_code == 302


def test_an_answer_that_ran_into_its_limit_says_so(uma, runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    frame = {"choices": [{"index": 0, "delta": {"content": "Half"}, "finish_reason": "length"}]}
    upstream.stream_sse([frame, "[DONE]"])
    assert "reached its length limit" in uma.get(send(uma).location).get_data(as_text=True)


def test_a_model_that_says_nothing_is_told_as_such(uma, runtime, actors, upstream):
    connect(runtime, actors.ada, upstream.base_url)
    upstream.stream_sse([{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, "[DONE]"])
    assert "GPT-5.2 sent no words." in uma.get(send(uma).location).get_data(as_text=True)


def test_sending_to_another_model_is_asking_for_it_by_name(uma, runtime, actors, provider, model):
    (other,) = connect(runtime, actors.ada, provider.base_url, "qwen3", name="rack")
    sent = send_message(actors.uma, runtime, "Hi")
    collect_events(actors.uma, runtime, sent)
    uma.post_form(f"/chat/{sent.chat_id}/turns/{sent.turn_id}/attempts", {"model": str(other)})
    page = uma.get(f"/chat/{sent.chat_id}").get_data(as_text=True)
    assert "because it was asked for by name" in page
    assert NO_MODEL not in page


def test_over_ones_limit_the_attempt_says_so_and_when_to_ask_again(uma, model, provider, actors, runtime):
    allow(runtime, Kind.USER, actors.uma.id, per_minute=1)
    send(uma, model=str(model))
    asked = len(provider.requests)
    page = uma.get(send(uma, "And where is it not?", model=str(model)).location).get_data(as_text=True)
    assert "you may send 1 request a minute" in page
    assert "And where is it not?" in page
    assert "data-ready-at" in page
    assert len(provider.requests) == asked


@pytest.mark.parametrize("headers", [STREAM, {}])
def test_a_budget_that_is_used_up_refuses_before_anything_is_kept_or_sent(uma, provider, actors, runtime, headers):
    (model,) = connect(runtime, actors.ada, provider.base_url, prices={"input": "1000000", "output": "1000000"})
    allow(runtime, Kind.USER, actors.uma.id, budget=DOLLAR)
    send(uma, model=str(model))
    asked = len(provider.requests)
    path, client_id = new_chat(uma)
    typed = {"text": "And where is it not?", "client_id": client_id, "new": "yes", "model": str(model)}
    refused = uma.post_form(path, typed, headers=headers)
    assert refused.status_code == 403
    told = refused.get_data(as_text=True)
    assert "spent, your own budget" in told
    assert headers or "And where is it not?" in told
    assert len(provider.requests) == asked
    assert len(list(chats.every_id(actors.uma))) == 1
