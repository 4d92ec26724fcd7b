"""Contents of files in a chat that is brought in: lifted out of it wherever they stand, and nothing else is."""

import io
import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.carried_values import Unreadable
from portal.services.chat.carried_contents import PIECE, Content, decoded, lift

FILES = [b"first", b"", b"\x00\xff" * 70, b"last one"]
WORDS = 'He wrote "data": "AAAA" and "\\"data": "AAAA\\" and a backslash at the end \\'


def chat(words: str = WORDS) -> bytes:
    files = [{"name": words, "data": b64encode(file).decode()} for file in FILES]
    return json.dumps({"text": words, "turns": [{"text": words, "attachments": files}], "end": words}).encode()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 33, 64, PIECE])
def test_a_number_stands_where_each_content_stood_however_the_file_is_read(piece):
    text, contents = lift(io.BytesIO(chat()), piece=piece)
    found = json.loads(text)
    assert found == json.loads(chat()) | {
        "turns": [{"text": WORDS, "attachments": [{"name": WORDS, "data": str(n)} for n in range(len(FILES))]}]
    }
    for content, file in zip(contents, FILES, strict=True):
        with decoded(io.BytesIO(chat()), content) as found:
            assert found.read() == file


@given(st.text(alphabet='"\\data: A\n{}', max_size=40), st.integers(1, 50))
def test_no_words_of_a_person_are_taken_for_one(words, piece):
    text, contents = lift(io.BytesIO(chat(words)), piece=piece)
    assert len(contents) == len(FILES)
    assert json.loads(text)["end"] == words


def test_a_large_content_is_decoded_piece_by_piece_as_it_was():
    large = bytes(range(256)) * 12_000
    data = json.dumps({"data": b64encode(large).decode()}).encode()
    text, (content,) = lift(io.BytesIO(data), most=100)
    assert json.loads(text) == {"data": "0"}
    with decoded(io.BytesIO(data), content) as file:
        assert file.read() == large


@pytest.mark.parametrize("data", [b"????", b"AAA", b"A", b"AA==AAA"])
def test_what_is_not_base64_is_told(data):
    with pytest.raises(Unreadable):
        decoded(io.BytesIO(data), Content(0, len(data)))


def test_a_file_that_breaks_off_inside_of_one_is_no_json():
    text, contents = lift(io.BytesIO(b'{"data": "AAAA'))
    assert (text, contents) == (b'{"data": "', [])


def test_of_the_rest_no_more_is_held_than_fits():
    with pytest.raises(Unreadable) as told:
        lift(io.BytesIO(b'{"text": "' + b"x" * 200 + b'"}'), most=100)
    assert told.value.sentence == "Without its attached files this file has more than 16 MiB."
