"""What every form reads of a request, and what it leaves alone."""

import re
from io import BytesIO

import pytest

from portal.domain.provider_headers import MOST
from tests.conftest import Client


def test_a_file_in_the_place_of_a_field_is_not_read(nobody: Client) -> None:
    data = {"csrf_token": nobody.csrf_token(), "email": (BytesIO(b"ada@example.com"), "e.txt"), "password": "x"}
    page = nobody.post("/sign-in", data=data, content_type="multipart/form-data")
    assert page.status_code == 422


@pytest.mark.parametrize("body", [[1], {"email": 5, "password": ["x"]}, "email", None, 7])
def test_json_in_the_place_of_a_form_is_not_read(nobody: Client, body: object) -> None:
    page = nobody.post("/sign-in", json=body, headers={"X-CSRFToken": nobody.csrf_token()})
    assert page.status_code == 422


def test_the_forms_of_a_signed_in_person_read_none_of_both_either(otto: Client) -> None:
    token = {"X-CSRFToken": otto.csrf_token()}
    assert otto.post("/providers/connect", json=[1], headers=token).status_code == 422
    file = {"csrf_token": otto.csrf_token(), "name": (BytesIO(b"x"), "x.txt"), "type": "openai"}
    assert otto.post("/providers/connect", data=file).status_code == 422


@pytest.mark.parametrize("number", ["²", "9" * 5000, "٣", "-1", "", "1²"])
def test_a_row_with_an_odd_number_is_not_read(otto: Client, number: str) -> None:
    form = {"type": "openai_compatible", "name": "mine", f"extra_headers-{number}-name": "X-Odd"}
    page = otto.post_form("/providers/test", form)
    assert page.status_code < 500
    assert "X-Odd" not in page.text


def test_too_many_rows_are_said_and_no_more_are_added(otto: Client) -> None:
    rows = {f"extra_headers-{row}-name": f"X-Row-{row}" for row in range(5 * MOST)}
    rows |= {f"extra_headers-{row}-value": "x" for row in range(5 * MOST)}
    form = {"type": "openai_compatible", "name": "mine", "base_url": "https://llm.example.com/v1"} | rows
    page = otto.post_form("/providers/connect", form)
    assert f"At most {MOST} headers fit." in page.text
    page = otto.post_form("/providers/connect", form | {"do": "header"})
    assert page.status_code == 200
    assert len(re.findall(r'id="extra_headers-\d+-name"', page.text)) == 2 * MOST
