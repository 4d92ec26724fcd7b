"""Publishing, changing and deleting models, and the default, which is always exactly one of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from portal.domain.errors import Conflict, Invalid, NotFound
from portal.domain.language_models import Draft
from portal.domain.versions import Outdated
from portal.services.explain import impact
from portal.services.language_models import lifecycle, publishing
from portal.services.runtime import Runtime
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.language_models import CatalogStateRecord, LanguageModelRecord
from portal.store.providers import ProviderRecord
from tests.conftest import Actors
from tests.services.published import connect


def default_id() -> UUID | None:
    with reading() as session:
        return session.scalar(select(CatalogStateRecord.default_id))


def audited(verb: str) -> int:
    with reading() as session:
        return len(session.scalars(select(AuditRecord).where(AuditRecord.verb == verb)).all())


def test_the_first_model_becomes_the_default_and_the_second_does_not(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    connect()
    first = publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    second = publishing.publish(actors.ada, runtime, "local", Draft("m2"))
    assert first.is_default
    assert not second.is_default
    assert default_id() == first.id
    assert (first.name, first.display_name, first.position) == ("m1", "m1", 1)
    assert second.position == 2
    assert (audited("model.publish"), audited("model.default")) == (2, 1)


def test_a_name_is_unique_within_its_provider_and_free_again_after_deletion(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    connect()
    connect("other")
    first = publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    with pytest.raises(Conflict, match="already has a model named m1"):
        publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    publishing.publish(actors.ada, runtime, "local", Draft("m1", name="m1-careful"))
    publishing.publish(actors.ada, runtime, "other", Draft("m1"))
    lifecycle.delete(actors.ada, runtime, first.id)
    publishing.publish(actors.ada, runtime, "local", Draft("m1"))


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft(""), "wire_name"),
        (Draft("two words"), "wire_name"),
        (Draft("m", name="a b"), "name"),
        (Draft("x" * 250), "name"),
        (Draft("m", context_limit=0), "context_limit"),
        (Draft("m", features=()), "features"),
        (Draft("m", features=("poetry",)), "features"),
        (Draft("m", capabilities=("flight",)), "capabilities"),
        (Draft("m", limits={"max_files": 0}), "max_files"),
        (Draft("m", prices={"input": "free"}), "price_input"),
        (Draft("m", prices={"input": "-1"}), "price_input"),
        (Draft("m", options={"max_output_tokens": "many"}), "max_output_tokens"),
    ],
)
def test_a_model_that_cannot_be_used_is_refused_beside_its_field(
    app: Flask, runtime: Runtime, actors: Actors, draft: Draft, field: str
) -> None:
    connect()
    with pytest.raises(Invalid) as refused:
        publishing.publish(actors.ada, runtime, "local", draft)
    assert field in refused.value.faults
    assert default_id() is None


def test_a_change_keeps_the_name_and_tells_the_audit_what_differs(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    model = publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    changed = publishing.change(
        actors.otto,
        runtime,
        model.id,
        Draft("m1-2026", name="other", display_name="Model One", options={"max_output_tokens": "4096"}),
        model.version,
    )
    assert (changed.name, changed.wire_name, changed.display_name) == ("m1", "m1-2026", "Model One")
    assert changed.options == {"max_output_tokens": 4096}
    with reading() as session:
        row = session.scalars(select(AuditRecord).where(AuditRecord.verb == "model.change")).one()
    assert row.before == {"wire name": "m1", "display name": "m1", "options": {}}
    assert row.after == {"wire name": "m1-2026", "display name": "Model One", "options": {"max_output_tokens": 4096}}


def test_a_newer_version_is_not_overwritten(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    model = publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    seen = publishing.read(actors.ada, runtime, model.id).version
    publishing.change(actors.otto, runtime, model.id, Draft("m1", display_name="Otto's"), seen)
    with pytest.raises(Outdated):
        publishing.change(actors.ada, runtime, model.id, Draft("m1", display_name="Ada's"), seen)
    assert publishing.read(actors.ada, runtime, model.id).display_name == "Otto's"


def test_at_most_one_model_is_recommended(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    first = publishing.publish(actors.ada, runtime, "local", Draft("m1", recommended=True))
    second = publishing.publish(actors.ada, runtime, "local", Draft("m2", recommended=True))
    assert not publishing.read(actors.ada, runtime, first.id).recommended
    assert publishing.read(actors.ada, runtime, second.id).recommended


def test_deleting_the_default_elects_the_first_usable_model(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect("no-key", "openai")
    connect()
    first = publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    publishing.publish(actors.ada, runtime, "no-key", Draft("m2"))
    off = publishing.publish(actors.ada, runtime, "local", Draft("m3"))
    lifecycle.turn(actors.ada, runtime, off.id, on=False)
    heir = publishing.publish(actors.ada, runtime, "local", Draft("m4"))
    assert impact.heir_of(runtime, first.id) == "m4"
    lifecycle.delete(actors.ada, runtime, first.id)
    assert default_id() == heir.id
    with pytest.raises(NotFound):
        publishing.read(actors.ada, runtime, first.id)


def test_the_last_model_takes_the_star_with_it(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    only = publishing.publish(actors.ada, runtime, "local", Draft("m1"))
    assert impact.heir_of(runtime, only.id) == ""
    lifecycle.delete(actors.ada, runtime, only.id)
    assert default_id() is None


def test_a_model_moves_within_its_provider(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    connect("other")
    ids = [
        publishing.publish(actors.ada, runtime, at, Draft(name)).id
        for at, name in (("local", "m1"), ("other", "m2"), ("local", "m3"))
    ]
    lifecycle.step(actors.ada, runtime, ids[2], up=True)
    lifecycle.step(actors.ada, runtime, ids[2], up=True)
    positions = [publishing.read(actors.ada, runtime, model_id).position for model_id in ids]
    assert positions == [3, 2, 1]


def test_deleting_a_provider_buries_its_models_and_moves_the_star(app: Flask, runtime: Runtime, actors: Actors) -> None:
    gone = connect("gone")
    connect()
    publishing.publish(actors.ada, runtime, "gone", Draft("m1"))
    heir = publishing.publish(actors.ada, runtime, "local", Draft("m2"))
    with transaction() as session:
        provider = session.get_one(ProviderRecord, gone)
        assert lifecycle.delete_all_of(session, runtime, actors.ada, provider) == ["m1"]
        provider.deleted_at = runtime.now()
    assert default_id() == heir.id


def together(app: Flask, *deeds: Callable[[], object]) -> list[object]:
    """Do these at the same moment, each in its own thread; a failure is an answer too."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> object:
        with app.app_context():
            start.wait()
            try:
                return deed()
            except (Conflict, NotFound) as error:
                return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def living() -> list[LanguageModelRecord]:
    with reading() as session:
        query = select(LanguageModelRecord).where(LanguageModelRecord.deleted_at.is_(None))
        return list(session.scalars(query))


def test_two_administrators_publishing_at_once_make_one_default(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    together(
        app,
        *(
            lambda name=f"m{number}": publishing.publish(actors.ada, runtime, "local", Draft(name))
            for number in range(6)
        ),
    )
    assert len(living()) == 6
    assert len({record.position for record in living()}) == 6
    assert default_id() in {record.id for record in living()}
    assert audited("model.default") == 1


def test_the_same_name_published_twice_at_once_exists_once(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect()
    answers = together(app, *[lambda: publishing.publish(actors.ada, runtime, "local", Draft("m"))] * 4)
    assert sum(isinstance(answer, Conflict) for answer in answers) == 3
    assert len(living()) == 1


def test_starring_and_deleting_at_once_leave_the_star_on_a_living_model(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    connect()
    ids = [publishing.publish(actors.ada, runtime, "local", Draft(f"m{number}")).id for number in range(6)]
    together(
        app,
        *(lambda doomed=doomed: lifecycle.delete(actors.ada, runtime, doomed) for doomed in ids[:3]),
        *(lambda chosen=chosen: lifecycle.make_default(actors.otto, runtime, chosen) for chosen in ids[1:4]),
    )
    assert default_id() in {record.id for record in living()}
    assert len(living()) == 3
