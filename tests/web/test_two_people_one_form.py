"""Two people, one form: whoever saves an older version is told what changed meanwhile, whatever the form.

The forms are found by opening every page that a link leads to. One that shows what is stored and carries no version
fails, and so does one that nobody said how to change.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.domain.provider_headers import TypedHeader
from portal.domain.versions import Outdated, Stored, require, version_of
from portal.services.language_models import publishing
from portal.services.overrides import contexts
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.services.teams import teams
from portal.store.base import transaction
from portal.store.people import RoleRecord, UserRoleRecord
from tests.chatting import long_chat
from tests.conftest import Actors, Client
from tests.connecting import connect

SignIn = Callable[[UUID | None], Client]

FRESH = {
    "access_tokens.create": "a new token",
    "chat.send": "a message",
    "chat.send_again": "another answer",
    "language_models.discover": "a question to a provider",
    "language_models.publish": "a new model, with the usual limit",
    "overrides.add_context": "a new context",
    "people.create": "a new user",
    "people.create_role": "a new role",
    "providers.register": "a new provider, with the usual settings of its type",
}
"""Forms that are filled in before anybody types, and change nothing that exists."""

OWN = {"agents.set_choice", "chat.change", "profile.rename"}
"""Forms of what is one's own: the second one there is oneself, in another window."""

EXAMPLES: dict[str, dict[str, tuple[str, str]]] = {
    "applications.change": {"environments": ("production: editor-2", "production: editor-3")},
    "agents.set_choice": {"model": ("acme:other", "acme:third")},
    "health.change_schedule": {"minutes": ("10", "20")},
    "language_models.save": {
        "context_limit": ("64000", "32000"),
        "output_limit": ("4000", "2000"),
        "retires_on": ("2031-01-31", "2032-02-29"),
        "frequency_penalty": ("0.2", "0.4"),
        "presence_penalty": ("0.2", "0.4"),
        "temperature": ("0.2", "0.4"),
        "top_p": ("0.2", "0.4"),
    },
    "overrides.set_pin": {"model": ("acme:other", "acme:third")},
    "people.change": {"email": ("second@example.org", "third@example.org")},
    "people.change_role": {"models": ("acme:*", "acme:gpt-*")},
    "providers.change": {"base_url": ("http://127.0.0.1:9/v2", "http://127.0.0.1:9/v3")},
    "settings.change": {
        "retention_days": ("70", "80"),
        "webhook_url": ("https://hooks.example.org/b", "https://hooks.example.org/a"),
    },
    "teams.change": {"networks": ("10.1.0.0/16", "10.2.0.0/16")},
}
"""Two values that can be saved, where not any text can."""

WHO = tuple(f"who_asked_{part}_header" for part in ("id", "name", "email"))
UNSAVED: dict[str, tuple[str, ...]] = {"providers.change": ("test_model", *WHO)}
"""Fields that only a test reads, and names of headers that are not sent."""

NUMBERS = ("1", "2")
WORDS = ("second", "third")


@dataclass
class Control:
    """A field as the page draws it. `others` are what could be chosen instead."""

    name: str
    kind: str
    value: str = ""
    chosen: bool = False
    others: list[str] = field(default_factory=list)
    numeric: bool = False


@dataclass
class Form:
    """A form of a page, as a browser would send it."""

    page: str
    action: str
    controls: list[Control] = field(default_factory=list)

    def sent(self) -> dict[str, list[str]]:
        """What pressing its button sends."""
        told: dict[str, list[str]] = {}
        for control in self.controls:
            if control.kind not in ("checkbox", "radio") or control.chosen:
                told.setdefault(control.name, []).append(control.value)
        return told

    def shown(self) -> list[Control]:
        return [control for control in self.controls if control.kind not in ("hidden", "password")]

    def kind_of(self, name: str) -> str:
        """Whether a field of that name is typed into, or chosen from."""
        kinds = {control.kind for control in self.shown() if control.name == name}
        return "choice" if kinds & {"checkbox", "radio", "select"} else "text"

    @property
    def holds_something(self) -> bool:
        return any(control.kind in ("checkbox", "radio", "select") or control.value.strip() for control in self.shown())

    def value(self, name: str) -> list[str]:
        return self.sent().get(name, [])


