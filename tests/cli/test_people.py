"""`flask people unlock`: what it prints, and its exit code."""

import pytest
from flask import Flask

from portal.domain.attempts import PAIR
from portal.domain.errors import Throttled
from portal.services.people import sign_in_attempts
from portal.services.runtime import Runtime
from tests.cli.command_line import run_here


def test_somebody_who_was_kept_out_can_sign_in_again(app: Flask, runtime: Runtime):
    for _ in range(PAIR.free):
        sign_in_attempts.count(runtime, "uma@example.org", "192.0.2.7")
    with pytest.raises(Throttled):
        sign_in_attempts.count(runtime, "uma@example.org", "192.0.2.7")

    code, said, _ = run_here(app, "people", "unlock", "uma@example.org")

    assert (code, said.strip()) == (0, "Uma Ortiz can sign in again without waiting.")
    sign_in_attempts.count(runtime, "uma@example.org", "192.0.2.7")


def test_an_e_mail_of_nobody_is_told(app: Flask):
    code, _, said = run_here(app, "people", "unlock", "nobody@example.org")

    assert code == 1
    assert "Nobody has an account with this e-mail." in said
