"""Embedding applications: what they are called, where they run, and what the claims of a token that one signs must say.

An application signs tokens (JWT) for its own users with a key that was registered for it. The names of the claims are
those of the editors' services that such applications know: `aud` names an environment, `sub` the user, and
`auth.ai.permissions` the models, as `ai:models:<provider>:<model>`.
"""

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.domain.access import LONGEST, MOST_PATTERNS, PREFIX, pattern_fault, tidy
from portal.domain.typed_text import looks_secret, unseen_fault

ALGORITHMS = ("HS256", "RS256", "ES256")
"""How a token may be signed. The first with a secret that both sides know, the others with a key of which the portal
knows the public half. Which one is written at the registration, and never taken from a token."""

SECRET_BEGINS = "llms_"  # noqa: S105 because it begins all of them
"""How the secret of an application begins, so that scanners of leaked secrets know it."""

SECRET_SIGNS = 43
"""Random letters and digits of a secret: 256 bits, as many as HS256 makes use of."""

LONGEST_TOKEN = 8192
"""Characters of a token; a longer one is not read."""

LEEWAY = timedelta(seconds=60)
"""How far the clocks of an application and of the portal may be apart."""

LONGEST_LIFE = timedelta(hours=24)
"""How long a token may last: from its `iat`, or from now on where it has none."""

NAME_LENGTH = 64
MOST_ENVIRONMENTS = 10
AUDIENCE_LENGTH = 200
USER_LENGTH = 200

LONGEST_OVERLAP, USUAL_OVERLAP = 168, 24
"""Hours for which a replaced key may go on working."""

MOST_KEYS = 3
"""Keys of one application that work at once."""

