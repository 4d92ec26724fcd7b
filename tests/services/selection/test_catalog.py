"""The Models page's list: filters, reasons, pages, and a number of queries that does not grow."""

import pytest
from flask import Flask
from sqlalchemy import event

from portal.domain.language_models import Draft
from portal.domain.reasons import Reason
from portal.services.language_models import lifecycle, publishing
from portal.services.language_models.listing import PAGE, Filter, connected, list_models
from portal.services.runtime import Runtime
from portal.store.base import db, transaction
from portal.store.providers import ProviderRecord
from tests.conftest import Actors
from tests.services.published import connect


@pytest.fixture
def stocked(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect("acme", "openai")
    connect()
    publish = publishing.publish
    publish(actors.ada, runtime, "local", Draft("small", display_name="Small One", prices={"input": "0.25"}))
    publish(actors.ada, runtime, "acme", Draft("gpt-5.2", capabilities=("streaming", "tools")))
    publish(actors.ada, runtime, "local", Draft("large", capabilities=("tools",), features=("actions",)))
    off = publish(actors.ada, runtime, "local", Draft("old"))
    lifecycle.turn(actors.ada, runtime, off.id, on=False)


def names(actors: Actors, runtime: Runtime, **wanted: object) -> list[str]:
    page = list_models(actors.otto, runtime, Filter(**wanted))
    return [row.name for group in page.groups for row in group.rows]


def test_models_are_grouped_by_provider_and_say_why_they_are_unusable(
    stocked: None, runtime: Runtime, actors: Actors
) -> None:
    page = list_models(actors.otto, runtime, Filter())
    assert [(group.provider.name, group.total) for group in page.groups] == [("local", 3), ("acme", 1)]
    assert [(row.name, row.reason) for group in page.groups for row in group.rows] == [
        ("small", None),
        ("large", None),
        ("old", Reason.MODEL_DISABLED),
        ("gpt-5.2", Reason.NO_CREDENTIAL),
    ]
    assert (page.total, page.usable, page.serving) == (4, 2, 2)
    first = page.groups[0].rows[0]
    assert first.is_default
    assert (str(first.price_in), first.price_out) == ("0.25", None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "one small"}, ["small"]),
        ({"search": "LOCAL large"}, ["large"]),
        ({"search": "nothing"}, []),
        ({"provider": "acme"}, ["gpt-5.2"]),
        ({"capability": "tools"}, ["large", "gpt-5.2"]),
        ({"feature": "conversations"}, ["small", "old", "gpt-5.2"]),
        ({"usable": "yes"}, ["small", "large"]),
        ({"usable": "no"}, ["old", "gpt-5.2"]),
    ],
)
def test_each_filter_leaves_what_it_says(
    stocked: None, runtime: Runtime, actors: Actors, wanted: dict[str, str], found: list[str]
) -> None:
    assert names(actors, runtime, **wanted) == found


def test_a_page_is_bounded_and_the_number_of_queries_does_not_grow(
    app: Flask, runtime: Runtime, actors: Actors
) -> None:
    provider_id = connect()

    def publish(numbers: range) -> None:
        with transaction() as session:
            provider = session.get_one(ProviderRecord, provider_id)
            drafts = [Draft(f"m{number:04}") for number in numbers]
            publishing.publish_many(session, runtime, actors.ada, provider, drafts)

    def queries() -> int:
        said: list[str] = []

        def answer_events(*call: object) -> None:
            said.append(str(call[2]))

        list_models(actors.otto, runtime, Filter())
        event.listen(db.engine, "before_cursor_execute", answer_events)
        list_models(actors.otto, runtime, Filter())
        event.remove(db.engine, "before_cursor_execute", answer_events)
        return len([statement for statement in said if statement.lstrip().startswith("SELECT")])

    publish(range(3))
    few = queries()
    publish(range(3, 130))
    assert queries() == few <= 5
    page = list_models(actors.otto, runtime, Filter(page=3))
    assert (page.pages, page.page, page.first, page.last, page.matching) == (3, 3, 2 * PAGE + 1, 130, 130)
    assert list_models(actors.otto, runtime, Filter(page=99)).page == 3


def test_every_provider_can_be_chosen_even_without_models(app: Flask, runtime: Runtime, actors: Actors) -> None:
    connect("b")
    connect("a")
    assert [entry.name for entry in connected(actors.otto, runtime)] == ["a", "b"]
