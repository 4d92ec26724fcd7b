"""The form of each type over HTTP, without a script: fields, the switch, and keys that are never shown again."""

import re
from html import unescape

import pytest

from portal.dialects.input.typed_keys import field_name
from portal.dialects.provider_types.table import TYPES
from portal.services.runtime import Runtime
from portal.store.base import reading
from portal.store.providers import ProviderRecord
from tests.conftest import Client
from tests.counting import queries
from tests.upstream import Upstream
from tests.upstream.google import account
from tests.upstream.scripted import ACCESS_KEY, scripted

DEPLOYMENT = "https://acme-openai.openai.azure.com/openai/deployments/chat-4o/chat/completions?api-version=2024-10-21"


def words(page) -> str:
    text = re.sub(r"<(script|style|template|svg).*?</\1>", " ", page.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def value_of(page, name: str) -> str | None:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.text)
    told = re.search(r'value="([^"]*)"', found[0]) if found else None
    return unescape(told[1]) if told else None


@pytest.mark.parametrize("type", TYPES)
def test_the_form_has_the_fields_of_its_type_and_no_others(otto: Client, type: str) -> None:
    kind = TYPES[type]
    otto.get("/providers/connect")  # the first page of a process reads the catalog, for the budget in one's menu
    with queries() as asked:
        page = otto.get(f"/providers/connect?type={type}")
    assert len(asked) < 8
    names = set(re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', page.text))
    own = {f"setting_{item.name}" for item in kind.settings}
    if kind.key != "none":
        own |= {field_name(shape, part) for shape in kind.key_kinds for part in shape.fields}
    assert own <= names
    others = {f"setting_{item.name}" for other in TYPES.values() for item in other.settings}
    assert not (names & others) - own
    for item in kind.settings:
        for one in item.suggestions:
            assert f'<option value="{one}">' in page.text
    assert ("key_kind" in names) == (len(kind.key_kinds) > 1)
    assert ("base_url" in names) == (kind.key != "none")


@pytest.mark.parametrize("type", TYPES)
def test_every_type_is_tested_and_saved_and_its_key_never_shown(otto: Client, type: str) -> None:
    with scripted(type) as it:
        form = {"type": type, "name": "mine", "label": "Mine", "test_model": it.model, "key_kind": it.kind, **it.typed}
        form["typed_models"] = it.model
        tested = otto.post_form("/providers/test", form)
        assert "Mine answered." in words(tested)
        saved = otto.post_form("/providers/connect", form)
        assert saved.location == "/providers/mine", words(saved)
        shown = [tested, otto.get("/providers/mine"), otto.get("/providers/mine/edit")]
        for secret in it.secrets:
            for page in shown:
                assert secret not in unescape(page.text)
        assert otto.post_form("/providers/mine/test").status_code == 302
        assert "Mine answers." in words(otto.get("/providers/mine"))


def test_looking_over_takes_a_pasted_address_apart(otto: Client) -> None:
    page = otto.post_form("/providers/look", {"type": "azure", "name": "azure", "base_url": DEPLOYMENT})
    assert page.status_code == 200
    assert value_of(page, "setting_resource") == "acme-openai"
    assert value_of(page, "setting_api_version") == "2024-10-21"
    assert value_of(page, "base_url") == "https://acme-openai.openai.azure.com"
    assert value_of(page, "test_model") == "chat-4o"
    assert re.search(r"<textarea[^>]* name=\"typed_models\"[^>]*>\s*chat-4o</textarea>", page.text)


def test_without_a_script_the_type_is_switched_and_nothing_typed_is_lost(otto: Client) -> None:
    typed = {"type": "openai", "name": "openai", "label": "Ours", "base_url": DEPLOYMENT, "key": "k" * 32}
    page = otto.post_form("/providers/connect", typed)
    assert page.status_code == 422
    assert "Change the type to Azure OpenAI" in words(page)
    page = otto.post_form("/providers/look", typed | {"switch_to": "azure"})
    assert value_of(page, "setting_resource") == "acme-openai"
    assert value_of(page, "label") == "Ours"
    assert value_of(page, "name") == "azure"
    page = otto.post_form("/providers/look", typed | {"switch_to": "azure", "name": "my-own"})
    assert value_of(page, "name") == "my-own"


@pytest.mark.parametrize("field", ["name", "label", "base_url", "setting_project", "setting_location", "typed_models"])
def test_a_key_in_the_wrong_field_is_taken_out_and_never_repeated(otto: Client, field: str) -> None:
    form = {"type": "vertex", "name": "mine", "base_url": "", "setting_project": "acme-123"}
    for secret in (account().file, account().private_key, "sk-ant-api03-0123456789abcdef", ACCESS_KEY[0]):
        for path in ("/providers/look", "/providers/connect"):
            page = otto.post_form(path, form | {field: secret})
            if page.status_code == 302:
                otto.post_form("/providers/mine/delete")
                page = otto.get(page.location)
            assert secret.strip() not in unescape(page.text), (path, field)


def test_a_key_file_in_another_field_is_read_as_the_key(otto: Client, ada: Client) -> None:
    with scripted("vertex") as it:
        form = dict(it.typed) | {"type": "vertex", "name": "mine", "label": "Mine", "test_model": it.model}
        form["setting_project"] = form.pop("service_account_private_key")
        page = otto.post_form("/providers/test", form)
        assert "Mine answered." in words(page)
        assert value_of(page, "setting_project") == "acme-123"


def test_a_key_file_in_the_name_is_no_name(otto: Client) -> None:
    page = otto.post_form("/providers/connect", {"type": "openai", "name": account().file, "key": ""})
    assert "It belongs into a Google Vertex AI provider." in words(page)
    with reading() as session:
        assert session.query(ProviderRecord).count() == 0


def test_a_blank_key_keeps_the_stored_one_of_several_parts(otto: Client, runtime: Runtime) -> None:
    with scripted("bedrock") as it:
        form = {"type": "bedrock", "name": "mine", "label": "Mine", "key_kind": "aws", **it.typed}
        otto.post_form("/providers/connect", form)
        edit = otto.get("/providers/mine/edit")
        assert re.search(
            r'name="key_kind"[^>]*value="aws"[^>]*checked|checked[^>]*name="key_kind"[^>]*value="aws"', edit.text
        )
        assert value_of(edit, "aws_access_key_id") in (None, "")
        blank = {"aws_access_key_id": "", "aws_secret_access_key": ""}
        seen = value_of(edit, "version")
        changed = form | blank | {"label": "Theirs", "version": seen, "saved_name": "mine"}
        assert otto.post_form("/providers/mine/edit", changed).status_code == 302
        otto.post_form("/providers/mine/test", {"test_model": it.model})
        assert "Theirs answers." in words(otto.get("/providers/mine"))


def test_who_may_not_test_may_not_look_either(uma: Client, eve: Client) -> None:
    for client in (uma, eve):
        assert client.post_form("/providers/look", {"type": "openai"}).status_code == 403


def test_a_context_limit_that_is_the_portals_guess_says_so(otto: Client) -> None:
    with Upstream.local("ollama") as up:
        form = {"type": "ollama", "name": "mine", "label": "Mine", "base_url": f"{up.url}/v1"}
        known = words(otto.post_form("/providers/discover", form))
        up.respond(404, text="404 page not found", path="/api/show")
        guessed = words(otto.post_form("/providers/discover", form))
    assert "qwen3:8b 41 k tokens" in known
    assert "all-minilm:latest probably not for chats" in known
    assert "qwen3:8b 128 k assumed" in guessed
