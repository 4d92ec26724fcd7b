"""The list of models with thousands: bounded work, filters, and what is done to many at once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from portal.domain.errors import Invalid
from portal.domain.language_models import Draft
from portal.services import overview
from portal.services.language_models import lifecycle, offering, publishing
from portal.services.language_models.listing import Filter, availability_of, list_models
from portal.services.selection.choosing import current_catalog
from portal.store.base import transaction
from portal.store.catalog import lock_catalog
from portal.store.language_models import LanguageModelRecord
from tests.counting import queries
from tests.services.published import connect


@pytest.fixture
def ids(app, runtime, actors) -> list[UUID]:
    connect("acme", "openai")
    return [publishing.publish(actors.ada, runtime, "acme", Draft(f"m{number}")).id for number in (1, 2, 3)]


def names(page) -> list[str]:
    return [row.name for group in page.groups for row in group.rows]


def test_ten_thousand_are_listed_and_searched_with_few_queries(runtime, actors):
    provider_id = connect("acme", "demo")
    now = runtime.now()
    with transaction() as session:
        lock_catalog(session)
        session.execute(
            insert(LanguageModelRecord),
            [
                {
                    "id": uuid4(),
                    "provider_id": provider_id,
                    "name": f"m{number:05}",
                    "wire_name": f"m{number:05}",
                    "display_name": f"M {number:05}",
                    "position": number,
                    "context_limit": 1000,
                    "features": ["conversations"],
                    "created_at": now,
                    "changed_at": now,
                }
                for number in range(10_000)
            ],
        )
    first = list_models(actors.ada, runtime, Filter())
    assert (first.total, first.usable, first.shown) == (10_000, 10_000, 50)
    catalog = current_catalog(runtime)
    assert availability_of(catalog) is availability_of(current_catalog(runtime)), "worked out once a version"
    with queries() as asked:
        found = list_models(actors.ada, runtime, Filter(search="acme:m0042"))
    assert names(found) == [f"m0042{digit}" for digit in range(10)]
    assert len(asked) <= 7


def test_what_is_off_and_what_goes_soon_can_be_asked_for(runtime, actors, ids):
    lifecycle.turn(actors.ada, runtime, ids[0], on=False)
    with transaction() as session:
        lock_catalog(session)
        session.get(LanguageModelRecord, ids[1]).retires_on = runtime.now().date() + timedelta(days=12)
        session.get(LanguageModelRecord, ids[2]).retires_on = runtime.now().date() + timedelta(days=90)
    assert names(list_models(actors.ada, runtime, Filter(off=True))) == ["m1"]
    page = list_models(actors.ada, runtime, Filter(retiring=True))
    assert names(page) == ["m2"]
    assert page.groups[0].rows[0].retires == "retires in 12 days"
    (need,) = [need for need in overview.read_overview(actors.ada, runtime).needs if need.to == "retiring"]
    assert need.title == "m2 retires in 12 days."


def test_many_are_turned_and_deleted_at_once_and_a_default_stays(runtime, actors, ids):
    assert lifecycle.turn_many(actors.ada, runtime, ids[:2], on=False) == 2
    assert lifecycle.turn_many(actors.ada, runtime, ids, on=False) == 1
    assert lifecycle.turn_many(actors.ada, runtime, [*ids, uuid4()], on=True) == 3
    assert offering.read_ticked(actors.ada, runtime, ids[:2]).names == ("m1", "m2")
    assert lifecycle.delete_many(actors.ada, runtime, ids[:2]) == 2
    assert publishing.read(actors.ada, runtime, ids[2]).is_default
    with pytest.raises(Invalid):
        lifecycle.delete_many(actors.ada, runtime, [])


def test_a_model_goes_to_the_top(runtime, actors, ids):
    lifecycle.move_to_top(actors.ada, runtime, ids[2])
    assert names(list_models(actors.ada, runtime, Filter())) == ["m3", "m1", "m2"]
    lifecycle.step(actors.ada, runtime, ids[2], up=False)
    assert names(list_models(actors.ada, runtime, Filter())) == ["m1", "m3", "m2"]
