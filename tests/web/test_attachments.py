"""Files over HTTP: taken in, shown small and large, never as a page that runs; with and without a script."""

import io
import re
from uuid import uuid4

import pytest
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from portal.web.admission import EXTENSION, Waits
from tests.attaching import attach, image, let_read, pdf
from tests.chatting import KEY, connect, send_message
from tests.conftest import Client
from tests.counting import queries
from tests.upstream import Upstream

JSON = {"Accept": "application/json"}
PICTURE = image(size=(600, 400))


@pytest.fixture
def provider():
    with Upstream.openai(key=KEY, answer="I see.") as up:
        yield up


@pytest.fixture
def model(runtime, actors, provider):
    id = connect(runtime, actors.ada, provider.base_url)[0]
    let_read(id, ["vision"])
    return id


def upload(client: Client, *files: tuple[bytes, str]):
    sent = [FileStorage(io.BytesIO(data), name) for data, name in files]
    form = {"files": sent, "csrf_token": client.csrf_token()}
    boundary, body = encode_multipart(MultiDict(form))  # the client itself would leave a file of it open
    type = f'multipart/form-data; boundary="{boundary}"'
    return client.post("/chat/attachments", data=body, content_type=type, headers=JSON)


def sent_with(client: Client, *files: tuple[bytes, str], text: str = "What is this?", **more: str):
    form = {"text": text, "client_id": uuid4().hex, "new": "yes", **more}
    form["files"] = [(io.BytesIO(data), name) for data, name in files]
    return client.post_form(f"/chat/{uuid4()}/turns", form, content_type="multipart/form-data")


def test_a_script_takes_a_file_in_and_gets_its_part_of_the_page(uma: Client, model):
    answer = upload(uma, (PICTURE, "a <b>.png"))
    assert answer.status_code == 200
    [id] = answer.json["ids"]
    assert "a &lt;b&gt;.png" in answer.json["html"]
    assert f'src="/chat/attachments/{id}/thumbnail"' in answer.json["html"]
    assert "PNG, 600 × 400" in answer.json["html"]


def test_what_cannot_be_taken_in_is_a_sentence(uma: Client, model):
    answer = upload(uma, (b"PK\x03\x04", "a.docx"))
    assert answer.status_code == 422
    assert answer.json["faults"]["attachment"].startswith("This is a packed file")
    assert upload(uma).json["faults"] == {"attachment": "Choose a file first."}


@pytest.mark.parametrize(
    ("data", "name", "type", "disposition"),
    [
        (PICTURE, "a.png", "image/png", "inline; filename=a.png"),
        (b"<script>alert(1)</script>", "a.html", "text/plain; charset=utf-8", "inline; filename=a.html"),
        (b"<svg onload='x()'/>", "a.svg", "text/plain; charset=utf-8", "inline; filename=a.svg"),
        (pdf("Hello"), "a.pdf", "application/pdf", "attachment; filename=a.pdf"),
    ],
)
def test_a_file_is_opened_as_what_it_is_and_never_as_a_page(uma: Client, model, data, name, type, disposition):
    [id] = upload(uma, (data, name)).json["ids"]
    answer = uma.get(f"/chat/attachments/{id}")
    assert answer.data == data
    assert answer.headers["Content-Type"] == type
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert int(answer.headers["Content-Length"]) == len(data)


def test_it_is_shown_small_as_the_portal_drew_it(uma: Client, model):
    [id] = upload(uma, (PICTURE, "a.png")).json["ids"]
    answer = uma.get(f"/chat/attachments/{id}/thumbnail")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.data[8:12] == b"WEBP"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    [text] = upload(uma, (b"words", "a.txt")).json["ids"]
    assert uma.get(f"/chat/attachments/{text}/thumbnail").status_code == 404


def test_anothers_file_is_not_there_sent_or_not(uma: Client, ada: Client, model):
    [id] = upload(uma, (PICTURE, "a.png")).json["ids"]
    sent = sent_with(uma, (PICTURE, "b.png"))
    [other] = re.findall(r'data-attachment="([^"]+)"', uma.get(sent.location).text)[:1]
    for wanted in (id, other, str(uuid4())):
        assert ada.get(f"/chat/attachments/{wanted}").status_code == 404
        assert ada.get(f"/chat/attachments/{wanted}/thumbnail").status_code == 404
        assert ada.post_form(f"/chat/attachments/{wanted}/remove", {}, headers=JSON).status_code == 404
        told = ada.get(f"/chat/attachments/waiting?attachment={wanted}").json
        assert (told["ids"], told["html"]) == ([], "")
    assert uma.get(f"/chat/attachments/{id}").status_code == 200


def test_who_may_not_chat_takes_nothing_in(eve: Client, nobody: Client):
    assert upload(eve, (PICTURE, "a.png")).status_code == 403
    assert nobody.get(f"/chat/attachments/{uuid4()}", headers=JSON).status_code == 401


