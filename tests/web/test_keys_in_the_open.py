"""A key in a field that is shown again: refused with a sentence, never stored in the open, never in any page."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from portal.domain.language_models import Draft
from portal.domain.provider_headers import TypedHeader
from portal.domain.typed_text import open_part
from portal.services.language_models.discovery import Listed, State
from portal.services.runtime import Runtime
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.language_models import LanguageModelRecord
from portal.store.provider_headers import ProviderHeaderRecord
from portal.web.selected_listings import pack
from tests.conftest import Actors, Client
from tests.connecting import connect
from tests.upstream.google import account

KEY = "sk-0123456789abcdef0123456789abcdef"
HERE = "http://127.0.0.1:9/v1"
FORM = {"type": "openai_compatible", "name": "mine", "label": "Mine", "base_url": HERE, "test_model": "gpt-5.2"}
FIELDS = (
    "name",
    "label",
    "base_url",
    "default_model",
    "connect_timeout",
    "read_timeout",
    "rotate_after_days",
    "test_model",
    "typed_models",
    "extra_headers-0-name",
    "extra_headers-0-value",
)


def words(page) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def nowhere_stored() -> None:
    with reading() as session:
        rows = [
            str(row.__dict__) for kind in (AuditRecord, LanguageModelRecord) for row in session.scalars(select(kind))
        ]
        rows += [row.name + row.value for row in session.scalars(select(ProviderHeaderRecord))]
    assert KEY not in "".join(rows)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("typed", [KEY, f"Bearer {KEY}", f"one\n{KEY}", f"https://user:{KEY}@llm.example.com/v1"])
def test_no_page_repeats_it_and_nothing_is_saved(otto: Client, field: str, typed: str) -> None:
    form = FORM | {field: typed}
    if field.endswith("value"):
        form["extra_headers-0-name"] = "X-Tenant"
    for path, more in (
        ("/providers/connect", {}),
        ("/providers/connect", {"do": "header"}),
        ("/providers/connect", {"do": "type", "type": "vllm", "shown_type": "openai_compatible"}),
        ("/providers/look", {}),
        ("/providers/look", {"switch_to": "vllm"}),
        ("/providers/test", {}),
        ("/providers/discover", {}),
    ):
        page = otto.post_form(path, form | more)
        assert KEY not in unescape(page.text), (path, more)
        assert KEY not in (page.location or ""), (path, more)
        assert "key" in words(page)
        if path != "/providers/look" and more.get("do") != "type" and field != "extra_headers-0-value":
            assert page.status_code == 422, (path, more)
    nowhere_stored()


@pytest.mark.parametrize("field", ["label", "base_url", "default_model", "connect_timeout", "extra_headers-0-name"])
def test_nor_does_the_page_that_changes_a_provider(otto: Client, runtime: Runtime, actors: Actors, field: str) -> None:
    connect(actors.ada, runtime, HERE, name="mine")
    seen = re.search(r'name="version"[^>]*value="([^"]+)"', otto.get("/providers/mine/edit").text)
    assert seen
    for more in ({}, {"do": "header"}):
        page = otto.post_form("/providers/mine/edit", FORM | {"version": seen[1], field: KEY} | more)
        assert page.status_code == 422
        assert KEY not in page.text
    nowhere_stored()


def test_a_key_in_the_address_of_the_page_is_not_repeated(otto: Client) -> None:
    assert KEY not in otto.get(f"/providers/connect?type=openai&label={KEY}&name={KEY}").text


def test_the_other_lines_of_typed_models_stay(otto: Client) -> None:
    page = otto.post_form("/providers/test", FORM | {"typed_models": f"one\n{KEY}\ntwo"})
    assert re.search(r"<textarea[^>]*name=\"typed_models\"[^>]*>\s*one\r?\ntwo</textarea>", page.text)
    assert "This is a key." in words(page)


def test_a_ticked_model_with_a_key_for_a_name_is_refused(otto: Client) -> None:
    tick = pack(Listed(Draft(KEY, display_name=KEY), State.NEW)).replace("sk-", "\\u0073k-")
    page = otto.post_form("/providers/connect", FORM | {"models": [tick]})
    assert page.status_code == 422
    assert "0123456789abcdef" not in page.text
    nowhere_stored()


def test_a_secret_row_takes_a_key_and_a_plain_one_says_how(otto: Client) -> None:
    rows = {"extra_headers-0-name": "X-Tenant", "extra_headers-0-value": f"Bearer {KEY}"}
    page = otto.post_form("/providers/connect", FORM | rows)
    assert page.status_code == 422
    assert "Tick “secret”" in words(page)
    assert 'value="X-Tenant"' in page.text
    assert otto.post_form("/providers/connect", FORM | rows | {"extra_headers-0-secret": "y"}).status_code == 302
    nowhere_stored()


def test_a_saved_provider_is_not_asked_for_a_model_that_is_a_key(
    otto: Client, runtime: Runtime, actors: Actors
) -> None:
    connect(actors.ada, runtime, HERE, name="mine")
    key = "This is a key, not the name of a model."
    for model, said in ((KEY, key), (f"x {KEY}", key), ("../../evil", "a part that is only dots")):
        answer = otto.post_form("/providers/mine/test", {"test_model": model})
        assert answer.status_code == 302
        page = otto.get(answer.location)
        assert said in words(page)
        assert model not in unescape(page.text)
    with reading() as session:
        assert KEY not in str([row.__dict__ for row in session.scalars(select(AuditRecord))])


@pytest.mark.parametrize("field", ["wire_name", "name", "display_name"])
def test_a_published_model_is_not_called_by_a_key(otto: Client, runtime: Runtime, actors: Actors, field: str) -> None:
    connect(actors.ada, runtime, HERE, name="mine")
    form = {"provider": "mine", "wire_name": "m", "context_limit": "1000", field: KEY}
    page = otto.post_form("/models/new", form)
    assert page.status_code == 422
    assert "This is a key, not the name of a model." in words(page)
    assert KEY not in page.text
    row = pack(
        Listed(Draft(KEY, display_name="M") if field == "wire_name" else Draft("m", display_name=KEY), State.NEW)
    )
    page = otto.post_form("/models/publish", {"provider": "mine", "row": [row], "pick": [KEY, "m"]})
    assert page.status_code == 422
    assert KEY not in unescape(page.text)
    nowhere_stored()


def test_a_model_is_not_changed_to_a_key_either(otto: Client, runtime: Runtime, actors: Actors) -> None:
    connect(actors.ada, runtime, HERE, name="mine")
    with reading() as session:
        model = session.scalars(select(LanguageModelRecord)).first()
    assert model is not None
    for field in ("wire_name", "display_name", "description", "context_limit", "max_files", "price_input", "seed"):
        form = {"wire_name": "m", "context_limit": "1000", "features": ["chat"], field: KEY}
        page = otto.post_form(f"/models/{model.id}/edit", form)
        assert page.status_code == 422
        assert KEY not in page.text
    nowhere_stored()


@pytest.mark.parametrize(
    ("type", "field", "typed"),
    [
        ("vertex", "service_account_client_email", account().private_key),
        ("vertex", "service_account_client_email", KEY),
        ("bedrock", "aws_access_key_id", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("bedrock", "aws_access_key_id", KEY),
    ],
)
def test_an_open_part_of_a_credential_does_not_show_a_secret(otto: Client, type: str, field: str, typed: str) -> None:
    kind = field.split("_a")[0] if type == "bedrock" else "service_account"
    for do in ("save", "header"):
        form = {"type": type, "name": "mine", "key_kind": kind, field: typed, "do": do}
        page = otto.post_form("/providers/connect", form)
        assert typed.strip() not in unescape(page.text)
        assert "wJalrXUtnFEMI" not in page.text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("https://llm.example.com/v1", "https://llm.example.com/v1"),
        ("https://llm.example.com/v1?key=hunter2", "https://llm.example.com/v1"),
        ("https://llm.example.com/v1#hunter2", "https://llm.example.com/v1"),
        ("https://ada:hunter2@llm.example.com/v1", "https://llm.example.com/v1"),
        ("ada:hunter2@llm.example.com", "llm.example.com"),
        ("https://ada:hun@ter2@llm.example.com", "https://llm.example.com"),
        ("https://ada:hun/ter2@llm.example.com/v1", "https://llm.example.com/v1"),
        ("https://ada:hun?ter2@llm.example.com/v1", "https://llm.example.com/v1"),
        (
            "https://acme.example.com/openai?api-version=2024-10-21",
            "https://acme.example.com/openai?api-version=2024-10-21",
        ),
        ("https://a.example.com/?api-version=2024-10-21&k=hunter2", "https://a.example.com/"),
        ("http://[::1]:8080/v1/models/a@b", "http://[::1]:8080/v1/models/a@b"),
    ],
)
def test_of_an_address_only_what_is_no_secret_comes_back(otto: Client, typed: str, shown: str) -> None:
    assert open_part(typed) == shown
    page = otto.post_form("/providers/connect", FORM | {"name": "No Name", "base_url": typed})
    assert page.status_code == 422
    assert "hunter2" not in page.text
    assert "ter2" not in page.text


def test_a_key_beside_a_key_file_is_said_too(otto: Client) -> None:
    form = {"type": "vertex", "name": "mine", "setting_project": account().file, "label": KEY}
    page = otto.post_form("/providers/connect", form)
    assert page.status_code == 422
    assert "This is a key. It was taken out of here" in words(page)


def test_what_is_wrong_with_a_part_that_is_not_shown_again_is_told_at_once(otto: Client) -> None:
    form = {"type": "bedrock", "name": "mine", "key_kind": "aws", "aws_access_key_id": "ABSKQmVkcm9jaw=="}
    page = otto.post_form("/providers/look", form)
    assert "This is a Bedrock API key." in words(page)
    assert "ABSKQmVkcm9jaw" not in page.text


def test_what_is_wrong_with_a_typed_model_is_said(otto: Client) -> None:
    page = otto.post_form("/providers/connect", FORM | {"typed_models": "one\n../../evil"})
    assert page.status_code == 422
    assert "a part that is only dots" in words(page)


def test_a_header_that_was_stored_in_the_open_before_is_shown_to_nobody(
    otto: Client, ada: Client, runtime: Runtime, actors: Actors
) -> None:
    connect(actors.ada, runtime, HERE, name="mine", headers=(TypedHeader("X-Tenant", "acme"), TypedHeader("X-B", "b")))
    with transaction() as session:
        rows = session.scalars(select(ProviderHeaderRecord).order_by(ProviderHeaderRecord.position)).all()
        rows[0].value, rows[1].name = f"Bearer {KEY}", KEY
    for client in (otto, ada):
        page = client.get("/providers/mine")
        assert KEY not in page.text
    assert "Not shown: it looks like a key." in words(otto.get("/providers/mine"))
    assert KEY not in otto.get("/providers/mine/edit").text


def test_a_page_that_lost_a_key_says_so(otto: Client) -> None:
    gone = "Paste the key again before you go on"
    form = FORM | {"name": "No Name", "key": "a-key-of-theirs-0123"}
    assert gone in otto.post_form("/providers/connect", form).text
    assert gone in otto.post_form("/providers/test", form).text
    assert gone not in otto.post_form("/providers/test", form, headers={"X-Live": "test"}).text
    assert gone not in otto.post_form("/providers/connect", form | {"key": ""}).text
    assert gone not in otto.get("/providers/connect").text
