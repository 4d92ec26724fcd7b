"""Credentials as people paste them: corrected where it is plain what is meant, else refused beside the right field."""

import json

import pytest

from portal.dialects.input.typed_keys import field_name, may_be_shown, read_typed_key
from portal.dialects.provider_types.shape import KeyRule
from portal.dialects.provider_types.table import TYPES
from portal.domain.typed_text import MAKES
from tests.upstream.google import account

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ACCESS = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": SECRET}
TEMPORARY = {"access_key_id": "ASIAIOSFODNN7EXAMPLE", "secret_access_key": SECRET, "session_token": "IQoJb3JpZ2luX2Vj"}


def plain(type: str, key: str, **more: bool):
    kind = "key"
    return read_typed_key(TYPES[type], kind, {"key": key}, **more)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (" sk-abc", "begins or ends with a space"),
        ("sk-abc\n", "begins or ends with a space or a line break"),
        ("sk-a\nsk-b", "line break in it"),
        ('"sk-abc"', "quotation marks"),
        ('"sk-abc', "A quotation mark stands at one end"),
        ("sk-abc def", "has a space in it"),
        ("Bearer sk-abc", "Leave out the word “Bearer”"),
        ("Authorization: Bearer sk-abc", "A name stands before the key"),
        ("OPENAI_API_KEY=sk-abc", "A name stands before the key"),
        ('export OPENAI_API_KEY="sk-abc"', "A name stands before the key"),
        ("x-api-key: sk-abc", "A name stands before the key"),
        ("sk-proj-...x1Q", "shortened key"),
        ("sk-abc••••••••x1Q", "shortened key"),
        ("sk-abc—def", "no key has"),
        ("   ", "cannot be blank"),
    ],
)
def test_what_is_pasted_along_with_a_key_has_its_own_sentence(typed: str, said: str) -> None:
    read = plain("openai", typed)
    assert said in read.faults["key"]
    assert read.text == ""
    assert typed.strip() == "" or typed.strip() not in read.faults["key"]


@pytest.mark.parametrize(
    "key", ["sk-abc", "sk-proj-A_b-c1", "0123456789abcdef0123456789abcdef", "abc=", "eyJhbGciOi.a.b"]
)
def test_what_could_be_a_key_passes_as_it_is(key: str) -> None:
    assert plain("openai_compatible", key).text == key
    assert plain("openai_compatible", key).faults == {}


def test_nothing_typed_means_no_key() -> None:
    assert plain("openai", "").text == ""
    assert plain("openai", "").faults == {}
    assert read_typed_key(TYPES["demo"], "", {"key": "sk-x"}).text == ""


@pytest.mark.parametrize(
    ("type", "key", "whose", "there"),
    [
        ("openai", "sk-ant-api03-x", "Anthropic", "anthropic"),
        ("openai", "sk-or-v1-x", "OpenRouter", "openrouter"),
        ("anthropic", "sk-proj-x", "OpenAI", "openai"),
        ("anthropic", "AKIAIOSFODNN7EXAMPLE", "AWS", "bedrock"),
        ("google", "gsk_x", "Groq", "groq"),
        ("groq", "AIzaSyA1234567890123456789012345678901", "Google", "google"),
        ("deepseek", "hf_x", "Hugging Face", ""),
        ("azure", "sk-proj-x", "OpenAI", "openai"),
    ],
)
def test_a_key_of_another_vendor_never_leaves_for_a_vendors_own_hosts(
    type: str, key: str, whose: str, there: str
) -> None:
    read = plain(type, key)
    assert f"This is a key of {whose}" in read.faults["key"]
    assert (read.text, read.switch_to) == ("", there)
    elsewhere = plain(type, key, at_home=False)
    assert (elsewhere.text, elsewhere.faults) == (key, {})
    assert whose in elsewhere.doubt


def test_a_gateway_may_take_anybodys_key() -> None:
    for key in ("sk-ant-x", "gsk_x", "hf_x", "AKIAIOSFODNN7EXAMPLE"):
        read = plain("openai_compatible", key)
        assert (read.text, read.doubt, read.switch_to) == (key, "", "")


def test_a_key_of_azures_shape_is_doubted_in_an_openai_provider() -> None:
    read = plain("openai", "0123456789abcdef0123456789abcdef")
    assert "OpenAI keys begin with sk-, and this one does not." in read.doubt
    assert read.switch_to == "azure"


def test_no_type_refuses_its_own_keys() -> None:
    samples = {type: pattern for pattern, type, _ in MAKES if type and pattern.isascii()}
    assert samples.keys() <= TYPES.keys()
    for type in TYPES.values():
        if type.key is not KeyRule.NONE and type.key_prefix:
            key = f"{type.key_prefix}0123456789"
            assert read_typed_key(type, "key", {"key": key}) == read_typed_key(type, "key", {"key": key})
            assert read_typed_key(type, "key", {"key": key}).text == key


