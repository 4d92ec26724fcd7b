import re
import subprocess
import sys

from argon2 import extract_parameters

from portal.services.people import passwords

PARAMETERS = """
from argon2 import extract_parameters
from portal.services.people import passwords
made = passwords.hash_password("correct horse battery")
assert extract_parameters(made) == extract_parameters(passwords.NOBODYS)
print(made)
"""


def test_outside_of_the_tests_a_password_costs_64_mebibytes():
    """And so does nobody's: how long it takes tells nothing about an e-mail."""
    made = subprocess.run([sys.executable, "-c", PARAMETERS], capture_output=True, text=True, check=True).stdout.strip()
    told = extract_parameters(made)
    assert made.startswith("$argon2id$")
    assert (told.memory_cost, told.time_cost, told.parallelism) == (64 * 1024, 3, 4)
    assert passwords.outdated(made), "the tests’ own are cheaper"


def test_a_password_has_twelve_to_1024_characters():
    assert "at least 12" in passwords.fault("x" * 11)
    assert passwords.fault("x" * 12) is None
    assert passwords.fault("я" * 1024) is None
    assert "at most 1,024" in passwords.fault("x" * 1025)


def test_any_script_opens_whichever_way_its_letters_are_composed():
    stored = passwords.hash_password("Schlüssel für alle")
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, "Schlu\u0308ssel fu\u0308r alle")
    assert not passwords.matches(stored, "Schlussel fur alle")


def test_nothing_matches_nobody():
    assert not passwords.matches(None, "")
    assert not passwords.matches("", "")
    assert not passwords.matches("not a hash", "not a hash")


def test_a_longer_password_than_may_be_never_opens_by_its_beginning():
    stored = passwords.hash_password("x" * 1024)
    assert passwords.matches(stored, "x" * 1024)
    assert not passwords.matches(stored, "x" * 1025)


def test_an_invented_password_can_be_used_and_read_aloud():
    invented = {passwords.invent() for _ in range(50)}
    assert len(invented) == 50
    for password in invented:
        assert passwords.fault(password) is None
        assert re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}", password)
        assert not set("il01o") & set(password)
