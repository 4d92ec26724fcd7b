"""Encrypting a secret for one purpose, and decrypting it for no other.

An encrypted text reads `v1.<master key id>.<Fernet token>`. The token's content carries the purpose beside the secret,
so a text that was moved to another row, provider, owner or destination decrypts for nobody. The list of master keys is
our own rather than MultiFernet's, because the id in front says at once which key to take and when to read the file
again.

Two keys never rotate, for what they made must stay comparable: the one behind fingerprints, and the one behind the
MACs of the audit trail. Both are random, lie in the database encrypted under the newest master key like the others, and
are re-encrypted by `flask keys rotate`: so the MACs hang on the master key, and still verify after it was rotated.
"""

import contextlib
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken

from portal.dialects.secret import Secret
from portal.settings import Settings
from portal.vault.master_keys import GivenKeys, KeyFile, MasterKey, MasterKeyError, MasterKeySource

FORM = "v1"


class Undecryptable(Exception):
    """An encrypted text that does not decrypt here: another purpose, another master key, or it was altered."""


@dataclass(frozen=True)
class Purpose:
    """What a key is for. `owner` is "shared" or a user's id; `destination` the sorted origins, joined by spaces."""

    key_id: UUID
    provider_id: UUID
    owner: str
    destination: str

    def facts(self) -> dict[str, str]:
        return {
            "key": str(self.key_id),
            "provider": str(self.provider_id),
            "owner": self.owner,
            "destination": self.destination,
        }


class OwnKey(StrEnum):
    """The portal's own two keys; the value is also the name of the setting that each is stored under."""

    FINGERPRINT = "vault.fingerprint_key"
    AUDIT = "vault.audit_key"

    def facts(self) -> dict[str, str]:
        return {"own": self.value}


@dataclass(frozen=True)
class Encrypted:
    """What is stored: the text, and which master key it is under."""

    text: str
    master_key_id: str


def master_key_id_of(text: str) -> str:
    """The id in front of an encrypted text; "" when it is none."""
    form, _, rest = text.partition(".")
    return rest.partition(".")[0] if form == FORM else ""


class Vault:
    """Encrypts and decrypts. Keeps every master key it has met, and reads the file again when it meets another's id."""

    def __init__(self, source: MasterKeySource) -> None:
        self.source = source
        self._keys: tuple[MasterKey, ...] = ()
        self._met: dict[str, MasterKey] = {}
        self._own: dict[OwnKey, bytes] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> "Vault":
        """The keys of `PORTAL_MASTER_KEY`, of `PORTAL_MASTER_KEY_FILE`, else of the file in the data directory.

        A missing file is not made here: only whoever has seen that nothing is encrypted yet may do that (`make`).
        """
        file = settings.files.get("master_key")
        if file is None and settings.master_key:
            return cls(GivenKeys(settings.master_key))
        return cls(KeyFile(file or settings.data_dir.resolve() / "master.key"))

    @property
    def master_key_ids(self) -> tuple[str, ...]:
        """The ids of the master keys in force, newest first, as the source says right now."""
        self._read()
        return tuple(key.id for key in self._keys)

    def make(self) -> None:
        """Make the first master key. Call it only when nothing is encrypted."""
        self.source.make()

    def knows(self, master_key_id: str) -> bool:
        """Whether this master key is at hand; an unknown one is looked for in the source first."""
        return self._find(master_key_id) is not None

    def encrypt(self, secret: Secret, purpose: Purpose) -> Encrypted:
        """Encrypt under the newest master key, as the source says now: a rotation may have begun a moment ago.

        Call it inside the transaction that stores the result: so a retiring master key finds it, or it finds the new.
        """
        return self._encrypt({"for": purpose.facts(), "secret": secret.reveal()})

    def decrypt_address(self, encrypted: str, purpose: Purpose) -> str:
        """An address that was encrypted because its path may be as good as a password. Raises as `decrypt` does."""
        return self.decrypt(encrypted, purpose).reveal()

    def decrypt(self, text: str, purpose: Purpose) -> Secret:
        """The secret, if it was encrypted for exactly this purpose. Raises `Undecryptable`."""
        content = self._decrypt(text)
        if content.get("for") != purpose.facts():
            raise Undecryptable("it was encrypted for another key, provider, owner or destination")
        return Secret(str(content["secret"]))

    def reencrypt(self, text: str) -> Encrypted:
        """The same content, purpose included, under the newest master key. Raises `Undecryptable`."""
        return self._encrypt(self._decrypt(text))

    def make_own(self, which: OwnKey) -> Encrypted:
        """A new random key of the portal's own, encrypted. It serves after `unlock`."""
        return self._encrypt({"for": which.facts(), "secret": secrets.token_hex(32)})

    @property
    def unlocked(self) -> bool:
        return len(self._own) == len(OwnKey)

    def unlock(self, stored: dict[OwnKey, str]) -> None:
        """Take the portal's own keys out of their encrypted texts. Raises `Undecryptable`."""
        keys = {}
        for which in OwnKey:
            content = self._decrypt(stored[which])
            if content.get("for") != which.facts():
                raise Undecryptable("it is another of the portal's own keys")
            keys[which] = bytes.fromhex(content["secret"])
        self._own = keys

    def fingerprint(self, secret: Secret) -> str:
        """Eight hex digits that tell two keys apart and say nothing about either."""
        return self._hmac(OwnKey.FINGERPRINT, secret.reveal().encode())[:8]

    def mac(self, message: bytes) -> str:
        """The MAC of one link of the audit trail: 64 hex digits."""
        return self._hmac(OwnKey.AUDIT, message)

    def _hmac(self, which: OwnKey, message: bytes) -> str:
        return hmac.new(self._own[which], message, hashlib.sha256).hexdigest()

    def _encrypt(self, content: dict[str, Any]) -> Encrypted:
        self._read()
        if not self._keys:
            raise MasterKeyError(f"There is no master key: {self.source.name} does not exist.")
        key = self._keys[0]
        token = key.fernet.encrypt(json.dumps(content, sort_keys=True).encode())
        return Encrypted(f"{FORM}.{key.id}.{token.decode()}", key.id)

    def _decrypt(self, text: str) -> dict[str, Any]:
        key = self._find(master_key_id_of(text))
        if key is None:
            raise Undecryptable("it is under a master key that is not at hand")
        try:
            content = json.loads(key.fernet.decrypt(text.split(".", 2)[2].encode()))
        except (InvalidToken, ValueError, IndexError) as error:
            raise Undecryptable("it was altered") from error
        if not isinstance(content, dict):
            raise Undecryptable("it was altered")
        return content

    def _find(self, master_key_id: str) -> MasterKey | None:
        if not master_key_id:
            return None
        if master_key_id not in self._met:
            with contextlib.suppress(MasterKeyError):  # an unreadable file is no news; what was read before still holds
                self._read()
        return self._met.get(master_key_id)

    def _read(self) -> None:
        self._keys = self.source.read()
        self._met = self._met | {key.id: key for key in self._keys}