MOST_APPLICATIONS = 200
"""Applications of one portal: a page shows them all."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_ENVIRONMENT = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*", re.ASCII)
_AUDIENCE = re.compile(r"[!-~]+", re.ASCII)
_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]*", re.ASCII)


Payload = Mapping[str, Any]
"""The signed part of a token as JSON holds it: whatever an application wrote."""


class Refused(StrEnum):
    """Why a token of an application does not work; the log says it, and the caller hears the same of all."""

    TOO_LONG = "longer than a token may be"
    UNREADABLE = "not a readable JWT"
    NO_APPLICATION = "neither kid nor iss says whose it is"
    UNKNOWN = "no such key or application"
    DISABLED = "the application is off"
    ALGORITHM = "alg is not the one that was registered"
    CRITICAL = "crit names what is not understood here"
    KEY_UNREADABLE = "the secret cannot be decrypted"
    SIGNATURE = "the signature does not fit"
    SIGNATURE_OR_ENDED = "the signature fits no key that works; it may be of one whose time is over"
    KEY_ENDED = "the key was replaced, and its time is over"
    ISSUER = "iss is another application"
    EXP_MISSING = "exp is missing"
    EXP_ODD = "exp is not a number"
    EXPIRED = "exp has passed"
    NBF_ODD = "nbf is not a number"
    NOT_YET = "nbf is still to come"
    IAT_ODD = "iat is not a number"
    IAT_LATER = "iat is still to come"
    LIFE = "it lasts longer than it may"
    AUD_MISSING = "aud is missing"
    AUD_ODD = "aud is neither a text nor a list of texts"
    AUDIENCE = "aud is no environment of the application"
    SUB_MISSING = "sub is missing"
    SUB_ODD = "sub is not a text of 1 to 200 characters that can be read"
    PERMISSIONS_MISSING = "auth.ai.permissions is missing"
    PERMISSIONS_ODD = "auth.ai.permissions is not a list of texts"
    PATTERN_ODD = "auth.ai.permissions holds a pattern that cannot be read"


@dataclass(frozen=True)
class Environment:
    """One place where an application runs, and the `aud` of the tokens that are meant for it."""

    name: str
    audience: str


@dataclass(frozen=True)
class Claims:
    """What a token says that works: for which of its users, in which environment, and which models they may use."""

    user: str
    environment: str
    patterns: tuple[str, ...]


def is_jwt(value: str) -> bool:
    """Whether a text has the shape of a signed token. It takes any text."""
    return _JWT.fullmatch(value) is not None


def name_fault(name: str) -> str | None:
    """What is wrong with the name of an application; it stands in tokens as `iss`, so it never changes."""
    if not name:
        return "Type a name, like intranet-editor."
    if len(name) > NAME_LENGTH:
        return f"A name has at most {NAME_LENGTH} characters. Shorten it."
    if not _NAME.fullmatch(name):
        return "Use small letters, digits and single hyphens, like intranet-editor."
    return None


def environments_from_text(text: str) -> tuple[tuple[Environment, ...], str | None]:
    """The environments of a text with one on each line, as `production: audience`, and the first fault in it."""
    parts = (line.partition(":") for line in text.splitlines() if line.strip())
    return environments_from_list(Environment(name, audience) for name, _, audience in parts)


def environments_from_list(given: Iterable[Environment]) -> tuple[tuple[Environment, ...], str | None]:
    """The same of environments that stand one by one: none of them can hold a second one."""
    found = tuple(Environment(each.name.strip(), each.audience.strip()) for each in given)
    fault = next(filter(None, map(_environment_fault, found)), None) or environments_fault(found)
    return (() if fault else found), fault


def _environment_fault(given: Environment) -> str | None:
    name, audience = given.name, given.audience
    if looks_secret(f"{name}: {audience}"):
        return "This looks like a key. An audience is a name that tokens bear in the open."
    if not audience:
        return f"“{name}” has no audience. Write it as environment: audience, like production: editor-prod."
    if not _ENVIRONMENT.fullmatch(name) or len(name) > NAME_LENGTH:
        return f"“{name}” cannot be an environment’s name: use small letters, digits and hyphens."
    if not _AUDIENCE.fullmatch(audience) or len(audience) > AUDIENCE_LENGTH:
        return f"The audience of {name} has blanks or letters that no token should bear, or is too long."
    return None


def environments_fault(environments: Collection[Environment]) -> str | None:
    """What is wrong with these environments together."""
    if not environments:
        return "Name at least one environment with its audience, like production: editor-prod."
    if len(environments) > MOST_ENVIRONMENTS:
        return f"These are {len(environments)} environments; {MOST_ENVIRONMENTS} fit."
    for what in ("name", "audience"):
        values = [getattr(each, what) for each in environments]
        if twice := next((value for value in values if values.count(value) > 1), None):
            return f"The {what} “{twice}” stands here twice. Each environment has its own."
    return None


def environments_text(environments: Iterable[Environment]) -> str:
    """The same as people type it."""
    return "\n".join(f"{each.name}: {each.audience}" for each in environments)


def read_claims(
    payload: Payload, application: str, environments: Collection[Environment], now: datetime
) -> Claims | Refused:
    """What the signed part of a token says, or the first thing that is wrong with it."""
    if refused := _issuer(payload, application) or _times(payload, now.timestamp()):
        return refused
    environment = _environment(payload, environments)
    if isinstance(environment, Refused):
        return environment
    user = payload.get("sub")
    if user is None:
        return Refused.SUB_MISSING
    if not isinstance(user, str) or not _is_user(user):
        return Refused.SUB_ODD
    patterns = _patterns(payload)
    return patterns if isinstance(patterns, Refused) else Claims(user, environment, patterns)


def _issuer(payload: Payload, application: str) -> Refused | None:
    issuer = payload.get("iss")
    return Refused.ISSUER if issuer is not None and issuer != application else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _times(payload: Payload, now: float) -> Refused | None:
    exp, nbf, iat = (payload.get(name) for name in ("exp", "nbf", "iat"))
    leeway = LEEWAY.total_seconds()
    if exp is None:
        return Refused.EXP_MISSING
    for value, odd in ((exp, Refused.EXP_ODD), (nbf, Refused.NBF_ODD), (iat, Refused.IAT_ODD)):
        if value is not None and not _is_number(value):
            return odd
    if exp <= now - leeway:
        return Refused.EXPIRED
    if nbf is not None and nbf > now + leeway:
        return Refused.NOT_YET
    if iat is not None and iat > now + leeway:
        return Refused.IAT_LATER
    begins = now if iat is None else iat
    return Refused.LIFE if exp > begins + LONGEST_LIFE.total_seconds() + leeway else None


def _environment(payload: Payload, environments: Collection[Environment]) -> str | Refused:
    audience = payload.get("aud")
    if audience is None:
        return Refused.AUD_MISSING
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not all(isinstance(one, str) for one in named):
        return Refused.AUD_ODD
    found = (each.name for each in environments if each.audience in named)
    return next(found, Refused.AUDIENCE)


def _is_user(user: str) -> bool:
    fits = 0 < len(user) <= USER_LENGTH and user.strip() == user
    return fits and not unseen_fault(user, "It") and not looks_secret(user)


def _patterns(payload: Payload) -> tuple[str, ...] | Refused:
    """The patterns of models; permissions for anything else are not the portal's, and say nothing here."""
    found: Any = payload
    for name in ("auth", "ai", "permissions"):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        return Refused.PERMISSIONS_MISSING
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        return Refused.PERMISSIONS_ODD
    of_models = [one for one in found if one.startswith(PREFIX)]
    if len(of_models) > MOST_PATTERNS or any(len(one) > LONGEST or pattern_fault(one) for one in of_models):
        return Refused.PATTERN_ODD
    return tuple(sorted({tidy(one) for one in of_models}))


_PRIVATE_MEMBER = re.compile(r'"(d|k|p|q|dp|dq|qi|keys)"\s*:')


def may_hold_private(typed: str) -> bool:
    """Whether what was typed for a public key may be, or hold, a private one: then nobody is to see it again."""
    if typed.lstrip().startswith("{"):
        return _PRIVATE_MEMBER.search(typed) is not None
    return "PRIVATE" in typed or "PUBLIC KEY-----" not in typed