class TestAccessKeys:
    def read(self, parts, kind="aws"):
        return read_typed_key(TYPES["bedrock"], kind, parts)

    def test_its_parts_are_encrypted_as_one(self) -> None:
        assert json.loads(self.read(ACCESS).text) == ACCESS
        assert json.loads(self.read(TEMPORARY).text) == TEMPORARY
        assert self.read(ACCESS).shown == {"access_key_id": ACCESS["access_key_id"]}

    def test_the_block_of_the_access_portal_may_go_into_any_field(self) -> None:
        block = "\n".join(f'export AWS_{name.upper()}="{text}"' for name, text in TEMPORARY.items())
        pasted_json = json.dumps({"Credentials": {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": SECRET}})
        for field in ACCESS:
            assert json.loads(self.read({field: block}).text) == TEMPORARY
            assert json.loads(self.read({field: block.replace("\n", "")}).text)["secret_access_key"] == SECRET
        assert "needs its session token" in self.read({"access_key_id": pasted_json}).faults["aws_session_token"]

    def test_swapped_parts_are_put_in_place(self) -> None:
        read = self.read({"access_key_id": SECRET, "secret_access_key": ACCESS["access_key_id"]})
        assert json.loads(read.text) == ACCESS
        assert "each other’s place" in read.notices[0]

    @pytest.mark.parametrize(
        ("parts", "field", "said"),
        [
            ({"access_key_id": "AKIAIOSFODNN7EXAMPLE"}, "aws_secret_access_key", "secret access key too"),
            ({"secret_access_key": SECRET}, "aws_access_key_id", "id of the access key too"),
            ({"access_key_id": "akia", "secret_access_key": SECRET}, "aws_access_key_id", "no id of an access key"),
            ({"access_key_id": "ABSKQmVk", "secret_access_key": SECRET}, "aws_access_key_id", "Bedrock API key"),
            (TEMPORARY | {"session_token": ""}, "aws_session_token", "temporary"),
            (ACCESS | {"secret_access_key": "a b"}, "aws_secret_access_key", "space in it"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_part(self, parts, field, said) -> None:
        read = self.read(parts)
        assert said in read.faults[field]
        assert read.text == ""

    def test_an_access_keys_id_is_no_api_key(self) -> None:
        assert "Choose “Access key”" in self.read({"key": "AKIAIOSFODNN7EXAMPLE"}, "key").faults["key"]
        assert self.read({"key": "ABSKQmVkcm9jaw=="}, "key").text == "ABSKQmVkcm9jaw=="


class TestServiceAccounts:
    def read(self, parts, kind="service_account"):
        return read_typed_key(TYPES["vertex"], kind, parts)

    def test_the_whole_file_may_go_into_any_part_of_any_kind(self) -> None:
        mine = account()
        for kind, part in (("service_account", "private_key"), ("service_account", "client_email"), ("key", "key")):
            read = self.read({part: mine.file}, kind)
            assert (read.kind, json.loads(read.text)) == ("service_account", json.loads(mine.encrypted))
            assert read.settings == {"project": "acme-123"}
            assert read.shown == {"client_email": mine.client_email}
            assert mine.client_email in read.notices[0]

    def test_written_out_line_breaks_are_corrected_and_noted(self) -> None:
        mine = account()
        flat = mine.private_key.strip().replace("\n", "\\n")
        read = self.read({"client_email": mine.client_email, "private_key": flat})
        assert json.loads(read.text)["private_key"].count("\n") > 20
        assert "line breaks now" in read.notices[0]

    def test_what_is_wrong_stands_beside_its_part(self) -> None:
        read = self.read({"client_email": "portal", "private_key": "MIIE"})
        assert read.faults.keys() == {"service_account_client_email", "service_account_private_key"}
        assert self.read({"client_email": account().client_email}).faults.keys() == {"service_account_private_key"}

    def test_elsewhere_the_file_asks_for_a_vertex_provider(self) -> None:
        for type in ("google", "openai", "openai_compatible", "anthropic"):
            read = plain(type, account().file)
            assert "Google Vertex AI" in read.faults["key"]
            assert (read.text, read.switch_to) == ("", "vertex")


def test_nothing_that_was_typed_shows_in_what_was_read() -> None:
    assert SECRET not in repr(read_typed_key(TYPES["bedrock"], "aws", ACCESS))
    assert "PRIVATE" not in repr(read_typed_key(TYPES["vertex"], "", {"private_key": account().file}))


def test_form_fields_have_names_of_their_own() -> None:
    for type in TYPES.values():
        names = [field_name(kind, part) for kind in type.key_kinds for part in kind.fields]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("type", "part", "text", "shown"),
    [
        ("bedrock", "access_key_id", "AKIAIOSFODNN7EXAMPLE", True),
        ("bedrock", "access_key_id", SECRET, False),
        ("bedrock", "access_key_id", "sk-0123456789abcdef0123456789", False),
        ("bedrock", "secret_access_key", "", False),
        ("vertex", "client_email", "portal@acme-123.iam.gserviceaccount.com", True),
        ("vertex", "client_email", "portal", True),
        ("vertex", "client_email", account().private_key, False),
        ("vertex", "client_email", account().file, False),
        ("vertex", "client_email", "".join(account().private_key.splitlines()[1:-1]), False),
    ],
)
def test_an_open_part_is_shown_again_only_when_it_is_no_secret(type: str, part: str, text: str, shown: bool) -> None:
    field = next(one for kind in TYPES[type].key_kinds for one in kind.fields if one.name == part)
    assert may_be_shown(field, text) is shown
