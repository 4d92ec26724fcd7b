"""Whatever people and providers write, in every place where it is kept, stays text on every page and in every file."""

import csv
import io
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from flask import Flask

from portal.domain.language_models import Draft
from portal.domain.permissions import Permission
from portal.services.chat import answering, chats, sending
from portal.services.chat.sending import Message
from portal.services.health import checks
from portal.services.language_models import publishing
from portal.services.people import profile, roles, users
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft as ProviderDraft
from portal.services.runtime import Runtime
from tests.conftest import Actors, Client
from tests.upstream import Upstream

HOSTILE = '="><hostile onhostile=1>\' onhostile=2 x=" onhostile=3 <!-- hostile'
SHORT = '="><hostile onhostile=1>'
CRAWLED = 400


class Reader(HTMLParser):
    """Finds what a browser would take for our markup though somebody else wrote it, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.strange: list[str] = []
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attributes]
        if tag == "hostile" or "onhostile" in names:
            self.strange.append(self.get_starttag_text() or tag)
        href = dict(attributes).get("href") if tag == "a" else None
        if href and href.startswith("/"):
            self.links.add(href.partition("#")[0])

    def handle_comment(self, data: str) -> None:
        if "hostile" in data:
            self.strange.append(data)


@pytest.fixture
def hostile_portal(app: Flask, runtime: Runtime, actors: Actors) -> Flask:
    """Everything that can be named is named with markup; the provider answers, fails and signs with it."""
    with Upstream() as up:
        up.respond(
            json={
                "model": SHORT,
                "choices": [{"message": {"content": HOSTILE}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1},
            },
            headers={"x-request-id": SHORT},
            path="/good/chat/completions",
        )
        up.respond(401, json={"error": {"message": HOSTILE, "code": SHORT}}, path="/bad/chat/completions")
        up.respond(json={"data": [{"id": "listed-<hostile>"}]}, path="/good/models")
        for name in ("good", "bad"):
            draft = ProviderDraft(
                "openai_compatible", name=name, label=SHORT, base_url=f"{up.url}/{name}", key="sk-12345"
            )
            provider_registry.register(actors.ada, runtime, draft, [])
            wire_name = f"{SHORT.replace(' ', '-').replace(chr(34), '')}{name}"  # one in a list is quoted
            model = Draft(wire_name=wire_name, display_name=SHORT, description=HOSTILE)
            view = publishing.publish(actors.ada, runtime, name, model)
            checks.check_saved(actors.ada, runtime, name)
            text, system = f"# {HOSTILE}", HOSTILE
            sent = sending.send(
                actors.ada, runtime, Message(uuid4(), text, "c", None, view.id, system_prompt=system, new=True)
            )
            answering.answer_whole(actors.ada, runtime, sent)
            chats.change(actors.ada, runtime, sent.chat_id, title=HOSTILE, system_prompt=system)
        profile.change_name(actors.ada, runtime, SHORT)
        role = roles.create(actors.ada, runtime, SHORT, HOSTILE, [Permission.CHAT])
        users.create(actors.ada, runtime, SHORT, f"{SHORT.replace(' ', '')}@example.org".lower(), [role])
        yield app


def test_nothing_that_is_stored_becomes_markup(hostile_portal: Flask, ada: Client):
    waiting, seen = ["/"], {"/"}
    while waiting and len(seen) < CRAWLED:
        path = waiting.pop()
        answer = ada.get(path, follow_redirects=True)
        assert answer.status_code < 500, path
        if answer.mimetype == "text/html":
            reader = Reader()
            reader.feed(answer.text)
            assert not reader.strange, path
            fresh = {link for link in reader.links if "/static/" not in link} - seen
            seen |= fresh
            waiting += sorted(fresh)
        answer.close()
    assert len(seen) > 60


@pytest.mark.parametrize("path", ["/audit/export.csv", "/health-checks/export.csv"])
def test_no_cell_of_an_export_is_a_formula(hostile_portal: Flask, ada: Client, path: str):
    rows = list(csv.reader(io.StringIO(ada.get(path).text)))
    assert len(rows) > 2
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\n")]
