"""How an application's server signs a token: lines for each language, filled in for one application.

A secret is never in them: they read it, or the private key, from where the server keeps it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.literals import Language, literal

EXAMPLE_USER = "user-7"
EXAMPLE_PERMISSION = "ai:models:*"


@dataclass(frozen=True)
class Signing:
    """What an application signs with, and for where. `base` is the portal's address without a slash at its end."""

    base: str
    name: str
    kid: str
    algorithm: str
    audience: str


@dataclass(frozen=True)
class Lines:
    """Lines for one language. `first` is what is to be installed or set before."""

    key: str
    name: str
    first: str
    text: str


def lines_for(signing: Signing) -> Sequence[Lines]:
    """The lines of every language."""
    return (
        Lines("python", "Python", f"pip install pyjwt{_crypto(signing)}; {_kept(signing)}", _python(signing)),
        Lines("node", "Node.js", f"npm install jose; {_kept(signing)}", _node(signing)),
        Lines("curl", "Ask with it", "The token is what one of the others printed.", _curl(signing)),
    )


def _kept(signing: Signing) -> str:
    if signing.algorithm == "HS256":
        return "the secret stands in the variable APPLICATION_SECRET"
    return "the private key stands in the file private-key.pem"


def _crypto(signing: Signing) -> str:
    return "" if signing.algorithm == "HS256" else "[crypto]"


def _python(signing: Signing) -> str:
    key = 'os.environ["APPLICATION_SECRET"]' if signing.algorithm == "HS256" else 'Path("private-key.pem").read_text()'
    imports = "import os\nimport time" if signing.algorithm == "HS256" else "import time\nfrom pathlib import Path"
    quoted = {name: literal(Language.PYTHON, value) for name, value in _values(signing).items()}
    return f"""{imports}

import jwt

now = int(time.time())
token = jwt.encode(
    {{
        "iss": {quoted["name"]},
        "aud": {quoted["audience"]},
        "sub": {quoted["user"]},
        "iat": now,
        "exp": now + 600,
        "auth": {{"ai": {{"permissions": [{quoted["permission"]}]}}}},
    }},
    {key},
    algorithm={quoted["algorithm"]},
    headers={{"kid": {quoted["kid"]}}},
)
print(token)"""


def _node(signing: Signing) -> str:
    quoted = {name: literal(Language.JAVASCRIPT, value) for name, value in _values(signing).items()}
    if signing.algorithm == "HS256":
        imports = 'import { SignJWT } from "jose";'
        key = "new TextEncoder().encode(process.env.APPLICATION_SECRET)"
    else:
        imports = 'import { readFileSync } from "node:fs";\nimport { SignJWT, importPKCS8 } from "jose";'
        key = f'await importPKCS8(readFileSync("private-key.pem", "utf8"), {quoted["algorithm"]})'
    return f"""{imports}

const key = {key};
const token = await new SignJWT({{ auth: {{ ai: {{ permissions: [{quoted["permission"]}] }} }} }})
  .setProtectedHeader({{ alg: {quoted["algorithm"]}, kid: {quoted["kid"]} }})
  .setIssuer({quoted["name"]})
  .setAudience({quoted["audience"]})
  .setSubject({quoted["user"]})
  .setIssuedAt()
  .setExpirationTime("10m")
  .sign(key);
console.log(token);"""


def _curl(signing: Signing) -> str:
    body = json.dumps({"model": "auto", "messages": [{"role": "user", "content": "Say hello"}]})
    quoted = {
        name: literal(Language.SHELL, value)
        for name, value in {
            "list": f"{signing.base}/v1/models/1",
            "chat": f"{signing.base}/v1/chat/completions",
            "body": body,
        }.items()
    }
    return f"""curl {quoted["list"]} -H "Authorization: Bearer $TOKEN"
curl {quoted["chat"]} \\
  -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/json' \\
  -d {quoted["body"]}"""


def _values(signing: Signing) -> dict[str, str]:
    return {
        "name": signing.name,
        "audience": signing.audience,
        "algorithm": signing.algorithm,
        "kid": signing.kid,
        "user": EXAMPLE_USER,
        "permission": EXAMPLE_PERMISSION,
    }
