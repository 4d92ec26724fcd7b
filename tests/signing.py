"""What tests of embedding applications begin with: an application with a key, and tokens as it signs them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import PyJWS

from portal.dialects.secret import Secret as Secret
from portal.domain.people import Actor
from portal.services.applications import registry
from portal.services.applications.keys import Made
from portal.services.runtime import Runtime

ENVIRONMENTS = "production: editor-prod\nstaging: editor-stage"
ALL_MODELS = ("ai:models:*",)


@cache
def rsa_key(number: int = 0) -> Any:
    """A private key, the same one for each number."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(number: int = 0) -> Any:
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(private: Any) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def signed(claims: Any, key: Any, algorithm: str, header: Mapping[str, Any]) -> str:
    """A token of these claims, whatever they are."""
    return PyJWS().encode(json.dumps(claims).encode(), key, algorithm, headers=dict(header))


@dataclass(frozen=True)
class Editor:
    """An application as its own server knows it: how it is called here, and the key with which it signs."""

    made: Made
    key: Any
    now: int

    def claims(self, **more: Any) -> dict[str, Any]:
        """The claims of a token that works; one that is None is left out."""
        usual = {
            "aud": "editor-prod",
            "sub": "user-7",
            "iat": self.now,
            "exp": self.now + 600,
            "auth": {"ai": {"permissions": list(ALL_MODELS)}},
        }
        return {name: value for name, value in (usual | more).items() if value is not None}

    def sign(self, header: Mapping[str, Any] | None = None, **more: Any) -> str:
        """A token with these claims."""
        named = {"kid": self.made.kid} if header is None else dict(header)
        return signed(self.claims(**more), self.key, self.made.algorithm, named)

    def permitted(self, *patterns: str) -> str:
        return self.sign(auth={"ai": {"permissions": list(patterns)}})

    def by(self, made: Made, key: Any) -> "Editor":
        return replace(self, made=made, key=key)


def register(actor: Actor, runtime: Runtime, name: str = "intranet-editor", private: Any = None) -> Editor:
    """An application with this key, or with a secret."""
    made = registry.register(actor, runtime, name, ENVIRONMENTS, public_pem(private) if private else "")
    now = int(runtime.now().timestamp())
    return Editor(made, private or made.secret.bare(), now)


def written(header: Mapping[str, Any], payload: Any, signature: bytes = b"") -> str:
    """A token put together by hand, with whatever in it."""
    parts = [json.dumps(header).encode(), payload if isinstance(payload, bytes) else json.dumps(payload).encode()]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature))
