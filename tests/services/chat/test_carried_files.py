"""Files that were attached in a chat come back with it, through what an upload goes through, or are named."""

import io
import json
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Invalid, NotFound, Overloaded
from portal.domain.shelves import DELETED
from portal.services.chat import attachments, chats, export, importing, shelves, uploads
from portal.services.chat.export import Of
from portal.services.chat.importing import MOST_TAKEN_IN, NO_CONTENT, TOO_MANY, GivenFile, LeftOut
from portal.services.chat.shelves import DELETED_FOR
from portal.services.chat.uploads import Bench
from portal.store import settings
from portal.store.attachments import AttachmentRecord, ContentRecord
from portal.store.base import reading, transaction
from tests.attaching import attach, image, let_read, locked_pdf, pdf
from tests.chatting import KEY, collect_events, connect, send_message
from tests.upstream import Upstream

PICTURE, PAPER, NOTES = image(size=(300, 200)) + bytes(900_000), pdf("Rounding", "Tax"), b"x = 1\n" * 100


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="I see.") as up:
        yield up


@pytest.fixture
def talk(runtime, actors, provider):
    """Two questions with files, one of them in both; one question is asked in two ways."""
    (model_id,) = connect(runtime, actors.ada, provider.base_url)
    let_read(model_id, ["vision"])
    files = [attach(actors.uma, runtime, PICTURE, "räume.png"), attach(actors.uma, runtime, PAPER, "rules.pdf")]
    sent = send_message(actors.uma, runtime, "Look", attachments=tuple(file.id for file in files))
    collect_events(actors.uma, runtime, sent)
    for words in ("And this?", "And that?"):
        more = [attach(actors.uma, runtime, NOTES, "notes.py"), attach(actors.uma, runtime, PICTURE, "again.png")]
        ids = tuple(file.id for file in more)
        following = send_message(actors.uma, runtime, words, sent.chat_id, sent.turn_id, attachments=ids)
        collect_events(actors.uma, runtime, following)
    return sent.chat_id


def taken_away(actor, runtime, chat_id) -> str:
    taken = export.take(actor, runtime, chat_id, "json", Of.ALL)
    return "".join(export.written(actor, runtime, taken))


def given(text: str) -> GivenFile:
    return GivenFile("chat.json", io.BytesIO(text.encode()))


def without_ids(text: str):
    chat = json.loads(text)
    for row in [chat, *chat["turns"], *(file for turn in chat["turns"] for file in turn["attachments"])]:
        for name in ("id", "parent_id", "shown", "picked"):
            row.pop(name, None)
    for turn in chat["turns"]:
        turn["attempts"] = [{k: v for k, v in attempt.items() if k != "id"} for attempt in turn["attempts"]]
    return chat


def count(record) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def test_a_chat_that_was_exported_and_deleted_comes_back_with_its_files(runtime, actors, talk):
    before = taken_away(actors.uma, runtime, talk)
    assert len(before) > 3 * len(PICTURE)
    shelves.move(actors.uma, runtime, talk, DELETED)
    shelves.clear_away(replace(runtime, now=lambda: runtime.now() + 2 * DELETED_FOR))
    assert (count(ContentRecord), count(AttachmentRecord)) == (0, 0)
    (imported,) = importing.bring_in(actors.uma, runtime, [given(before)])
    assert imported.left_out == ()
    assert without_ids(taken_away(actors.uma, runtime, imported.chat_id)) == without_ids(before)
    assert (count(ContentRecord), count(AttachmentRecord)) == (3, 6), "each content is stored once"
    shown = chats.show(actors.uma, runtime, imported.chat_id).turns[0].attachments
    assert [file.facts.split(", ")[:2] for file in shown] == [["PNG", "300 × 200"], ["PDF", "2 pages"]]
    assert shown[0].has_thumbnail
    with pytest.raises(NotFound):
        attachments.show(actors.ada, runtime, shown[0].id)
    shelves.move(actors.uma, runtime, imported.chat_id, DELETED)
    shelves.clear_away(replace(runtime, now=lambda: runtime.now() + 2 * DELETED_FOR))
    assert (count(ContentRecord), count(AttachmentRecord)) == (0, 0), "they go with their chat"


def chat_with(*files: dict) -> GivenFile:
    turn = {"id": "1", "text": "Look", "attachments": list(files), "attempts": []}
    return given(json.dumps({"turns": [turn]}))


def carried(name: str, data: bytes) -> dict:
    return {"name": name, "media_type": "image/png", "data": b64encode(data).decode()}


