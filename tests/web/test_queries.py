"""How much the pages about models ask of the database: the same among many models as among few, for everybody."""

import pytest

from portal.domain.language_models import Draft
from portal.services.language_models import publishing
from tests.counting import queries
from tests.services.published import connect

PAGES = (
    "/chat",
    "/chat/models?q=m",
    "/models",
    "/models?q=m",
    "/models?usable=yes",
    "/overrides",
    "/overrides/pins/general",
    "/overrides/models?context=general&q=m",
    "/agents",
    "/agents/models?context=general&q=m",
    "/api-keys",
    "/explain",
    "/explain/me",
    "/people/teams",
    "/people/roles",
    "/providers",
    "/providers/local",
    "/overview",
)


@pytest.fixture
def people(ada, otto, uma, eve):
    return {"ada": ada, "otto": otto, "uma": uma, "eve": eve}


def asked(people) -> dict[tuple[str, str], tuple[int, int]]:
    """Each person's answer for each page, and how many statements it took, once the catalog is read."""
    found = {}
    for name, client in people.items():
        for page in PAGES:
            client.get(page)
            with queries() as statements:
                answer = client.get(page)
            found[name, page] = (answer.status_code, len(statements))
    return found


def test_no_page_asks_more_of_the_database_among_many_models(app, runtime, actors, people):
    # Beyond sixty the selector shows the first of them and those that one used last, at the cost of one query.
    connect()
    publish = publishing.publish_ticked
    publish(actors.ada, runtime, "local", [Draft(f"m{number}") for number in range(70)])
    few = asked(people)
    publish(actors.ada, runtime, "local", [Draft(f"m{number}") for number in range(70, 260)])
    many = asked(people)
    assert {key: (few[key], many[key]) for key in few if few[key] != many[key]} == {}
    assert {few["ada", page][0] for page in PAGES} == {200}, {page: few["ada", page] for page in PAGES}
