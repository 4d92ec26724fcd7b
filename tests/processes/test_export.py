"""A chat is taken away from the genuine server, whatever letters it is named in."""

import re
from uuid import uuid4

import pytest
from werkzeug.http import parse_options_header

from tests.processes.portal_process import ADMIN, Browser, PortalProcess, running

TITLES = ["Привет, мир", "你好世界", "שלום עולם", "Zażółć gęślą jaźń"]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("export") / "data", **ADMIN) as process:
        yield process


@pytest.mark.parametrize("title", TITLES)
def test_a_chat_named_in_any_script_is_exported(portal: PortalProcess, title: str):
    browser = Browser(portal.url).sign_in()
    browser.post("/overview/demo", {}, page="/overview")
    page = browser.get("/chat").text
    action = re.search(r'action="(/chat/[^"]+/turns)"', page)
    assert action
    browser.post(action[1], {"text": title, "client_id": uuid4().hex, "new": "yes"}, page="/chat")
    chat = action[1].removesuffix("/turns")
    for kind in ("md", "json"):
        taken = browser.get(f"{chat}/export.{kind}")
        assert taken.status_code == 200
        _, options = parse_options_header(taken.headers["Content-Disposition"])
        assert options["filename"].endswith(f".{kind}")
        assert title.split()[0].strip(",") in options["filename"]
        assert title in taken.content.decode("utf-8")
