"""The addresses in a chat's page: put together once for a page, and what `url_for` says they are."""

import re
from uuid import UUID

import pytest
from flask import request, url_for

from portal.domain.subagents import run_of
from portal.web.addresses import open_url
from portal.web.chat.addresses import ChatAddresses
from tests.chatting import long_chat

CHAT, TURN = UUID(int=1), UUID(int=2**128 - 1)


@pytest.mark.parametrize("root", ["", "/portal"])
def test_every_address_is_the_one_of_its_route(app, root):
    for here in (root, ""):  # what was remembered below one path is right below another
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": here}):
            assert request.script_root == here
            for run in (None, run_of("/explore Where is rounding done?")):
                to, told = ChatAddresses.of(CHAT).turn(str(TURN), run), {"chat_id": CHAT, "turn_id": TURN}
                assert to.show == url_for("chat.show", chat_id=CHAT)
                assert to.send == url_for("chat.send", chat_id=CHAT)
                assert to.again == url_for("chat.send_again", **told)
                assert to.beside == url_for("chat.choose_beside", **told)
                assert to.pick == url_for("chat.pick", **told)
                assert to.why == url_for("explain.mine", chat=CHAT, context=run.subagent.name if run else None)


def test_an_id_that_stands_for_others_in_what_is_remembered_is_an_id_like_any_other(app):
    with app.test_request_context("/"):
        for inner, outer in ((UUID(int=1), UUID(int=2)), (UUID(int=2), UUID(int=1)), (UUID(int=1), UUID(int=1))):
            told = url_for("chat.pick", chat_id=outer, turn_id=inner)
            assert open_url("chat.pick", "turn_id", chat_id=outer).of(inner) == told


def test_a_page_puts_no_more_addresses_together_for_many_turns_and_chats_than_for_few(app, uma, actors):
    asked: list[str] = []
    app.url_default_functions.setdefault(None, []).append(lambda endpoint, _: asked.append(endpoint))

    def addresses(turns: int) -> int:
        chat = long_chat(actors.uma.id, turns)
        uma.get(f"/chat/{chat}")  # what is remembered is remembered
        asked.clear()
        page = uma.get(f"/chat/{chat}").text
        assert len(re.findall(r'<article class="turn"', page)) == turns
        return len(asked)

    few = addresses(1)
    assert addresses(9) == few
