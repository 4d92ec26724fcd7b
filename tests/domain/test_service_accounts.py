"""Service accounts as people paste them."""

import json

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from portal.domain.service_accounts import read_service_account
from portal.domain.shared_keys import key_fault
from tests.upstream.google import account

GOOD = account()
EMAIL, PEM = GOOD.client_email, GOOD.private_key
BODY = "".join(PEM.splitlines()[1:-1])


def with_file(**changes: object) -> str:
    return json.dumps({key: value for key, value in (json.loads(GOOD.file) | changes).items() if value is not None})


@pytest.mark.parametrize(
    "pasted",
    [
        PEM,
        PEM.strip(),
        f"  {PEM}\n\n",
        PEM.replace("\n", "\\n"),
        PEM.replace("\n", "\\\\n"),
        PEM.replace("\n", "\r\n"),
        PEM.replace("\n", " "),
        PEM.replace("\n", ""),
        json.dumps(PEM),
        json.dumps(PEM) + ",",
        f"“{PEM}”",
        f'"private_key": {json.dumps(PEM)},',
    ],
)
def test_a_key_is_read_however_its_line_breaks_were_mangled(pasted):
    found = read_service_account(f" {EMAIL} ", pasted)
    assert found.faults == {}
    assert (found.client_email, found.private_key, found.project) == (EMAIL, PEM, "acme-123")
    load_pem_private_key(found.private_key.encode(), None)


@pytest.mark.parametrize(
    ("email", "key"),
    [
        ("", GOOD.file),
        (EMAIL, GOOD.file),
        (EMAIL.upper(), GOOD.file),
        (GOOD.file, ""),
        ("", f"\n{GOOD.file}\n"),
        ("", GOOD.file.replace("\\n", "\n")),
    ],
)
def test_the_whole_file_may_be_pasted_into_either_field(email, key):
    found = read_service_account(email, key)
    assert found.faults == {}
    assert (found.client_email, found.private_key, found.project) == (EMAIL, PEM, "acme-123")


def test_what_is_encrypted_is_one_line_of_json_that_passes_as_a_key():
    encrypted = read_service_account("", GOOD.file).encrypted_text
    assert json.loads(encrypted) == {"client_email": EMAIL, "private_key": PEM}
    assert key_fault(encrypted) is None
    assert PEM[40:60] not in repr(read_service_account("", GOOD.file))


@pytest.mark.parametrize(
    ("email", "key", "field", "words"),
    [
        ("", PEM, "client_email", "Enter the client e-mail"),
        ("portal", PEM, "client_email", "name@project"),
        ("a b@c.d", PEM, "client_email", "name@project"),
        (EMAIL, "", "private_key", "Enter the private key"),
        (EMAIL, "  \n ", "private_key", "Enter the private key"),
        (EMAIL, BODY, "private_key", "first line is missing"),
        (EMAIL, PEM.partition("-----END")[0], "private_key", "last line is missing"),
        (EMAIL, PEM[:800] + PEM[900:], "private_key", "JSON file"),
        (EMAIL, PEM.replace(BODY[70:74], "•!", 1), "private_key", "was changed"),
        (EMAIL, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private_key", "incomplete"),
        (EMAIL, PEM.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "private_key", "password"),
        (EMAIL, PEM.replace("PRIVATE KEY", "PUBLIC KEY"), "private_key", "the private one"),
        (EMAIL, PEM.replace("PRIVATE KEY", "CERTIFICATE"), "private_key", "certificate"),
        (EMAIL, PEM.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"), "private_key", "SSH"),
        (EMAIL, PEM.replace("PRIVATE KEY", "STRANGE THING"), "private_key", "not a private key"),
        (EMAIL, "x" * 20_000, "private_key", "too long"),
        ("", "{" * 20_000, "private_key", "too long"),
        ("", "{" * 5_000, "private_key", "incomplete"),
        ("", GOOD.file[:-300], "private_key", "incomplete"),
        ("", "{}", "private_key", "no client e-mail"),
        ("", with_file(private_key=None), "private_key", "no client e-mail and private key"),
        ("", with_file(private_key="nothing"), "private_key", "first line"),
        ("", with_file(client_email="nobody"), "private_key", "no e-mail address"),
        ("", with_file(type="authorized_user"), "private_key", "a person"),
        ("", with_file(type="external_account"), "private_key", "another cloud"),
        ("", '{"installed": {"client_id": "x"}}', "private_key", "OAuth client"),
        ("else@acme-123.iam.gserviceaccount.com", GOOD.file, "client_email", "another account"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence_that_quotes_nothing(email, key, field, words):
    found = read_service_account(email, key)
    assert list(found.faults) == [field]
    assert words in found.faults[field]
    assert found.faults[field].endswith(".")
    assert BODY[:20] not in found.faults[field]


def test_a_project_is_named_by_the_file_before_the_address():
    assert read_service_account("", with_file(project_id="other-project")).project == "other-project"
    assert read_service_account("a@developer.example.com", PEM).project == ""
