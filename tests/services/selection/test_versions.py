"""Versions of the catalog: what is kept from one to the next, and that nobody is served from one that is over."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update

from portal import create_app
from portal.domain.catalog_entries import Person
from portal.domain.language_models import Draft
from portal.domain.selection import Ask, Refusal
from portal.domain.selection import select as decide
from portal.services.language_models import lifecycle, publishing
from portal.services.selection import choosing
from portal.store import catalog
from portal.store.base import db, reading, transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.overrides import PersonalOverrideRecord
from portal.store.people import RoleRecord
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.role_patterns import RolePatternRecord
from tests.conftest import Actors
from tests.meanwhile import meanwhile
from tests.services.published import connect
from tests.waiting import eventually


@pytest.fixture
def elsewhere(app, settings):
    """The same portal in another process, as far as the catalog goes: it has kept nothing."""

    other = create_app(settings, environment={})

    def read() -> catalog.Snapshot:
        with other.app_context():
            catalog._kept.pop(db.engine, None)
            try:
                return catalog.newest()
            finally:
                db.engine.dispose()

    return read


@pytest.fixture
def ids(app, runtime, actors):
    connect()
    return [publishing.publish(actors.ada, runtime, "local", Draft(f"m{number}")).id for number in range(8)]


NOW = datetime(2026, 3, 1, tzinfo=UTC)
CHANGES = (
    "off",
    "rename",
    "swap",
    "bury",
    "publish",
    "erase",
    "pin",
    "unpin",
    "key",
    "no key",
    "pattern",
    "no pattern",
)


def change(kind: str, chance: random.Random, provider_id) -> None:
    """One change of what selection reads, straight in the database."""
    model, pin, key, pattern = LanguageModelRecord, PersonalOverrideRecord, PersonalKeyRecord, RolePatternRecord
    with transaction() as session:
        lock_catalog(session)
        known = list(session.scalars(select(model.id).order_by(model.position, model.id)))
        role = session.scalars(select(RoleRecord.id).order_by(RoleRecord.name)).first()
        who = chance.choice(list(Actors.cast.values())).id
        one = chance.choice(known)
        times = {"created_at": NOW, "changed_at": NOW}
        if kind in ("off", "rename", "swap", "bury"):
            values = {
                "off": {"enabled": chance.random() < 0.5},
                "rename": {"display_name": f"Named {chance.random()}", "capabilities": ["tools"]},
                "swap": {"position": chance.randrange(100)},
                "bury": {"deleted_at": NOW, "retires_on": NOW.date()},
            }[kind]
            session.execute(update(model).where(model.id == one).values(**values))
        elif kind == "publish":
            name = f"new-{uuid4().hex}"
            columns = {"name": name, "wire_name": name, "display_name": name, "position": 500, "context_limit": 1}
            session.add(model(id=uuid4(), provider_id=provider_id, features=["reviews"], **columns, **times))
        elif kind == "erase":
            pinned = select(pin.language_model_id)
            default = select(CatalogStateRecord.default_id).where(CatalogStateRecord.default_id.is_not(None))
            session.execute(delete(model).where(model.id == one, model.id.not_in(pinned), model.id.not_in(default)))
        elif kind == "pin":
            session.merge(pin(user_id=who, context="root", language_model_id=one, effort="", changed_at=NOW))
        elif kind == "unpin":
            session.execute(delete(pin).where(pin.user_id == who))
        elif kind == "key":
            session.execute(delete(key).where(key.user_id == who))
            columns = {"encrypted": "-", "destination": str(chance.random()), "master_key_id": "k", "fingerprint": "f"}
            session.add(key(user_id=who, provider_id=provider_id, created_at=NOW, **columns))
        elif kind == "no key":
            session.execute(delete(key).where(key.user_id == who))
        elif kind == "pattern":
            session.merge(pattern(role_id=role, pattern=f"*:{chance.randrange(5)}*", position=chance.randrange(5)))
        else:
            session.execute(delete(pattern).where(pattern.role_id == role))


def test_what_is_kept_from_one_version_to_the_next_is_what_a_fresh_reading_finds(app, ids, elsewhere):
    with reading() as session:
        provider_id = session.get_one(LanguageModelRecord, ids[0]).provider_id
    chance = random.Random(5)  # noqa: S311 - changes, no secret
    order = [*CHANGES, *chance.choices(CHANGES, k=18)]
    for kind in order:
        change(kind, chance, provider_id)
        assert catalog.newest() == elsewhere(), kind


def test_a_model_that_did_not_change_keeps_its_entry(app, runtime, actors, ids):
    before = catalog.newest().models
    lifecycle.turn(actors.ada, runtime, ids[3], on=False)
    now = catalog.newest().models
    assert [id for id in ids if now[id] is not before[id]] == [ids[3]]


def test_what_was_turned_off_is_never_served_once_that_was_said(app, runtime, actors, ids):
    """Readers beside a writer: whatever was off when they asked is off in what they get, and versions only rise."""
    off: list[object] = []
    over = Event()

    def reader() -> int:
        seen = rounds = 0
        with app.app_context():
            while True:
                last = over.is_set()
                said = list(off)
                now = choosing.current_catalog(runtime)
                assert now.version >= seen
                assert all(not now.models[id].enabled for id in said)
                for id in said:
                    answer = choosing.choose(runtime, actors.uma, explicit=id)
                    assert isinstance(answer, Refusal)
                seen, rounds = now.version, rounds + 1
                if last:
                    return rounds

    def writer() -> None:
        with app.app_context():
            try:
                for id in ids:
                    lifecycle.turn(actors.ada, runtime, id, on=False)
                    off.append(id)
            finally:
                over.set()

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(reader) for _ in range(3)]
        pool.submit(writer).result()
        assert all(found.result() for found in readers)
    assert len(off) == len(ids)


def test_a_change_that_ends_late_is_not_overtaken_by_one_that_began_after_it(app, runtime, actors, ids):
    """Versions rise in the order in which changes end: so that who has read the higher one has read the lower one."""
    first, second = ids[:2]
    ended: list[str] = []
    numbers: dict[str, int] = {}
    begins = Event()

    def later() -> None:
        with app.app_context():
            begins.set()
            with transaction() as session:
                numbers["later"] = lock_catalog(session).version
                session.get_one(LanguageModelRecord, second).enabled = False
                ended.append("later")

    start = catalog.newest().version
    with ThreadPoolExecutor(1) as pool:
        with transaction() as session:
            numbers["late"] = lock_catalog(session).version
            session.get_one(LanguageModelRecord, first).enabled = False
            session.flush()
            waiting = pool.submit(later)
            begins.wait()
            if db.engine.dialect.name == "postgresql":
                eventually(lambda: meanwhile(somebody_waits))
            during = meanwhile(lambda: choosing.current_catalog(runtime))
            assert during.version == start
            assert during.models[first].enabled
            ended.append("late")
        after = choosing.current_catalog(runtime)
        assert not after.models[first].enabled
        waiting.result()
    assert ended == ["late", "later"]
    assert start < numbers["late"] < numbers["later"]
    now = choosing.current_catalog(runtime)
    assert now.version == numbers["later"]
    assert not now.models[first].enabled
    assert not now.models[second].enabled


def somebody_waits() -> bool:
    with reading() as session:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def test_a_change_that_is_taken_back_leaves_the_catalog_as_it_was(app, runtime, actors, ids):
    before = catalog.newest()

    def begin_and_give_up() -> None:
        with transaction() as session:
            lock_catalog(session)
            session.get_one(LanguageModelRecord, ids[0]).enabled = False
            assert not catalog.read(session).models[ids[0]].enabled
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        begin_and_give_up()
    lifecycle.turn(actors.ada, runtime, ids[1], on=False)
    now = catalog.newest()
    assert now.models[ids[0]] is before.models[ids[0]]
    assert now.version == before.version + 1


def test_a_role_that_loses_its_reach_loses_it_for_the_next_request(app, runtime, actors, ids):
    with reading() as session:
        role = session.scalars(select(RoleRecord.id).where(RoleRecord.built_in == "developer")).one()
    asks = Ask(Person(actors.uma.id, frozenset({role})), explicit_id=ids[0])
    assert not isinstance(decide(asks, choosing.current_catalog(runtime)), Refusal)
    with transaction() as session:
        lock_catalog(session)
        session.add(RolePatternRecord(role_id=role, pattern="local:m1", position=0))
    assert isinstance(decide(asks, choosing.current_catalog(runtime)), Refusal)
