"""Service accounts of Google, as people paste them: two fields, or the whole JSON file that Google gave them."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field

LONGEST = 10_000

KEY_KINDS = ("PRIVATE KEY", "RSA PRIVATE KEY")
"""What may stand after BEGIN."""

_ARMOUR = re.compile(r"-----\s*BEGIN ([A-Z0-9 ]+?)\s*-----(.*?)-----\s*END ([A-Z0-9 ]+?)\s*-----", re.DOTALL)
_BEGIN = re.compile(r"-----\s*BEGIN ")
_EMAIL = re.compile(r"[a-z0-9][a-z0-9._-]*@[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_ACCOUNTS_PROJECT = re.compile(r".+@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com")
_QUOTES = "\"'`“”‘’«»"

WHOLE_FILE = "Paste the whole JSON file that Google gave you, or the private key out of it."

OTHER_FILES: dict[str, str] = {
    "authorized_user": "This file signs in a person, not a service account. Make a key for a service account and paste "
    "that file.",
    "external_account": "This file stands for an account of another cloud. The portal needs a key of a service "
    "account.",
    "impersonated_service_account": "This file borrows a service account. The portal needs a key of its own for it.",
}
"""Other JSON files that Google makes, by their `type`."""

OTHER_KEYS: dict[str, str] = {
    "ENCRYPTED PRIVATE KEY": "This private key is locked with a password. Paste the key as Google gave it.",
    "PUBLIC KEY": "This is the public key. Paste the private one.",
    "CERTIFICATE": "This is a certificate. Paste the private key.",
    "EC PRIVATE KEY": "This is a key of another kind. A service account has an RSA key.",
    "OPENSSH PRIVATE KEY": "This is a key for SSH. Paste the private key of the service account.",
}
"""What else stands between BEGIN and END, and what to do about it."""


@dataclass(frozen=True)
class ServiceAccount:
    """What was meant. `faults` holds a sentence by field, `client_email` or `private_key`; none means it may be stored.

    `private_key` is a PEM with real line breaks. `project` is the one that the account lives in, where that is known.
    """

    client_email: str = ""
    private_key: str = field(default="", repr=False)
    project: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def encrypted_text(self) -> str:
        """The one secret that is encrypted: JSON of both parts, on one line."""
        return json.dumps({"client_email": self.client_email, "private_key": self.private_key})


def read_service_account(client_email: str, private_key: str) -> ServiceAccount:
    """The account in two pasted fields, either of which may hold the whole JSON file. Never raises, never quotes."""
    pasted = next((text for text in (private_key, client_email) if text.strip().startswith("{")), "")
    if pasted:
        typed = "" if client_email.strip().startswith("{") else client_email
        return _from_file(pasted, typed)
    return _checked(client_email, private_key)


def _from_file(pasted: str, typed_email: str) -> ServiceAccount:
    """What the JSON file says; an e-mail that was typed beside it must be the same."""
    if len(pasted) > LONGEST:
        return ServiceAccount(faults={"private_key": f"This is too long to be a key file. {WHOLE_FILE}"})
    try:
        # Text that a program has printed may hold real line breaks within the key.
        value = json.loads(pasted, strict=False)
    except (ValueError, RecursionError):
        return ServiceAccount(faults={"private_key": f"This JSON is incomplete or was changed. {WHOLE_FILE}"})
    if not isinstance(value, dict):
        return ServiceAccount(faults={"private_key": WHOLE_FILE})
    kind = value.get("type")
    if isinstance(kind, str) and kind in OTHER_FILES:
        return ServiceAccount(faults={"private_key": OTHER_FILES[kind]})
    if "installed" in value or "web" in value:
        sentence = "This file is of an OAuth client. Make a key for a service account and paste that file."
        return ServiceAccount(faults={"private_key": sentence})
    email, key = value.get("client_email"), value.get("private_key")
    if not isinstance(email, str) or not isinstance(key, str):
        return ServiceAccount(faults={"private_key": f"This JSON holds no client e-mail and private key. {WHOLE_FILE}"})
    found = _checked(email, key, value.get("project_id"))
    typed = typed_email.strip()
    if typed and typed.lower() != found.client_email.lower():
        sentence = "The pasted file is of another account. Clear this field, or paste the right file."
        return ServiceAccount(found.client_email, found.private_key, found.project, {"client_email": sentence})
    if "client_email" in found.faults:  # it came out of the file, so that is where to look
        sentence = found.faults["client_email"]
        return ServiceAccount(found.client_email, found.private_key, found.project, {"private_key": sentence})
    return found


def _checked(client_email: str, private_key: str, project: object = None) -> ServiceAccount:
    email = client_email.strip().strip(_QUOTES).strip()
    faults: dict[str, str] = {}
    if not email:
        faults["client_email"] = "Enter the client e-mail, or paste the whole JSON file into the field below."
    elif not _EMAIL.fullmatch(email):
        faults["client_email"] = (
            "This is no e-mail address of a service account. It looks like name@project.iam.gserviceaccount.com."
        )
    pem, sentence = _pem(private_key)
    if sentence:
        faults["private_key"] = sentence
    lives_in = _ACCOUNTS_PROJECT.fullmatch(email.lower())
    known = project.strip() if isinstance(project, str) else ""
    return ServiceAccount(email, pem, known or (lives_in[1] if lives_in else ""), faults)


def _pem(pasted: str) -> tuple[str, str]:
    r"""A clean PEM and no sentence, or nothing and what is wrong.

    Line breaks that were lost, doubled or written as `\n` are set again: they carry no meaning in it.
    """
    text = pasted.strip().rstrip(",").strip().strip(_QUOTES).strip()
    text = re.sub(r"\\+[rn]", "\n", text)
    if not text:
        return "", "Enter the private key, or paste the whole JSON file."
    if len(text) > LONGEST:
        return "", f"This is too long to be a private key. {WHOLE_FILE}"
    found = _ARMOUR.search(text)
    if found is None:
        if not _BEGIN.search(text):
            return "", "The key’s first line is missing. It begins with -----BEGIN PRIVATE KEY-----."
        return "", "The key’s last line is missing. It ends with -----END PRIVATE KEY-----."
    kind, body = found[1], "".join(found[2].split())
    if kind in OTHER_KEYS:
        return "", OTHER_KEYS[kind]
    if kind not in KEY_KINDS or found[3] != kind:
        return "", f"This is not a private key. {WHOLE_FILE}"
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return "", f"A part of the private key is missing or was changed. {WHOLE_FILE}"
    if not _is_whole(data):
        return "", f"The private key is incomplete. {WHOLE_FILE}"
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n", ""


def _is_whole(data: bytes) -> bool:
    """True when the bytes are one DER sequence of exactly the length that it states: what every such key is."""
    if len(data) < 100 or data[0] != 0x30 or not 0x81 <= data[1] <= 0x84:
        return False
    size = data[1] - 0x80
    return int.from_bytes(data[2 : 2 + size], "big") == len(data) - 2 - size
