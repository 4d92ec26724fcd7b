"""Secrets among the settings: encrypted like keys, each for its own name, and re-encrypted with them."""

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from portal.dialects.secret import Secret
from portal.services.runtime import Runtime
from portal.store import settings as store
from portal.store.base import Session
from portal.vault import Encrypted, Purpose, Undecryptable, master_key_id_of

WEBHOOK_SECRET = "webhook.secret"  # noqa: S105 - the setting's name
WEBHOOK_URL = "webhook.address"
NAMES = (WEBHOOK_SECRET, WEBHOOK_URL)


def put(session: Session, runtime: Runtime, name: str, secret: Secret) -> None:
    store.put(session, name, runtime.vault.encrypt(secret, _purpose(name)).text, runtime.now())


def find(session: Session, runtime: Runtime, name: str) -> Secret | None:
    """The secret; None when there is none, or when it does not open here."""
    text = store.find(session, name)
    try:
        return runtime.vault.decrypt(text, _purpose(name)) if text else None
    except Undecryptable:
        return None


def find_address(session: Session, runtime: Runtime, name: str) -> str:
    """An address as text; "" when there is none, or when it does not open here."""
    text = store.find(session, name)
    try:
        return runtime.vault.decrypt_address(text, _purpose(name)) if text else ""
    except Undecryptable:
        return ""


def count(session: Session) -> dict[str, int]:
    """How many are encrypted under each master key."""
    return dict(Counter(master_key_id_of(text) for _, text in _stored(session)))


def under_another(session: Session, master_key_id: str, after: str | None, limit: int) -> list[tuple[Any, str]]:
    """Names and encrypted texts that are not under this master key, in order of name."""
    others = [(name, text) for name, text in _stored(session) if master_key_id_of(text) != master_key_id]
    return [(name, text) for name, text in others if after is None or name > after][:limit]


def swap(session: Session, name: str, old: str, new: Encrypted, now: datetime) -> bool:
    """Compare and set: False when somebody changed it in the meantime."""
    if store.find(session, name, lock=True) != old:
        return False
    store.put(session, name, new.text, now)
    return True


def _stored(session: Session) -> list[tuple[str, str]]:
    found = ((name, store.find(session, name)) for name in sorted(NAMES))
    return [(name, text) for name, text in found if text]


def _purpose(name: str) -> Purpose:
    """Encrypted for its name alone: it signs, and is sent nowhere."""
    id = uuid5(NAMESPACE_URL, f"portal:setting:{name}")
    return Purpose(id, id, "setting", name)
