"""What chats learned, as people see it: a refused key, a key of two, and a model that fails alone."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from portal.services.keys import shared_keys
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.providers import ProviderRecord
from tests.browser.conftest import SIGHTS, OpenPage, assert_in_order, shoot
from tests.chatting import collect_events, connect, send_message
from tests.conftest import Actors
from tests.upstream import Upstream, steps

CHAT = "/v1/chat/completions"
REFUSED = steps.respond(401, json={"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
NO_MODEL = steps.respond(404, json={"error": {"message": "no such model", "code": "model_not_found"}})


@pytest.fixture
def met(runtime: Runtime, actors: Actors) -> Iterator[None]:
    """Three providers: the only key of one is refused, one of two keys of another, and a model of the third is gone."""
    with Upstream.openai(answer="Hello.") as up:
        alone, _ = connect(runtime, actors.ada, up.base_url, "gpt-5.2", "gpt-5.2-mini", name="claude")
        pooled, _ = connect(runtime, actors.ada, up.base_url, "gpt-5.2", "gpt-5.2-mini", name="openai")
        gone, well = connect(runtime, actors.ada, up.base_url, "qwen3", "qwen3-mini", name="local")
        with transaction() as session:
            provider = session.scalars(select(ProviderRecord).where(ProviderRecord.name == "openai")).one()
            shared_keys.add(session, runtime, actors.ada, provider, "sk-second-key-2")

        def ask(who, model, *answers) -> None:
            if answers:
                up.script(*answers, path=CHAT, times=len(answers))
            collect_events(who, runtime, send_message(who, runtime, "Hello?", language_model_id=model))

        for who in (actors.uma, actors.ada, actors.uma):
            ask(who, alone, REFUSED)
        ask(actors.uma, pooled, REFUSED)
        ask(actors.uma, gone, NO_MODEL)
        ask(actors.uma, well)
        yield


@pytest.mark.usefixtures("met")
@pytest.mark.parametrize(("width", "height", "theme"), SIGHTS)
def test_the_pages_say_what_chats_learned(open_as: OpenPage, width: int, height: int, theme: str):
    page = open_as("ada", "/overview", width=width, height=height, theme=theme)
    for path in ("/overview", "/providers", "/providers/claude", "/providers/openai", "/providers/local", "/models"):
        page.goto(path)
        assert_in_order(page)
        shoot(page, f"chats-learned{path.replace('/', '-')}-{width}-{theme}")
