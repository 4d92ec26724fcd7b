"""The configuration as a file, over HTTP: taken away, looked at as a diff in words, and read in."""

import io
import json
import re
from html import unescape

from portal.services.runtime import Runtime
from portal.store.catalog import version_now
from tests.conftest import CANARY, Client
from tests.services.configuration.portals import fill
from tests.services.configuration.test_export_and_import import held
from tests.services.configuration.test_foreign_files import FILES
from tests.web.test_fresh_sign_in import go_on, grow_old, passwords_known  # noqa: F401
from tests.web.test_providers import words

GATES = "llm_portal: 1\ngates: {personal_overrides: off}\n"


def look(client: Client, text: str | bytes, name: str = "config.yaml"):
    content = text if isinstance(text, bytes) else text.encode()
    form = {"csrf_token": client.csrf_token(), "file": (io.BytesIO(content), name)}
    return client.post("/settings/configuration/plan", data=form, content_type="multipart/form-data")


def carried(page: str) -> dict[str, object]:
    found = {
        name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', page) for name in ("document", "digest", "catalog")
    }
    return {name: unescape(match[1]) for name, match in found.items() if match}


def test_an_export_is_a_file_without_keys(ada: Client, runtime: Runtime):
    fill(runtime)
    for kind in ("yaml", "json"):
        answer = ada.get(f"/settings/configuration/export.{kind}")
        assert (
            f'.{kind}"' in answer.headers["Content-Disposition"] or f".{kind}" in answer.headers["Content-Disposition"]
        )
        assert "acme" in answer.text
        assert CANARY not in answer.text


def test_a_file_is_looked_at_and_then_read_in(ada: Client, runtime: Runtime):
    fill(runtime)
    before, version = held(runtime), version_now()
    answer = look(ada, "llm_portal: 1\nproviders: {acme: {label: Acme Ltd, read_timeout: 90}}\n")
    said = words(answer)
    for part in ("Changed provider Acme", "Label Acme → becomes Acme Ltd", "Read timeout 60 s → becomes 90 s"):
        assert part in said
    assert (held(runtime), version_now()) == (before, version)
    done = ada.post_form("/settings/configuration/apply", carried(answer.text), follow_redirects=True)
    assert "Imported: 1 change." in words(done)
    assert held(runtime)["providers"]["acme"]["label"] == "Acme Ltd"
    assert "Nothing changes: the portal is as this file says." in words(
        look(ada, "llm_portal: 1\nproviders: {acme: {label: Acme Ltd}}\n")
    )


def test_many_changes_of_one_kind_are_folded_and_what_is_new_says_what_it_has_alone(ada: Client):
    made = {f"rack-{n}": {"type": "ollama", "base_url": f"http://rack-{n}.example.org:11434/v1"} for n in range(6)}
    whole = {"llm_portal": 1, "teams": {"Research": {}}, "providers": made}
    page = look(ada, json.dumps(whole), "c.json").text
    assert "<summary>Created provider: 6</summary>" in page
    assert re.search(r"Created team <b>Research</b></span></li>", page), "its name is not told twice"


def test_keys_of_a_file_travel_encrypted_and_are_never_in_a_page(ada: Client, runtime: Runtime):
    answer = look(ada, (FILES / "seeds.json").read_bytes(), "seeds.json")
    assert "invented" not in answer.text.lower()
    form = carried(answer.text)
    assert "Created provider My_OpenAI" in words(answer)
    refused = ada.post_form("/settings/configuration/apply", form)
    assert refused.status_code == 409 or "PROVIDERS.odd" in words(refused)
    assert held(runtime)["providers"] == {}, "an entry cannot be used, and nobody said to leave it out"
    done = ada.post_form("/settings/configuration/apply", form | {"leave_out": "y"}, follow_redirects=True)
    assert "Imported:" in words(done)
    assert "invented" not in done.text.lower()
    assert len(held(runtime)["providers"]) == 7


def test_what_changed_meanwhile_is_looked_at_anew_with_the_same_file(ada: Client, runtime: Runtime):
    form = carried(look(ada, GATES).text)
    other = carried(look(ada, "llm_portal: 1\ngates: {personal_keys: off}\n").text)
    ada.post_form("/settings/configuration/apply", other)
    answer = ada.post_form("/settings/configuration/apply", form)
    assert answer.status_code == 409
    assert "The portal changed while you looked at this." in words(answer)
    assert held(runtime)["gates"]["personal_overrides"]
    ada.post_form("/settings/configuration/apply", carried(answer.text))
    assert not held(runtime)["gates"]["personal_overrides"]


def test_an_import_asks_for_the_password_again_and_goes_on_with_the_same_file(ada: Client, runtime: Runtime):
    form = carried(look(ada, GATES).text)
    grow_old(ada, runtime)
    asked = ada.post_form("/settings/configuration/apply", form)
    assert asked.status_code == 403
    assert "Your password" in words(asked)
    assert held(runtime)["gates"]["personal_overrides"]
    assert go_on(ada, "/settings/configuration/apply", asked).status_code == 302
    assert not held(runtime)["gates"]["personal_overrides"]


def test_another_persons_file_and_a_forged_one_are_nobodys(ada: Client, otto: Client, runtime: Runtime):
    form = carried(look(ada, GATES).text)
    for document in ("", "x", str(form["document"])[:-4] + "AAAA"):
        answer = ada.post_form("/settings/configuration/apply", form | {"document": document})
        assert "Choose it again" in words(answer)
    answer = ada.post_form("/settings/configuration/apply", form | {"digest": "0" * 64})
    assert "not the file that was looked at" in words(answer)
    assert otto.post_form("/settings/configuration/apply", form).status_code == 403


def test_what_cannot_be_read_is_said_beside_the_field(ada: Client):
    for text, said in (("a: [", "This YAML cannot be read"), ("", "This file is empty"), ("a: 1", "no configuration")):
        answer = look(ada, text)
        assert answer.status_code == 422
        assert said in words(answer)
    answer = ada.post_form("/settings/configuration/plan")
    assert "Choose a file first." in words(answer)


def test_only_ada_gets_there(otto: Client, uma: Client, eve: Client):
    for client in (otto, uma, eve):
        assert client.get("/settings/configuration").status_code == 403
        assert client.get("/settings/configuration/export.yaml").status_code == 403
        assert look(client, GATES).status_code == 403
