"""The keys of applications: public ones as they were typed in, and whether a token was signed with one.

A token is taken apart once. Which algorithm counts is what was registered with the key; what the token's own header
says has to be the same, and decides nothing.
"""

import hashlib
import json
import secrets
import string
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import PyJWK, PyJWS, PyJWTError

from portal.dialects.secret import Secret
from portal.domain.applications import LONGEST_TOKEN, SECRET_BEGINS, SECRET_SIGNS, Payload, Refused, is_jwt

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

RSA_BITS = (2048, 8192)
"""A shorter key can be broken, a longer one makes every check dear."""

LONGEST_TYPED = 16_384
ALPHABET = string.ascii_letters + string.digits

PRIVATE = "This is a private key, or a secret. It belongs to the application alone: type the public key of the pair."
UNREADABLE = (
    "This is no public key. Paste all of it: "
    "PEM from “-----BEGIN PUBLIC KEY-----” to its last line, or one JWK as JSON."
)

_JWS = PyJWS()


class NotAPublicKey(Exception):
    """What was typed in cannot be used; `sentence` says why and repeats nothing of it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class ReadKey:
    """A public key as it is stored: `pem` is its one spelling, whatever was typed in."""

    algorithm: str
    pem: str
    fingerprint: str


@dataclass(frozen=True)
class ReadToken:
    """A token taken apart. Nothing in it is to be believed before `is_signed` says so."""

    algorithm: str
    kid: str
    issuer: str
    payload: Payload = field(repr=False)
    value: Secret = field(repr=False)


def new_secret() -> Secret:
    """An invented secret for HS256."""
    return Secret(SECRET_BEGINS + "".join(secrets.choice(ALPHABET) for _ in range(SECRET_SIGNS)))


def read_public_key(text: str) -> ReadKey:
    """A public key in PEM or as JWK. Raises `NotAPublicKey`."""
    text = text.strip()
    if len(text) > LONGEST_TYPED:
        raise NotAPublicKey(UNREADABLE)
    if "PRIVATE KEY" in text:
        raise NotAPublicKey(PRIVATE)
    key = _of_jwk(text) if text.startswith("{") else _of_pem(text)
    algorithm = _algorithm_of(key)
    pem = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return ReadKey(algorithm, pem.decode("ascii"), hashlib.sha256(der).hexdigest()[:8])


def _of_pem(text: str) -> Any:
    try:
        return serialization.load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise NotAPublicKey(UNREADABLE) from error


def _of_jwk(text: str) -> Any:
    try:
        given = json.loads(text)
        if not isinstance(given, dict):
            raise NotAPublicKey(UNREADABLE)
        if isinstance(given.get("keys"), list):
            raise NotAPublicKey("This is a set of keys. Paste one of them, from “{” to “}”.")
        if given.get("kty") == "oct" or "d" in given:
            raise NotAPublicKey(PRIVATE)
        return PyJWK(given).key
    except (ValueError, TypeError, RecursionError, PyJWTError, UnsupportedAlgorithm) as error:
        raise NotAPublicKey(UNREADABLE) from error


def _algorithm_of(key: Any) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        least, most = RSA_BITS
        if not least <= key.key_size <= most:
            raise NotAPublicKey(f"This RSA key has {key.key_size} bits. Use one of {least} to {most} bits.")
        return "RS256"
    if isinstance(key, ec.EllipticCurvePublicKey):
        if not isinstance(key.curve, ec.SECP256R1):
            raise NotAPublicKey(f"This key is on the curve {key.curve.name}. ES256 wants one on P-256.")
        return "ES256"
    raise NotAPublicKey("This kind of key signs neither RS256 nor ES256. Use an RSA key, or one on P-256.")


def read_token(value: Secret) -> ReadToken | Refused:
    """A token taken apart, or why that cannot be done."""
    text = value.bare()
    if len(text) > LONGEST_TOKEN:
        return Refused.TOO_LONG
    if not is_jwt(text):
        return Refused.UNREADABLE
    try:
        parts = _JWS.decode_complete(text, options={"verify_signature": False})
        header, payload = parts["header"], json.loads(parts["payload"])
    except (PyJWTError, ValueError, RecursionError):
        return Refused.UNREADABLE
    if not isinstance(payload, dict):
        return Refused.UNREADABLE
    if "crit" in header or "b64" in header:
        return Refused.CRITICAL
    named = [header.get("alg"), header.get("kid"), payload.get("iss")]
    algorithm, kid, issuer = (one if isinstance(one, str) else "" for one in named)
    return ReadToken(algorithm, kid, issuer, payload, value)


def is_signed(token: ReadToken, algorithm: str, key: Secret | str) -> bool:
    """Whether a token was signed by this algorithm with this key: a secret, or a public key in PEM."""
    if token.algorithm != algorithm:
        return False
    try:
        if isinstance(key, Secret):
            usable: Any = key.reveal() if algorithm == "HS256" else None
        else:
            usable = _parsed(key) if algorithm != "HS256" else None
        if usable is None:
            return False
        _JWS.decode_complete(token.value.reveal(), usable, algorithms=[algorithm])
    except (PyJWTError, ValueError, TypeError):
        return False
    return True


@lru_cache(maxsize=1024)
def _parsed(pem: str) -> PublicKey:
    """A stored key, ready for use. Another text is another key, so what is kept is never an older one."""
    found = serialization.load_pem_public_key(pem.encode())
    assert isinstance(found, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
    return found
