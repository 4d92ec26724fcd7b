"""Where what stands in a chat leads: of each kind the address is put together once for a page, not for each of them."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from portal.domain.subagents import Run
from portal.web.addresses import OpenUrl, open_url


@dataclass(frozen=True)
class TurnAddresses:
    """Where the buttons and links of one turn lead. `send` takes it in other words; `why` says who answers it now."""

    show: str
    send: str
    again: str
    beside: str
    pick: str
    why: str


@dataclass(frozen=True)
class FileAddresses:
    """Where attached files are opened, shown small, and taken out of a message that is not sent yet."""

    file: OpenUrl
    thumbnail: OpenUrl
    removal: OpenUrl

    @classmethod
    def here(cls) -> Self:
        """Below the path of this request."""
        return cls(*(open_url(f"chat.{what}", "attachment_id") for what in ("attachment", "thumbnail", "detach")))


@dataclass(frozen=True)
class ChatAddresses:
    """Where a chat and its turns lead: `show` and `send` are the chat's own, the others want a turn."""

    show: str
    send: str
    again: OpenUrl
    beside: OpenUrl
    pick: OpenUrl
    why: str

    @classmethod
    def of(cls, chat_id: UUID) -> Self:
        """Those of this chat, below the path of this request."""
        return cls(
            show=open_url("chat.show", "chat_id").of(chat_id),
            send=open_url("chat.send", "chat_id").of(chat_id),
            again=open_url("chat.send_again", "turn_id", chat_id=chat_id),
            beside=open_url("chat.choose_beside", "turn_id", chat_id=chat_id),
            pick=open_url("chat.pick", "turn_id", chat_id=chat_id),
            why=open_url("explain.mine", "chat").of(chat_id),
        )

    def turn(self, turn_id: str, run: Run | None) -> TurnAddresses:
        """Those of one of its turns, which delegates a run or does not."""
        return TurnAddresses(
            self.show,
            self.send,
            self.again.of(turn_id),
            self.beside.of(turn_id),
            self.pick.of(turn_id),
            f"{self.why}&context={run.subagent.name}" if run else self.why,
        )
