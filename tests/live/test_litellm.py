"""LiteLLM's proxy with a master key and no database, before a scripted provider and a genuine llama.cpp server."""

from tests.live.pages import Pages
from tests.live.servers import CONTEXT, Server

TYPE = "openai_compatible"


def test_what_the_test_of_a_connection_says(pages: Pages, litellm: Server):
    assert "Mine answered. The address, the key and the model work." in pages.tested(litellm, TYPE)


def test_a_wrong_key_is_refused_though_it_speaks_of_its_database(pages: Pages, litellm: Server):
    wrong = pages.tested(litellm, TYPE, key="sk-wrong-0123456789")
    assert "Mine refuses the key that was typed. 400" in wrong
    assert "This is LiteLLM without a database, which knows one key alone: its master key." in wrong


def test_without_a_key_the_key_comes_first_in_the_advice(pages: Pages, litellm: Server):
    keyless = pages.tested(litellm, TYPE, key="")
    asks = "Mine wants a key, and it has none here." in keyless
    assert asks or "It was asked without a key, and named no models either. If it wants a key, enter that" in keyless


def test_a_name_that_it_does_not_know_is_told_as_one(pages: Pages, litellm: Server):
    assert "Mine has no model of this name for the key that was typed." in pages.tested(litellm, TYPE, "dreamt-up")


def test_a_key_that_was_refused_behind_it_is_not_the_one_that_was_sent(pages: Pages, litellm: Server):
    told = pages.tested(litellm, TYPE, "locked-out")
    assert "The key that was sent is not at fault" in told
    assert "refuses the key" not in told


def test_what_it_tells_of_its_models_is_read_and_what_it_leaves_out_is_not_made_up(pages: Pages, litellm: Server):
    pages.connect(litellm, TYPE)
    found = pages.discovered()
    assert "Mine lists 6 models: 5 new, 1 published already." in found
    assert f"tiny published already {CONTEXT}" in found
    rows = pages.offered()
    assert 'value="200000"' in rows["newest"]
    assert ">assumed<" not in rows["newest"]
    assert ">assumed<" in rows["unmeasured"]
    assert "vectors new probably not for chats" in found
    assert "newest new probably" not in found


def test_a_chat_is_streamed_with_its_counts(pages: Pages, litellm: Server):
    pages.connect(litellm, TYPE)
    assert "Mine answers. It was asked for one word from tiny" in pages.tested_again()
    attempt = pages.ask("Say something.").attempt
    assert attempt.state == "complete"
    assert attempt.text
    assert attempt.tokens_in > 0
    assert attempt.tokens_out > 0
    assert attempt.cost is None, "nobody entered a price"


def test_a_prompt_that_is_too_long_is_told_though_its_stream_ends_as_an_answer_does(pages: Pages, litellm: Server):
    pages.connect(litellm, TYPE, "short")
    for _ in range(
        3
    ):  # llama.cpp's server breaks its connection off then, and the proxy may ask on the broken one again
        told = pages.ask("word " * CONTEXT)
        assert told.attempt.state == "fallback", "never an empty answer"
        if told.attempt.category != "server":
            break
    assert "This conversation is longer than short can read." in told.page


def test_a_path_that_is_missing_behind_it_is_not_told_as_a_wrong_address(pages: Pages, litellm: Server):
    """Its `responses` models are asked for by that API, which the one behind it does not have."""
    pages.connect(litellm, TYPE, "newest")
    page = pages.ask("Say something.").page
    assert "The address is right: the provider behind this gateway has nothing for this model" in page
    assert "/v1 at the end of the base URL" not in page


def test_a_chat_with_a_model_that_it_does_not_have_names_it(pages: Pages, litellm: Server):
    pages.connect(litellm, TYPE, "dreamt-up")
    page = pages.ask("Say something.").page
    assert "Mine does not know dreamt-up any more." in page
    assert "Check the model’s name letter by letter" in page
