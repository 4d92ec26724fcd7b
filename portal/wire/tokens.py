"""Tokens in place of keys: a service account signs an assertion, and its token service exchanges that for a token.

The exchange is a request like any other, made by the wire itself: the same destination, deadline and egress rule hold.
"""

import contextlib
import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from portal.dialects.base import Limits, ServiceAccountToken, UpstreamRequest, UpstreamResponse
from portal.dialects.secret import Secret
from portal.domain.faults import Category, Fault, UpstreamError
from portal.later import Later
from portal.wire.diagnosis import took_too_long
from portal.wire.redaction import Redactor

crypt, jwt = Later("google.auth.crypt"), Later("google.auth.jwt")

Send = Callable[[UpstreamRequest, frozenset[str], Limits], UpstreamResponse]

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
LIVES = 3600
"""Seconds that an assertion asks for: the most that is given."""

EARLY = 120.0
"""Seconds before its end at which a token is replaced, so that none ends on its way."""

PATIENCE = 15.0
"""Seconds that an exchange may take, when the request itself has longer."""

MOST = 1_000
"""Tokens kept at once; the one that was used least recently goes first."""

SKEW = 60.0
"""Seconds by which clocks may differ before they are worth mentioning."""

BROKEN_KEY = (
    "Copy the private key again from the JSON file: with its BEGIN and END lines, and with real line breaks or with "
    "every \\n kept. Pasting the whole file works too."
)
ROTATED = "The key may be deleted or replaced, or belong to another account. Make a new key for the service account."
NO_ACCOUNT = "The service account may be deleted or disabled. Check its e-mail address in the Google Cloud console."
CLOCK = "Set this machine’s clock: an assertion counts only within a few minutes of when it was signed."
NO_RIGHT = "The service account may not have tokens for this. Check its roles in the Google Cloud console."
WHERE = "Check the token URL: Google’s is https://oauth2.googleapis.com/token."
UNREACHED: dict[Category, str] = {
    Category.DNS: WHERE,
    Category.CONNECT: f"{WHERE} The portal’s machine must reach it, or PORTAL_EGRESS_PROXY be set.",
    Category.TIMEOUT: "Try again in a moment.",
}
"""What to do where the wire leaves that to the type of provider: its hints are about another host."""


@dataclass
class _Kept:
    """One account's token, and the lock behind which it is fetched: whoever comes second finds it there."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: Secret | None = None
    until: float = 0.0


class Tokens:
    """The tokens of all service accounts, each fetched once and kept until shortly before its end; for all threads.

    Kept under a hash: the account's own secret is not held here. `now` is the wall clock, in seconds; a machine that
    was suspended must know that its tokens have aged.
    """

    def __init__(self, send: Send, now: Callable[[], float] = time.time) -> None:
        self._send = send
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()

    def authorised(
        self, request: UpstreamRequest, account: ServiceAccountToken, destination: frozenset[str], limits: Limits
    ) -> UpstreamRequest:
        """The request with the account's token in `Authorization`. Raises `UpstreamError` when there is no token."""
        token = self._token(account, destination, limits)
        return replace(request, headers={**request.headers, "Authorization": token.prefixed("Bearer ")}, authority=None)

    def forget(self, account: ServiceAccountToken) -> None:
        """Its token was refused, so the next request fetches a new one."""
        self._of(account).token = None

    def _token(self, account: ServiceAccountToken, destination: frozenset[str], limits: Limits) -> Secret:
        kept = self._of(account)
        patience = min(PATIENCE, limits.read if limits.total is None else limits.total)
        began = time.monotonic()
        if not kept.lock.acquire(timeout=patience):
            raise UpstreamError(_named(took_too_long("It", "waiting for a token"), account))
        try:
            token = kept.token
            if token is None or self._now() >= kept.until:
                left = max(0.001, patience - (time.monotonic() - began))
                token, kept.until = self._fetched(account, destination, replace(limits, read=left, total=left))
                kept.token = token
            return token
        finally:
            kept.lock.release()

    def _of(self, account: ServiceAccountToken) -> _Kept:
        name = "\n".join((account.token_url, account.scope, account.secret.reveal()))
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            kept = self._kept.setdefault(digest, _Kept())
            self._kept.move_to_end(digest)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
            return kept

    def _fetched(
        self, account: ServiceAccountToken, destination: frozenset[str], limits: Limits
    ) -> tuple[Secret, float]:
        """A new token and when to replace it."""
        began = self._now()
        assertion = _assertion(account, round(began))
        form = urlencode({"grant_type": GRANT, "assertion": assertion}).encode()
        request = UpstreamRequest(
            "POST", account.token_url, {"Content-Type": "application/x-www-form-urlencoded"}, form
        )
        fault: Fault | None = None
        try:
            response = self._send(request, destination, limits)
        except UpstreamError as error:
            fault = _named(error.fault, account)
        if fault is not None:
            raise UpstreamError(fault)
        answer = _load(response.body)
        token = answer.get("access_token")
        if not 200 <= response.status < 300 or not isinstance(token, str) or not _fit_for_a_header(token):
            raise UpstreamError(_refusal(account, response, answer, assertion, began))
        lives = answer.get("expires_in")
        seconds = float(lives) if isinstance(lives, int | float) and not isinstance(lives, bool) else float(LIVES)
        # One that lives shorter than the margin is used at once and fetched anew for the next request.
        return Secret(token), began + min(max(seconds, 0.0), LIVES) - EARLY


