"""The menu as data. A place is shown when its page exists and the guard would let the person through."""

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for

from portal.services.providers.failing import count_failing
from portal.services.teams import my_team
from portal.web.addresses import fixed_url
from portal.web.context import runtime
from portal.web.guard import actor, can
from portal.web.signed_in import current_user


@dataclass(frozen=True)
class Place:
    """One entry: where it leads, and which blueprints' pages belong to it.

    `or_else` is where it leads for those who may use but a part of the place.
    """

    label: str
    icon: str
    endpoint: str
    also: tuple[str, ...] = ()
    or_else: tuple[str, ...] = ()

    @property
    def blueprints(self) -> tuple[str, ...]:
        return (self.endpoint.rpartition(".")[0], *self.also)


@dataclass(frozen=True)
class Group:
    """Places under one heading."""

    key: str
    label: str
    places: tuple[Place, ...]


PROVIDERS = "providers.index"
MY_TEAM = "my_team.index"
MY_USAGE = "my_usage.index"

MENU: tuple[Group, ...] = (
    Group("work", "Work", (Place("Chat", "chat-left-text", "chat.index"),)),
    Group(
        "manage",
        "Manage",
        (
            Place("Overview", "grid", "overview.index"),
            Place("Providers", "plug", PROVIDERS),
            Place("Models", "box", "language_models.index"),
            Place("Overrides", "pin-angle", "overrides.index", also=("explain",)),
            Place("Health checks", "activity", "health.index"),
            Place("Usage", "bar-chart", "usage.index"),
            Place("Audit", "journal-text", "audit.index"),
            Place("People", "people", "people.index", also=("roles", "teams"), or_else=("people.roles", "teams.index")),
            Place("Applications", "window-stack", "applications.index"),
            Place("Limits", "speedometer2", "allowances.index"),
            Place("Settings", "sliders", "settings.index"),
        ),
    ),
    Group(
        "me",
        "Me",
        (
            Place("API keys", "key", "personal_keys.index"),
            Place("Agents", "signpost-split", "agents.index"),
            Place("Access tokens", "ticket-perforated", "access_tokens.index", also=("api_reference",)),
            Place("Connect a client", "terminal", "connect_client.index"),
            Place("My usage", "bar-chart", MY_USAGE),
            Place("My team", "people", MY_TEAM, also=("team_providers", "team_usage")),
            Place("Profile", "person", "profile.index"),
        ),
    ),
)

# Where `/` leads, in this order: to work, then to what one manages, then to oneself.
HOMES: tuple[str, ...] = (
    "overview.index",
    "chat.index",
    *(
        place.endpoint
        for group in MENU
        for place in group.places
        if place.endpoint not in (MY_USAGE, MY_TEAM, "profile.index")
    ),
    "people.roles",
    "teams.index",
)


@dataclass(frozen=True)
class ShownPlace:
    label: str
    icon: str
    endpoint: str
    url: str
    current: bool


@dataclass(frozen=True)
class ShownGroup:
    key: str
    label: str
    places: tuple[ShownPlace, ...]


def menu() -> tuple[ShownGroup, ...]:
    """The groups and places of this person; empty groups are left out. A page asks twice, and is answered once."""
    user = current_user._get_current_object()
    known = g.get("menu_of")
    if known is None or known[0] is not user:
        known = g.menu_of = (user, _menu())
    groups: tuple[ShownGroup, ...] = known[1]
    return groups


def _menu() -> tuple[ShownGroup, ...]:
    shown = []
    for group in MENU:
        places = tuple(
            ShownPlace(place.label, place.icon, place.endpoint, fixed_url(entry), request.blueprint in place.blueprints)
            for place in group.places
            if (entry := endpoint_of(place))
        )
        if places:
            shown.append(ShownGroup(group.key, group.label, places))
    return tuple(shown)


def endpoint_of(place: Place) -> str | None:
    """The page that a place leads this person to; None when there is none for them."""
    found = next((entry for entry in (place.endpoint, *place.or_else) if exists(entry) and can(entry)), None)
    # Everybody signed in may ask for this page, but it is there for the managers of a team alone.
    return None if found == MY_TEAM and not my_team.manages(actor()) else found


@dataclass(frozen=True)
class Badge:
    """A count beside a place: the kind of its mark, the number, and the word that is read out after it."""

    kind: str
    number: int
    word: str


def badge_of(endpoint: str) -> Badge | None:
    """What needs somebody at a place, as far as the menu says it: failing providers."""
    if endpoint != PROVIDERS:
        return None
    failing = count_failing(actor(), runtime())
    return Badge("bad", failing, "failing") if failing else None


def whereabouts(groups: tuple[ShownGroup, ...]) -> tuple[ShownGroup, ShownPlace] | None:
    """The group and the place that this page belongs to."""
    return next(((group, place) for group in groups for place in group.places if place.current), None)


def exists(endpoint: str) -> bool:
    """Whether this build of the portal has such a page."""
    return endpoint in current_app.view_functions


def home_for() -> str | None:
    """The address of the first page this person may use; None when there is none."""
    for endpoint in HOMES:
        if exists(endpoint) and can(endpoint):
            return url_for(endpoint)
    return None


def home_url() -> str:
    """Where the portal's name leads."""
    return f"{request.script_root}/"


def install(app: Flask) -> None:
    app.jinja_env.globals.update(
        menu=menu, badge_of=badge_of, whereabouts=whereabouts, home_url=home_url, page_exists=exists
    )