class Forms(HTMLParser):
    """The forms of a page that post, the links, and all the text that is shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.found, self.links, self.text = page, [], set(), ""
        self._form: Form | None = None
        self._blank = False
        self._area: Control | None = None
        self._select: Control | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        self._blank |= tag == "template"
        if tag == "a" and told.get("href", "").startswith("/"):
            self.links.add(told["href"].partition("#")[0])
        if tag == "form":
            self._form = Form(self.page, told.get("action") or self.page) if told.get("method") == "post" else None
            if self._form:
                self.found.append(self._form)
        if self._form is None or self._blank or "disabled" in told:
            return
        if tag == "input" and told.get("name"):
            numeric = told.get("inputmode") in ("numeric", "decimal")
            kind = told.get("type", "text")
            self._form.controls.append(
                Control(told["name"], kind, told.get("value", ""), "checked" in told, numeric=numeric)
            )
        elif tag == "textarea":
            self._area = Control(told["name"], "textarea" if "data-secret" not in told else "password")
            self._form.controls.append(self._area)
        elif tag == "select" and told.get("name"):
            self._select = Control(told["name"], "select")
            self._form.controls.append(self._select)
        elif tag == "option" and self._select:
            if "selected" in told or not (self._select.others or self._select.chosen):
                self._select.chosen, self._select.value = True, told.get("value", "")
            self._select.others.append(told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self._area.value, self._area = self._area.value.removeprefix("\n").removeprefix("\r\n"), None
        if tag == "select":
            self._select = None
        if tag == "template":
            self._blank = False
        if tag == "form":
            self._form = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value += data
        else:
            self.text += data


def read(client: Client, page: str) -> Forms:
    answer = client.get(page)
    assert answer.status_code == 200, page
    forms = Forms(page)
    forms.feed(answer.text)
    return forms


def endpoint_of(app: Flask, path: str, method: str) -> str | None:
    try:
        return app.url_map.bind("").match(urlsplit(path).path, method=method)[0]
    except HTTPException:
        return None


def editing(
    app: Flask, client: Client, wanted: Callable[[Form], bool] = lambda form: form.holds_something
) -> dict[str, Form]:
    """Of each route that a form with something in it posts to: one such form, from pages that links lead to."""
    waiting, met, found = ["/", "/components"], set(), {}
    while waiting:
        path = waiting.pop(0)
        # One page of each route, with each kind of question: a list that is sorted anew shows no new form.
        key = endpoint_of(app, path, "GET")
        if key is None or key in met or key in ("static", "bootstrap.static"):
            continue
        answer = client.get(path)
        if answer.status_code in (301, 302, 303):
            waiting.append(answer.location)
            continue
        if answer.status_code != 200 or answer.mimetype != "text/html":
            answer.close()
            continue
        met.add(key)
        forms = Forms(path)
        forms.feed(answer.text)
        waiting += sorted(forms.links)
        for form in forms.found:
            route = endpoint_of(app, form.action, "POST")
            if route and wanted(form):
                found.setdefault(route, form)
    return found


@pytest.fixture
def furnished(app: Flask, runtime: Runtime, actors: Actors) -> Flask:
    """One of everything that a form edits; Otto administers too."""
    connect(actors.ada, runtime, "http://127.0.0.1:9/v1", headers=(TypedHeader("X-Tenant", "blue"),))
    for name in ("other", "third"):
        publishing.publish(actors.ada, runtime, "acme", Draft(wire_name=name))
    roles.create(actors.ada, runtime, "Editors", "Who edits", [Permission.CHAT])
    teams.create(actors.ada, runtime, "Blue")
    contexts.add(actors.ada, runtime, contexts.Draft("code_review", "Code review"))
    long_chat(Actors.cast["ada"].id, 1)
    with transaction() as session:
        administrator = session.execute(
            select(RoleRecord.id).where(RoleRecord.built_in == "administrator")
        ).scalar_one()
        session.add(UserRoleRecord(user_id=Actors.cast["otto"].id, role_id=administrator))
    return app


def changed(route: str, control: Control, turn: int) -> Control:
    """The same field with something else in it, that can be saved."""
    others = [value for value in control.others if value != control.value]
    if control.kind in ("checkbox", "radio"):
        return replace(control, chosen=not control.chosen)
    if control.kind == "select":
        return replace(control, value=others[turn % len(others)])
    if control.name in EXAMPLES.get(route, {}):
        return replace(control, value=EXAMPLES[route][control.name][turn])
    return replace(control, value=(NUMBERS if control.numeric else WORDS)[turn])


def with_changed(route: str, form: Form, name: str, turn: int) -> Form:
    """The form with its first field of that name changed; of radio buttons another one is chosen."""
    place = next(at for at, control in enumerate(form.controls) if control.name == name and control.kind != "hidden")
    if form.controls[place].kind == "radio":
        dots = [control for control in form.controls if control.name == name]
        wanted = next(dot.value for dot in dots if not dot.chosen)
        moved = [
            replace(control, chosen=control.value == wanted) if control.name == name else control
            for control in form.controls
        ]
        return replace(form, controls=moved)
    moved = list(form.controls)
    moved[place] = changed(route, moved[place], turn)
    return replace(form, controls=moved)


def save(client: Client, form: Form) -> TestResponse:
    sent = form.sent() | {"csrf_token": [client.csrf_token()]}
    return client.post(urlsplit(form.action).path, data=MultiDict(sent))


def drawn(client: Client, form: Form) -> Form:
    """The same form on its page, as it is drawn now."""
    return next(other for other in read(client, form.page).found if other.action == form.action)


def again(form: Form, answer: TestResponse) -> tuple[Form, str]:
    """The form as it came back, and all that its page says."""
    page = Forms(form.page)
    page.feed(answer.text)
    return next(other for other in page.found if other.action == form.action), page.text


def test_of_two_who_save_one_form_the_second_learns_of_the_first(furnished: Flask, sign_in: SignIn):
    ada, window, otto = (sign_in(Actors.cast[name].id) for name in ("ada", "ada", "otto"))
    found = editing(furnished, ada)
    unversioned = {route for route, form in found.items() if not any(form.value("version"))}

    assert unversioned == set(FRESH), "what a form edits has a version, or is new"
    for route in sorted(found.keys() - FRESH.keys()):
        colleague = window if route in OWN else otto
        fields = {
            control.name: None
            for control in found[route].shown()
            if control.name not in UNSAVED.get(route, ()) and not (control.kind == "select" and len(control.others) < 2)
        }
        for name in fields:
            told = f"{route}: {name}"
            mine, theirs = drawn(ada, found[route]), drawn(colleague, found[route])
            theirs = with_changed(route, theirs, name, 0)
            first = save(colleague, theirs)
            assert first.status_code in (303, 302, 204), f"{told}: {said(first)}"

            mine = with_changed(route, mine, name, 1) if mine.kind_of(name) == "text" else mine
            refused = save(ada, mine)
            assert refused.status_code == 409, f"{told}: {said(refused)}"
            back, text = again(mine, refused)
            assert "While you had this open" in text, told
            assert text.count("Stored now:") == 1, f"{told}: one field was changed, and its own place says so"
            assert back.value(name) == mine.value(name), f"{told}: what was typed is kept"
            assert drawn(ada, found[route]).value(name) == theirs.value(name), f"{told}: the first one's stays"

            assert save(ada, back).status_code in (303, 302, 204), f"{told}: saving again is knowing"
            assert drawn(ada, found[route]).value(name) == mine.value(name), told


def said(answer: TestResponse) -> str:
    page = Forms("")
    page.feed(answer.text)
    return " ".join(page.text.split())[:1500]


def test_a_version_tells_which_fields_changed():
    drawn_from = version_of({"name": "Ada", "roles": Stored(["1"], "Developer")})

    with pytest.raises(Outdated) as caught:
        require("Ada", {"name": "Ada", "roles": Stored(["1", "2"], "Developer, Operator")}, drawn_from)

    assert caught.value.now == {"roles": "Stored now: Developer, Operator."}
    require("Ada", {"name": "Ada", "roles": Stored(["1", "2"], "both")}, caught.value.version)


def test_what_was_cleared_meanwhile_is_told_too():
    with pytest.raises(Outdated) as caught:
        require("Ada", {"name": "Ada"}, version_of({"name": "Ada", "team": "Blue"}))

    assert caught.value.now == {"team": "Stored now: nothing."}


def test_what_was_changed_and_changed_back_is_the_same_version():
    assert version_of({"name": "Ada"}) == version_of({"name": "Ada"}) != version_of({"name": "Otto"})


def test_a_form_without_a_version_is_older_than_everything():
    with pytest.raises(Outdated):
        require("Ada", {"name": "Ada"}, "")


def test_what_a_save_leaves_as_it_is_does_not_stand_in_its_way():
    drawn_from = version_of({"name": "Ada", "key": "one"})

    require("Ada", {"name": "Ada", "key": "two"}, drawn_from, kept=("key",))
