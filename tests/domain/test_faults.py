"""What can go wrong, in words for everybody."""

import pytest

from portal.domain.faults import OF_THE_MODEL, PASSING, SENTENCES, Category, Fault, UpstreamError, sentence


@pytest.mark.parametrize("category", Category)
def test_every_category_has_a_short_sentence_in_plain_words(category):
    said = sentence(category, "Acme {AI}")
    assert said.endswith(".")
    assert 20 < len(said) < 140
    assert not any(
        word in said.lower() for word in ("error occurred", "exception", "http", "json", "invalid", "failed")
    )


def test_the_provider_is_named_as_people_named_it():
    assert sentence(Fault(Category.AUTH), "Acme {0} {AI}") == "Acme {0} {AI} refuses this key."


def test_no_fault_is_good_news():
    assert sentence(None, "OpenAI") == sentence(Category.OK, "OpenAI")
    assert "answered" in sentence(None, "OpenAI")


def test_no_two_sentences_are_the_same():
    assert len(set(SENTENCES.values())) == len(Category)


@pytest.mark.parametrize("category", Category)
def test_only_a_passing_fault_is_worth_another_try(category):
    assert Fault(category).passing is (category in PASSING)
    assert not (category in PASSING and category in OF_THE_MODEL)


def test_an_error_carries_its_fault_and_a_hint_can_be_added():
    fault = Fault(Category.DNS, "no such host")
    assert UpstreamError(fault).fault is fault
    assert str(UpstreamError(fault)) == "dns: no such host"
    assert fault.hinted("Look again.") == Fault(Category.DNS, "no such host", "Look again.")
