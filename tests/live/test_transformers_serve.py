"""`transformers serve`: no keys, a list of what its cache holds, and a 500 for a model that is not there."""

from tests.live.pages import Pages
from tests.live.servers import CONTEXT, TRANSFORMER, Server

TYPE = "openai_compatible"
NAME_FIRST = "Its own list has no model dreamt-up: check the name first."


def test_what_the_test_of_a_connection_says(pages: Pages, transformer: Server):
    said = "Mine answered. The address and the model work, and no key is needed."
    assert said in pages.tested(transformer, TYPE)
    with_key = pages.tested(transformer, TYPE, key="sk-any-0123456789")
    assert "The address and the model work, and it asks for no key: this one was not tested." in with_key
    assert "the key and the model work" not in with_key


def test_a_500_for_a_model_that_it_does_not_have_names_the_model_first(pages: Pages, transformer: Server):
    told = pages.tested(transformer, TYPE, "dreamt-up")
    assert "500" in told
    assert NAME_FIRST in told
    pages.connect(transformer, TYPE, "dreamt-up")
    assert NAME_FIRST in pages.ask("Say something.").page


def test_it_is_discovered_and_chatted_with(pages: Pages, transformer: Server):
    pages.connect(transformer, TYPE)
    assert f"It was asked for one word from {TRANSFORMER}" in pages.tested_again()
    found = pages.discovered()
    assert "Mine lists 1 model: 0 new, 1 published already." in found
    assert f"{TRANSFORMER} published already unknown" in found
    attempt = pages.ask("Say something.").attempt
    assert attempt.state == "complete"
    assert attempt.text
    assert attempt.reported_model == f"{TRANSFORMER}@main"
    assert attempt.tokens_in > 0
    assert attempt.tokens_out > 0


def test_a_prompt_beyond_its_models_limit_is_answered_as_it_answers_it(pages: Pages, transformer: Server):
    """It checks no limit: nothing is refused, and the portal makes no refusal up."""
    pages.connect(transformer, TYPE)
    attempt = pages.ask("word " * (CONTEXT // 4)).attempt
    assert attempt.tokens_in > CONTEXT
    assert attempt.state == "complete"
