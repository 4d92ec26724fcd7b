"""A message that begins with a command is delegated; everything else is an ordinary message."""

import pytest

from portal.domain.chats import Line, history, title_from
from portal.domain.contexts import CONTEXTS
from portal.domain.subagents import SUBAGENTS, command_fault, context_of, prompt_of, run_of, with_command


@pytest.mark.parametrize(
    ("text", "context", "question"),
    [
        ("/explore where is rounding done?", "explore", "where is rounding done?"),
        ("/general\nDraft it.\n\nIn two parts.", "general", "Draft it.\n\nIn two parts."),
        ("/Explore as a phone writes it", "explore", "as a phone writes it"),
        ("/explore /explore deeper", "explore", "/explore deeper"),
        ("/explore /general instead", "explore", "/general instead"),
    ],
)
def test_a_command_delegates_what_follows_it_to_the_letter(text, context, question):
    run = run_of(text)
    assert (context_of(text), run.question) == (context, question)
    assert prompt_of(text) == f"{SUBAGENTS[context].told}\n\n{question}"


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        " /explore with a space before it",
        "/explorer x",
        "/exp x",
        "/help",
        "/",
        "see /explore x",
        "/explore:x",
    ],
)
def test_everything_else_is_ordinary_text(text):
    assert (run_of(text), context_of(text), prompt_of(text), command_fault(text)) == (None, "root", text, None)


@pytest.mark.parametrize("text", ["/explore", "/explore \n ", "/GENERAL"])
def test_a_command_with_nothing_behind_it_is_told_in_a_sentence(text):
    assert command_fault(text) == SUBAGENTS[text.strip()[1:].lower()].lacks
    assert run_of(text) is None


def test_a_button_sends_its_own_command_in_the_place_of_a_typed_one():
    assert with_command("find it", "explore") == "/explore find it"
    assert with_command("/general find it", "explore") == "/explore find it"
    assert with_command("/explore find it", "explore") == "/explore find it"
    assert with_command("", "general") == "/general "
    assert with_command("find it", "") == with_command("find it", "root") == "find it"


def test_later_questions_read_what_a_subagent_found_as_such_and_never_as_their_own_words():
    read = history([("Hi", "Hello."), ("/explore find it", "In tax.py."), ("/general draft", ""), ("So?", "")])
    assert [line.role for line in read] == ["user", "assistant", "user"]
    assert read[2].text == (
        "I sent the subagent Explore to find out: find it\n\nThis is what it found:\n\n"
        "<subagent>\nIn tax.py.\n</subagent>"
        "\n\nI gave the subagent General this to do: draft\n\nIt gave no answer.\n\nSo?"
    )


def test_the_question_that_is_asked_now_is_taken_as_it_is():
    assert history([("/explore deeper", "")]) == (Line("user", "/explore deeper"),)
    assert history([]) == ()


def test_every_subagent_is_a_context_and_a_chat_is_not_named_after_its_command():
    assert set(SUBAGENTS) <= set(CONTEXTS)
    assert title_from("/explore where is it?") == title_from("/Explore where is it?") == "where is it?"
