"""Asking in a chat over HTTP as a person does, and what became of it: what was stored, and what the provider heard."""

import html
import re
from uuid import UUID

from sqlalchemy import select

from portal.store.attempts import AttemptRecord
from portal.store.base import reading
from tests.conftest import Client
from tests.upstream import Request, Upstream

HELLO = [{"choices": [{"index": 0, "delta": {"content": "Hello."}, "finish_reason": "stop"}]}, "[DONE]"]


def words(answer) -> str:
    """The page without its tags, as one line."""
    text = re.sub(r"<(script|style|template).*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def field(page: str, name: str) -> str:
    """What stands in the field of this name."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, f"no field {name}"
    return html.unescape(found[1])


def ask(client: Client, text: str = "Where is rounding done?", path: str = "/chat", **more: str) -> AttemptRecord:
    """Send the composer of this page with nothing else touched than `more`; the attempt that came of it."""
    page = client.get(path).text.split('<div class="composer">')[-1]  # a question's own form stands before it
    target = re.search(r'action="(/chat/[^"]+/turns)"', page)
    assert target, "no composer"
    names = ("client_id", "parent", "shown_model")  # there is no selector where there is nothing to select
    kept = {name: field(page, name) for name in names if f'name="{name}"' in page}
    selected = re.search(r'<option value="([^"]+)" selected>', page)
    model = {"model": selected[1]} if selected else {}
    new = {} if kept.get("parent") else {"new": "yes"}
    answer = client.post_form(target[1], {**kept, **model, **new, "text": text, **more})
    assert answer.status_code == 303, words(answer)
    return newest_attempt()


def ask_again(client: Client, attempt: AttemptRecord, model_id: UUID) -> AttemptRecord:
    """“Send to …”: the same question, to exactly this model."""
    path = f"/chat/{attempt.chat_id}/turns/{attempt.turn_id}/attempts"
    assert client.post_form(path, {"model": str(model_id)}).status_code == 303
    return newest_attempt()


def newest_attempt() -> AttemptRecord:
    with reading() as session:
        attempt = session.scalars(select(AttemptRecord).order_by(AttemptRecord.created_at.desc()).limit(1)).first()
    assert attempt is not None
    return attempt


def steps_of(attempt: AttemptRecord) -> dict[str, str]:
    """The stored trail: each layer with its outcome."""
    return {step["layer"]: step["outcome"] for step in attempt.trail}


def chats(upstream: Upstream) -> list[Request]:
    """The questions that this provider heard of people, in order: none that the portal asks to name a chat."""
    asked = [request for request in upstream.requests if request.path.endswith("/chat/completions")]
    return [request for request in asked if not is_for_a_name(request)]


def is_for_a_name(request: Request) -> bool:
    """Whether the portal itself asked, to name a chat."""
    return str(request.json["messages"][0]["content"]).startswith("You name conversations")


def heard(upstream: Upstream) -> list[tuple[str, str]]:
    """Of each question: the model ID that was asked for, and the key that came with it."""
    return [
        (request.json["model"], request.headers.get("authorization", "").removeprefix("Bearer "))
        for request in chats(upstream)
    ]
