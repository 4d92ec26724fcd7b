"""The vault: the only user of cryptography. Keys are sealed under master keys, each for one purpose (SPEC §5)."""

from portal.vault.master_keys import MasterKeyError, new_master_key
from portal.vault.sealing import OwnKey, Purpose, Sealed, Unopenable, Vault, master_key_id_of
from portal.vault.signatures import sign

__all__ = [
    "MasterKeyError",
    "OwnKey",
    "Purpose",
    "Sealed",
    "Unopenable",
    "Vault",
    "master_key_id_of",
    "new_master_key",
    "sign",
]
