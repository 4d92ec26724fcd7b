"""What a caller asks of the gateway, as far as every API has it; and what is written down of each request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from portal.dialects.conversation import Usage
from portal.dialects.json_object import JsonObject
from portal.dialects.json_object import NotAnObject as NotAnObject  # exported: what reading a body raises
from portal.domain.budgets import Spent
from portal.domain.people import Actor
from portal.domain.pricing import Prices, cost, saved
from portal.domain.selection import Selection
from portal.domain.who_asked import Asker
from portal.services.gateway.targets import Moment
from portal.services.keys.stored_endpoints import ResolvedEndpoint

COMPLETE, FAILED, LEFT = "complete", "failed", "left"
"""How a request ended: answered to its end; by a refusal or a fault; by a caller who did not wait for the end."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a person by one of their tokens, or a user of an application without one, at one moment of the
    catalog. `client` and `session` are the caller's own words for itself."""

    actor: Actor
    asker: Asker
    token_id: UUID | None
    moment: Moment
    client: str = ""
    session: str = ""
    spent: Mapping[UUID, Spent] | None = None
    """What this month cost so far, by person, team, token and application, where that is known already."""


@dataclass(frozen=True)
class Asked:
    """One request. `headers` are those that travel on; `stream` and `counts_wanted` are what its body says."""

    api: str
    body: JsonObject
    headers: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    context: str = ""

    @property
    def stream(self) -> bool:
        return self.body.values.get("stream") is True

    @property
    def counts_wanted(self) -> bool:
        options = self.body.values.get("stream_options")
        return isinstance(options, Mapping) and options.get("include_usage") is True


def read_body(data: bytes) -> JsonObject:
    """A request's body. Raises `NotAnObject`."""
    return JsonObject(data)


class Record:
    """What is known of one request so far, from which its row of usage is made when it ends."""

    def __init__(self, caller: Caller, asked: Asked, chosen: Selection, now: datetime) -> None:
        self.caller, self._asked, self._chosen, self.at = caller, asked, chosen, now
        self._began = monotonic()
        self._first_ms: int | None = None
        self.resolved: ResolvedEndpoint | None = None
        self.prices: Prices = {}
        self.usage: Usage | None = None
        self.state = FAILED
        self.status = 0
        self.category = ""
        self.passed = True
        self.provider_request_id = ""
        self.made: list[str] = []
        """What of the answer stays at the provider, by the names that it has there."""

    def begun(self) -> None:
        """The first byte of the answer is here."""
        if self._first_ms is None:
            self._first_ms = self._elapsed()

    def row(self) -> dict[str, Any]:
        """By the names of the columns of usage."""
        caller, asked, chosen, usage = self.caller, self._asked, self._chosen, self.usage
        resolved = self.resolved
        return {
            "id": uuid4(),
            "at": self.at,
            "user_id": caller.actor.id,
            "team_id": caller.actor.team_id,
            "token_id": caller.token_id,
            "application_id": caller.actor.application_id,
            "end_user": caller.actor.end_user.user if caller.actor.end_user else "",
            "api": asked.api,
            "client": caller.client[:60],
            "session": caller.session[:100],
            "context": asked.context[:60],
            "language_model_id": chosen.language_model_id,
            "provider_id": chosen.provider_id,
            "model": f"{chosen.provider_name}:{chosen.name}"[:300],
            "layer": chosen.layer.value,
            "key_source": self.key_source,
            "key_id": resolved.key_id if resolved else None,
            "streamed": asked.stream,
            "passed": self.passed,
            "state": self.state,
            "status": self.status,
            "category": self.category,
            "tokens_in": usage.input if usage else None,
            "tokens_out": usage.output if usage else None,
            "tokens_cache_read": usage.cache_read if usage else None,
            "tokens_cache_write": usage.cache_write if usage else None,
            "tokens_cache_write_long": usage.cache_write_long if usage else None,
            "tokens_reasoning": usage.reasoning if usage else None,
            "cost": self._cost(),
            "saved": saved(self.prices, usage.cache_read) if usage else None,
            "first_ms": self._first_ms,
            "total_ms": self._elapsed(),
            "request_id": asked.request_id[:40],
            "provider_request_id": self.provider_request_id[:200],
        }

    @property
    def key_source(self) -> str:
        """Where the key came from that it was sent with, or was to be."""
        return self.resolved.source if self.resolved else self._chosen.credential

    def _cost(self) -> Any:
        """The provider's own word counts more than list prices do."""
        usage = self.usage
        if usage is None:
            return None
        if usage.cost is not None:
            return usage.cost
        return cost(
            self.prices,
            tokens_in=usage.input,
            tokens_out=usage.output,
            cache_read=usage.cache_read,
            cache_write=usage.cache_write,
            cache_write_long=usage.cache_write_long,
        )

    def _elapsed(self) -> int:
        return round((monotonic() - self._began) * 1000)
