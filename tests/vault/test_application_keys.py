"""Keys of applications: public ones in each of their spellings, tokens taken apart, and one algorithm that counts."""

import json

import pytest
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from portal.dialects.secret import Secret
from portal.domain.applications import LONGEST_TOKEN, Refused
from portal.vault import application_keys as keys
from tests.signing import ec_key, public_pem, rsa_key, signed, written

CLAIMS = {"sub": "user-7", "iss": "editor"}


def signed_by(key, algorithm: str) -> keys.ReadToken:
    found = keys.read_token(Secret(signed(CLAIMS, key, algorithm, {"kid": "1"})))
    assert isinstance(found, keys.ReadToken)
    return found


@pytest.mark.parametrize(
    ("private", "algorithm", "jwk"), [(rsa_key(), "RS256", RSAAlgorithm), (ec_key(), "ES256", ECAlgorithm)]
)
def test_a_public_key_is_one_whatever_its_spelling(private, algorithm, jwk):
    pem = public_pem(private)
    as_json = json.dumps(jwk.to_jwk(private.public_key(), as_dict=True))
    first, second = keys.read_public_key(f"\n {pem} "), keys.read_public_key(as_json)
    assert first == second
    assert (first.algorithm, first.pem, len(first.fingerprint)) == (algorithm, pem, 8)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", keys.UNREADABLE),
        ("x" * 20_000, keys.UNREADABLE),
        ("{", keys.UNREADABLE),
        ("[]", keys.UNREADABLE),
        ('{"kty": "EC", "crv": "P-256", "x": 1, "y": 2}', keys.UNREADABLE),
        ('{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}', keys.PRIVATE),
        ('{"kty": "oct", "k": "AAAA"}', keys.PRIVATE),
        ("-----BEGIN PRIVATE KEY-----", keys.PRIVATE),
        ('{"keys": []}', "This is a set of keys. Paste one of them, from “{” to “}”."),
    ],
)
def test_what_is_no_public_key_is_refused_in_words_that_repeat_nothing(typed, said):
    with pytest.raises(keys.NotAPublicKey) as refused:
        keys.read_public_key(typed)
    assert refused.value.sentence == said


def test_only_the_registered_algorithm_with_its_own_kind_of_key_is_right():
    secret, rsa, ec = keys.new_secret(), rsa_key(), ec_key()
    signing = {"HS256": (secret.bare(), secret), "RS256": (rsa, public_pem(rsa)), "ES256": (ec, public_pem(ec))}
    for algorithm, (private, _) in signing.items():
        token = signed_by(private, algorithm)
        for registered, (_, known) in signing.items():
            for kind in signing:
                right = keys.is_signed(token, kind, known)
                assert right is (algorithm == registered == kind), (algorithm, registered, kind)


def test_a_token_is_read_and_shows_nothing_of_itself():
    token = signed_by(keys.new_secret().bare(), "HS256")
    assert (token.algorithm, token.kid, token.issuer, token.payload) == ("HS256", "1", "editor", CLAIMS)
    assert "user-7" not in repr(token)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", Refused.UNREADABLE),
        ("llmp_" + "a" * 40, Refused.UNREADABLE),
        ("eyJ.e30.", Refused.UNREADABLE),
        (written({"alg": "HS256"}, b"{"), Refused.UNREADABLE),
        (written({"alg": "HS256"}, b"null"), Refused.UNREADABLE),
        (written({"alg": "HS256"}, b"\xff"), Refused.UNREADABLE),
        (written({"alg": "HS256"}, {}, b"x" * LONGEST_TOKEN), Refused.TOO_LONG),
    ],
)
def test_what_cannot_be_read_is_told_apart(value, reason):
    assert keys.read_token(Secret(value)) is reason


def test_what_says_that_more_must_be_understood_is_refused():
    for header in ({"alg": "HS256", "crit": ["exp"], "exp": 1}, {"alg": "HS256", "b64": True}):
        assert isinstance(keys.read_token(Secret(written(header, {}))), Refused)


def test_names_that_are_no_texts_are_none():
    found = keys.read_token(Secret(written({"alg": 1, "typ": "JWT"}, {"iss": ["editor"]})))
    assert found is Refused.UNREADABLE or (found.algorithm, found.kid, found.issuer) == ("", "", "")


def test_a_secret_is_random_and_long():
    secrets = {keys.new_secret().bare() for _ in range(50)}
    assert len(secrets) == 50
    assert all(len(secret) == 48 and secret.startswith("llms_") for secret in secrets)
