"""Answers as servers and proxies really sent them, byte by byte, in words of our own; and a chat that meets one.

Each file of `cases/` is one HTTP response: status line, headers, body. Names that begin with `p` were always read
right; those that begin with `u` once were not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import select

from portal.domain.people import Actor
from portal.services.runtime import Runtime
from portal.store.attempts import AttemptRecord
from portal.store.base import reading, transaction
from portal.store.language_models import LanguageModelRecord
from tests.chatting import connect
from tests.upstream import Exchange, Upstream, steps

CASES = Path(__file__).parent / "cases"

TYPES = {"openai": "openai_compatible", "claude": "anthropic", "gemini": "google", "bedrock": "bedrock"}
PATHS = {"openai": "/v1", "claude": "/v1", "gemini": "/v1beta", "bedrock": ""}
MODELS = {"openai": "m-1", "claude": "claude-x", "gemini": "gemini-x", "bedrock": "amazon.nova-lite-v1:0"}


def case(name: str) -> bytes:
    """The bytes of the one case whose file's name begins so."""
    (path,) = CASES.glob(f"{name}-*.http")
    return path.read_bytes()


def replay(name: str) -> Callable[[Exchange], None]:
    """A step that sends a case and closes."""
    return steps.raw(case(name))


@dataclass(frozen=True)
class Told:
    """What became of a question: the attempt as it is stored, and the text of the page that shows it."""

    attempt: AttemptRecord
    page: str


@dataclass
class Portal:
    """A portal whose one provider is the scripted upstream; `ask` sends it a question as a browser would."""

    runtime: Runtime
    actor: Actor
    client: FlaskClient
    upstream: Upstream

    def connect(self, dialect: str = "openai", model: str = "", **options: object) -> None:
        """Connect a provider of this API, its one model with these options."""
        (model_id,) = connect(
            self.runtime,
            self.actor,
            self.upstream.url + PATHS[dialect],
            model or MODELS[dialect],
            type=TYPES[dialect],
            read_timeout=600.0,
        )
        with transaction() as session:
            session.get_one(LanguageModelRecord, model_id).options = options

    def ask(self, *todo: Callable[[Exchange], None]) -> Told:
        """Send a question that meets these answers in turn, or what was scripted before."""
        if todo:
            self.upstream.script(*todo)
        chat_id = uuid4()
        sent = self.client.post_form(
            f"/chat/{chat_id}/turns", {"text": "Hello?", "client_id": uuid4().hex, "new": "yes"}
        )
        assert sent.status_code == 303, sent.text
        with reading() as session:
            attempt = session.scalars(select(AttemptRecord).where(AttemptRecord.chat_id == chat_id)).one()
        return Told(attempt, text_of(self.client.get(sent.location).text))


def text_of(page: str) -> str:
    """The words of a page's main part on one line, without its markup."""
    main = page[page.find("<main") :]
    main = re.sub(r"<(script|template|style)\b.*?</\1>", " ", main, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())
