"""What people wrote goes into a header so that every server can send it and every browser reads it."""

import pytest
from werkzeug.http import parse_options_header

from portal.web.header_values import address, attachment

NAMES = [
    "Привет-мир.md",
    "你好.json",
    "שלום.md",
    "Zażółć-gęślą-jaźń.md",
    "plain.csv",
    'a "quoted" name.md',
    "50%-of-it.md",
    "😀.md",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_as_it_was(name: str):
    header = attachment(name)
    assert header.isascii()
    kind, options = parse_options_header(header)
    assert kind == "attachment"
    assert options["filename"] == name


def test_what_knows_no_other_letters_gets_a_name_in_ascii():
    assert attachment("Zażółć.md").startswith("attachment; filename=Zazoc.md; filename*=")
    assert attachment("你好.json").startswith("attachment; filename=download.json; filename*=")


def test_a_name_does_not_end_the_header_and_half_a_character_does_not_break_it():
    assert attachment("a\r\nX-Evil: 1.md") == attachment("aX-Evil: 1.md")
    assert attachment("\ud800.md") == "attachment; filename=.md"


def test_an_address_is_ascii():
    assert address("/models?search=é").isascii()
