"""What the form of a model says beyond its options: efforts, when it goes, its limits and its further names."""

from datetime import timedelta
from uuid import UUID

import pytest

from portal.domain.language_models import Draft
from portal.services.language_models import lifecycle, publishing
from portal.services.selection.choosing import current_catalog
from tests.services.published import connect


@pytest.fixture
def ids(app, runtime, actors) -> list[UUID]:
    connect("acme", "openai")
    return [publishing.publish(actors.ada, runtime, "acme", Draft(f"m{number}")).id for number in (1, 2)]


@pytest.fixture
def save(ada, runtime, actors):
    def saved(model_id: UUID, **changes: object):
        model = publishing.read(actors.ada, runtime, model_id)
        form = {
            "version": model.version,
            "wire_name": model.wire_name,
            "display_name": model.display_name,
            "context_limit": str(model.context_limit),
            "features": list(model.features),
            "capabilities": list(model.capabilities),
            "chats": ["y"] if model.chats else [],
        }
        return ada.post_form(f"/models/{model_id}/edit", form | changes)

    return saved


def test_everything_is_stored_and_shown_again(ada, save, runtime, actors, ids):
    goes = runtime.now().date() + timedelta(days=12)
    answer = save(
        ids[0],
        effort_default="low",
        effort_most="high",
        output_limit="32 000",
        retires_on=goes.isoformat(),
        aliases="fast\nclaude-*\nfast\n",
        price_cache_write_long="6",
    )
    assert answer.status_code == 302
    model = publishing.read(actors.ada, runtime, ids[0])
    assert (model.effort_default, model.effort_most, model.output_limit) == ("low", "high", 32_000)
    assert (model.retires_on, model.aliases) == (goes, ("claude-*", "fast"))
    assert model.prices["cache_write_long"] == "6"
    entry = current_catalog(runtime).models[ids[0]]
    assert (entry.effort_default, entry.retires_on) == ("low", goes)
    page = ada.get(f"/models/{ids[0]}/edit").text
    assert f'value="{goes.isoformat()}"' in page
    assert "claude-*\nfast</textarea>" in page.replace("\r", "")
    assert "retires in 12 days" in ada.get("/models").text


def test_an_alias_is_one_models_and_the_sentence_names_it(save, runtime, actors, ids):
    save(ids[0], aliases="fast")
    answer = save(ids[1], aliases="fast")
    assert answer.status_code == 422
    assert "fast is an alias of m1 on Acme already." in answer.text
    lifecycle.delete(actors.ada, runtime, ids[0])
    assert save(ids[1], aliases="fast").status_code == 302


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("aliases", "a*b", "An asterisk stands at the end of an alias"),
        ("retires_on", "soon", "Type the day like 2027-01-31"),
        ("output_limit", "many", "The output limit is a whole number"),
        ("effort_most", "endless", "This is no reasoning effort."),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(save, runtime, actors, ids, field, typed, said):
    answer = save(ids[0], **{field: typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert publishing.read(actors.ada, runtime, ids[0]).aliases == ()


def test_a_default_effort_above_the_most_is_refused(save, ids):
    assert "more than the most that you allow" in save(ids[0], effort_default="high", effort_most="low").text


def test_efforts_are_asked_for_only_where_there_are_any(ada, runtime, actors, ids):
    assert 'name="effort_most"' in ada.get(f"/models/{ids[0]}/edit").text
    connect("demo", "demo")
    plain = publishing.publish(actors.ada, runtime, "demo", Draft("words")).id
    assert 'name="effort_most"' not in ada.get(f"/models/{plain}/edit").text


def test_the_default_that_stops_chatting_is_replaced(save, runtime, actors, ids):
    save(ids[0], chats=[])
    assert publishing.read(actors.ada, runtime, ids[1]).is_default
