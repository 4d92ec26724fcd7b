"""Chats through the API: sent, streamed, branched, found, kept, taken away and brought in; nobody else's is there."""

import base64
import json
import threading
from uuid import UUID, uuid4

import pytest

from portal.domain.attempts import READER
from portal.services.access_tokens import own_tokens
from portal.services.chat import sharing
from portal.services.overrides import gates
from portal.services.people import users
from portal.web.api.routes import OPERATIONS
from tests.attaching import attach, image
from tests.chatting import connect
from tests.conftest import Actors
from tests.web.api.calling import ask, every
from tests.web.asking import HELLO, chats
from tests.web.gateway.callers import Tool, token
from tests.web.test_other_peoples import summary_of


@pytest.fixture
def uma_tool(app, runtime, upstream) -> Tool:
    """Uma's tool, and a provider that says hello."""
    upstream.stream_sse(HELLO)
    connect(runtime, Actors.ada, upstream.base_url)
    return Tool(app, token(Actors.uma, runtime))


def begin(tool: Tool, text: str = "Where is the garden?", **more: object) -> dict:
    """A new chat; how its first question stands when it is answered."""
    answer = ask(tool, "POST", f"/chats/{uuid4()}/turns", {"text": text, "new": True, **more})
    assert answer.status_code == 201, answer.text
    return answer.json


def test_a_message_sent_twice_is_one_message_and_opens_one_chat(uma_tool, upstream):
    chat = uuid4()
    body = {"text": "Where is the garden?", "new": True, "client_id": "a-1", "system_prompt": "Be brief."}
    first, again = (ask(uma_tool, "POST", f"/chats/{chat}/turns", body) for _ in range(2))

    assert [first.status_code, again.status_code] == [201, 201]
    assert first.json["attempt"] == again.json["attempt"]
    attempt = first.json["turn"]["attempts"][0]
    assert (attempt["state"], attempt["text"], attempt["model"]) == ("complete", "Hello.", "acme:gpt-5.2")
    assert attempt["trail"]
    assert len(chats(upstream)) == 1
    read = ask(uma_tool, "GET", f"/chats/{chat}")
    assert (read.json["system_prompt"], len(read.json["turns"])) == ("Be brief.", 1)


def test_an_answer_is_read_as_it_is_written(uma_tool):
    answer = ask(uma_tool, "POST", f"/chats/{uuid4()}/turns/stream", {"text": "Hello?", "new": True})

    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    events = [part.split("\n", 1) for part in answer.text.split("\n\n") if part.startswith("event: ")]
    names = [name.removeprefix("event: ") for name, _ in events]
    told = [json.loads(data.removeprefix("data: ")) for _, data in events]
    assert (names[0], names[-1], set(names[1:-1])) == ("begun", "ended", {"text"})
    assert told[0]["turn"]["attempts"][0]["state"] == "streaming"
    assert "".join(piece["text"] for piece in told[1:-1]) == "Hello."
    assert told[-1]["turn"]["attempts"][0]["state"] == "complete"


def test_who_leaves_while_it_is_written_finds_the_whole_answer(app, uma_tool, upstream):
    response = app.test_client().post(
        f"/api/v1/chats/{uuid4()}/turns/stream",
        json={"text": "Hello?", "new": True},
        headers=uma_tool._headers,
        buffered=False,
    )
    begun = json.loads(next(response.iter_encoded()).decode().split("data: ")[1])
    response.close()
    for thread in threading.enumerate():
        if thread.name == "unread-answer":
            thread.join()
    path = f"/chats/{begun['chat']}/attempts/{begun['attempt']}"
    assert ask(uma_tool, "GET", path).json["turn"]["attempts"][0]["state"] == "complete"


