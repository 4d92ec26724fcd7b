"""Which of what was typed into a form is secret: that never travels in a page."""

import re
from collections.abc import Collection, Iterable
from functools import cache

from portal.dialects.input.typed_keys import field_name
from portal.dialects.provider_types.table import TYPES
from portal.domain.provider_headers import TypedHeader, may_be_shown
from portal.domain.typed_text import looks_secret

SECRETS = frozenset({"password", "webhook_secret", "access_token"})
PROSE = frozenset({"text", "system_prompt", "fallback_reply"})
"""Fields of people's own words, which may speak of keys."""


def without_secrets(
    sent: Iterable[tuple[str, str]], missing: Iterable[str] = (), also: Collection[str] = ()
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What may travel in a page, and the names beside which it is said that something does not.

    `missing` are names that are known beforehand, `also` more fields that are secret in this form.
    """
    pairs = list(sent)
    headers = _secret_headers(dict(pairs))
    kept, left_out = [], list(missing)
    for name, value in pairs:
        if not value or not (name in headers or name in also or _is_secret(name, value)):
            kept.append((name, value))
        else:
            left_out.append(headers.get(name, name))
    return tuple(kept), tuple(left_out)


def _is_secret(name: str, value: str) -> bool:
    return name in SECRETS or name in _key_fields() or (name not in PROSE and looks_secret(value))


@cache
def _key_fields() -> frozenset[str]:
    """The fields of all types into which a secret part of a key goes."""
    return frozenset(
        field_name(kind, part)
        for type in TYPES.values()
        for kind in type.key_kinds
        for part in kind.fields
        if part.secret
    )


def _secret_headers(sent: dict[str, str]) -> dict[str, str]:
    """The values of headers that are secret, each with the name under which its row says so."""
    rows = sorted(int(found[1]) for name in sent if (found := re.fullmatch(r"extra_headers-([0-9]{1,4})-name", name)))
    secret, place = {}, 0
    for row in rows:
        name, value = (sent.get(f"extra_headers-{row}-{part}", "") for part in ("name", "value"))
        if name.strip() or value:
            if not may_be_shown(TypedHeader(name.strip(), value, f"extra_headers-{row}-secret" in sent)):
                secret[f"extra_headers-{row}-value"] = f"headers-{place}"
            place += 1
    return secret
