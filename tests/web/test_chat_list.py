"""The list of one's chats: their names, where they stand, and searching them."""

import re

import pytest

from portal.services.chat import chats
from tests.chatting import KEY, collect_events, connect, long_chat, send_message
from tests.upstream import Upstream

ANSWER = "Rounding happens **three** times.\n\n```python\nx = 1\n```\n\nMove it to `settle`."


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer=ANSWER) as up:
        yield up


@pytest.fixture
def model(runtime, actors, provider):
    return connect(runtime, actors.ada, provider.base_url)[0]


def test_a_chat_is_renamed_exported_and_deleted(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Rounding & <money>", system_prompt="Be brief.")
    collect_events(actors.uma, runtime, sent)
    assert uma.post_form(f"/chat/{sent.chat_id}/about", {"title": "", "system_prompt": "x"}).status_code == 422
    saved = uma.save_form(f"/chat/{sent.chat_id}/about", {"title": "Rounding: plan/2", "system_prompt": "Be brief."})
    assert saved.status_code == 302
    markdown = uma.get(f"/chat/{sent.chat_id}/export.md")
    assert markdown.headers["Content-Disposition"] == "attachment; filename=Rounding-plan-2.md"
    text = markdown.get_data(as_text=True)
    assert text.startswith("# Rounding: plan/2\n\n## System prompt\n\nBe brief.")
    assert "Rounding & <money>" in text
    assert ANSWER in text
    taken = uma.get(f"/chat/{sent.chat_id}/export.json").json
    assert taken["turns"][0]["attempts"][0]["model"] == "acme:gpt-5.2"
    assert taken["turns"][0]["attempts"][0]["trail"][-1]["outcome"] == "chosen"
    deleted = uma.post_form(f"/chat/{sent.chat_id}/shelf", {"shelf": "deleted", "before": "open"})
    assert deleted.status_code == 302
    assert "is deleted" in uma.get(deleted.location).get_data(as_text=True)
    assert uma.get(f"/chat/{sent.chat_id}").status_code == 404


def test_a_deleted_chat_comes_back_by_undo_and_stands_where_it_stood(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Rounding")
    chat = f"/chat/{sent.chat_id}"
    assert uma.post_form(f"{chat}/shelf", {"shelf": "pinned"}).status_code == 302
    page = uma.get("/chat").get_data(as_text=True)
    assert "<h2>Pinned</h2>" in page
    deleted = uma.post_form(f"{chat}/shelf", {"shelf": "deleted", "before": "pinned"})
    page = uma.get(deleted.location).get_data(as_text=True)
    assert "“Rounding” is deleted. It can be brought back for an hour." in page
    assert f'action="{chat}/shelf"' in page
    assert uma.get(chat).status_code == 404
    assert uma.post_form(f"{chat}/shelf", {"shelf": "pinned"}).status_code == 302
    assert "<h2>Pinned</h2>" in uma.get(chat).get_data(as_text=True)


def test_an_archived_chat_stands_in_the_archive(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Rounding")
    uma.post_form(f"/chat/{sent.chat_id}/shelf", {"shelf": "archived"})
    assert "“Rounding” is in the archive." in uma.get("/chat").get_data(as_text=True)
    assert "Rounding" not in uma.get("/chat").get_data(as_text=True)
    assert "Rounding" in uma.get("/chat?shelf=archived").get_data(as_text=True)
    found = uma.get("/chat?q=rounding").get_data(as_text=True)
    assert "archived</span>" in found


def test_a_chat_is_renamed_in_place_and_a_name_that_cannot_be_is_told(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Rounding")
    url, json = f"/chat/{sent.chat_id}/title", {"Accept": "application/json"}
    assert uma.post_form(url, {"title": "  Cents  "}, headers=json).json == {"title": "Cents"}
    told = uma.post_form(url, {"title": "x" * 300}, headers=json)
    assert (told.status_code, told.json["faults"]["title"]) == (422, "This name is too long; 200 characters fit.")
    page = uma.post_form(url, {"title": "y" * 300})
    assert page.status_code == 422
    assert "y" * 300 in page.get_data(as_text=True)
    assert "This name is too long" in page.get_data(as_text=True)


def test_a_search_shows_the_place_and_leads_to_it(uma, runtime, actors, model):
    sent = send_message(actors.uma, runtime, "Where does the <b>total</b> drift?")
    collect_events(actors.uma, runtime, sent)
    page = uma.get("/chat?q=tot").get_data(as_text=True)
    assert "Where does the &lt;b&gt;<mark>total</mark>" in page
    assert f"turn={sent.turn_id}#turn-{sent.turn_id}" in page
    assert uma.get(f"/chat/{sent.chat_id}?q=tot&turn={sent.turn_id}").status_code == 200
    assert "No chat has all of “nowhere”" in uma.get("/chat?q=nowhere").get_data(as_text=True)


def test_the_turn_that_a_search_leads_to_is_on_the_page_however_long_the_chat(uma, runtime, actors, model):
    chat_id = long_chat(actors.uma.id, 80)
    first = chats.show(actors.uma, runtime, chat_id, last=80).turns[3].id
    page = uma.get(f"/chat/{chat_id}?turn={first}").get_data(as_text=True)
    assert f'id="turn-{first}"' in page
    assert ">q79<" in page


def test_the_list_is_searched_and_paged_on_the_server(uma, runtime, actors, model):
    for number in range(45):
        collect_events(actors.uma, runtime, send_message(actors.uma, runtime, f"Subject {number:02}"))
    page = uma.get("/chat").get_data(as_text=True)
    assert "Subject 44" in page
    assert "Subject 04<" not in page
    older = re.search(r'href="([^"]+)">Older chats', page)[1].replace("&amp;", "&")
    assert "Subject 04<" in uma.get(older).get_data(as_text=True)
    found = uma.get("/chat?q=subject+07").get_data(as_text=True)
    assert "Subject 07<" in found
    assert "Subject 08<" not in found
    assert "No chat has all of “zebra”" in uma.get("/chat?q=zebra").get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["before=nonsense", "turn=nonsense", "last=nonsense", "last=-5", "before=2026-01-01_x"]
)
def test_an_address_that_was_fiddled_with_is_no_fault(uma, runtime, actors, model, query):
    sent = send_message(actors.uma, runtime, "Hi")
    assert uma.get(f"/chat/{sent.chat_id}?{query}").status_code == 200