def test_a_message_follows_the_last_one_or_is_another_version(uma_tool):
    begun = begin(uma_tool)
    path = f"/chats/{begun['chat']}"
    follows = ask(uma_tool, "POST", f"{path}/turns", {"text": "And the gate?"}).json
    assert follows["turn"]["parent"] == begun["turn"]["id"]
    other = ask(uma_tool, "POST", f"{path}/turns", {"text": "Where is the shed?", "parent": None}).json
    assert set(other["turn"]["versions"]) == {begun["turn"]["id"], other["turn"]["id"]}
    shown = ask(uma_tool, "GET", path).json
    assert [turn["id"] for turn in shown["turns"]] == [other["turn"]["id"]]
    branch = ask(uma_tool, "GET", f"{path}?turn={begun['turn']['id']}").json
    assert [turn["id"] for turn in branch["turns"]] == [begun["turn"]["id"], follows["turn"]["id"]]


def test_of_two_answers_one_is_picked(uma_tool):
    begun = begin(uma_tool)
    path = f"/chats/{begun['chat']}/turns/{begun['turn']['id']}"
    again = ask(uma_tool, "POST", f"{path}/attempts", {"beside": True})
    assert (again.status_code, len(again.json["turn"]["attempts"])) == (201, 2)
    for _ in range(2):
        picked = ask(uma_tool, "PUT", f"{path}/picked", {"attempt": begun["attempt"]})
        assert (picked.status_code, picked.json["answer"]) == (200, begun["attempt"])
    streamed = ask(uma_tool, "POST", f"{path}/attempts/stream", {})
    assert "event: ended" in streamed.text
    stopped = ask(uma_tool, "POST", f"/chats/{begun['chat']}/attempts/{again.json['attempt']}/stop")
    assert stopped.json["turn"]["attempts"][1]["state"] == "complete"  # it had ended


def test_chats_are_listed_by_page_and_found_by_their_words(uma_tool, runtime):
    sent = [begin(uma_tool, f"Question {number} of gardens")["chat"] for number in range(3)]
    assert [line["id"] for line in every(uma_tool, "/chats")] == sent[::-1]
    found = every(uma_tool, "/chats?q=question+1")
    assert [(line["id"], line["found"]["word"].lower()) for line in found] == [(sent[1], "question")]
    assert ask(uma_tool, "PUT", f"/chats/{sent[0]}/shelf", {"shelf": "archived"}).status_code == 200
    assert [line["id"] for line in every(uma_tool, "/chats?shelf=archived")] == [sent[0]]
    assert ask(uma_tool, "GET", "/chats?cursor=odd").status_code == 422


