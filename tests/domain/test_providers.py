"""What a provider may be called."""

import pytest

from portal.domain.providers import free_name, label_fault, name_fault


@pytest.mark.parametrize("name", ["a", "acme-openai", "gpu-rack-2", "0", "a" * 64])
def test_a_good_name(name: str):
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "name",
    ["", "Acme", "acme_openai", "-a", "a-", "a--b", "a b", "ä", "a/b", "a\n", "a" * 65, "auto", "connect", "test"],
)
def test_a_name_that_cannot_be_one_gets_a_reason(name: str):
    assert name_fault(name)


def test_a_free_name_takes_the_first_number_that_is_free():
    assert free_name("openai", set()) == "openai"
    assert free_name("openai", {"openai", "openai-2"}) == "openai-3"
    assert free_name("OpenAI compatible!", set()) == "openai-compatible"
    assert name_fault(free_name("auto", set())) is None
    assert name_fault(free_name("…", set())) is None


def test_a_label_shows_all_that_it_holds_and_no_key():
    assert label_fault("Acme 👩‍💻") == ""
    assert "U+202E" in label_fault("Acme\u202egpj")
    for said in (label_fault("sk-0123456789abcdef0123456789"), name_fault("sk-0123456789abcdef0123456789")):
        assert said
        assert said.startswith("This is a key.")
