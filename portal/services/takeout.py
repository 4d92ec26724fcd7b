"""Everything that a person has here, as files: each chat whole, what they used, and what stands in their account.

No key and no token's value is in it: neither can be shown again, to anybody.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.access_tokens import own_tokens
from portal.services.chat import chats, export
from portal.services.chat.export import Of
from portal.services.overrides import own as own_overrides
from portal.services.people import profile
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.usage import reading as usage
from portal.services.usage.reading import Asked, By
from portal.store import personal_keys
from portal.store.base import reading

SINCE = date(2020, 1, 1)
"""Before anything that a portal holds."""

ABOUT = """What you have in LLM Portal.

account.json   your name, your own choices of models, which providers have a key of yours, your access tokens.
               Keys and tokens themselves are not in it: they are never shown again.
chats/         each of your chats, with every version, every answer and the files in it. Each can be imported again.
usage.jsonl    each request that was counted as yours, a line each.
"""


def every_file(actor: Actor, runtime: Runtime) -> Iterator[tuple[str, Iterator[str]]]:
    """Name and text of each file, read while it is taken."""
    yield "about.txt", iter([ABOUT])
    yield "account.json", iter([_as_json(_account(actor, runtime))])
    yield "usage.jsonl", _usage(actor, runtime)
    for chat_id in chats.every_id(actor):
        taken = export.take(actor, runtime, chat_id, "json", Of.ALL)
        yield (
            f"chats/{re.sub('[.]json$', '', taken.filename)}-{chat_id}.json",
            export.written(actor, runtime, taken),
        )


def _usage(actor: Actor, runtime: Runtime) -> Iterator[str]:
    asked = Asked(SINCE, runtime.now().date(), By.REQUEST)
    for request in usage.own_requests(actor, asked):
        yield json.dumps(asdict(request), default=_plain, ensure_ascii=False) + "\n"


def _account(actor: Actor, runtime: Runtime) -> dict[str, Any]:
    name, _ = profile.read_name(actor)
    overrides = own_overrides.list_mine(actor, runtime).rows if actor.may(Permission.PERSONAL_OVERRIDE) else ()
    tokens = own_tokens.list_own(actor, runtime).living if actor.may(Permission.ACCESS_TOKEN) else ()
    return {
        "name": name,
        "own_models": [
            {"context": row.context.name, "model": row.choice.address, "effort": row.choice.effort}
            for row in overrides
            if row.choice
        ],
        "own_keys": _own_keys(actor, runtime),
        "access_tokens": [
            {
                "name": token.name,
                "begins_with": token.prefix,
                "scopes": [scope.permission.value for scope in token.scopes],
                "created_at": token.created_at,
                "expires_at": token.expires_at,
            }
            for token in tokens
        ],
    }


def _own_keys(actor: Actor, runtime: Runtime) -> list[dict[str, Any]]:
    if actor.id is None:
        return []
    with reading() as session:
        stored = personal_keys.of_user(session, actor.id)
    providers = choosing.current_catalog(runtime).providers
    return [
        {"provider": providers[id].name, "fingerprint": key.fingerprint, "saved_at": key.created_at}
        for id, key in stored.items()
        if id in providers
    ]


def _as_json(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
