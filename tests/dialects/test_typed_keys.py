"""Credentials of one part and of several, as they are typed."""

import json

from portal.dialects.base import API_KEY, KeyField, KeyKind
from portal.dialects.typed_keys import TypedKey, read_typed
from portal.dialects.types import TYPES
from portal.domain.shared_keys import key_fault
from tests.upstream.google import account

TWO = KeyKind(
    "two",
    "Two parts",
    (KeyField("name", "Name", secret=False), KeyField("word", "Word"), KeyField("more", "More", required=False)),
)
ACCOUNT = TYPES["vertex"].key_kinds[0]


def test_nothing_typed_is_nothing_to_seal():
    for kind in (API_KEY, TWO, ACCOUNT):
        assert read_typed(kind, {}) == read_typed(kind, {part.name: " " for part in kind.fields}) == TypedKey()


def test_one_part_is_sealed_as_it_is_and_several_as_json():
    assert read_typed(API_KEY, {"key": "sk-good"}).text == "sk-good"
    found = read_typed(TWO, {"name": "ada", "word": "lovelace", "more": ""})
    assert json.loads(found.text) == {"name": "ada", "word": "lovelace"}
    assert "lovelace" not in repr(found)


def test_each_field_has_its_own_sentence():
    found = read_typed(TWO, {"word": "two\nlines"})
    assert found.text == ""
    assert found.faults["name"] == "Enter this too: Name."
    assert "line break" in found.faults["word"]
    assert set(found.faults) == {"name", "word"}


def test_a_pasted_file_becomes_both_parts_and_tells_the_project():
    found = read_typed(ACCOUNT, {"private_key": account().file})
    assert json.loads(found.text) == json.loads(account().sealed)
    assert key_fault(found.text) is None
    assert found.settings == {"project": "acme-123"}
    assert json.loads(read_typed(ACCOUNT, {"client_email": account().file}).text) == json.loads(account().sealed)


def test_a_broken_account_is_refused_by_field():
    found = read_typed(ACCOUNT, {"client_email": account().client_email, "private_key": "hunter2"})
    assert (found.text, set(found.faults)) == ("", {"private_key"})
