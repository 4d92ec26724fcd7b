"""What a name and an e-mail address may be, for an account as for a role."""

import re
import unicodedata

from portal.domain.typed_text import unseen_fault

NAME_LENGTH, EMAIL_LENGTH = 120, 254


def read_facts(name: str, email: str) -> tuple[str, str, dict[str, str]]:
    """Name and e-mail as they are stored, and what is wrong with them by field."""
    name, email = " ".join(name.split()), plain_email(email)
    faults = {}
    if sentence := name_fault(name):
        faults["name"] = sentence
    if not email:
        faults["email"] = "Type an e-mail address: it is what one signs in with."
    elif len(email) > EMAIL_LENGTH or not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or has_control(email):
        faults["email"] = "This is not an e-mail address. It looks like ada@example.org."
    elif sentence := unseen_fault(email, "The e-mail address"):
        faults["email"] = sentence
    elif email != unicodedata.normalize("NFKC", email):
        faults["email"] = "This address holds letters of another width or form. Type it with the usual ones."
    return name, email, faults


def plain_email(email: str) -> str:
    """One spelling for one address, whatever the capitals."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def name_fault(name: str) -> str | None:
    if not name:
        return "Type a name: it is what others see."
    if len(name) > NAME_LENGTH:
        return f"A name has at most {NAME_LENGTH} characters. Shorten it."
    return shown_fault(name, "The name") or None


def shown_fault(text: str, what: str) -> str:
    """Why a text that others read cannot be shown as it is, or would look like another one; "" when it can."""
    if has_control(text):
        return f"{what} holds a character that cannot be shown. Type it again."
    return unseen_fault(text, what)


def has_control(text: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cs") for character in text)