def test_what_cannot_come_in_is_named_with_its_reason_and_the_rest_is_there(runtime, actors):
    files = [
        carried("empty.txt", b""),
        carried("locked.pdf", locked_pdf()),
        {"name": "gone.png", "size": 4},
        {"name": "torn.png", "data": "????"},
        carried("../../notes\r\n.md", b"words"),
        carried("cut.png", PICTURE[:90]),
    ]
    (imported,) = importing.bring_in(actors.uma, runtime, [chat_with(*files)])
    assert imported.left_out == (
        LeftOut("empty.txt", "This file is empty."),
        LeftOut("locked.pdf", "This PDF asks for a password. Save it without one, then attach it again."),
        LeftOut("gone.png", NO_CONTENT),
        LeftOut("torn.png", "What the file holds of it is not whole."),
        LeftOut("cut.png", "This file is damaged, or is not whole."),
    )
    (turn,) = chats.show(actors.uma, runtime, imported.chat_id).turns
    assert [(file.name, file.media_type) for file in turn.attachments] == [("notes .md", "text/plain")]


def test_what_a_file_claims_of_another_content_is_not_believed(runtime, actors):
    theirs = attach(actors.ada, runtime, PICTURE, "mine.png")
    claims = {"id": str(theirs.id), "name": "x.png", "sha256": theirs.sha256, "data": "7"}
    (imported,) = importing.bring_in(actors.uma, runtime, [chat_with(claims)])
    assert [left.name for left in imported.left_out] == ["x.png"]
    assert chats.show(actors.uma, runtime, imported.chat_id).turns[0].attachments == ()


def test_sizes_and_numbers_are_those_of_an_upload(runtime, actors):
    with transaction() as session:
        settings.put(session, attachments.SETTINGS["chat"], 1, runtime.now())
        settings.put(session, attachments.SETTINGS["file"], 2, runtime.now())
    big = [b"%d" % number + b"x" * 600_000 for number in range(2)]
    files = [carried("a.txt", big[0]), carried("same.txt", big[0]), carried("b.txt", big[1])]
    (imported,) = importing.bring_in(actors.uma, runtime, [chat_with(*files)])
    assert imported.left_out == (LeftOut("b.txt", "The files of one chat may have 1 MiB in all."),)
    assert count(AttachmentRecord) == 2
    small = [carried(f"{number}.txt", b"words") for number in range(21)]
    (imported,) = importing.bring_in(actors.uma, runtime, [chat_with(*small)])
    assert imported.left_out == (LeftOut("20.txt", "A message takes 20 files at most."),)


def test_of_more_than_are_taken_in_at_once_the_rest_is_named(runtime, actors, monkeypatch):
    assert MOST_TAKEN_IN == 200
    monkeypatch.setattr(importing, "MOST_TAKEN_IN", 3)
    some = [chat_with(*(carried(f"{number}.txt", b"words") for number in range(2))) for _ in range(2)]
    first, second = importing.bring_in(actors.uma, runtime, some)
    assert first.left_out == ()
    assert second.left_out == (LeftOut("1.txt", TOO_MANY),)


def test_a_file_that_breaks_its_reader_harms_nothing_else(runtime, actors, tmp_path: Path):
    reader = tmp_path / "reader.py"
    reader.write_text("import os\nos.abort()\n")
    (imported,) = importing.bring_in(
        actors.uma, runtime, [chat_with(carried("a.png", PICTURE), carried("b.txt", b"words"))], Bench(reader=reader)
    )
    assert [left.name for left in imported.left_out] == ["a.png"]
    assert [file.name for file in chats.show(actors.uma, runtime, imported.chat_id).turns[0].attachments] == ["b.txt"]


def test_where_no_chat_comes_of_it_no_file_stays(runtime, actors, monkeypatch):
    monkeypatch.setattr(uploads, "PATIENCE", 0.01)
    while uploads._places.take(0):
        pass
    try:
        with pytest.raises(Overloaded):
            importing.bring_in(actors.uma, runtime, [chat_with(carried("b.txt", b"words"), carried("a.png", PICTURE))])
    finally:
        for _ in range(uploads.fence.AT_ONCE):
            uploads._places.give_back()
    with pytest.raises(Invalid):
        importing.bring_in(actors.uma, runtime, [chat_with(carried("b.txt", b"words")), given("{}")])
    assert (count(ContentRecord), count(AttachmentRecord)) == (0, 0)
    assert chats.list_for(actors.uma, runtime).talks == ()
