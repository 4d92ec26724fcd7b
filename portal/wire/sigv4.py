"""AWS Signature Version 4, as AWS lays it down for every service but S3: what of a request is signed, and how.

The tests hold it to what botocore signs, byte for byte.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
STANDARD_PORTS = {"http": 80, "https": 443}


class AccessKey(NamedTuple):
    """The credential: an id, the secret that signs, and the token of a session or a blank."""

    id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        return f"AccessKey({self.id})"


def signed_headers(
    key: AccessKey, scope: tuple[str, str], method: str, url: str, headers: Mapping[str, str], body: bytes
) -> dict[str, str]:
    """The headers to add to this request; `headers` are signed with it. The scope is a region and a service.

    A signature names a moment, and holds for some minutes around it.
    """
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"X-Amz-Date": now} | ({"X-Amz-Security-Token": key.token} if key.token else {})
    parts = urlsplit(url)
    signed = {name.lower(): " ".join(value.split()) for name, value in {**headers, **added}.items()}
    signed["host"] = _host(url)
    names = ";".join(sorted(signed))
    query = sorted(pair.partition("=")[::2] for pair in parts.query.split("&")) if parts.query else []
    request = "\n".join(
        (
            method.upper(),
            quote(_path(parts.path), safe="/~"),
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{signed[name]}" for name in sorted(signed)),
            "",
            names,
            sha256(body).hexdigest(),
        )
    )
    within = "/".join((now[:8], *scope, "aws4_request"))
    told = "\n".join((ALGORITHM, now, within, sha256(request.encode()).hexdigest()))
    signature = _mac(_signing_key(key.secret, within), told).hex()
    credential = f"Credential={key.id}/{within}"
    added["Authorization"] = f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
    return added


def _signing_key(secret: str, within: str) -> bytes:
    made = f"AWS4{secret}".encode()
    for part in within.split("/"):
        made = _mac(made, part)
    return made


def _mac(key: bytes, message: str) -> bytes:
    return hmac.new(key, message.encode(), sha256).digest()


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, STANDARD_PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


def _path(path: str) -> str:
    """Without `.` and `..`, and with one slash where there are several."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part not in ("", "."):
            kept.append(part)
    return f"/{'/'.join(kept)}" + ("/" if kept and path.endswith("/") else "")
