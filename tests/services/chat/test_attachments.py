"""Files in messages: what a provider gets of them, now and in later turns; they live and die with their chat."""

import base64
import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Invalid, NotFound
from portal.domain.shelves import DELETED, DELETED_FOR
from portal.services.chat import attachments, chats, export, fitting, sending, shelves
from portal.services.people import users
from portal.store import settings
from portal.store.attachments import AttachmentRecord, ContentRecord, PieceRecord
from portal.store.base import reading, transaction
from tests.attaching import attach, image, let_read, moving, pdf
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream

PICTURE = image(size=(30, 20))
PAPER = pdf("Rounding rules")


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="I see.") as up:
        yield up


@pytest.fixture
def model(runtime, actors, provider) -> UUID:
    return connect(runtime, actors.ada, provider.base_url)[0]


@pytest.fixture
def seeing(model) -> UUID:
    let_read(model, ["vision"])
    return model


def said(up: Upstream, number: int = -1) -> Any:
    return json.loads(up.requests[number].body)


def count(record) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def send(actors, runtime, *files, text="What is this?", **more):
    sent = send_message(actors.uma, runtime, text, attachments=tuple(file.id for file in files), **more)
    collect_events(actors.uma, runtime, sent)
    return sent


def delete_for_good(actors, runtime, chat_id: UUID) -> None:
    """Delete a chat, and let the time pass in which it can be brought back."""
    shelves.move(actors.uma, runtime, chat_id, DELETED)
    later = runtime.now() + DELETED_FOR * 2
    assert shelves.clear_away(replace(runtime, now=lambda: later)) == 1


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


TEXT = '<file name="notes.py">\nx = 1\n</file>\n\n'
DATA = b64(PICTURE)
SHAPES = {
    "openai_compatible": (
        "gpt-5.2",
        lambda body: body["messages"][-1]["content"],
        [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}},
            {"type": "text", "text": TEXT},
            {"type": "text", "text": '<file name="rules.pdf">\nRounding rules\n</file>\n\n'},
            {"type": "text", "text": "What is this?"},
        ],
    ),
    "openai": (
        "gpt-4o",
        lambda body: body["messages"][-1]["content"],
        [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}},
            {"type": "text", "text": TEXT},
            {
                "type": "file",
                "file": {"filename": "rules.pdf", "file_data": f"data:application/pdf;base64,{b64(PAPER)}"},
            },
            {"type": "text", "text": "What is this?"},
        ],
    ),
    "responses": (
        "gpt-5-pro",
        lambda body: body["input"][-1]["content"],
        [
            {"type": "input_image", "image_url": f"data:image/png;base64,{DATA}"},
            {"type": "input_text", "text": TEXT},
            {
                "type": "input_file",
                "filename": "rules.pdf",
                "file_data": f"data:application/pdf;base64,{b64(PAPER)}",
            },
            {"type": "input_text", "text": "What is this?"},
        ],
    ),
    "anthropic": (
        "claude-haiku-4-5",
        lambda body: [
            {name: value for name, value in block.items() if name != "cache_control"}
            for block in body["messages"][-1]["content"]
        ],
        [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}},
            {"type": "text", "text": TEXT},
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": b64(PAPER)},
                "title": "rules.pdf",
            },
            {"type": "text", "text": "What is this?"},
        ],
    ),
    "google": (
        "gemini-2.5-flash",
        lambda body: body["contents"][-1]["parts"],
        [
            {"inlineData": {"mimeType": "image/png", "data": DATA}},
            {"text": TEXT},
            {"inlineData": {"mimeType": "application/pdf", "data": b64(PAPER)}},
            {"text": "What is this?"},
        ],
    ),
    "bedrock": (
        "amazon.nova-lite-v1:0",
        lambda body: body["messages"][-1]["content"],
        [
            {"image": {"format": "png", "source": {"bytes": DATA}}},
            {"text": TEXT},
            {"document": {"format": "pdf", "name": "rules", "source": {"bytes": b64(PAPER)}}},
            {"text": "What is this?"},
        ],
    ),
}


@pytest.mark.parametrize("api", SHAPES)
def test_each_provider_gets_files_in_the_shape_of_its_api(runtime, actors, api):
    name, content_of, shape = SHAPES[api]
    with Upstream() as up:
        up.respond(401, json={"error": {"message": "no"}})
        type_ = "openai" if api == "responses" else api
        id = connect(runtime, actors.ada, up.base_url, name, type=type_)[0]
        let_read(id, ["vision"], ["input:pdf"])
        files = (
            attach(actors.uma, runtime, PICTURE, "a.png"),
            attach(actors.uma, runtime, b"x = 1", "notes.py"),
            attach(actors.uma, runtime, PAPER, "rules.pdf"),
        )
        send(actors, runtime, *files)
        asked = [request for request in up.requests if request.method == "POST"]
        assert content_of(json.loads(asked[0].body)) == shape


