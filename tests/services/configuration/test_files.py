"""Files as plain data: what people mean by what they write, and what is bounded."""

from decimal import Decimal

import pytest

from portal.domain.errors import Invalid
from portal.services.configuration import files
from portal.services.configuration.files import GivenFile, read
from tests.conftest import CANARY


def data(text: str, name: str = "x.yaml"):
    return read(GivenFile(name, text.encode()))


def refusal(text: str, name: str = "x.yaml") -> str:
    with pytest.raises(Invalid) as refused:
        data(text, name)
    return refused.value.sentence


def test_numbers_that_yaml_turns_into_something_else_stay_what_people_mean():
    found = data(
        "a: 1.10\nb: 010\nc: yes\nd: 2024-10-21\ne: 1:30\nf: 1e-06\ng: 1.25e-06\nh: '7'\ni: ~\nj: true\nk: 0x1F\n"
    )
    assert found == {
        "a": Decimal("1.10"),
        "b": "010",
        "c": "yes",
        "d": "2024-10-21",
        "e": "1:30",
        "f": Decimal("0.000001"),
        "g": Decimal("0.00000125"),
        "h": "7",
        "i": None,
        "j": True,
        "k": "0x1F",
    }
    assert str(found["a"]) == "1.10"


def test_anchors_and_merge_keys_are_read_and_what_stands_in_the_entry_wins():
    found = data("x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz:\n  b: 9\n  <<: [*x, *y]\n")
    assert found["z"] == {"a": 1, "b": 9, "c": 4}


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "x.yaml", "Line 4: the name “c” stands twice"),
        ('{"a": {"c": 1, "c": 2}}', "x.json", "“c” stands twice"),
        ("a = 1\na = 2\n", "x.toml", "cannot be read"),
        ("a: !include other.yaml\n", "x.yaml", "Line 1: the tag"),
        ("a: [1, 2\n", "x.yaml", "line"),
        ("a: &a [1, *a]\n", "x.yaml", "levels deep"),
        ("[" * 60 + "]" * 60, "x.json", "levels deep"),
        ("a: 1\n---\nb: 2\n", "x.yaml", "cannot be read"),
        ("", "x.yaml", "empty"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, name: str, said: str):
    assert said in refusal(text, name)


def test_what_aliases_repeat_counts_each_time_and_the_size_is_bounded(monkeypatch: pytest.MonkeyPatch):
    ten = ", ".join(["*a"] * 10)
    text = f"x: &a [1, 2, 3, 4, 5, 6, 7, 8]\ny: [{ten}]\n"
    assert len(data(text)["y"]) == 10
    monkeypatch.setattr(files, "MOST_VALUES", 60)
    assert "60 values" in refusal(text)
    assert "larger than 512 KiB" in refusal("a" * (files.MOST_BYTES + 1))


def test_comments_and_last_commas_of_settings_files_are_read_and_addresses_are_no_comments():
    found = data('{\n // ours\n "u": "https://x.example/*y*/", /* d */ "l": [1, 2,],\n}', "x.jsonc")
    assert found == {"u": "https://x.example/*y*/", "l": [1, 2]}


def test_documents_are_read_out_of_a_file_of_variables():
    text = 'LOG=1\nPROVIDERS=\'{"a": {"type": "openai"}}\'\nexport MODELS=\'[\n{"id": "x"}]\'\n'
    assert data(text, ".env") == {"PROVIDERS": {"a": {"type": "openai"}}, "MODELS": [{"id": "x"}]}


def test_no_sentence_repeats_a_key():
    for text, name in ((f"{CANARY}: 1\n{CANARY}: 2\n", "x.yaml"), (f'{{"{CANARY}": 1, "{CANARY}": 2}}', "x.json")):
        assert CANARY not in refusal(text, name)


@pytest.mark.parametrize("text", ['{"a": "\\u0000"}', '{"a": ["x", "\\ud800"]}', '{"\\udc00": 1}', 'a: "\\0"\n'])
def test_a_sign_that_no_text_holds_is_refused(text: str):
    with pytest.raises(Invalid) as refused:
        read(GivenFile("x.json" if text.startswith("{") else "x.yaml", text.encode()))
    assert "no text holds" in refused.value.sentence
