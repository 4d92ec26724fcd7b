"""The provider's page from top to bottom: how it stands and since when, with which key, for whom, and for how much."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain import language_models as language_models_domain
from portal.services.health import checks
from portal.services.language_models import discovery, publishing
from portal.services.providers import detail as provider_detail
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.runtime import Runtime
from portal.store import provider_listings
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.health import CheckRecord
from portal.store.providers import ProviderRecord
from tests.conftest import Actors, Client
from tests.connecting import KEY, connect
from tests.counting import queries
from tests.upstream import Upstream, steps

CHAT = "/v1/chat/completions"
REFUSAL = steps.respond(401, json={"error": {"message": "no", "code": "invalid_api_key"}})


def words(page) -> str:
    text = re.sub(r"<(script|style|template|svg).*?</\1>", " ", page.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()).replace(" .", ".").replace(" ;", ";")


def check(runtime: Runtime, times: int = 1) -> None:
    for _ in range(times):
        checks.check_saved(Actors.otto, runtime, "acme", model="gpt-5.2")


def age(minutes: int) -> None:
    """Move every check so far into the past."""
    with transaction() as session:
        for row in session.scalars(select(CheckRecord)):
            row.at -= timedelta(minutes=minutes)
            row.alike_since = (row.alike_since or row.at) - timedelta(minutes=minutes)
        for provider in session.scalars(select(ProviderRecord)):
            provider.proven_from -= timedelta(minutes=minutes)


def answer(provider: str, person, **columns) -> None:
    """An attempt of somebody's chat, by this provider."""
    with transaction() as session:
        provider_id = session.scalars(select(ProviderRecord.id).where(ProviderRecord.name == provider)).one()
        now = columns.pop("at")
        chat = ChatRecord(id=uuid4(), user_id=person.id, created_at=now, changed_at=now)
        session.add(chat)
        session.flush()
        turn = TurnRecord(id=uuid4(), chat_id=chat.id, client_id=uuid4().hex, text="?", created_at=now)
        session.add(turn)
        session.flush()
        values = {"state": "complete", "provider_id": provider_id, "created_at": now} | columns
        session.add(AttemptRecord(chat_id=chat.id, turn_id=turn.id, **values))


class TestSinceWhen:
    def test_it_worked_until_then_and_was_refused_since(self, ada: Client, runtime: Runtime, upstream: Upstream):
        upstream.respond(json={"choices": [{"message": {"content": "a"}}], "model": "gpt-5.2"}, path=CHAT)
        connect(Actors.ada, runtime, upstream, label="Acme")
        check(runtime)
        age(30)
        upstream.script(REFUSAL, path=CHAT)
        check(runtime, 3)
        page = words(ada.get("/providers/acme"))
        assert re.search(r"It worked until \d\d:\d\d (today|yesterday) and was refused 3 times since\.", page)

    def test_it_works_again(self, ada: Client, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream, label="Acme")
        upstream.script(REFUSAL, path=CHAT)
        check(runtime)
        age(30)
        upstream.respond(json={"choices": [{"message": {"content": "a"}}], "model": "gpt-5.2"}, path=CHAT)
        check(runtime)
        page = words(ada.get("/providers/acme"))
        assert re.search(r"It works again since \d\d:\d\d today; before that “Key refused”\.", page)

    def test_it_has_never_worked(self, ada: Client, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream, label="Acme")
        upstream.script(REFUSAL, path=CHAT)
        check(runtime, 2)
        assert "It has not worked here yet: it was refused 2 times since" in words(ada.get("/providers/acme"))

    def test_two_kinds_of_trouble_are_kept_apart(self, ada: Client, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream, label="Acme")
        upstream.script(steps.respond(503, json={"error": {"message": "no"}}), path=CHAT)
        check(runtime)
        age(30)
        upstream.script(REFUSAL, path=CHAT)
        check(runtime)
        page = words(ada.get("/providers/acme"))
        assert re.search(r"It was refused at \d\d:\d\d today; before that “Provider trouble”\.", page)

    def test_the_key_that_was_asked_with_is_named(self, ada: Client, runtime: Runtime, upstream: Upstream):
        upstream.respond(json={"choices": [{"message": {"content": "a"}}], "model": "gpt-5.2"}, path=CHAT)
        connect(Actors.ada, runtime, upstream, label="Acme")
        check(runtime)
        assert re.search(
            r"asked for one word from gpt-5.2 with key [0-9a-f]{4} [0-9a-f]{4}", words(ada.get("/providers/acme"))
        )


