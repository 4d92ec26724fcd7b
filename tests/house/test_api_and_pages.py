"""What a page can do, a program can: each act of a page names its endpoint, or why there is none."""

from tests.house.api_table import API_ROUTES, BY_PAGE, NO_ENDPOINT
from tests.house.route_table import ROUTES

ACTS = {endpoint: permission for endpoint, method, permission in ROUTES if method == "POST"}


def test_every_act_of_a_page_is_in_the_api_or_says_why_not():
    assert not ACTS.keys() - BY_PAGE.keys() - NO_ENDPOINT.keys(), (
        "give these an endpoint, or a reason why there is none"
    )
    assert not (BY_PAGE.keys() | NO_ENDPOINT.keys()) - ACTS.keys(), "no page does these any more"
    assert not BY_PAGE.keys() & NO_ENDPOINT.keys()


def test_the_api_wants_the_same_permission_as_the_page():
    unlike = {
        name: (ACTS[name], API_ROUTES.get(found))
        for name, found in BY_PAGE.items()
        if API_ROUTES.get(found) != ACTS[name]
    }
    assert not unlike
