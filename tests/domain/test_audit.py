"""The trail in words."""

import pytest

from portal.domain.audit import RENAMED_VERBS, changes, current_verb, say_name, say_value, say_verb, spellings


@pytest.mark.parametrize(
    ("verb", "words"),
    [
        ("provider.create", "created provider"),
        ("key.add", "added shared key"),
        ("user.reset_password", "reset the password of user"),
        ("model.publish", "published model"),
        ("session.open", "signed in as"),
        ("model.default", "made the default model"),
        ("thing.some_new_act", "some new act thing"),
        ("odd", "odd"),
        ("key.retire", "deleted shared key"),
        ("master_key.retire", "retired master key"),
    ],
)
def test_a_verb_reads_as_words(verb: str, words: str):
    assert say_verb(verb) == words


@pytest.mark.parametrize("old", RENAMED_VERBS)
def test_a_renamed_verb_is_read_in_both_spellings(old: str):
    new = current_verb(old)
    assert current_verb(new) == new != old
    assert set(spellings(old)) == set(spellings(new)) >= {old, new}
    assert say_verb(old) == say_verb(new)


def test_a_verb_that_was_never_renamed_has_one_spelling():
    assert spellings("provider.create") == ("provider.create",)


def test_a_fact_under_an_older_name_is_told_by_todays():
    (told,) = changes({"wire name": "m1"}, {"wire name": "m2"})
    assert (told.what, say_name("wire_name")) == ("Model ID", "Model ID")


def test_only_what_differs_is_listed_in_the_order_of_writing():
    listed = changes({"name": "a", "enabled": True, "gone": 1}, {"name": "a", "enabled": False, "new": ["x", "y"]})
    assert [(change.what, change.before, change.after) for change in listed] == [
        ("Enabled", "yes", "no"),
        ("Gone", "1", None),
        ("New", None, "x, y"),
    ]


def test_a_creation_has_no_before_and_a_deletion_no_after():
    assert changes(None, {"base_url": "x"})[0].before is None
    assert changes({"base_url": "x"}, None)[0].after is None
    assert changes(None, None) == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        ("", "none"),
        ([], "none"),
        (0, "0"),
        (400_000, "400,000"),
        (180.0, "180"),
        (0.7, "0.7"),
        (False, "no"),
        ({"top_p": 0.5, "on": True}, "Top p: 0.5, On: yes"),
    ],
)
def test_values_read_as_words(value: object, words: str):
    assert say_value(value) == words


def test_seconds_are_called_seconds():
    listed = changes({"connect timeout": 5.0}, {"connect timeout": 7.5, "read_timeout": None})
    assert [(change.before, change.after) for change in listed] == [("5 s", "7.5 s"), (None, "none")]


def test_names_read_as_words():
    assert [say_name(name) for name in ("email", "base_url", "read_timeout", "provider_id")] == [
        "E-mail",
        "Base URL",
        "Read timeout",
        "Provider ID",
    ]
