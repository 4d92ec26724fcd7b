"""Chats in files, in the browser's way: imported, shared, and everything at once."""

import io
import json
import zipfile
from base64 import b64encode

import pytest

from portal.domain.attempts import READER
from portal.services.chat import chats
from portal.services.overrides import gates
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream


@pytest.fixture
def talk(runtime, actors):
    with Upstream.openai(key=KEY, answer="Three times.") as up:
        connect(runtime, actors.ada, up.base_url)
        sent = send_message(actors.uma, runtime, "Where is rounding done?")
        collect_events(actors.uma, runtime, sent)
        yield sent.chat_id


def given(text: bytes, name: str = "chat.json"):
    return (io.BytesIO(text), name)


def test_what_was_exported_is_imported(uma, ada, runtime, actors, talk):
    taken = uma.get(f"/chat/{talk}/export.json?of=all").data
    answer = ada.post_form("/chat/import", {"files": [given(taken), given(taken, "again.json")]})
    assert answer.status_code == 302
    page = ada.get(answer.location).get_data(as_text=True)
    assert "2 chats are imported." in page
    assert "Three times." in page
    assert len(chats.list_for(actors.ada, runtime).talks) == 2


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"state": "fallback", "provider": "Acme"}, "Acme gave no answer."),
        ({"state": "fallback", "provider": "Acme", "category": "timeout"}, "Acme did not answer in time."),
        ({"state": "fallback", "category": "no_model"}, "The provider gave no answer."),
        ({"state": "incomplete", "category": "connect", "provider": "Acme"}, "Acme broke off before the end."),
        ({"state": "failed", "category": "no_model", "hint": "Ask <Ada>."}, "Ask &lt;Ada&gt;."),
        ({"state": "failed"}, "The portal could not write this answer."),
    ],
)
def test_a_chat_whose_answer_had_failed_is_shown_with_what_its_file_says_of_that(uma, answer, sentence):
    chat = {"turns": [{"id": "1", "text": "Where?", "attempts": [answer | {"text": "Nothing."}]}]}
    came = uma.post_form("/chat/import", {"files": [given(json.dumps(chat).encode())]})
    page = uma.get(came.location)
    assert page.status_code == 200
    assert sentence in page.text


def test_a_file_that_is_no_chat_is_named_beside_the_field(uma, actors, runtime):
    answer = uma.post_form("/chat/import", {"files": [given(b"# Notes", "<notes>.md")]})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "&lt;notes&gt;.md: This is no JSON file." in page
    nothing = uma.post_form("/chat/import", {})
    assert "Choose a file first" in nothing.get_data(as_text=True)
    assert chats.list_for(actors.uma, runtime).talks == ()


def test_a_file_that_does_not_come_in_is_named_and_the_chat_is_there(uma, actors, runtime):
    attached = [{"name": "<b>.png", "data": "AAAA"}, {"name": "notes.txt", "data": b64encode(b"words").decode()}]
    chat = {"title": "Rounding", "turns": [{"id": "1", "text": "Look", "attachments": attached, "attempts": []}]}
    other = {"title": "Tax", "turns": []}
    answer = uma.post_form("/chat/import", {"files": [given(json.dumps(one).encode()) for one in (chat, other)]})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "“&lt;b&gt;.png”: This is neither an image, nor a PDF" in page
    assert "Nothing is missing in it." in page
    (talk,) = [talk for talk in chats.list_for(actors.uma, runtime).talks if talk.title == "Rounding"]
    assert f"/chat/{talk.id}" in page
    (turn,) = chats.show(actors.uma, runtime, talk.id).turns
    assert [file.name for file in turn.attachments] == ["notes.txt"]


def test_whoever_writes_e_mails_at_random_waits(uma, runtime, actors, talk):
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)
    for _ in range(READER.free):
        uma.post_form(f"/chat/{talk}/share", {"email": "who@example.org"})
    paused = uma.post_form(f"/chat/{talk}/share", {"email": "ada@example.org"})
    assert paused.status_code == 429
    assert 0 < int(paused.headers["Retry-After"]) <= 60
    page = paused.get_data(as_text=True)
    assert "Too many e-mails that nobody here has. Wait " in page
    assert 'value="ada@example.org"' in page


def test_a_copy_is_given_read_copied_and_taken_back(uma, ada, eve, runtime, actors, talk):
    closed = uma.post_form(f"/chat/{talk}/share", {"email": "ada@example.org"})
    assert closed.status_code == 403
    assert "Sharing of chats is switched off" in ada.get("/chat/shared").get_data(as_text=True)
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)
    wrong = uma.post_form(f"/chat/{talk}/share", {"email": "who@example.org"})
    assert wrong.status_code == 422
    assert "Nobody here has this e-mail." in wrong.get_data(as_text=True)
    assert "who@example.org" in wrong.get_data(as_text=True)
    done = uma.post_form(f"/chat/{talk}/share", {"email": "ada@example.org"})
    about = uma.get(done.location).get_data(as_text=True)
    assert "Ada Marsh can read a copy" in about
    listed = ada.get("/chat/shared").get_data(as_text=True)
    address = listed.split('href="/chat/shared/')[1].split('"')[0]
    read = ada.get(f"/chat/shared/{address}").get_data(as_text=True)
    assert "Where is rounding done?" in read
    assert "Three times." in read
    assert eve.get(f"/chat/shared/{address}").status_code in (403, 404)
    copied = ada.post_form(f"/chat/shared/{address}/copy")
    assert "This is your own copy" in ada.get(copied.location).get_data(as_text=True)
    assert ada.post_form(f"/chat/shared/{address}/take-back").status_code == 404
    assert uma.post_form(f"/chat/shared/{address}/take-back").status_code == 302
    assert ada.get(f"/chat/shared/{address}").status_code == 404


def test_everything_one_has_is_one_file(uma, runtime, actors, talk):
    answer = uma.get("/profile/everything.zip")
    assert answer.headers["Content-Disposition"] == "attachment; filename=llm-portal-everything.zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        chat = json.loads(archive.read(next(name for name in names if name.startswith("chats/"))))
        used = [json.loads(line) for line in archive.read("usage.jsonl").splitlines()]
        account = json.loads(archive.read("account.json"))
    assert chat["turns"][0]["text"] == "Where is rounding done?"
    assert [row["model"] for row in used] == ["acme:gpt-5.2"]
    assert account["name"] == "Uma Ortiz"


def test_of_another_person_nothing_is_in_it(otto, talk):
    with zipfile.ZipFile(io.BytesIO(otto.get("/profile/everything.zip").data)) as archive:
        assert "rounding" not in "".join(archive.read(name).decode() for name in archive.namelist())
        assert not [name for name in archive.namelist() if name.startswith("chats/")]
