"""How much each route takes, and that nothing beyond it is read."""

import io

import pytest
from flask import Flask

from portal.web.bodies import CHATS, FORM, LISTING, TEXT, UPLOAD
from tests.conftest import Client

MORE = {
    "chat.attach": UPLOAD,
    "chat.bring_in": CHATS,
    "chat.rename": TEXT,
    "chat.send": UPLOAD,
    "chat.change": TEXT,
    "settings.apply": 2 * 1024 * 1024,
    "settings.plan": 2 * 1024 * 1024,
    "language_models.delete_many": LISTING,
    "language_models.offer_many": LISTING,
    "language_models.reach_many": LISTING,
    "language_models.discover": LISTING,
    "language_models.publish_ticked": LISTING,
    "language_models.turn_many": LISTING,
    "language_models.turn_off_gone": LISTING,
    "people.change_role": TEXT,
    "people.create_role": TEXT,
    "providers.change": LISTING,
    "providers.discover": LISTING,
    "providers.look_over": LISTING,
    "providers.register": LISTING,
    "providers.test": LISTING,
    "team_providers.change": LISTING,
    "team_providers.discover": LISTING,
    "team_providers.discover_models": LISTING,
    "team_providers.look_over": LISTING,
    "team_providers.publish": LISTING,
    "team_providers.register": LISTING,
    "team_providers.test": LISTING,
}
"""The routes that take more than a small form, and how much."""


class Counted(io.BytesIO):
    """A body that knows how much of it was read."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        part = super().read(size)
        self.taken += len(part)
        return part

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = super().readinto(buffer)
        self.taken += size
        return size


def test_what_takes_more_than_a_small_form_is_listed(app: Flask):
    more = {rule.endpoint: rule.body for rule in app.url_map.iter_rules() if rule.body != FORM}

    assert more == MORE


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere"])
def test_of_what_a_stranger_sends_too_much_nothing_is_read(nobody: Client, path: str):
    body = Counted(b"email=" + b"x" * FORM)

    answer = nobody.post(path, input_stream=body, content_length=FORM + 6, content_type=FORM_TYPE)

    assert (answer.status_code, body.taken) == (413, 0)
    assert "This page takes 128 KiB at most. Nothing of what was sent was read or saved." in answer.text


def test_what_comes_without_a_length_is_read_no_further_than_the_bound(nobody: Client):
    body = Counted(b"email=" + b"x" * 4 * FORM)

    answer = nobody.post(
        "/sign-in",
        input_stream=body,
        content_type=FORM_TYPE,
        environ_overrides={"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    assert answer.status_code == 413
    assert body.taken < 2 * FORM


def test_as_much_as_fits_is_read(nobody: Client):
    body = b"email=" + b"x" * (FORM - 6)

    assert nobody.post("/sign-in", data=body, content_type=FORM_TYPE).status_code == 400  # no token of the form


def test_who_may_not_use_a_route_may_not_fill_it_either(nobody: Client, ada: Client):
    role = {"name": "Readers", "models": "\n".join(f"acme:model-{number}*" for number in range(10_000))}

    assert nobody.post("/people/roles/new", data=role).status_code == 401
    assert "fit. An asterisk stands for many names" in ada.post_form("/people/roles/new", role).text


def test_a_script_is_told_in_its_own_format(nobody: Client):
    answer = nobody.post("/sign-in", data=b"x" * (FORM + 1), headers={"Accept": "application/json"})

    assert (answer.status_code, answer.json["code"]) == (413, "too_large")


FORM_TYPE = "application/x-www-form-urlencoded"