class TestJustConnected:
    """A form that was tested is not what was saved: the page of a new provider tests it, once, after it is drawn."""

    def test_the_page_after_saving_tests_and_the_next_does_not(self, ada: Client):
        saved = ada.post_form("/providers/connect", {"type": "demo", "name": "acme", "base_url": "demo:"})
        assert saved.status_code == 302
        assert "data-press-now" in ada.get("/providers/acme").text
        assert "data-press-now" not in ada.get("/providers/acme").text

    def test_only_the_one_that_was_saved(self, ada: Client, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="other"))
        ada.post_form("/providers/connect", {"type": "demo", "name": "acme", "base_url": "demo:"})
        assert "data-press-now" not in ada.get("/providers/other").text


class TestWhatIsNotPublished:
    def test_what_it_listed_last_and_nobody_published(self, ada: Client, runtime: Runtime):
        models = ["m1", "m2", "m3", "m4", "m5", "text-embedding-3-large"]
        with Upstream.openai(key=KEY, models=models) as up:
            connect(Actors.ada, runtime, up, label="Acme", test_model="m1")
            assert "also listed" not in words(ada.get("/providers/acme"))
            with reading() as session:
                provider_id = session.scalars(select(ProviderRecord.id)).one()
            discovery.discover(Actors.ada, runtime, provider_id)
        page = words(ada.get("/providers/acme"))
        assert re.search(
            r"When last asked, it also listed 4 models not published here: m2 ?, m3 ?, m4 and 1 more\.", page
        )
        for name in ("m2", "m3", "m4", "m5"):
            publishing.publish(Actors.ada, runtime, "acme", language_models_domain.Draft(name))
        assert "also listed" not in words(ada.get("/providers/acme"))

    def test_a_deleted_provider_keeps_no_listing(self, runtime: Runtime):
        with Upstream.openai(key=KEY, models=["m1", "m2"]) as up:
            connect(Actors.ada, runtime, up, test_model="m1")
            with reading() as session:
                provider_id = session.scalars(select(ProviderRecord.id)).one()
            discovery.discover(Actors.ada, runtime, provider_id)
        with reading() as session:
            assert provider_listings.names_listed(session, provider_id) == ["m1", "m2"]
        provider_registry.delete(Actors.ada, runtime, "acme")
        with reading() as session:
            assert provider_listings.names_listed(session, provider_id) == []


class TestUse:
    def test_answers_people_tokens_and_cost_of_thirty_days(self, ada: Client, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="acme", label="Acme"))
        now = runtime.now()
        answer("acme", Actors.uma, at=now, tokens_in=1_200, tokens_out=300, cost=Decimal("1.25"))
        answer("acme", Actors.uma, at=now, tokens_in=800, tokens_out=200, cost=Decimal("0.75"), state="stopped")
        answer("acme", Actors.otto, at=now, tokens_in=1_000, tokens_out=500)
        answer("acme", Actors.otto, at=now, state="failed")
        answer("acme", Actors.ada, at=now - timedelta(days=31), tokens_in=9_000_000, cost=Decimal(99))
        detail = provider_detail.read_detail(Actors.ada, runtime, "acme")
        use = detail.use
        assert (use.answers, use.failed, use.people) == (3, 1, 2)
        assert (use.tokens_in, use.tokens_out, use.cost, use.priced) == (3_000, 1_000, Decimal(2), 2)
        page = words(ada.get("/providers/acme"))
        assert "3, asked by 2 people; 1 more question failed" in page
        assert "$2.00 for the 2 answers whose models have prices" in page
        assert "2 people asked it in the last 30 days" in page

    def test_nobody_asked(self, ada: Client, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="acme", label="Acme"))
        assert "Nobody asked it anything in the last 30 days." in words(ada.get("/providers/acme"))

    def test_the_page_reads_top_to_bottom(self, ada: Client, runtime: Runtime, upstream: Upstream):
        connect(Actors.ada, runtime, upstream, label="Acme")
        stops = re.findall(r'id="s-([a-z]+)"', ada.get("/providers/acme").text)
        order = ["now", "days", "keys", "models", "use", "relies", "settings", "danger"]
        assert [stop for stop in stops if stop in order] == order

    def test_the_number_of_queries_does_not_grow_with_use(self, ada: Client, runtime: Runtime):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name="acme", label="Acme"))
        ada.get("/providers/acme")
        with queries() as few:
            ada.get("/providers/acme")
        for _ in range(5):
            answer("acme", Actors.uma, at=runtime.now(), tokens_in=5)
        with queries() as many:
            ada.get("/providers/acme")
        assert len(many) == len(few)


@pytest.mark.usefixtures("app")
def test_use_of_another_provider_is_not_counted(runtime: Runtime):
    for name in ("acme", "other"):
        provider_registry.register(Actors.ada, runtime, Draft("demo", name=name, label=name))
    answer("other", Actors.uma, at=runtime.now(), tokens_in=5)
    assert provider_detail.read_detail(Actors.ada, runtime, "acme").use.answers == 0
    with reading() as session:
        assert session.scalar(select(AttemptRecord.tokens_in)) == 5
