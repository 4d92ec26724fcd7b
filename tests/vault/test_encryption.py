"""An encrypted key decrypts for its purpose, under a master key at hand, and for nothing else."""

import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet

from portal.dialects.secret import Secret
from portal.settings import Settings
from portal.vault import MasterKeyError, OwnKey, Purpose, Undecryptable, Vault, master_key_id_of, new_master_key
from tests.conftest import CANARY

PURPOSE = Purpose(uuid4(), uuid4(), "shared", "https://api.openai.com:443")


def vault(*keys: str) -> Vault:
    return Vault.from_settings(Settings(master_key=", ".join(keys)))


def unlocked(made: Vault) -> Vault:
    made.unlock({which: made.make_own(which).text for which in OwnKey})
    return made


def test_an_encrypted_key_decrypts_for_its_own_purpose():
    made = vault(new_master_key())
    encrypted = made.encrypt(Secret(CANARY), PURPOSE)
    assert made.decrypt(encrypted.text, PURPOSE) == Secret(CANARY)
    assert encrypted.master_key_id == master_key_id_of(encrypted.text) == made.master_key_ids[0]


@pytest.mark.parametrize(
    "other",
    [
        replace(PURPOSE, key_id=uuid4()),
        replace(PURPOSE, provider_id=uuid4()),
        replace(PURPOSE, owner=str(uuid4())),
        replace(PURPOSE, destination="https://evil.example:443"),
        replace(PURPOSE, destination=""),
    ],
    ids=["another row", "another provider", "another owner", "another destination", "no destination"],
)
def test_an_encrypted_key_decrypts_for_nothing_else(other: Purpose):
    made = vault(new_master_key())
    with pytest.raises(Undecryptable):
        made.decrypt(made.encrypt(Secret(CANARY), PURPOSE).text, other)


def test_an_own_key_does_not_decrypt_as_a_provider_key_nor_as_the_other_own_key():
    made = vault(new_master_key())
    fingerprint = made.make_own(OwnKey.FINGERPRINT).text
    with pytest.raises(Undecryptable):
        made.decrypt(fingerprint, PURPOSE)
    with pytest.raises(Undecryptable):
        made.unlock({OwnKey.FINGERPRINT: fingerprint, OwnKey.AUDIT: fingerprint})


def test_an_altered_text_does_not_decrypt():
    made = vault(new_master_key())
    text = made.encrypt(Secret(CANARY), PURPOSE).text
    form, id, token = text.split(".", 2)
    for broken in (
        text[:-4],
        text[:40] + ("A" if text[40] != "A" else "B") + text[41:],
        token,
        "",
        "v1.",
        f"v2.{id}.{token}",
        f"{form}.{'0' * 16}.{token}",
        f"{form}.{id}.",
        f"{form}.{id}.é",
    ):
        with pytest.raises(Undecryptable):
            made.decrypt(broken, PURPOSE)


def test_a_token_made_elsewhere_under_the_same_key_is_not_taken():
    key = new_master_key()
    made = vault(key)
    for content in (b"just-a-key", b"[1]", json.dumps({"secret": "x"}).encode()):
        text = f"v1.{made.master_key_ids[0]}.{Fernet(key).encrypt(content).decode()}"
        with pytest.raises(Undecryptable):
            made.decrypt(text, PURPOSE)


def test_the_newest_key_encrypts_and_the_older_ones_still_decrypt():
    old, new = new_master_key(), new_master_key()
    encrypted = vault(old).encrypt(Secret(CANARY), PURPOSE)
    both = vault(new, old)
    assert both.decrypt(encrypted.text, PURPOSE) == Secret(CANARY)
    assert both.encrypt(Secret("x"), PURPOSE).master_key_id == vault(new).master_key_ids[0]
    again = both.reencrypt(encrypted.text)
    assert vault(new).decrypt(again.text, PURPOSE) == Secret(CANARY)
    with pytest.raises(Undecryptable):
        vault(new).decrypt(encrypted.text, PURPOSE)
    with pytest.raises(Undecryptable):
        vault(new).decrypt(again.text, replace(PURPOSE, destination="https://evil.example:443"))


@pytest.mark.parametrize("bad", ["hunter2", "a" * 44, "x" * 32, "é" * 44, f"{'A' * 43}=,no"])
def test_a_master_key_of_another_form_is_refused_without_repeating_it(bad: str):
    with pytest.raises(MasterKeyError) as refused:
        vault(bad)
    assert "flask keys new" in str(refused.value)
    assert "PORTAL_MASTER_KEY" in str(refused.value)
    assert bad not in str(refused.value)


def test_fingerprints_tell_keys_apart_and_macs_depend_on_the_message():
    made = unlocked(vault(new_master_key()))
    assert made.fingerprint(Secret("one")) == made.fingerprint(Secret("one"))
    assert made.fingerprint(Secret("one")) != made.fingerprint(Secret("two"))
    assert len(made.fingerprint(Secret("one"))) == 8
    assert len(made.mac(b"row")) == 64
    assert made.mac(b"row") != made.mac(b"other row")
    assert made.mac(b"one")[:8] != made.fingerprint(Secret("one"))


def test_fingerprints_and_macs_survive_a_rotation():
    old, new = new_master_key(), new_master_key()
    before = vault(old)
    stored = {which: before.make_own(which).text for which in OwnKey}
    before.unlock(stored)
    both = vault(new, old)
    after = vault(new)
    after.unlock({which: both.reencrypt(text).text for which, text in stored.items()})
    assert after.fingerprint(Secret("one")) == before.fingerprint(Secret("one"))
    assert after.mac(b"row") == before.mac(b"row")


def test_nothing_in_the_vault_shows_a_key_when_it_is_printed():
    key = new_master_key()
    made = vault(key)
    encrypted = made.encrypt(Secret(CANARY), PURPOSE)
    assert CANARY not in repr(encrypted) + repr(made.decrypt(encrypted.text, PURPOSE))
    assert key not in repr(made._keys) + repr(Settings(master_key=key))


def test_without_a_file_there_is_no_key_and_none_is_made_by_the_way(tmp_path: Path):
    made = Vault.from_settings(Settings(data_dir=tmp_path))
    assert made.master_key_ids == ()
    with pytest.raises(MasterKeyError, match="does not exist"):
        made.encrypt(Secret(CANARY), PURPOSE)
    assert list(tmp_path.iterdir()) == []
