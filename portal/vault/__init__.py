"""The vault: the only user of cryptography. Keys are encrypted under master keys, each for one purpose."""

from portal.vault.encryption import Encrypted, OwnKey, Purpose, Undecryptable, Vault, master_key_id_of
from portal.vault.master_keys import MasterKeyError, new_master_key
from portal.vault.signatures import sign

__all__ = [
    "Encrypted",
    "MasterKeyError",
    "OwnKey",
    "Purpose",
    "Undecryptable",
    "Vault",
    "master_key_id_of",
    "new_master_key",
    "sign",
]
