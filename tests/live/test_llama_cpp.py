"""llama.cpp's Python server, as its pages tell it: it asks for its key, and answers to any model's name."""

from tests.live.pages import Pages
from tests.live.servers import CONTEXT, Server

TYPE = "llama_cpp"


def test_what_the_test_of_a_connection_says(pages: Pages, llama: Server):
    assert "Mine answered. The address, the key and the model work." in pages.tested(llama, TYPE)
    wrong = pages.tested(llama, TYPE, key="sk-wrong-0123456789")
    assert "Mine refuses the key that was typed. 401" in wrong
    assert "Enter the key that llama-server was started with (--api-key)." in wrong
    keyless = pages.tested(llama, TYPE, key="")
    assert "Mine wants a key, and it has none here." in keyless
    assert "Paste the key again" not in keyless


def test_a_name_that_it_does_not_list_is_not_told_as_a_model_that_works(pages: Pages, llama: Server):
    told = pages.tested(llama, TYPE, "dreamt-up")
    assert "Mine answered. The address and the key work; its own list does not name this model." in told
    assert "Its own list does not name dreamt-up, and it answered all the same. It may answer to any name." in told


def test_it_is_discovered_and_chatted_with(pages: Pages, llama: Server):
    pages.connect(llama, TYPE)
    assert "Mine answers. It was asked for one word from tiny-llama" in pages.tested_again()
    found = pages.discovered()
    assert "Mine lists 1 model: 0 new, 1 published already." in found
    assert "tiny-llama published already unknown" in found
    told = pages.ask("Say something.")
    assert told.attempt.state == "complete"
    assert told.attempt.text
    assert (told.attempt.tokens_in, told.attempt.cost) == (None, None), "it counts nothing while it streams"


def test_a_prompt_that_is_too_long_is_told_with_the_true_limit(pages: Pages, llama: Server):
    pages.connect(llama, TYPE)
    page = pages.ask("word " * CONTEXT).page
    assert "This conversation is longer than tiny-llama can read." in page
    assert f"By the provider’s own word this model reads {CONTEXT} tokens: enter that as its context limit." in page
