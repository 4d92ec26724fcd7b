"""Taking a file in: known by what is in it, read in a process of its own, and whatever is wrong is a sentence."""

import io
import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from portal.domain.errors import Invalid, NotFound
from portal.files import fence
from portal.files.fence import Limits
from portal.services.chat import attachments, uploads
from portal.services.chat.uploads import Bench
from portal.store import settings
from portal.store.attachments import AttachmentRecord, ContentRecord, PieceRecord
from portal.store.base import reading, transaction
from tests.attaching import attach, image, locked_pdf, moving, pdf
from tests.waiting import eventually


def refused(actor, runtime, data: bytes, name: str = "file", **how) -> str:
    with pytest.raises(Invalid) as error:
        attach(actor, runtime, data, name, **how)
    return error.value.faults["attachment"]


def count(record) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(record)) or 0


def whole(actor, runtime, id) -> bytes:
    return b"".join(attachments.content(actor, runtime, id))


class TestWhatIsTaken:
    @pytest.mark.parametrize(
        ("data", "name", "facts"),
        [
            (image(), "a.png", "PNG, 40 × 20, "),
            (image("JPEG"), "a.jpeg", "JPEG, 40 × 20, "),
            (image("GIF"), "a.gif", "GIF, 40 × 20, "),
            (moving(), "moves.gif", "GIF, 8 × 8, "),
            (image("WEBP", (3000, 10)), "a.webp", "WebP, 3000 × 10, "),
            (pdf("Hello", "World"), "a.pdf", "PDF, 2 pages, "),
            (b"def f():\n    return 1\n", "a.py", "Text, 22 bytes"),
            ("Grüße".encode("utf-16"), "a.txt", "Text, 12 bytes"),
            (b"<svg onload='x()'/>", "a.svg", "Text, "),
        ],
    )
    def test_it_is_known_by_what_is_in_it(self, runtime, actors, data, name, facts):
        taken = attach(actors.uma, runtime, data, name)
        assert taken.facts.startswith(facts)
        assert (taken.name, taken.note) == (name, "")
        assert whole(actors.uma, runtime, taken.id) == data

    def test_the_same_content_is_stored_once_for_a_person_and_apart_for_another(self, runtime, actors):
        data = image(size=(50, 50))
        first, second = attach(actors.uma, runtime, data, "one.png"), attach(actors.uma, runtime, data, "two.png")
        assert (count(ContentRecord), count(AttachmentRecord)) == (1, 2)
        other = attach(actors.otto, runtime, data, "mine.png")
        assert count(ContentRecord) == 2
        for id in (first.id, second.id):
            with pytest.raises(NotFound):
                attachments.show(actors.otto, runtime, id)
        assert attachments.show(actors.otto, runtime, other.id).name == "mine.png"

    def test_what_is_not_sent_can_be_taken_out_and_its_content_goes_with_the_last_use(self, runtime, actors):
        data = image(size=(50, 50))
        first, second = attach(actors.uma, runtime, data), attach(actors.uma, runtime, data)
        attachments.remove(actors.uma, runtime, first.id)
        assert count(ContentRecord) == 1
        with pytest.raises(NotFound):
            attachments.remove(actors.otto, runtime, second.id)
        attachments.remove(actors.uma, runtime, second.id)
        assert (count(ContentRecord), count(PieceRecord)) == (0, 0)

    def test_what_was_never_sent_is_cleared_away_after_a_day(self, runtime, actors):
        attach(actors.uma, runtime, b"a text")
        assert attachments.prune(runtime) == 0
        later = replace(runtime, now=lambda: runtime.now() + attachments.UNSENT * 2)
        assert attachments.prune(later) == 1
        assert (count(ContentRecord), count(AttachmentRecord), attachments.prune(later)) == (0, 0, 0)

    def test_a_large_file_is_stored_in_pieces_and_read_as_it_was(self, runtime, actors):
        data = b"0123456789abcde\n" * 130_000
        taken = attach(actors.uma, runtime, data[:900_000], "log.txt")
        assert whole(actors.uma, runtime, taken.id) == data[:900_000]
        assert count(PieceRecord) == 2


