"""Whatever a client sends in the place of a form's version: what is stored is not overwritten, and no form breaks."""

from urllib.parse import quote, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import Client
from tests.web.test_two_people_one_form import (
    FRESH,
    UNSAVED,
    Form,
    again,
    drawn,
    editing,
    furnished,
    said,
    save,
    with_changed,
)

__all__ = ["furnished"]

FORGED: dict[str, tuple[str, ...]] = {
    "none": (),
    "blank": ("",),
    "no version": ("nothing",),
    "separators": ("...--..-.",),
    "long": ("a-b." * 20_000,),
    "fields that no form has": (".".join(f"field{number}-000000000000" for number in range(4_000)),),
    "a digit that is no number": ("headers-²-0",),
    "a number that no computer reads": (f"headers-{'9' * 5000}-0",),
    "half a character": ("\ud800",),
    "the right one behind a wrong one": ("nothing", "right"),
    "another form's": ("another",),
    "marks of every field": ("marks",),
}
"""What may stand in the place of the version: "right", "another" and "marks" are filled in where they are sent."""


def save_as(client: Client, form: Form, versions: tuple[str, ...]) -> TestResponse:
    sent = form.sent() | {"csrf_token": [client.csrf_token()], "version": list(versions)}
    pairs = [(name, value) for name, values in sent.items() for value in values]
    body = "&".join(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in pairs)
    return client.post(urlsplit(form.action).path, data=body, content_type="application/x-www-form-urlencoded")


def test_a_form_whose_version_was_not_drawn_for_it_overwrites_nothing(furnished: Flask, ada: Client):
    furnished.config["PROPAGATE_EXCEPTIONS"] = False
    found = {route: form for route, form in editing(furnished, ada).items() if route not in FRESH}
    assert found
    for route, form in found.items():
        filled = {
            "right": form.value("version")[0],
            "another": next(other for name, other in found.items() if name != route).value("version")[0],
            "marks": ".".join(f"{control.name}-000000000000" for control in form.controls),
        }
        name = next(
            control.name
            for control in form.shown()
            if control.name not in UNSAVED.get(route, ()) and not (control.kind == "select" and len(control.others) < 2)
        )
        mine = with_changed(route, drawn(ada, form), name, 0)
        for forged, parts in FORGED.items():
            told = f"{route}: {forged}"
            answer = save_as(ada, mine, tuple(filled.get(part, part) for part in parts))
            assert answer.status_code == 409, f"{told}: {answer.status_code} {said(answer)}"
            assert drawn(ada, form).value(name) == form.value(name), told
            back, text = again(form, answer)
            assert text.count("Stored now:") <= len(form.controls), f"{told}: no more is said than there are fields"
        assert save(ada, back).status_code in (302, 303, 204), f"{route}: saving again is knowing"
