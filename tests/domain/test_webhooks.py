"""What a webhook's address and secret must be like, and how often it is tried."""

import pytest

from portal.domain.health import Outcome, turned
from portal.domain.webhooks import PAUSES, pause_after, secret_fault, url_fault


@pytest.mark.parametrize("url", ["", "https://chat.example.org/hooks/1?x=2", "http://10.0.0.7:8080/"])
def test_addresses_that_can_be_posted_to(url: str):
    assert url_fault(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "chat.example.org",
        "ftp://a.example",
        "https://",
        "https://u:p@a.example/",
        "https://a b/",
        "http://a:99999/",
        "http://[1",
    ],
)
def test_addresses_that_cannot(url: str):
    assert url_fault(url)


def test_a_secret_is_long_and_plain():
    assert secret_fault("") is None
    assert secret_fault("0123456789abcdef") is None
    for secret in ("short", "x" * 201, "0123456789abcdé f", " 0123456789abcdef"):
        assert secret_fault(secret)


def test_pauses_grow_and_end():
    pauses = [pause_after(tries) for tries in range(1, len(PAUSES) + 1)]
    assert pauses == sorted(pauses)
    assert pause_after(len(PAUSES) + 1) is None


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        (None, Outcome.OK, False),
        (None, Outcome.FAILED, True),
        (Outcome.OK, Outcome.OK, False),
        (Outcome.OK, Outcome.FAILED, True),
        (Outcome.FAILED, Outcome.FAILED, False),
        (Outcome.FAILED, Outcome.OK, True),
    ],
)
def test_only_a_change_is_sent(before: Outcome | None, after: Outcome, sent: bool):
    assert turned(before, after) is sent