NAMES = [
    ("/etc/passwd", "passwd.txt"),
    ("C:\\Users\\uma\\notes.md", "notes.md"),
    ("Пример.txt", "Пример.txt"),
    ("例え.txt", "例え.txt"),
    ("مثال.txt", "مثال.txt"),
    ("παράδειγμα.txt", "παράδειγμα.txt"),
    ("उदाहरण.txt", "उदाहरण.txt"),
    ("two\r\nlines\t.txt", "two lines .txt"),
    ("invoice\u202egnp.txt", "invoicegnp.txt"),
    ("", "file.txt"),
    ("...", "file.txt"),
    ("x" * 300 + ".txt", "x" * 115 + "….txt"),
]


@pytest.mark.parametrize(("name", "kept"), NAMES)
def test_a_name_is_one_line_without_folders_in_any_script(runtime, actors, name, kept):
    assert attach(actors.uma, runtime, b"words", name).name == kept


def test_a_name_that_says_something_else_gets_the_true_ending(runtime, actors):
    taken = attach(actors.uma, runtime, image(), "page.html")
    assert (taken.name, taken.media_type) == ("page.html.png", "image/png")
    assert attach(actors.uma, runtime, b"just words", "photo.png").note == (
        "By what is in it this is text, whatever its name says."
    )


ODD = {
    "empty": (b"", "This file is empty."),
    "blank": (b" \n \n", "This file is empty."),
    "a damaged PNG": (image()[:30], "This file is damaged, or is not whole."),
    "a PNG cut short": (image("PNG", (400, 400), "L")[:-40], "This file is damaged, or is not whole."),
    "a damaged PDF": (b"%PDF-1.7\nnothing", "This file is damaged, or is not whole."),
    "no page": (pdf("a", pages=0), "This file is damaged, or is not whole."),
    "encrypted": (locked_pdf(), "This PDF asks for a password. Save it without one, then attach it again."),
    "10,000 pages": (
        pdf("a", pages=10_000),
        "This PDF has 10,000 pages; 2,000 can be read. Attach the part that matters.",
    ),
    "20,000 pixels": (
        image("PNG", (20_000, 2_100), "1"),
        "This image has 42 million pixels; 40 million can be read. Make it smaller first.",
    ),
    "bytes": (
        bytes(range(128, 256)),
        "This is neither an image, nor a PDF, nor text in UTF-8 or UTF-16. If it is text, save it as UTF-8 first.",
    ),
    "a packed file": (
        b"PK\x03\x04rest",
        "This is a packed file, as Word, Excel and ZIP write them. Attach its text, or a PDF of it.",
    ),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0", "This is a HEIC image. Save it as JPEG."),
    "TIFF": (b"II*\0\x08\0\0\0", "This is a TIFF image. Save it as PNG or JPEG."),
    "a film": (b"\0\0\0\x18ftypmp42", "This is a film or a sound."),
    "a program": (b"\x7fELF\x02\x01", "This is a program, which cannot be attached."),
    "a long text": (b"a" * 1_000_001, "This text has more than 1,000,000 characters. Attach the part that matters."),
    "a longer text": (b"a" * 4_000_001, "This text has more than 1,000,000 characters. Attach the part that matters."),
    "half a character": (
        b"Gr\xc3",
        "This is neither an image, nor a PDF, nor text in UTF-8 or UTF-16. If it is text, save it as UTF-8 first.",
    ),
    "huge": (b"x" * (20 * 1024 * 1024 + 1), "This file has 20.0 MiB; 20 MiB fit."),
    "Latin-1": (
        "Grüße".encode("latin-1"),
        "This is neither an image, nor a PDF, nor text in UTF-8 or UTF-16. If it is text, save it as UTF-8 first.",
    ),
}


@pytest.mark.parametrize("which", ODD)
def test_an_odd_file_is_a_sentence_and_leaves_nothing(runtime, actors, which):
    data, sentence = ODD[which]
    assert refused(actors.uma, runtime, data) == sentence
    assert (count(ContentRecord), count(AttachmentRecord)) == (0, 0)