def test_a_chat_is_renamed_in_one_version_and_deleted_for_an_hour(uma_tool, uma):
    begun = begin(uma_tool)
    path = f"/chats/{begun['chat']}"
    old = ask(uma_tool, "GET", path).headers["ETag"]
    assert ask(uma_tool, "PATCH", path, {"title": "Mine"}).status_code == 428
    assert uma.post_form(f"/chat/{begun['chat']}/title", {"title": "By page"}).status_code == 302
    late = ask(uma_tool, "PATCH", path, {"title": "By API"}, If_Match=old)
    assert (late.status_code, [fault["pointer"] for fault in late.json["errors"]]) == (409, ["/title"])
    renamed = ask(uma_tool, "PATCH", path, {"title": "By API"}, If_Match=late.headers["ETag"])
    assert renamed.json["title"] == "By API"
    assert [ask(uma_tool, "DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert ask(uma_tool, "GET", path).status_code == 404
    assert ask(uma_tool, "PUT", f"{path}/shelf", {"shelf": "open"}).json["title"] == "By API"
    assert ask(uma_tool, "GET", path).status_code == 200


def test_what_is_taken_away_is_brought_in_as_it_was(uma_tool):
    begun = begin(uma_tool)
    path = f"/chats/{begun['chat']}"
    ask(uma_tool, "POST", f"{path}/turns", {"text": "Another version", "parent": None})
    assert "Another version" in ask(uma_tool, "GET", f"{path}/export.md").text
    taken = ask(uma_tool, "GET", f"{path}/export.json?of=all")
    assert len(taken.json["turns"]) == 2
    made = ask(uma_tool, "POST", "/chats/import", taken.json)
    assert made.status_code == 201
    again = ask(uma_tool, "GET", f"/chats/{made.json['id']}/export.json?of=all").json
    assert [turn["text"] for turn in again["turns"]] == [turn["text"] for turn in taken.json["turns"]]
    refused = ask(uma_tool, "POST", "/chats/import", {"turns": [{"text": ""}]})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "")


def test_a_file_goes_with_a_message(uma_tool, upstream):
    content = base64.b64encode(b"a,b\n1,2\n").decode()
    file = ask(uma_tool, "POST", "/attachments", {"name": "numbers.csv", "data": content})
    assert (file.status_code, file.json["kind"], file.json["size"]) == (201, "text", 8)
    begun = begin(uma_tool, "Add these", attachments=[file.json["id"]])
    assert [one["name"] for one in begun["turn"]["attachments"]] == ["numbers.csv"]
    assert "1,2" in json.dumps(chats(upstream)[0].json)
    odd = ask(uma_tool, "POST", "/attachments", {"name": "a.csv", "data": "not base64!"})
    assert [fault["pointer"] for fault in odd.json["errors"]] == ["/data"]
    unknown = ask(
        uma_tool, "POST", f"/chats/{uuid4()}/turns", {"text": "x", "new": True, "attachments": [str(uuid4())]}
    )
    assert (unknown.status_code, unknown.json["errors"][0]["pointer"]) == (422, "/attachments")


def test_every_field_of_a_message_at_fault_is_named(uma_tool):
    body = {"text": " ", "new": True, "effort": "odd", "system_prompt": "x" * 70_000}
    refused = ask(uma_tool, "POST", f"/chats/{uuid4()}/turns", body)
    assert refused.status_code == 422
    assert {fault["pointer"] for fault in refused.json["errors"]} == {"/text", "/effort", "/system_prompt"}
    unknown = ask(uma_tool, "POST", f"/chats/{uuid4()}/turns", {"text": "x", "new": True, "model": "no:such"})
    assert [fault["pointer"] for fault in unknown.json["errors"]] == ["/model"]


def test_whoever_writes_e_mails_at_random_waits(runtime, uma_tool):
    path = f"/chats/{begin(uma_tool)['chat']}/copies"
    gates.turn(Actors.ada, runtime, "chat_sharing", on=True)
    for _ in range(READER.free):
        assert ask(uma_tool, "POST", path, {"email": "who@example.org"}).json["code"] == "invalid"
    paused = ask(uma_tool, "POST", path, {"email": "ada@example.org"})
    assert (paused.status_code, paused.json["code"]) == (429, "too_many")
    assert 0 < int(paused.headers["Retry-After"]) <= 60


def test_a_copy_is_given_read_gone_on_with_and_taken_back(app, runtime, uma_tool):
    begun = begin(uma_tool)
    path = f"/chats/{begun['chat']}/copies"
    body = {"email": "ada@example.org"}
    assert ask(uma_tool, "POST", path, body).json["code"] == "denied"  # the gate is shut
    gates.turn(Actors.ada, runtime, "chat_sharing", on=True)
    given = ask(uma_tool, "POST", path, body)
    assert (given.status_code, given.json["person"]) == (201, "Ada Marsh")
    assert [line["id"] for line in every(uma_tool, path)] == [given.json["id"]]
    ada = Tool(app, token(Actors.ada, runtime))
    assert [line["id"] for line in every(ada, "/copies")] == [given.json["id"]]
    copy = f"/copies/{given.json['id']}"
    assert ask(ada, "GET", copy).json["turns"][0]["answers"][0]["text"] == "Hello."
    made = ask(ada, "POST", f"{copy}/chat")
    assert ask(ada, "GET", f"/chats/{made.json['id']}").status_code == 200
    assert ask(ada, "DELETE", copy).status_code == 404  # whoever was given it takes nothing back
    assert ask(uma_tool, "DELETE", copy).status_code == 204
    assert ask(ada, "GET", copy).status_code == 404


OWNED = {"chat_id", "turn_id", "attempt_id", "attachment_id", "token_id", "copy_id", "summary_id"}
"""Parameters of paths that name what one person has."""

BODIES = {
    "/chats/{chat_id}/turns": {"text": "And now?"},
    "/chats/{chat_id}/turns/stream": {"text": "And now?"},
    "/chats/{chat_id}/turns/{turn_id}/attempts": {},
    "/chats/{chat_id}/turns/{turn_id}/attempts/stream": {},
    "/chats/{chat_id}/turns/{turn_id}/picked": {"attempt": str(uuid4())},
    "/chats/{chat_id}/summaries/{summary_id}": {"in_effect": False},
    "/chats/{chat_id}/shelf": {"shelf": "pinned"},
    "/chats/{chat_id}/copies": {"email": "otto@example.org"},
    "/chats/{chat_id}": {"title": "Mine now"},
    "/me/tokens/{token_id}/replace": {"hours": 1},
}


def test_what_one_person_has_is_not_there_for_another_at_any_endpoint(app, runtime, uma_tool):
    begun = begin(uma_tool)
    gates.turn(Actors.ada, runtime, "chat_sharing", on=True)
    hers = {
        "chat_id": begun["chat"],
        "turn_id": begun["turn"]["id"],
        "attempt_id": begun["attempt"],
        "summary_id": summary_of(UUID(begun["chat"]), UUID(begun["turn"]["id"])),
        "attachment_id": attach(Actors.uma, runtime, image(), "garden.png").id,
        "token_id": own_tokens.create(Actors.uma, runtime, "CI", ["chat.use"]).id,
        "copy_id": sharing.give(Actors.uma, runtime, UUID(begun["chat"]), "otto@example.org")[0],
    }
    asked = [one for one in OPERATIONS if one.parameters.keys() & OWNED and "user_id" not in one.parameters]
    assert set().union(*(one.parameters for one in asked)) <= OWNED
    before = ask(uma_tool, "GET", f"/chats/{begun['chat']}").json
    ada = Tool(app, token(Actors.ada, runtime, "chat.use", "access_token.use"))
    mine = begin(ada, "A question of my own")
    own = {"chat_id": mine["chat"]}
    for one in asked:
        # All that is hers; and her turn or answer under a chat of one's own.
        for chat in ({}, own) if one.parameters.keys() - {"chat_id"} else ({},):
            nothing = {name: uuid4() for name in hers}
            paths = [one.path.format(**ids | chat) for ids in (hers, nothing)]
            path = paths[0]
            answers = [ask(ada, one.method, each, BODIES.get(one.path), If_Match="*") for each in paths]
            assert [answer.status_code for answer in answers] == [404, 404], f"{one.method} {path}"
            assert answers[0].json["detail"] == answers[1].json["detail"]
    assert ask(uma_tool, "GET", f"/chats/{begun['chat']}").json == before


def test_a_budget_that_is_used_up_has_a_code_of_its_own(app, runtime, uma_tool):
    ada = Tool(app, token(Actors.ada, runtime, "settings.edit"))
    put = ask(ada, "PUT", f"/allowances/user/{Actors.uma.id}", {"budget": "0"}, If_Match="*")
    assert put.status_code == 200, put.text
    refused = ask(uma_tool, "POST", f"/chats/{uuid4()}/turns", {"text": "x", "new": True})
    assert (refused.status_code, refused.json["code"]) == (403, "budget_reached")
    assert ask(uma_tool, "GET", "/me/budgets").json["data"][0]["amount"] == "0"
    assert [ask(uma_tool, "DELETE", "/me/budgets/notices").status_code for _ in range(2)] == [204, 204]
    users.disable(Actors.ada, runtime, Actors.uma.id)
    assert ask(uma_tool, "GET", "/me/budgets").status_code == 401


def test_ai_switched_off_is_said_and_nothing_is_lost(app, runtime, uma_tool):
    gates.turn(Actors.ada, runtime, "ai", on=False)
    chat = uuid4()
    refused = ask(uma_tool, "POST", f"/chats/{chat}/turns/stream", {"text": "x", "new": True})
    assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
    assert ask(uma_tool, "GET", f"/chats/{chat}").status_code == 404
