"""Runs of subagents on the chat's pages, with and without a script."""

import re
from uuid import uuid4

import pytest

from portal.services.chat import answering
from tests.chatting import KEY, collect_events, connect, send_message
from tests.services.explain.setting import pin
from tests.upstream import Upstream
from tests.web.asking import ask, words
from tests.web.test_answer_traffic import STREAM, traffic
from tests.web.test_chat import frames_of, new_chat


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="It is in `tax.py`.") as up:
        yield up


@pytest.fixture
def models(runtime, actors, provider):
    found = connect(runtime, actors.ada, provider.base_url, "large", "small")
    pin(runtime, "explore", found[1])
    return found


def card(page: str) -> str:
    found = re.search(r'<details class="run delegated" open data-run>.*</article>', page, re.DOTALL)
    assert found, "no card"
    return found[0]


def test_a_run_stands_in_a_card_with_who_answered_and_why(uma, models):
    run = ask(uma, "/explore where is <b>rounding</b> done?")
    page = uma.get(f"/chat/{run.chat_id}").text
    told = card(page)
    assert "<h2>Explore</h2>" in page
    assert "“where is &lt;b&gt;rounding&lt;/b&gt; done?”" in told
    assert re.search(r'run-by">SMALL · ', told)
    assert "tax.py</code>" in told
    assert "because your administrator pinned it" in told
    assert "acme / small" in told
    link = re.search(r'href="(/explain/me\?[^"]+)"', told)[1].replace("&amp;", "&")
    assert "context=explore" in link
    assert "SMALL, because" in words(uma.get(link))


def test_a_button_sends_what_was_typed_without_a_script(uma, models):
    page = uma.get("/chat").text
    assert re.findall(r'name="run" value="(\w+)"', page) == ["explore", "general"]
    assert ask(uma, "find it", run="explore").context == "explore"
    assert ask(uma, "find it", run="general").context == "general"
    assert ask(uma, "find it", run="compaction").context == "root"
    assert ask(uma, "/compaction find it").context == "root"


def test_a_command_with_nothing_behind_it_is_told_beside_the_field(uma, models):
    path, client_id = new_chat(uma)
    answer = uma.post_form(path, {"text": "/explore", "client_id": client_id, "new": "yes"})
    assert answer.status_code == 422
    assert "Write behind /explore what to find out." in answer.text
    assert ">/explore</textarea>" in answer.text
    streamed = uma.post_form(path, {"text": "/general ", "client_id": client_id, "new": "yes"}, headers=STREAM)
    assert streamed.json["faults"] == {"text": "Write behind /general what to do."}


def test_a_script_gets_the_card_from_the_first_frame_to_the_last(uma, models):
    path, client_id = new_chat(uma)
    form = {"text": "find it", "client_id": client_id, "new": "yes", "run": "explore"}
    frames = frames_of(uma.post_form(path, form, headers=STREAM))
    begun, ended = dict(frames)["begun"], dict(frames)["ended"]
    assert "data-live" in card(begun["html"])
    assert "/explore find it" in begun["html"]
    assert "tax.py</code>" in card(ended["html"])
    again = frames_of(uma.post_form(path, form, headers=STREAM))
    assert (len(again), card(again[-1][1]["html"]).count("tax.py")) == (2, card(ended["html"]).count("tax.py"))


def test_two_tabs_see_one_run_and_a_stop_in_either_ends_it(uma, ada, runtime, actors, models):
    sent = send_message(actors.uma, runtime, "/explore find it")
    events = answering.answer(actors.uma, runtime, sent)
    next(events)
    base = f"/chat/{sent.chat_id}"
    page = uma.get(base).text
    assert f'data-stop="{base}/attempts/{sent.attempt_id}/stop"' in page
    assert re.search(r'value="explore"[^>]* hidden>', page), "no second one while it runs"
    second = {"text": "/general x", "client_id": str(uuid4()), "parent": str(sent.turn_id)}
    answer = uma.post_form(f"{base}/turns", second)
    assert (answer.status_code, "/general x" in answer.text) == (422, True)
    for path in (base, f"{base}/attempts/{sent.attempt_id}"):
        assert ada.get(path).status_code == 404
    for path in (f"{base}/attempts/{sent.attempt_id}/stop", f"{base}/turns/{sent.turn_id}/attempts", f"{base}/turns"):
        assert ada.post_form(path, second).status_code == 404
    assert uma.post_form(f"{base}/attempts/{sent.attempt_id}/stop", {}).status_code == 302
    assert list(events)[-1].state in ("stopped", "complete")
    assert "data-running" not in uma.get(base).text


def test_a_run_asks_no_more_of_the_database_than_an_answer(uma, models):
    def statements(text: str) -> int:
        path, client_id = new_chat(uma)
        with traffic() as seen:
            uma.post_form(path, {"text": text, "client_id": client_id, "new": "yes"}, headers=STREAM).get_data()
        return len(seen.statements)

    statements("warm")
    assert statements("/explore find it") == statements("find it")


def test_a_run_is_searched_for_by_its_words(uma, runtime, actors, models):
    sent = send_message(actors.uma, runtime, "/explore the pelican")
    collect_events(actors.uma, runtime, sent)
    assert str(sent.chat_id) in uma.get("/chat?q=pelican").text
    assert "<mark>tax</mark>.py" in uma.get("/chat?q=tax").text
