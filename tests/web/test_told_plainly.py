"""What people tripped over once: labels, sizes, doubled sentences, acts that nobody could follow."""

import re
from html import unescape

from sqlalchemy import select

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.services.language_models import publishing
from portal.services.people import roles
from portal.services.runtime import Runtime
from portal.store.base import transaction
from portal.store.people import RoleRecord, UserRoleRecord
from tests.chatting import KEY, collect_events, send_message
from tests.chatting import connect as connect_chat
from tests.conftest import Actors, Client
from tests.connecting import connect
from tests.upstream import Upstream
from tests.web.test_providers import words

GONE = "http://127.0.0.1:9/v1"


def test_a_provider_is_called_by_its_label_where_it_has_one(ada: Client, runtime: Runtime, actors: Actors):
    connect(actors.ada, runtime, GONE, name="acme-west", label="Acme in the West")
    checks.check_saved(actors.ada, runtime, "acme-west")
    for path in ("/overview", "/health-checks", "/models"):
        assert "Acme in the West" in ada.get(path).text, path
    assert not re.search(r'class="title"[^>]*>acme-west<', ada.get("/health-checks").text)


def test_a_failed_test_is_told_once_on_its_providers_page(ada: Client, runtime: Runtime, actors: Actors):
    connect(actors.ada, runtime, GONE)
    page = ada.get(ada.post_form("/providers/acme/test").location.partition("#")[0]).text
    sentence = re.search(r'<h3 class="h3">([^<]+)</h3>', page)[1]
    assert page.count(sentence) == 1
    assert sentence in ada.get("/providers/acme").text


def test_whoever_may_only_look_reads_what_is_set_of_a_model(eve: Client, runtime: Runtime, actors: Actors):
    connect(actors.ada, runtime, GONE)
    model = publishing.publish(
        actors.ada, runtime, "acme", Draft("m1", options={"temperature": 0.2}, limits={"max_file_size": 7_340_032})
    )
    assert eve.get(f"/models/{model.id}").status_code == 403
    let_look(runtime)
    page = words(eve.get(f"/models/{model.id}"))
    assert "Temperature 0.2" in page
    assert "Size of one file 7 MB" in page
    listed = eve.get("/models").text
    assert f'href="/models/{model.id}"' in listed
    assert "/edit" not in listed


def test_whoever_may_not_test_is_not_told_to(eve: Client, ada: Client, runtime: Runtime, actors: Actors):
    connect(actors.ada, runtime, GONE)
    let_look(runtime)
    assert "Test connection" in ada.get("/overview").text
    page = eve.get("/overview").text
    assert "was never tested" in page
    assert "Test connection" not in page


def let_look(runtime: Runtime) -> None:
    """Eve may look at providers, and do nothing else."""
    roles.create(Actors.ada, runtime, "Auditors", "", [Permission.PROVIDER_VIEW])
    with transaction() as session:
        role = session.scalars(select(RoleRecord.id).where(RoleRecord.name == "Auditors")).one()
        session.add(UserRoleRecord(user_id=Actors.cast["eve"].id, role_id=role))


def test_a_secret_that_the_portal_keeps_in_a_file_is_not_called_unset(ada: Client, runtime: Runtime):
    page = words(ada.get("/settings"))
    assert "made by the portal" not in page
    (runtime.settings.data_dir / "master.key").write_text("x")
    object.__setattr__(runtime.settings, "master_key", "")
    page = unescape(words(ada.get("/settings")))
    assert f"in the file {runtime.settings.data_dir / 'master.key'}, made by the portal" in page


def test_an_azure_without_an_address_marks_the_field_that_is_missing(ada: Client):
    page = ada.post_form("/providers/test", {"type": "azure", "name": "west", "key": "k" * 32}).text
    assert "Enter the resource name, as acme-openai, or the base URL." in words_of(page)
    assert 'id="setting_resource-fault"' in page


def test_an_endpoint_that_is_pasted_as_the_resource_is_cut_to_it(ada: Client):
    for pasted in ("https://acme-west.openai.azure.com/", "acme-west.openai.azure.com"):
        page = ada.post_form("/providers/look", {"type": "azure", "name": "west", "setting_resource": pasted}).text
        assert re.search(r'id="setting_resource"[^>]*value="acme-west"', page), pasted
        assert "Cut acme-west out of the address that was pasted." in words_of(page)


def words_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_an_answer_brings_how_much_of_the_context_is_used(uma: Client, runtime: Runtime, actors: Actors):
    with Upstream.openai(key=KEY, answer="Three times.") as up:
        connect_chat(runtime, actors.ada, up.base_url)
        sent = send_message(actors.uma, runtime, "Where is rounding done?")
        collect_events(actors.uma, runtime, sent)
    told = uma.get(f"/chat/{sent.chat_id}/attempts/{sent.attempt_id}").json
    assert "Context used: 1 %" in told["use"]


def test_a_chat_is_deleted_from_its_own_menu(uma: Client, runtime: Runtime, actors: Actors):
    with Upstream.openai(key=KEY, answer="Three times.") as up:
        connect_chat(runtime, actors.ada, up.base_url)
        sent = send_message(actors.uma, runtime, "Where is rounding done?")
        collect_events(actors.uma, runtime, sent)
    page = uma.get(f"/chat/{sent.chat_id}").text
    assert f'action="/chat/{sent.chat_id}/shelf"' in page
    assert 'name="shelf" value="deleted"' in page


def test_discovery_from_a_providers_page_asks_at_once(ada: Client, runtime: Runtime, actors: Actors):
    with Upstream.openai(key=None, models=["one", "two"]) as up:
        connect(actors.ada, runtime, up.base_url)
        page = ada.get("/providers/acme").text
        assert 'action="/models/discover"' in page
        assert "two" in ada.post_form("/models/discover", {"provider": "acme"}).text