def test_files_are_sent_again_as_history_with_later_questions(runtime, actors, provider, seeing):
    first = send(actors, runtime, attach(actors.uma, runtime, PICTURE, "a.png"))
    send(actors, runtime, text="And now?", chat_id=first.chat_id, parent_id=first.turn_id)
    asked, answered, again = said(provider)["messages"]
    assert asked["content"][0]["image_url"]["url"] == f"data:image/png;base64,{DATA}"
    assert asked["content"][1]["text"] == "What is this?"
    assert (answered["content"], again["content"]) == ("I see.", "And now?")


def test_what_every_provider_takes_is_sent_in_the_place_of_what_moves_or_is_large(runtime, actors, provider, seeing):
    files = [
        attach(actors.uma, runtime, data, f"{number}.gif")
        for number, data in enumerate((moving(), image("WEBP"), image("JPEG", (3000, 1500))))
    ]
    send(actors, runtime, *files)
    urls = [part["image_url"]["url"][:22] for part in said(provider)["messages"][0]["content"][:3]]
    assert urls == ["data:image/jpeg;base64", "data:image/jpeg;base64", "data:image/jpeg;base64"]


def test_another_try_at_the_answer_sends_the_files_again(runtime, actors, provider, seeing):
    sent = send(actors, runtime, attach(actors.uma, runtime, PICTURE, "a.png"))
    again = sending.send_again(actors.uma, runtime, sent.chat_id, sent.turn_id)
    assert [file.name for file in again.begun.turn.attachments] == ["a.png"]
    collect_events(actors.uma, runtime, again)
    assert said(provider)["messages"] == said(provider, 0)["messages"]


def test_an_edited_message_keeps_its_files_and_the_content_stays_one(runtime, actors, provider, seeing):
    file = attach(actors.uma, runtime, PICTURE, "a.png")
    first = send(actors, runtime, file)
    second = send(actors, runtime, file, text="In other words?", chat_id=first.chat_id)
    view = chats.show(actors.uma, runtime, first.chat_id)
    assert [[kept.name for kept in turn.attachments] for turn in view.turns] == [["a.png"]]
    assert view.turns[0].id == second.turn_id
    assert view.turns[0].attachments[0].id != file.id
    assert (count(AttachmentRecord), count(ContentRecord)) == (2, 1)
    assert said(provider)["messages"][0]["content"][0]["type"] == "image_url"


class TestWhatDoesNotFit:
    def refused(self, actors, runtime, *files, **more) -> str:
        with pytest.raises(Invalid) as error:
            send_message(actors.uma, runtime, "Look", attachments=tuple(file.id for file in files), **more)
        return error.value.faults["attachment"]

    def test_a_model_without_eyes_names_those_that_have_them(self, runtime, actors, provider):
        _, second = connect(runtime, actors.ada, provider.base_url, "blind", "seer")
        let_read(second, ["vision"])
        file = attach(actors.uma, runtime, PICTURE)
        assert self.refused(actors, runtime, file) == "BLIND reads no images. Choose one that does: SEER."
        assert fitting.fitting(actors.uma, runtime, None, [file.id]) == [
            "BLIND reads no images. Choose one that does: SEER."
        ]
        assert fitting.fitting(actors.uma, runtime, None, [file.id], second) == []
        send_message(actors.uma, runtime, "Look", attachments=(file.id,), language_model_id=second)

    def test_nobody_sees(self, runtime, actors, model):
        said = self.refused(actors, runtime, attach(actors.uma, runtime, PICTURE))
        assert said == "GPT-5.2 reads no images. No model that you can use does."

    def test_a_model_that_sees_no_more_is_told_that_there_was_an_image(self, runtime, actors, provider, seeing):
        first = send(actors, runtime, attach(actors.uma, runtime, PICTURE, "a.png"))
        let_read(seeing)
        send(actors, runtime, text="And now?", chat_id=first.chat_id, parent_id=first.turn_id)
        told = "[The file “a.png” was attached here. You cannot see images.]\n\nWhat is this?"
        assert said(provider)["messages"][0]["content"] == told

    def test_what_is_longer_than_the_model_reads(self, runtime, actors, model):
        said = self.refused(actors, runtime, attach(actors.uma, runtime, b"word " * 100_000, "long.txt"))
        assert said == (
            "This is about 142,858 tokens, and GPT-5.2 reads 128,000 at most. "
            "Attach less, or choose a model that reads more."
        )

    def test_a_paper_of_pictures_needs_a_model_that_reads_papers(self, runtime, actors, model):
        file = attach(actors.uma, runtime, pdf(""), "scan.pdf")
        assert self.refused(actors, runtime, file).startswith(
            "“scan.pdf” holds no text, only pictures of it, and GPT-5.2"
        )

    def test_more_files_than_a_message_takes(self, runtime, actors, model):
        files = [attach(actors.uma, runtime, b"words") for _ in range(21)]
        assert self.refused(actors, runtime, *files) == "A message takes 20 files at most; these are 21."

    def test_more_than_a_chat_holds(self, runtime, actors, model):
        with transaction() as session:
            settings.put(session, attachments.SETTINGS["chat"], 1, runtime.now())
            settings.put(session, attachments.SETTINGS["file"], 2, runtime.now())
        files = [attach(actors.uma, runtime, image("PNG", (9, 9)) + bytes(1_100_000), "a.png")]
        let_read(model, ["vision"])
        told = "The files of one chat may have 1 MiB in all. Begin a new chat, or attach less."
        assert fitting.fitting(actors.uma, runtime, None, [files[0].id]) == [told]
        assert self.refused(actors, runtime, *files) == told
        assert count(AttachmentRecord) == 1

    def test_what_is_not_there_or_somebody_elses_or_of_another_chat(self, runtime, actors, model):
        gone = attach(actors.uma, runtime, b"words")
        attachments.remove(actors.uma, runtime, gone.id)
        theirs = attach(actors.otto, runtime, b"words")
        other = attach(actors.uma, runtime, b"words")
        send(actors, runtime, other)
        for file in (gone, theirs, other):
            assert self.refused(actors, runtime, file).startswith("A file of this message is not there any more.")


