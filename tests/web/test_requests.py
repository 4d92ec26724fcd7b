"""Each request has an id and a line in the log."""

import structlog

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


def test_each_answer_carries_its_own_id(app, nobody):
    first, second = (nobody.get("/healthz").headers["X-Request-Id"] for _ in range(2))
    assert first.startswith("req_")
    assert first != second


def test_a_proxy_that_nobody_told_of_is_named_in_the_log_once(app, nobody):
    with structlog.testing.capture_logs() as log:
        nobody.get("/sign-in")
        nobody.get("/sign-in", headers=FORWARDED)
        nobody.get("/sign-in", headers=FORWARDED)
    warned = [line for line in log if line["log_level"] == "warning"]
    assert len(warned) == 1
    assert "PORTAL_TRUSTED_PROXIES is not set" in warned[0]["event"]
