"""A provider connected, tested, discovered and chatted with through the portal's pages; what they say, as text."""

import re
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import select

from portal.store.attempts import AttemptRecord
from portal.store.base import reading
from tests.conftest import Client
from tests.field.replay import Told, text_of
from tests.live.servers import Server


@dataclass(frozen=True)
class Pages:
    """What an administrator does, page by page."""

    client: Client

    def tested(self, server: Server, type: str, model: str = "", key: str | None = None) -> str:
        """The result of *Test connection* in the form, before anything is saved."""
        return text_of(self.client.post_form("/providers/test", self._form(server, type, model, key)).text)

    def connect(self, server: Server, type: str, model: str = "", key: str | None = None) -> None:
        """Save it, with its model as the default."""
        form = self._form(server, type, model, key) | {"typed_models": model or server.model}
        saved = self.client.post_form("/providers/connect", form)
        assert saved.location == "/providers/mine", text_of(saved.text)

    def tested_again(self) -> str:
        """The saved provider's page after another test."""
        self.client.post_form("/providers/mine/test")
        return text_of(self.client.get("/providers/mine").text)

    def discovered(self) -> str:
        """The page that offers what the provider lists."""
        return text_of(self._discover())

    def offered(self) -> dict[str, str]:
        """The row of each model that it offers, markup and all."""
        rows = re.findall(r"<tr\b.*?</tr>", self._discover(), flags=re.DOTALL)
        return {found[1]: row for row in rows if (found := re.search(r'name="pick"[^>]* value="([^"]*)"', row))}

    def _discover(self) -> str:
        return self.client.post_form("/models/discover", {"provider": "mine"}).text

    def ask(self, text: str) -> Told:
        """Send a question in a new chat; what became of it."""
        chat_id = uuid4()
        sent = self.client.post_form(f"/chat/{chat_id}/turns", {"text": text, "client_id": uuid4().hex, "new": "yes"})
        assert sent.status_code == 303, text_of(sent.text)
        with reading() as session:
            attempt = session.scalars(select(AttemptRecord).where(AttemptRecord.chat_id == chat_id)).one()
        return Told(attempt, text_of(self.client.get(sent.location).text))

    def _form(self, server: Server, type: str, model: str, key: str | None) -> dict[str, object]:
        return {
            "type": type,
            "name": "mine",
            "label": "Mine",
            "base_url": server.base_url,
            "key": server.key if key is None else key,
            "test_model": model or server.model,
        }
