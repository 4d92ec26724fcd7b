"""The explanation equals the deed: over set-ups made by chance, the page tells of the very trail that a chat stored."""

from random import Random
from uuid import UUID

import pytest

from portal.domain.selection import trail_to_rows
from portal.services.explain.explaining import explain
from portal.services.explain.questions import Question
from portal.services.overrides import gates
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from portal.store.providers import ProviderRecord
from tests.chatting import connect
from tests.conftest import Actors, Client
from tests.services.explain.setting import as_signed_in, pin, role, team
from tests.upstream import Upstream
from tests.web.asking import HELLO, ask, words

UMA = Actors.uma.id


def set_up(chance: Random, runtime: Runtime, base_url: str) -> list[UUID]:
    """Two providers with two models each; what may stand in the way of a model, or before it, is left to chance."""
    ids: list[UUID] = []
    for name in ("north", "south"):
        key = chance.choice(["sk-shared-1", "sk-shared-1", None])
        ids += connect(runtime, Actors.ada, base_url, f"{name}-a", f"{name}-b", name=name, type="openai", key=key)
    with transaction() as session:
        lock_catalog(session)
        for id in ids:
            model = session.get_one(LanguageModelRecord, id)
            model.enabled = chance.random() < 0.7
            if chance.random() < 0.15:
                model.deleted_at = runtime.now()
        owner = session.get_one(LanguageModelRecord, ids[2]).provider_id
        session.get_one(ProviderRecord, owner).enabled = chance.random() < 0.8
    if chance.random() < 0.6:
        pin(runtime, "root", chance.choice(ids), UMA)
    if chance.random() < 0.4:
        role(runtime, "Limited", chance.choice(["north:*", "*:south-b", "south:*"]), holder=UMA)
    if chance.random() < 0.4:
        exclusive, entitled = chance.random() < 0.5, chance.random() < 0.7
        facts = {"entitled": entitled, "exclusive": exclusive, "default_id": ids[2]}
        team(runtime, "Blue", UMA, provider_id=owner, private_networks=["127.0.0.0/8"], **facts)
    if chance.random() < 0.3:
        gates.turn(Actors.ada, runtime, "personal_overrides", on=False)
    return ids


@pytest.mark.parametrize("seed", range(12))
def test_the_page_tells_of_the_trail_that_the_chat_stored(seed: int, uma: Client, runtime: Runtime, upstream: Upstream):
    chance = Random(seed)  # noqa: S311 - chance, and no secret
    upstream.stream_sse(HELLO)
    ids = set_up(chance, runtime, upstream.base_url)
    chosen = {"model": str(chance.choice(ids))} if chance.random() < 0.5 else {}
    attempt = ask(uma, **chosen)

    told = explain(as_signed_in(Actors.uma), runtime, None, Question(chat_id=attempt.chat_id))
    assert trail_to_rows(told.trail) == attempt.trail
    page = words(uma.get(f"/explain/me?chat={attempt.chat_id}"))
    if attempt.category == "no_model":
        assert not told.answers
        assert page.split("Why this model", 1)[-1].count("No model") >= 1
    else:
        assert f"{attempt.display_name}, because" in page
        assert upstream.requests[-1].json["model"] == attempt.selected_model.split(":")[1]