class TestTheFence:
    def test_a_reader_that_does_not_end_is_ended(self, runtime, actors, tmp_path):
        slow = tmp_path / "slow.py"
        slow.write_text("import time\ntime.sleep(600)\n")
        bench = Bench(Limits(seconds=1), slow)
        assert refused(actors.uma, runtime, image(), bench=bench).startswith("Reading this file took too long")

    @pytest.mark.parametrize(
        "code", ["raise SystemExit(7)", "print('no json')", "import os; os.abort()", "print('{}')"]
    )
    def test_a_reader_that_breaks_is_a_sentence_and_the_next_file_is_read(self, runtime, actors, tmp_path, code):
        broken = tmp_path / "broken.py"
        broken.write_text(code)
        said = refused(actors.uma, runtime, image(), bench=Bench(reader=broken))
        assert said.startswith("This file could not be read")
        assert attach(actors.uma, runtime, image(), "a.png").name == "a.png"

    @pytest.mark.parametrize(
        ("data", "limits", "begins"),
        [
            (image("PNG", (3000, 3000)), Limits(memory=1024), "Reading this file needs more memory"),
            (image("PNG", (300, 300)), Limits(output=20), "What is in this file is too large"),
            (image(), Limits(pixels=100), "This image has 1 million pixels"),
            (pdf("a", "b"), Limits(pages=1), "This PDF has 2 pages; 1 can be read"),
            (pdf("many words"), Limits(characters=3), "This PDF holds more text"),
        ],
    )
    def test_each_limit_has_its_sentence(self, runtime, actors, data, limits, begins):
        assert refused(actors.uma, runtime, data, bench=Bench(limits)).startswith(begins)

    def test_the_reader_can_open_nothing_and_knows_nothing_of_the_portal(self, runtime, actors, tmp_path):
        source = fence.READER.read_text()
        probe = tmp_path / "probe.py"
        tries = (
            "def _image(data, wishes):\n"
            "    import os, socket\n"
            "    for attempt in (lambda: open('/etc/hostname'), socket.socket, lambda: os.pipe()):\n"
            "        try:\n            attempt()\n"
            "        except OSError:\n            continue\n"
            "        raise Refused('pages', 1)\n"
            "    if os.environ.keys() - {'LC_CTYPE'}:\n        raise Refused('pages', 2)\n"
            "    if 'portal' in sys.modules:\n        raise Refused('pages', 3)\n"
            "    raise Refused('encrypted')\n"
        )
        begin = source.index("    for media_type, format_ in FORMATS")
        end = source.index('    if kind == "pdf"')
        source = source[:begin] + "    import socket\n" + source[end:]
        probe.write_text(source.replace('if __name__ == "__main__"', f'{tries}\n\nif __name__ == "__main__"'))
        assert refused(actors.uma, runtime, image(), bench=Bench(reader=probe)).startswith(
            "This PDF asks for a password"
        )

    def test_so_many_are_read_at_once_and_the_next_when_one_ends(self, runtime, app, actors):
        seen = []
        for _ in range(fence.AT_ONCE):
            assert uploads._places.take(5)
        thread = threading.Thread(target=lambda: _in(app, lambda: seen.append(attach(actors.uma, runtime, image()))))
        try:
            thread.start()
            eventually(lambda: uploads._places._waiting)
            assert seen == []
        finally:
            for _ in range(fence.AT_ONCE):
                uploads._places.give_back()
        thread.join(60)
        assert len(seen) == 1


def _in(app, work):
    with app.app_context():
        work()


class TestHowMuch:
    def limit(self, runtime, **sizes: int) -> None:
        with transaction() as session:
            for name, value in sizes.items():
                settings.put(session, attachments.SETTINGS[name], value, runtime.now())

    def test_a_file_beyond_the_setting_is_refused_with_both_sizes(self, runtime, actors):
        self.limit(runtime, file=1)
        said = refused(actors.uma, runtime, b"x\n" * 600_000)
        assert said == "This file has 1.1 MiB; 1 MiB fit."

    def test_a_person_keeps_so_much_in_all_and_what_is_there_already_counts_once(self, runtime, actors):
        self.limit(runtime, person=1)
        first = b"y\n" * 400_000
        attach(actors.uma, runtime, first)
        attach(actors.uma, runtime, first)
        said = refused(actors.uma, runtime, b"z\n" * 400_000)
        assert said.startswith("Your chats hold as many files as one person may keep, 1 MiB.")
        attach(actors.otto, runtime, b"z\n" * 400_000)

    def test_what_comes_as_a_file_of_the_system_is_handed_on_as_it_is(self, runtime, actors, tmp_path):
        path = tmp_path / "a.png"
        path.write_bytes(image())
        with path.open("rb") as file:
            assert uploads.add(actors.uma, runtime, file, "a.png").width == 40
        assert uploads.add(actors.uma, runtime, io.BytesIO(image("JPEG")), "a.jpg").height == 20
