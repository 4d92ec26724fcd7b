"""What chats learn is status at once: nobody presses Test here, unless the test says so."""

import html
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select, update

from portal.domain.chats import State
from portal.services.chat.events import Ended
from portal.services.keys import shared_keys
from portal.services.runtime import Runtime
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.people import TeamRecord
from portal.store.provider_faults import ProviderFaultRecord
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.chatting import collect_events, connect, send_message
from tests.conftest import Actors, Client
from tests.counting import queries
from tests.services.teams.cast import of, two_teams
from tests.upstream import Upstream, steps

CHAT = "/v1/chat/completions"
REFUSED = steps.respond(401, json={"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}})
UNPAID = steps.respond(402, json={"error": {"message": "Insufficient credits", "code": "insufficient_quota"}})
NO_MODEL = steps.respond(
    404, json={"error": {"message": "The model `gpt-5.2` does not exist", "code": "model_not_found"}}
)
TROUBLE = steps.respond(500, json={"error": {"message": "boom"}})


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A provider that answers whatever key it is sent, and is told what else to do."""
    with Upstream.openai(models=["gpt-5.2", "gpt-5.2-mini"], answer="Hello.") as up:
        yield up


@pytest.fixture
def acme(runtime: Runtime, upstream: Upstream) -> Upstream:
    """That provider, connected with one key."""
    connect(runtime, Actors.ada, upstream.base_url, "gpt-5.2", "gpt-5.2-mini")
    return upstream


def add_key(runtime: Runtime, key: str) -> None:
    with transaction() as session:
        provider = session.scalars(select(ProviderRecord)).one()
        shared_keys.add(session, runtime, Actors.ada, provider, key)


def words(client: Client, path: str) -> str:
    return re.sub(r"\s+(\.)?", r" \1", html.unescape(re.sub(r"<[^>]+>", " ", client.get(path).text))).replace(" .", ".")


def needs(client: Client) -> str:
    """What needs attention, as the overview lists it."""
    return words(client, "/overview").partition("Needs attention")[2].partition("At a glance")[0]


def chat(runtime: Runtime, who, upstream: Upstream, *answers, model: UUID | None = None) -> State:
    """One question of somebody; each answer is given to one request, and a good one to what comes after."""
    if answers:
        upstream.script(*answers, path=CHAT, times=len(answers))
    more = {"language_model_id": model} if model else {}
    ended = collect_events(who, runtime, send_message(who, runtime, "Hello?", **more))[-1]
    assert isinstance(ended, Ended)
    return ended.state


def failing(client: Client) -> int:
    """What the badge beside Providers says, on a page that has nothing else to do with them."""
    found = re.search(r"Providers\s+(\d+)\s+failing", words(client, "/profile"))
    return int(found[1]) if found else 0


def test_a_refused_key_is_said_everywhere_before_anybody_tests(runtime, acme, otto, ada):
    otto.post_form("/providers/acme/test")
    assert failing(otto) == 0
    for person in (Actors.uma, Actors.ada, Actors.uma):
        assert chat(runtime, person, acme, REFUSED) is State.FALLBACK
    assert failing(otto) == 1
    overview = words(otto, "/overview")
    assert "One provider has a problem." in overview
    assert "Key refused" in overview.partition("Needs attention")[0], "the tile"
    assert re.search(r"Acme refuses the key \w{4} \w{4}\.", needs(otto))
    assert re.search(r"2 people got no answer since \d\d:\d\d today\.", needs(otto))
    assert "Enter the key again" in needs(otto)
    assert "Key refused in chats, since" in words(otto, "/providers")
    assert "acme" in otto.get("/providers?show=failing").text
    page = words(otto, "/providers/acme")
    assert re.search(r"Acme refuses the key \w{4} \w{4}\. 2 people got no answer from it since", page)


def test_an_answer_clears_it(runtime, acme, otto):
    chat(runtime, Actors.uma, acme, REFUSED)
    assert failing(otto) == 1
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert failing(otto) == 0
    assert "got no answer" not in needs(otto)
    with reading() as session:
        assert session.scalars(select(ProviderFaultRecord.answered_at)).one() is not None


def test_a_good_check_clears_it(runtime, acme, otto):
    chat(runtime, Actors.uma, acme, TROUBLE)
    assert "Provider trouble" in words(otto, "/providers")
    otto.post_form("/providers/acme/test")
    assert failing(otto) == 0
    assert "Acme answers." in words(otto, "/providers/acme")


def test_an_answer_after_a_failed_check_is_news_too(runtime, acme, otto):
    acme.script(TROUBLE, path=CHAT, times=1)
    otto.post_form("/providers/acme/test")
    assert failing(otto) == 1
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert failing(otto) == 0
    assert "Chats were answered after its last check had failed." in words(otto, "/providers/acme")
    assert "answers chats since" in words(otto, "/providers")


def test_of_two_keys_one_that_is_refused_is_said_and_nobody_goes_without(runtime, acme, otto):
    add_key(runtime, "sk-second-key-2")
    assert chat(runtime, Actors.uma, acme, REFUSED) is State.COMPLETE
    assert failing(otto) == 0, "partly is no failure"
    assert "1 of 2 keys refused" in words(otto, "/overview").partition("Needs attention")[0]
    assert "1 of the 2 keys of Acme is refused." in needs(otto)
    assert "got no answer" not in needs(otto)
    assert "1 of 2 keys refused" in words(otto, "/providers")
    assert "nobody goes without" in words(otto, "/providers/acme")
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert "1 of 2 keys refused" in words(otto, "/providers"), "the other key's answer says nothing of this one"


def test_when_each_key_is_refused_the_provider_fails(runtime, acme, otto):
    add_key(runtime, "sk-second-key-2")
    assert chat(runtime, Actors.uma, acme, REFUSED, UNPAID) is State.FALLBACK
    assert failing(otto) == 1
    assert "One person got no answer since" in needs(otto)


def test_a_model_that_alone_fails_says_so_on_its_row_alone(runtime, acme, otto, ada):
    assert chat(runtime, Actors.uma, acme, NO_MODEL) is State.FALLBACK
    assert failing(otto) == 0
    assert "Model not found in chats, since" in words(ada, "/models")
    page = words(otto, "/providers/acme")
    assert "Model not found since" in page
    assert "Model not found" not in words(otto, "/providers")
    assert "GPT-5.2 of Acme fails: model not found. One person got no answer since" in needs(otto)
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert "Model not found" not in words(ada, "/models")
    assert "Model not found" not in words(otto, "/providers/acme")


def test_trouble_stays_with_its_model_when_another_one_answers(runtime, upstream, otto, ada):
    first, second = connect(runtime, Actors.ada, upstream.base_url, "gpt-5.2", "gpt-5.2-mini")
    chat(runtime, Actors.uma, upstream, TROUBLE, model=first)
    assert failing(otto) == 1
    assert chat(runtime, Actors.uma, upstream, model=second) is State.COMPLETE
    assert failing(otto) == 0
    assert words(ada, "/models").count("Provider trouble in chats, since") == 1
    chat(runtime, Actors.uma, upstream, TROUBLE, model=first)
    assert failing(otto) == 0, "it is known to be that model alone"


def test_a_refused_personal_key_is_told_to_its_owner_alone(runtime, acme, uma, otto):
    uma.post_form("/api-keys/acme", {"key": "sk-of-uma-alone-1"})
    assert chat(runtime, Actors.uma, acme, REFUSED) is State.FALLBACK
    assert "Key refused" in words(uma, "/api-keys")
    assert failing(otto) == 0
    assert "Key refused" not in words(otto, "/providers") + words(otto, "/overview")
    assert chat(runtime, Actors.uma, acme) is State.COMPLETE
    assert "Key refused" not in words(uma, "/api-keys")


def test_a_new_key_begins_anew(runtime, acme, otto, ada):
    chat(runtime, Actors.uma, acme, REFUSED)
    with transaction() as session:
        provider = session.scalars(select(ProviderRecord)).one()
        shared_keys.replace(session, runtime, Actors.ada, provider, "sk-another-one-3")
    assert failing(otto) == 0
    assert "Never tested" in words(otto, "/providers")
    chat(runtime, Actors.uma, acme, REFUSED)
    assert "One person got no answer" in needs(otto)


def test_a_teams_provider_says_so_to_its_managers(runtime, upstream, uma):
    cast = two_teams(runtime)
    (model,) = connect(runtime, Actors.ada, upstream.base_url)
    with transaction() as session:
        lock_catalog(session)
        mine = ProviderRecord.base_url == upstream.base_url
        session.execute(update(ProviderRecord).where(mine).values(team_id=cast.red))
        session.execute(update(TeamRecord).values(private_networks=["127.0.0.0/8"]))
    assert chat(runtime, of(Actors.uma, cast.red), upstream, REFUSED, model=model) is State.FALLBACK
    assert "Key refused" in words(uma, "/my-team")
    assert "in chats, since" in words(uma, "/my-team")


def test_an_answer_writes_no_more_when_nothing_stood_against_anybody(runtime, acme):
    chat(runtime, Actors.uma, acme)
    sent = send_message(Actors.uma, runtime, "Again?")
    with queries() as asked:
        collect_events(Actors.uma, runtime, sent)
    written = ("INSERT INTO provider_faults", "UPDATE provider_faults", "DELETE FROM provider_faults")
    assert [said for said in asked if said.startswith(written)] == []
    (said,) = (said for said in asked if "provider_faults" in said)
    assert said.startswith("UPDATE attempts"), "it is asked together with the end of the answer"


def test_pages_ask_as_often_among_many_failures_as_among_few(runtime, acme, ada, otto):
    def asked(path: str) -> int:
        otto.get(path)
        with queries() as statements:
            otto.get(path)
        return sum(said.startswith("SELECT") for said in statements)

    pages = ("/overview", "/providers", "/providers/acme", "/profile")
    chat(runtime, Actors.uma, acme, REFUSED)
    few = {path: asked(path) for path in pages}
    for number in range(4):
        connect(runtime, Actors.ada, acme.base_url, f"m-{number}", name=f"acme-{number}")
    with transaction() as session:
        session.execute(update(SharedKeyRecord).values(rest_strikes=3, rest_category="auth", rest_since=runtime.now()))
    for _ in range(3):
        chat(runtime, Actors.uma, acme, REFUSED)
    assert failing(otto) == 5
    assert {path: asked(path) for path in pages} == few
