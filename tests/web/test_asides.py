"""What is made beside a chat, on its page: its name comes by itself, a summary is a thin line that can be undone."""

import re
from html import unescape
from uuid import uuid4

import pytest

from portal.services.chat import compaction
from portal.store.base import transaction
from portal.store.compactions import CompactionRecord
from portal.store.language_models import LanguageModelRecord
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream
from tests.web.test_chat import STREAM, frames_of, new_chat

SUMMARY = "They want **one** place <script>alert(1)</script>"


def answered(wish) -> str:
    system = wish["messages"][0]["content"]
    return (
        SUMMARY if system.startswith("You summarise") else "Rounding" if system.startswith("You name") else "sum " * 99
    )


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=answered) as up:
        yield up


@pytest.fixture
def long(uma, runtime, actors, provider):
    """A chat of four exchanges; the address of its page."""
    (model_id,) = connect(runtime, actors.ada, provider.base_url, prices={"input": "1", "output": "2"})
    with transaction() as session:
        session.get_one(LanguageModelRecord, model_id).context_limit = 2_000
    chat_id = parent = None
    for number in range(4):
        sent = send_message(actors.uma, runtime, f"Question {number}?", chat_id, parent)
        collect_events(actors.uma, runtime, sent)
        chat_id, parent = sent.chat_id, sent.turn_id
    return f"/chat/{chat_id}"


def page_of(client, path: str) -> str:
    return unescape(client.get(path).get_data(as_text=True))


def percent(page: str) -> int:
    return int(re.search(r"Context used: (\d+) %", page)[1])


def test_the_page_is_told_that_a_name_follows_and_finds_it(uma, runtime, actors, provider, follows):
    connect(runtime, actors.ada, provider.base_url)
    path, client_id = new_chat(uma)
    sent = {"text": "Where is rounding done?", "client_id": client_id, "new": "yes"}
    frames = dict(frames_of(uma.post_form(path, sent, headers=STREAM)))
    assert frames["begun"]["title"] == "Where is rounding done?"
    assert frames["ended"]["follows"] is True
    follows()
    told = uma.get(frames["ended"]["asides"]).get_json()
    assert told == {"title": "Rounding", "pending": False, "lines": [], "use": ""}
    assert "<title>Rounding" in page_of(uma, frames["begun"]["url"])
    parent = frames["begun"]["turn"]
    again = {"text": "And?", "client_id": "c2", "parent": parent}
    frames = dict(frames_of(uma.post_form(path, again, headers=STREAM)))
    assert (frames["begun"]["title"], frames["ended"]["follows"]) == ("Rounding", False)


def test_compact_now_draws_a_line_that_opens_to_the_summary_and_can_be_undone(uma, long):
    before = page_of(uma, long)
    assert "Compact now" in before
    response = uma.post_form(f"{long}/compact", {})
    assert (response.status_code, response.location) == (303, long)
    page = page_of(uma, long)
    assert "The older part of this chat is summarised." in page
    assert "6 earlier messages are summarised; the model reads the summary, you can read all" in page
    assert "They want <strong>one</strong> place" in page
    assert "<script>alert" not in uma.get(long).text
    assert "You asked for it." in page
    line = page[page.index('class="compaction"') : page.index("</details>", page.index('class="compaction"'))]
    assert all(fact in line for fact in ("GPT-5.2", "shared key", "tokens", "$0.0", "Undo"))
    assert page.index("Question 2?") < page.index('class="compaction"') < page.index("Question 3?")
    assert percent(page) < percent(before)
    undo = re.search(r'action="([^"]+/undo)"', page)[1]
    assert uma.post_form(undo, {}).status_code == 303
    page = page_of(uma, long)
    assert "A summary of 6 earlier messages is undone; the model reads the messages" in page
    assert percent(page) == percent(before)
    assert uma.post_form(re.search(r'action="([^"]+/again)"', page)[1], {}).status_code == 303
    assert "6 earlier messages are summarised" in page_of(uma, long)


def test_what_the_page_looks_for_is_drawn_as_the_page_draws_it(uma, runtime, actors, long):
    uma.post_form(f"{long}/compact", {})
    told = uma.get(f"{long}/asides").get_json()
    (line,) = told["lines"]
    assert f'id="compaction-{line["id"]}"' in line["html"]
    assert f'id="answer-{line["turn"]}"' in page_of(uma, long)
    assert "context-use" in told["use"]


def test_a_summary_that_did_not_come_says_why_and_what_to_do(uma, provider, long):
    provider.respond(500, json={"error": {"message": f"boom {KEY}"}}, times=1)
    uma.post_form(f"{long}/compact", {})
    page = page_of(uma, long)
    assert "The older part of this chat could not be summarised. " in page
    assert "Earlier messages could not be summarised" in page
    assert "Choose a model that can read more, summarise this chat" in page
    assert KEY not in page
    uma.post_form(f"{long}/compact", {})
    assert "could not be summarised" not in page_of(uma, long)


def test_there_is_nothing_to_summarise_in_a_chat_of_one_exchange(uma, runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    sent = send_message(actors.uma, runtime, "One?")
    collect_events(actors.uma, runtime, sent)
    uma.post_form(f"/chat/{sent.chat_id}/compact", {})
    assert compaction.NOTHING in page_of(uma, f"/chat/{sent.chat_id}")


def test_a_chat_that_is_too_long_says_what_to_do(uma, runtime, actors, provider):
    connect(runtime, actors.ada, provider.base_url)
    refusal = {"error": {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}}
    provider.respond(400, json=refusal)
    sent = send_message(actors.uma, runtime, "One?")
    collect_events(actors.uma, runtime, sent)
    page = page_of(uma, f"/chat/{sent.chat_id}")
    assert "This conversation is longer than GPT-5.2 can read." in page
    assert "summarise this chat (Compact now, in its menu), or begin a new one." in page


def test_another_persons_chat_is_not_there(uma, ada, long):
    uma.post_form(f"{long}/compact", {})
    undo = re.search(r'action="([^"]+/undo)"', page_of(uma, long))[1]
    assert ada.get(f"{long}/asides").status_code == 404
    for path in (f"{long}/compact", undo, undo.replace("/undo", "/again")):
        assert ada.post_form(path, {}).status_code == 404
    assert uma.post_form(f"{long}/compactions/{uuid4()}/undo", {}).status_code == 404
    with transaction() as session:
        assert session.query(CompactionRecord).one().undone_at is None
