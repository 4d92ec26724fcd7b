"""How both databases would answer each query of each page: never by a walk through a large table.

With little in it, with much and the statistics that the portal took before and takes then, and after ANALYZE: a plan
that turned over has cost a page twenty seconds.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, text

from portal.domain.language_models import Draft
from portal.services.chat import words
from portal.services.language_models import publishing
from portal.services.overrides import gates
from portal.services.usage import summing
from portal.services.usage.told import By
from portal.store import retention
from portal.store.base import db, transaction
from portal.store.health import CheckRecord
from portal.store.usage_sums import EVERYBODY, Key
from tests.chatting import long_chat
from tests.conftest import Client
from tests.multiplying import copy_id, earlier, multiply
from tests.plans import Asked, questions, searches, walks
from tests.services.published import connect
from tests.using import use

LARGE = frozenset(
    {"checks", "audit", "turns", "attempts", "chats", "sessions", "deliveries", "usage", "usage_sums", "chat_words"}
)
"""What grows by itself, without end."""

PAGES = (
    "/overview",
    "/chat",
    "/chat/{chat}",
    "/chat/{chat}/about",
    "/chat/{chat}/export.md",
    "/chat/models?q=m",
    "/chat?q=q1+long",
    "/chat?shelf=archived",
    "/chat/talks?q=a2",
    "/chat/shared",
    "/chat/import",
    "/providers",
    "/providers/acme",
    "/models",
    "/models?q=m",
    "/models?provider=acme",
    "/models/{model}",
    "/models/{model}/edit",
    "/health-checks",
    "/health-checks?provider=acme",
    "/health-checks?outcome=failed",
    "/health-checks?provider=acme&outcome=failed",
    "/health-checks?category=timeout",
    "/health-checks?model=m1",
    "/health-checks?actor=schedule",
    "/health-checks/{check}.json",
    "/audit",
    "/audit?verb=provider.create",
    "/overrides",
    "/overrides/pins/general",
    "/overrides/models?context=general&q=m",
    "/agents",
    "/api-keys",
    "/access-tokens",
    "/applications",
    "/connect-a-client",
    "/explain",
    "/explain/me",
    "/people",
    "/people/{user}",
    "/people/roles",
    "/people/teams",
    "/people/roles/reach",
    "/profile",
    "/settings",
    "/readyz",
    "/usage",
    *(f"/usage?by={by}" for by in By),
    "/usage?by=request&person={user}",
    "/usage?by=request&team={user}",
    *(f"/usage?by={by}&person={{user}}" for by in (By.MODEL, By.SESSION, By.TOKEN)),
    *(f"/usage?by={by}&team={{user}}" for by in (By.PERSON, By.SESSION, By.PROVIDER)),
    "/usage/mine",
    "/usage/mine?by=request",
)


def little(runtime, actor) -> dict[str, UUID]:
    """Two providers with a model and a check each, and a chat."""
    models = []
    for name in ("acme", "busy"):
        connect(name)
        models.append(publishing.publish(actor, runtime, name, Draft("m1")).id)
    now = datetime.now(UTC)
    with transaction() as session:
        for name, outcome, category in (("acme", "ok", "ok"), ("busy", "failed", "timeout")):
            provider = session.execute(text("SELECT id FROM providers WHERE name = :name"), {"name": name}).scalar()
            check = CheckRecord(
                at=now,
                about="provider",
                actor="schedule",
                counts=True,
                provider_id=UUID(str(provider)),
                provider_name=name,
                outcome=outcome,
                category=category,
                model="m1",
                alike_since=now,
            )
            session.add(check)
        session.flush()
        check_id = check.id
        retention.take_stock(session)
    use(now, actor.id, 2)
    summing.sum_up()
    use(now, actor.id)
    chat = long_chat(actor.id, 3)
    words.list_all()
    gates.turn(actor, runtime, "chat_sharing", on=True)
    return {"chat": chat, "model": models[0], "check": check_id, "user": actor.id}


def much() -> None:
    """Tens of thousands of what grows by itself, thousands of models."""
    ago = earlier("at"), earlier("created_at"), earlier("changed_at")
    multiply("checks", 20_000, 1, at=ago[0])
    multiply("audit", 20_000, 2, seq='one."seq" + 100000 + n', at=ago[0])
    multiply("chats", 5_000, 3, created_at=ago[1], changed_at=ago[2])
    chat = copy_id(3, "n % 5000 + 1")
    multiply("turns", 20_000, 4, chat_id=chat, parent_id="NULL", client_id="'copy ' || n", created_at=ago[1])
    multiply("attempts", 20_000, 5, chat_id=chat, turn_id=copy_id(4), created_at=ago[1])
    multiply("chat_words", 20_000, 10, id="n + 100", chat_id=chat, turn_id=copy_id(4))
    multiply("usage", 20_000, 8, at=ago[0], summed="true")
    day = {"sqlite": "date('now', '-' || (n % 400) || ' days')", "postgresql": "current_date - n % 400"}
    key = {"sqlite": "printf('%032d', n)", "postgresql": "lpad(n::text, 32, '0')"}
    varied = {"day": day[db.engine.dialect.name], "key": key[db.engine.dialect.name]}
    for told_by in Key:
        multiply("usage_sums", 2_000, 9, where=f"whose = '{EVERYBODY.hex}' AND told_by = '{told_by}'", **varied)
    multiply("sessions", 5_000, 6, token_hash="'copy ' || n")
    multiply("language_models", 1_000, 7, name="'copy ' || n", position="n + 10")


def asked_by(client: Client, things: dict[str, UUID]) -> list[Asked]:
    """What all pages ask, once the catalog is read."""
    asked: list[Asked] = []
    missed = {}
    for page in PAGES:
        path = page.format(**things)
        client.get(path)
        with questions() as found:
            answer = client.get(path)
        if answer.status_code != 200:
            missed[path] = answer.status_code
        asked += found
    assert not missed
    return asked


def test_no_page_walks_through_a_large_table(app, runtime, actors, ada):
    """On PostgreSQL: no query without an index that could answer it. Its choice among few thousands is its own."""
    things = little(runtime, actors.ada)
    found = {"little": walks(asked_by(ada, things), LARGE)}
    much()
    found["much, with what the portal knew of little"] = walks(asked_by(ada, things), LARGE)
    with transaction() as session:
        retention.take_stock(session)
    db.engine.dispose()  # SQLite reads statistics when it connects
    found["much, with what the portal knows of it"] = walks(asked_by(ada, things), LARGE)
    with transaction() as session:
        session.execute(text("ANALYZE"))
    db.engine.dispose()
    found["much, after ANALYZE"] = walks(asked_by(ada, things), LARGE)
    told = [f"{when}: {step}\n    {said}" for when, walked in found.items() for said, step in walked.items()]
    assert not told, "\n" + "\n".join(told)


def test_usage_is_looked_up_by_the_days_asked_for_however_many_are_kept(app, runtime, actors, ada):
    user = little(runtime, actors.ada)["user"]
    much()
    with transaction() as session:
        retention.take_stock(session)
    db.engine.dispose()
    found = {}
    for by in By:
        for whose in ("", f"&person={user}", f"&team={user}"):
            ada.get(path := f"/usage?by={by}{whose}")
            with questions() as asked:
                assert ada.get(path).status_code == 200
            found[path] = searches(asked, "usage_sums")
    assert all(found.values()), "every one of these pages looks up sums"
    assert {path: step for path, steps in found.items() for step in steps if "day" not in step} == {}


def test_a_walk_is_found(app):
    with questions() as asked, db.engine.connect() as connection:
        connection.execute(select(CheckRecord.id).where(CheckRecord.sentence == "nobody looks for this"))
    assert walks(asked, LARGE)