def _assertion(account: ServiceAccountToken, now: int) -> str:
    """The signed statement that whoever holds this private key asks for a token."""
    parts = _load(account.secret.reveal().encode("utf-8", "replace"))
    email, key = parts.get("client_email"), parts.get("private_key")
    if not isinstance(email, str) or not email or not isinstance(key, str) or not key:
        hint = "Enter the client e-mail and the private key again, or paste the whole JSON file."
        raise UpstreamError(Fault(Category.AUTH, "A part of the service account is missing.", hint))
    claims = {"iss": email, "scope": account.scope, "aud": account.token_url, "iat": now, "exp": now + LIVES}
    signed: bytes | None = None
    # Whatever a key makes the libraries raise, it may quote the key; so nothing of it is kept, not even as a cause.
    with contextlib.suppress(Exception):
        signer = crypt.RSASigner.from_string(key.replace("\\n", "\n"), parts.get("private_key_id") or None)
        signed = jwt.encode(signer, claims)
    if signed is None:
        raise UpstreamError(Fault(Category.AUTH, "The private key cannot be read.", BROKEN_KEY))
    return signed.decode()


def _refusal(
    account: ServiceAccountToken, response: UpstreamResponse, answer: dict[str, Any], assertion: str, sent_at: float
) -> Fault:
    """What a token service means that gives none."""
    inner = answer.get("error")
    code = inner if isinstance(inner, str) else ""
    words = next((text for text in (answer.get("error_description"), inner) if isinstance(text, str)), "")
    if isinstance(inner, dict):
        code, words = str(inner.get("status") or ""), str(inner.get("message") or "")
    redactor = Redactor((assertion, assertion.rpartition(".")[2], *_lines(account.secret)))
    detail = " ".join(redactor.text(f"{code}: {words}" if words not in ("", code) else code).split())[:300]
    category, hint = _meaning(response, code, words.lower(), sent_at)
    fault = Fault(category, detail or _in_short(response), hint, response.status, redactor.text(code)[:100])
    return _named(fault, account)


def _meaning(response: UpstreamResponse, code: str, words: str, sent_at: float) -> tuple[Category, str]:
    status = response.status
    if code == "invalid_grant":
        apart = _apart(response, sent_at)
        if "iat" in words or "timeframe" in words or abs(apart) > SKEW:
            how_far = f"The clocks are {abs(apart):,.0f} seconds apart. " if abs(apart) > SKEW else ""
            return Category.AUTH, how_far + CLOCK
        return Category.AUTH, NO_ACCOUNT if "account" in words or "email" in words else ROTATED
    if code in ("access_denied", "unauthorized_client", "invalid_scope"):
        return Category.PERMISSION, NO_RIGHT
    if 300 <= status < 400 or status in (404, 405):
        return Category.ENDPOINT, WHERE
    if status == 429:
        return Category.RATE_LIMIT, "Wait a minute, then try again."
    if status >= 500:
        return Category.SERVER, "Try again in a few minutes."
    if 200 <= status < 300:
        return Category.SHAPE, WHERE
    return Category.AUTH, "Enter the service account again, or make a new key for it."


def _apart(response: UpstreamResponse, sent_at: float) -> float:
    """Seconds by which this machine's clock is ahead of the token service's; 0 when that names no time."""
    try:
        there = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError):
        return 0.0
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    return (datetime.fromtimestamp(sent_at, UTC) - there).total_seconds()


def _named(fault: Fault, account: ServiceAccountToken) -> Fault:
    """The fault, saying that the token service is meant and not the provider."""
    host = urlsplit(account.token_url).hostname or "nowhere"
    hint = fault.hint or UNREACHED.get(fault.category, "")
    return replace(fault, detail=f"No token from {host}. {fault.detail}".strip(), hint=hint)


def _in_short(response: UpstreamResponse) -> str:
    return f"It answered with status {response.status} and nothing that can be read."


def _lines(secret: Secret) -> list[str]:
    """The private key, line by line: a refusal could quote any of them."""
    key = _load(secret.reveal().encode("utf-8", "replace")).get("private_key")
    return [line for line in str(key or "").replace("\\n", "\n").splitlines() if line and not line.startswith("-")]


def _fit_for_a_header(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and token == token.strip()


def _load(body: bytes) -> dict[str, Any]:
    """The JSON object in it; an empty one where there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
