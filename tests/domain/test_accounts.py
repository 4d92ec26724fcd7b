import pytest

from portal.domain.accounts import plain_email, read_facts


def test_an_address_has_one_spelling():
    assert plain_email(" Ada@Example.ORG ") == plain_email("ada@example.org")


def test_a_name_loses_spare_spaces_and_nothing_else():
    assert read_facts("  Ada \t Marsh ", "ada@localhost") == ("Ada Marsh", "ada@localhost", {})


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.org", "a da@example.org", "a@b@c", "a\0@b.c", "a@" + "b" * 260]
)
def test_what_is_no_address_is_named(email):
    assert "email" in read_facts("Ada", email)[2]


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "Ada\0", "Ada\x07"])
def test_what_is_no_name_is_named(name):
    assert "name" in read_facts(name, "ada@example.org")[2]
