"""The canary with signs in its middle that pages, browsers or Markdown take out, in pieces, and in escapes: nowhere.

What is looked for are its letters and digits in a row, whatever stands between them.
"""

import html
import io
import re
import unicodedata
from contextlib import redirect_stderr, redirect_stdout
from urllib.parse import unquote

import pytest
from flask import Flask

from portal import logs
from tests.conftest import CANARY, Client
from tests.house.test_canary import CHAT, Receiver, cells, provider_form, talk
from tests.upstream import Upstream, steps

DROPPED = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u115f\u180e\u2028\u2029\u202e\u2066\u3164\ufe0f\ufffd"
    "\x00\x01\x1b\x7f\x85\xa0\t\r\n *`\\~\ud800"
)
"""What any cleaning takes out or makes a space of: signs nobody sees, controls, ends of lines, Markdown's own."""
ESCAPED = ("&shy;", "&#8203;", "%E2%80%8B", "\\u200b", "<b>", "<!-- -->")
MIDDLE = 18

DISGUISES = {
    **{f"U+{ord(sign):04X}": CANARY[:MIDDLE] + sign + CANARY[MIDDLE:] for sign in DROPPED},
    **{sign: CANARY[:MIDDLE] + sign + CANARY[MIDDLE:] for sign in ESCAPED},
    "between all letters": "\u200b".join(CANARY),
    "in pieces": "; ".join(CANARY[place : place + 5] for place in range(0, len(CANARY), 5)),
    "without its end": CANARY[:-12],
    "without its beginning": CANARY[8:],
    "in HTML": "".join(f"&#{ord(sign)};" for sign in CANARY),
    "in hexadecimal HTML": "".join(f"&#x{ord(sign):x};" for sign in CANARY),
    "in a URL": "".join(f"%{ord(sign):02X}" for sign in CANARY),
    "in a URL twice": "".join(f"%25{ord(sign):02x}" for sign in CANARY),
    "in wide letters": "".join(chr(ord(sign) + 0xFEE0) for sign in CANARY),
}
SHOWN_AT_MOST = 14
"""Letters in a row of a key that may be shown: too few to be worth anything."""
LETTERS = re.sub("[^a-z0-9]", "", CANARY)
RUNS = [LETTERS[place : place + SHOWN_AT_MOST + 1] for place in range(len(LETTERS) - SHOWN_AT_MOST)]


def letters(text: str) -> str:
    """What somebody reads in it who reads escapes, and sees neither tags nor signs."""
    for _ in range(2):
        text = html.unescape(unquote(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text)))
    text = unicodedata.normalize("NFKC", re.sub(r"</?\w[^<>]*>|<!--.*?-->", "", text))
    return re.sub("[^a-z0-9]", "", text.lower())


def found_in(text: str) -> list[str]:
    read = {letters(text), re.sub("[^a-z0-9]", "", text.lower())}
    return [run for run in RUNS if any(run in one for one in read)]


@pytest.mark.parametrize("how", DISGUISES)
def test_the_search_would_find_it(how: str):
    assert found_in(f"before {DISGUISES[how]} after")


def test_a_canary_in_disguise_is_found_nowhere(app: Flask, ada: Client, upstream: Upstream):
    receiver = Receiver(ada)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.config["TESTING"] = False
    logged = io.StringIO()
    with redirect_stderr(logged), redirect_stdout(logged):
        logs.configure("json")
        assert receiver.post("/providers/connect", provider_form(f"{upstream.url}/v1")).status_code == 302
        for disguise in DISGUISES.values():
            echo_in_an_error(receiver, upstream, disguise)
        echo_in_lists_and_answers(receiver, upstream)
        receiver.get("/health")
        receiver.get("/audit")
    assert len(receiver.heard) > len(DISGUISES)
    assert not [(where, found_in(told)) for where, told in receiver.heard if found_in(told)]
    assert not found_in(logged.getvalue())
    assert not [cell for cell, text in cells() if found_in(text)]


def echo_in_an_error(receiver: Receiver, upstream: Upstream, disguise: str) -> None:
    upstream.forget()
    error = {"error": {"message": f"No such key: {disguise}.", "type": disguise, "code": disguise}}
    upstream.script(steps.respond(401, json=sendable(error)), path=CHAT)
    receiver.post("/providers/acme/test")


def echo_in_lists_and_answers(receiver: Receiver, upstream: Upstream) -> None:
    listed = [{"id": disguise, "name": disguise, "owned_by": disguise} for disguise in DISGUISES.values()]
    spoken = "".join(f"One key is {disguise}, and " for disguise in DISGUISES.values())
    pieces = [spoken[place : place + 7] for place in range(0, len(spoken), 7)]
    frames = [{"model": "m", "choices": [{"index": 0, "delta": {"content": sendable(piece)}}]} for piece in pieces]
    whole = {"choices": [{"message": {"content": sendable(spoken)}}], "model": sendable(DISGUISES["U+200B"])}
    for step in (steps.sse([*frames, "[DONE]"]), steps.respond(200, json=whole)):
        upstream.forget()
        upstream.script(step, path=CHAT)
        upstream.script(steps.respond(200, json=sendable({"data": listed})), path="/v1/models")
        receiver.post("/providers/discover", provider_form(f"{upstream.url}/v1"))
        talk(receiver)
    receiver.get("/chat")


def sendable(value: object) -> object:
    """The same with half characters as no character: they are sent as escapes, which the upstream's JSON does not."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [sendable(part) for part in value]
    if isinstance(value, dict):
        return {name: sendable(part) for name, part in value.items()}
    return value
