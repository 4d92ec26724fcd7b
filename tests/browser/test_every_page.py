"""Every page that a link leads to, empty and furnished, is looked at in both themes, at a desk and on a phone.

The crawler takes one address of each route, so a new page is looked at as soon as something links to it, and a page
that nothing links to is named.
"""

import re
from collections import deque
from collections.abc import Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from portal.services.health import checks
from portal.services.overrides import gates
from portal.services.runtime import Runtime
from tests.browser.conftest import (
    ALL_SIGHTS,
    SIGHTS,
    OpenPage,
    Sight,
    assert_accessible,
    assert_fits,
    assert_in_order,
    shoot,
)
from tests.conftest import Actors, Client
from tests.connecting import connect
from tests.teams import furnish_team

UNLINKED = ("/", "/components", "/sign-in")
"""Where the crawl begins: the start, and pages that one has to know of."""

COLOURS = ["color-contrast", "link-in-text-block"]
"""What axe asks about colours: all that a theme can change. All of its rules hold at both widths in one theme each."""

NOT_PAGES = {"static", "bootstrap.static", "operations.healthz", "operations.readyz", "sessions.set_up_form"}


def endpoint_of(app: Flask, address: str) -> str | None:
    """The route that a path belongs to; None for what is not a page of ours."""
    try:
        return app.url_map.bind("").match(urlsplit(address).path, method="GET")[0]
    except HTTPException:
        return None


class Links(HTMLParser):
    """Where the links of a page lead, those that it hides left out."""

    VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden_in: list[bool] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        hidden = "hidden" in told or (bool(self._hidden_in) and self._hidden_in[-1])
        if tag == "a" and told.get("href") and not hidden:
            self.found.append(str(told["href"]))
        if tag not in self.VOID:
            self._hidden_in.append(hidden)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID and self._hidden_in:
            self._hidden_in.pop()


Found = dict[str, tuple[str, int]]
"""Of each route that links lead to: one address of it, and the status it answers with."""


def crawl(app: Flask, client: Client) -> Found:
    """Opens one page of each route that can be reached by links."""
    waiting, met, found = deque(UNLINKED), set(), {}
    while waiting:
        address = waiting.popleft()
        endpoint = endpoint_of(app, address)
        if endpoint is None or endpoint in met or endpoint in NOT_PAGES:
            continue
        met.add(endpoint)
        answer = client.get(address)
        if answer.status_code in (301, 302, 303, 307, 308):
            waiting.append(answer.location)
        elif answer.mimetype == "text/html":
            found[endpoint] = address, answer.status_code
            links = Links()
            links.feed(answer.get_data(as_text=True))
            targets = [urljoin(address, link) for link in links.found if not link.startswith("#")]
            waiting.extend(target for target in targets if not urlsplit(target).netloc)
    return found


def look_at(found: Found, share: int, of: int, page: Page, name: str, sights: Sequence[Sight]) -> None:
    """Looks at each `of`th page in every way, and fails with all that is wrong with any of them."""
    wrong = []
    for endpoint, (address, status) in list(found.items())[share::of]:
        page.goto(address)
        if status != 200:
            wrong.append(f"{endpoint}: {status}, and a link leads there")
        for width, height, theme in sights:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=theme)
            try:
                if (width, height, theme) not in SIGHTS:  # the same page and the same width, or the same colours
                    assert_accessible(page, COLOURS)
                    assert_fits(page)
                elif endpoint == "components.index":  # it shows every button there is
                    assert_accessible(page)
                    assert_fits(page)
                else:
                    assert_in_order(page)
            except AssertionError as fault:
                wrong.append(f"{endpoint} ({width}, {theme}): {fault}")
            shoot(page, f"{name}-{endpoint}-{theme}")
        page.set_viewport_size({"width": SIGHTS[0][0], "height": SIGHTS[0][1]})
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("person", "share", "of"),
    [("ada", 0, 3), ("ada", 1, 3), ("ada", 2, 3), ("otto", 0, 1), ("uma", 0, 1), ("eve", 0, 1)],
)
def test_every_page_of_an_empty_portal_is_in_order(
    app: Flask, sign_in, open_as: OpenPage, person: str, share: int, of: int
):
    # Ada's pages hold everything that the others' do; theirs are looked at where they differ most.
    sights = SIGHTS if person == "ada" else [SIGHTS[-1]]
    found = crawl(app, sign_in(Actors.cast[person].id))

    look_at(found, share, of, open_as(person), f"empty-{person}", sights)

    assert "components.index" in found


@pytest.fixture
def furnished(app: Flask, runtime: Runtime, actors: Actors, ada: Client) -> None:
    """The demo, a provider that does not answer, a check of each, and a chat."""
    ada.post_form("/overview/demo")
    gates.turn(actors.ada, runtime, "chat_sharing", on=True)
    down = connect(actors.ada, runtime, "http://127.0.0.1:9/v1", default_model="gpt-5.2")
    for name in ("demo", down):
        checks.check_saved(actors.ada, runtime, name)
    page = ada.get("/chat").get_data(as_text=True)
    told = {"text": "Where is rounding done?", "client_id": str(uuid4()), "new": "yes"}
    sent = ada.post_form(re.search(r'action="(/chat/[^"]+/turns)"', page)[1], told)
    assert sent.status_code == 303
    furnish_team(runtime)


@pytest.mark.usefixtures("furnished")
@pytest.mark.parametrize("share", range(5))
def test_every_page_of_a_furnished_portal_is_in_order(app: Flask, ada: Client, open_as: OpenPage, share: int):
    look_at(crawl(app, ada), share, 5, open_as("ada"), "furnished", ALL_SIGHTS)


@pytest.mark.usefixtures("furnished")
def test_every_page_can_be_reached(app: Flask, ada: Client):
    unreached = {rule.endpoint for rule in app.url_map.iter_rules() if is_page(ada, rule)} - crawl(app, ada).keys()

    assert not unreached, "no link leads there"


def is_page(client: Client, rule: Rule) -> bool:
    """Whether a route without arguments answers with a page: not a file, a part of a page or a redirect."""
    if "GET" not in (rule.methods or ()) or rule.arguments or rule.endpoint in NOT_PAGES:
        return False
    answer = client.get(rule.rule)
    return answer.status_code == 200 and answer.get_data()[:15].lower() == b"<!doctype html>"