class TestWithoutAScript:
    def test_files_go_with_the_message(self, uma: Client, model, provider):
        page = uma.get("/chat").text
        assert 'enctype="multipart/form-data"' in page
        assert re.search(r'<input[^>]* type="file" name="files" multiple', page)
        sent = sent_with(uma, (PICTURE, "Пример.png"), (b"x = 1", "notes.py"))
        assert sent.status_code == 303
        page = uma.get(sent.location).text
        shown = page.split('class="attached attached-sent"')[1]
        assert shown.index("Пример.png") < shown.index("notes.py")
        assert "I see." in page

    def test_what_is_refused_keeps_the_words_and_the_other_files(self, uma: Client, model):
        answer = sent_with(uma, (b"words", "good.txt"), (b"", "empty.txt"))
        assert answer.status_code == 422
        assert "“empty.txt”: This file is empty." in answer.text
        assert ">What is this?</textarea>" in answer.text
        [id] = re.findall(r'<input [^>]*name="attachment" value="([^"]+)" checked', answer.text)
        sent = sent_with(uma, attachment=id)
        assert sent.status_code == 303
        assert "good.txt" in uma.get(sent.location).text

    def test_a_model_without_eyes_is_said_beside_the_field(self, uma: Client, model):
        let_read(model)
        answer = sent_with(uma, (PICTURE, "a.png"))
        assert answer.status_code == 422
        assert "GPT-5.2 reads no images." in answer.text
        assert "a.png" in answer.text

    def test_an_edited_message_keeps_what_stays_ticked(self, uma: Client, model):
        sent = sent_with(uma, (b"one", "one.txt"), (b"two", "two.txt"))
        page = uma.get(sent.location).text
        edit = page.split("data-edit-form")[1].split("</form>")[0]
        ids = re.findall(r'name="attachment" value="([^"]+)" checked', edit)
        assert len(ids) == 2
        path = re.search(r"/chat/[0-9a-f-]{36}", sent.location)[0]
        form = {"text": "In other words", "client_id": uuid4().hex, "attachment": ids[1:]}
        again = uma.post_form(f"{path}/turns", form)
        page = uma.get(again.location).text
        assert "two.txt" in page
        assert "one.txt" not in page.split('class="turn turn-you"')[1]


def test_before_anything_is_sent_it_is_said_what_does_not_fit(uma: Client, runtime, actors, provider, model):
    [id] = upload(uma, (PICTURE, "a.png")).json["ids"]
    told = uma.get(f"/chat/attachments/waiting?attachment={id}").json
    assert (told["ids"], told["faults"]) == ([id], [])
    let_read(model)
    told = uma.get(f"/chat/attachments/waiting?attachment={id}&model={model}&chat=nonsense").json
    assert told["faults"] == ["GPT-5.2 reads no images. No model that you can use does."]


def test_what_is_taken_out_is_gone(uma: Client, model):
    [id] = upload(uma, (PICTURE, "a.png")).json["ids"]
    assert uma.post_form(f"/chat/attachments/{id}/remove", {}, headers=JSON).json == {"removed": True}
    assert uma.get(f"/chat/attachments/{id}").status_code == 404


def test_beyond_so_many_at_once_nothing_is_read(uma: Client, app, model):
    admission = app.extensions[EXTENSION]
    for _ in range(admission.bounds[Waits.FILE]):
        admission.enter(Waits.FILE)
    answer = upload(uma, (PICTURE, "a.png"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json["detail"].startswith("The portal reads as many files as it can just now.")


def test_a_page_asks_no_more_for_many_files_than_for_one_and_reads_none(uma: Client, runtime, actors, model):
    def asked(number: int) -> list[str]:
        files = [attach(actors.uma, runtime, f"file {n}".encode(), f"{n}.txt") for n in range(number)]
        sent = send_message(actors.uma, runtime, "Look", attachments=tuple(file.id for file in files))
        uma.get(f"/chat/{sent.chat_id}")
        with queries() as statements:
            page = uma.get(f"/chat/{sent.chat_id}")
        assert page.text.count('rel="noopener"') == 2 * number
        return [said for said in statements if said.startswith("SELECT")]

    one, many = asked(1), asked(12)
    assert len(one) == len(many)
    assert not [said for said in many if "attachment_pieces" in said]


def test_the_size_settings_hold_for_the_next_file(ada: Client, uma: Client, model):
    page = ada.get("/settings").text
    version = re.search(r'name="version"[^>]* value="([^"]*)"', page)[1]
    saved = ada.post_form("/settings", {"attachment_file": "1", "attachment_person": "9", "version": version})
    assert saved.status_code == 302
    assert upload(uma, (b"x\n" * 600_000, "a.txt")).json["faults"] == {
        "attachment": "This file has 1.1 MiB; 1 MiB fit."
    }
    answer = ada.post_form("/settings", {"attachment_file": "51", "attachment_chat": "x", "version": version})
    assert "Write a whole number, like 20." in answer.text
    version = re.search(r'name="version"[^>]* value="([^"]*)"', ada.get("/settings").text)[1]
    answer = ada.post_form("/settings", {"attachment_file": "51", "version": version})
    assert "Use 1 to 50 MiB, or leave it blank for 20." in answer.text
