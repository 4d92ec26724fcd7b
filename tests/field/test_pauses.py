"""A refusal or a limit of one model pauses its key for that model alone; one of the key, for every model."""

from uuid import UUID

import pytest
from sqlalchemy import select

from portal.services.keys import endpoints
from portal.services.runtime import Runtime
from portal.store.attempts import AttemptRecord
from portal.store.base import reading
from portal.store.model_cooldowns import ModelCooldownRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import collect_events, connect, send_message
from tests.conftest import Actors
from tests.field.replay import replay
from tests.upstream import Upstream, steps

UMA = Actors.uma
OF_A_MODEL = [
    (429, {"error": {"message": "Rate limit reached for model `m-1` on requests per minute."}}),
    (429, {"error": {"message": "Provider returned error", "metadata": {"raw": "acme/m-1 is rate-limited upstream."}}}),
    (403, {"error": {"message": "Your key has no access to the model you asked for."}}),
    (403, {"error": {"message": "This deployment is not yours."}}),
]
OF_THE_KEY = [
    (429, {"error": {"message": "Too many requests from this organization."}}),
    (403, {"error": {"message": "This key may not be used from your network."}}),
    (402, {"error": {"message": "Insufficient credits for the model m-1."}}),
    (401, {"error": {"message": "Invalid API key for model m-1."}}),
]


@pytest.fixture
def models(runtime: Runtime, upstream: Upstream) -> list[UUID]:
    return connect(runtime, Actors.ada, upstream.base_url, "m-1", "m-2")


def ask(runtime: Runtime, model: UUID) -> AttemptRecord:
    sent = send_message(UMA, runtime, "Hello?", language_model_id=model)
    collect_events(UMA, runtime, sent)
    with reading() as session:
        return session.scalars(select(AttemptRecord).where(AttemptRecord.id == sent.attempt_id)).one()


def paused(record: type) -> list[str]:
    """For which models keys pause, or how often in a row keys themselves failed."""
    with reading() as session:
        if record is ModelCooldownRecord:
            return [row.wire_name for row in session.scalars(select(ModelCooldownRecord))]
        return [row.rest_category for row in session.scalars(select(SharedKeyRecord)) if row.rest_strikes]


@pytest.mark.parametrize(("status", "body"), OF_A_MODEL)
def test_what_speaks_of_one_model_leaves_the_key_to_all_others(runtime, upstream, models, status, body):
    wait = {"Retry-After": "600"} if status == 429 else {}
    upstream.script(steps.respond(status, json=body, headers=wait), replay("p-b27"))
    assert ask(runtime, models[0]).state == "fallback"
    assert (paused(ModelCooldownRecord), paused(SharedKeyRecord)) == (["m-1"], [])
    assert ask(runtime, models[1]).state == "complete"
    assert len(upstream.requests) == 2


def test_a_model_that_the_provider_told_to_wait_for_is_not_asked_until_then(runtime, upstream, models):
    upstream.script(steps.respond(429, json=OF_A_MODEL[0][1], headers={"Retry-After": "600"}))
    ask(runtime, models[0])
    again = ask(runtime, models[0])
    assert (again.state, again.category) == ("fallback", "rate_limit")
    assert len(upstream.requests) == 1


def test_an_answer_ends_the_pause_of_its_model(runtime, upstream, models):
    upstream.script(steps.respond(403, json=OF_A_MODEL[2][1]), replay("p-b27"))
    ask(runtime, models[0])
    assert ask(runtime, models[0]).state == "complete", "with no other key it is tried all the same"
    assert paused(ModelCooldownRecord) == []


@pytest.mark.parametrize(("status", "body"), OF_THE_KEY)
def test_what_speaks_of_the_key_pauses_it_for_all(runtime, upstream, models, status, body):
    upstream.script(steps.respond(status, json=body))
    ask(runtime, models[0])
    assert paused(ModelCooldownRecord) == []
    assert len(paused(SharedKeyRecord)) == 1


def test_the_pause_is_of_the_key_whose_model_it_is(runtime, upstream, models):
    upstream.script(steps.respond(403, json=OF_A_MODEL[2][1]))
    attempt = ask(runtime, models[0])
    resolved = next(endpoints.candidates(runtime, attempt.provider_id, model="m-1"))
    assert resolved.model_cooldown.failures == 1
    assert next(endpoints.candidates(runtime, attempt.provider_id, model="m-2")).model_cooldown.failures == 0