class TestEnds:
    def test_files_go_with_the_last_chat_that_uses_them(self, runtime, actors, seeing):
        one = send(actors, runtime, attach(actors.uma, runtime, PICTURE, "a.png"))
        two = send(actors, runtime, attach(actors.uma, runtime, PICTURE, "b.png"))
        theirs = attach(actors.otto, runtime, PICTURE, "c.png")
        delete_for_good(actors, runtime, one.chat_id)
        assert count(ContentRecord) == 2
        assert chats.show(actors.uma, runtime, two.chat_id).turns[0].attachments[0].name == "b.png"
        delete_for_good(actors, runtime, two.chat_id)
        assert (count(ContentRecord), count(AttachmentRecord)) == (1, 1)
        assert attachments.show(actors.otto, runtime, theirs.id).name == "c.png"

    def test_a_person_who_is_deleted_takes_their_files_along(self, runtime, actors, seeing):
        send(actors, runtime, attach(actors.uma, runtime, PICTURE, "a.png"))
        attach(actors.uma, runtime, b"not sent")
        users.remove(actors.ada, runtime, actors.uma.id)
        assert (count(ContentRecord), count(AttachmentRecord), count(PieceRecord)) == (0, 0, 0)

    def test_what_was_sent_cannot_be_taken_out(self, runtime, actors, seeing):
        file = attach(actors.uma, runtime, PICTURE)
        send(actors, runtime, file)
        with pytest.raises(NotFound):
            attachments.remove(actors.uma, runtime, file.id)


def test_an_export_names_the_files_and_holds_what_is_in_them(runtime, actors, seeing):
    large = PICTURE + b'"data": "content of\n' * 50_000
    files = (attach(actors.uma, runtime, PICTURE, "a.png"), attach(actors.uma, runtime, large, "large.png"))
    sent = send(actors, runtime, *files, text='"data": "content of x"')
    told = export.take(actors.uma, runtime, sent.chat_id, "json", export.Of.ALL)
    taken = json.loads("".join(export.written(actors.uma, runtime, told)))
    found = {file["name"]: base64.b64decode(file["data"]) for file in taken["turns"][0]["attachments"]}
    assert found == {"a.png": PICTURE, "large.png": large}
    assert taken["turns"][0]["attachments"][0]["media_type"] == "image/png"
    markdown = export.take(actors.uma, runtime, sent.chat_id, "md", export.Of.SHOWN).text
    assert "Attached: a.png (PNG, 30 × 20, " in markdown
    with pytest.raises(NotFound):
        export.take(actors.otto, runtime, sent.chat_id, "json", export.Of.ALL)


def test_the_same_message_sent_twice_attaches_once(runtime, actors, seeing):
    file, chat_id = attach(actors.uma, runtime, PICTURE), uuid4()
    message = sending.Message(chat_id, "Look", "one", new=True, attachments=(file.id,))
    first = sending.send(actors.uma, runtime, message)
    assert sending.send(actors.uma, runtime, message).turn_id == first.turn_id
    assert count(AttachmentRecord) == 1
