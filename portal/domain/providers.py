"""What a provider may be called, and how two versions of its settings are compared."""

import re
from collections.abc import Collection

from portal.domain.typed_text import looks_secret, unseen_fault

NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 64
LONGEST_LABEL = 120
RESERVED: frozenset[str] = frozenset({"auto", "connect", "test", "discover"})
"""`auto` asks the gateway to choose; the others are the portal's own pages under the same address."""

KEY_IN_THE_OPEN = "This is a key. Enter it in the field for the key, where it is never shown again."


def name_fault(name: str) -> str | None:
    """Why a provider cannot be called that, as the sentence beside the field; None when it can."""
    if looks_secret(name):
        return KEY_IN_THE_OPEN
    if not name:
        return "Give it a name. API clients and access rules use it."
    if len(name) > LONGEST_NAME:
        return f"This has {len(name)} characters. Use at most {LONGEST_NAME}."
    if name in RESERVED:
        return f"The portal uses “{name}” itself. Choose another name."
    if not NAME.fullmatch(name):
        return "Use small letters, digits and single hyphens between them, as in acme-openai."
    return None


def label_fault(label: str) -> str:
    """Why a provider cannot have that label; "" when it can."""
    if looks_secret(label):
        return KEY_IN_THE_OPEN
    if len(label) > LONGEST_LABEL:
        return f"This has {len(label)} characters. Use at most {LONGEST_LABEL}."
    return unseen_fault(label, "The label")


def free_name(wish: str, taken: Collection[str]) -> str:
    """The wish as a valid name, with the first number that makes it free."""
    stem = re.sub(r"[^a-z0-9]+", "-", wish.lower()).strip("-")[: LONGEST_NAME - 4].strip("-") or "provider"
    if stem in RESERVED:
        stem = f"{stem}-provider"
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name
