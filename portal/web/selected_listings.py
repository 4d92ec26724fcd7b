"""Listed models as they travel in a form: the value of a tick box holds all that publishing its row needs."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from portal.domain import typed_numbers
from portal.domain.language_models import PRICES, Draft
from portal.domain.model_facts import NAMES, Source, Told, readable, sources_after, values_of, with_facts
from portal.services.language_models.discovery import Listed

TYPED = ("context_limit", *(f"price_{name}" for name in ("input", "output")))
"""What may be typed into a row in place of what stands there: fields named `context_limit:gpt-5.2`."""


def pack(row: Listed) -> str:
    """A listed model as the value of its tick box: its names, and every fact that has a source."""
    draft = row.draft
    values = values_of(draft)
    facts = {name: [values[name], source] for name, source in draft.sources.items() if name in values}
    told = [draft.wire_name, draft.display_name, draft.context_limit, dict(draft.prices), draft.chats, facts]
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False)


def unpack(value: str) -> Draft | None:
    """The model in a tick box; None for what no page of the portal sent."""
    with suppress(ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        wire_name, display_name, context_limit, *more = json.loads(value)
        f"{wire_name}{display_name}".encode()  # half a character is no name
        prices = {name: str(price) for name, price in dict(more[0] if more else {}).items() if name in PRICES}
        draft = Draft(
            wire_name=str(wire_name),
            display_name=str(display_name),
            context_limit=int(context_limit),
            prices=prices,
            chats=more[1] is not False if len(more) > 1 else True,
            listed=True,
        )
        return with_facts(draft, dict(_facts(more[2] if len(more) > 2 else {})))
    return None


def _facts(packed: Mapping[str, object]) -> Iterator[tuple[str, Told]]:
    """The facts of a tick box that can be what they say they are."""
    for name, told in dict(packed).items():
        if name in NAMES and isinstance(told, list) and len(told) == 2 and readable(name, told[0]):
            value = tuple(told[0]) if isinstance(told[0], list) else told[0]
            yield name, Told(value, Source(told[1]))


def with_typed(draft: Draft, typed: Mapping[str, str]) -> Draft:
    """The same with what was typed into its row, which goes before all suggestions; a cleared price is unknown.

    What stands there as it was listed keeps its source; the rest is marked as typed.
    """
    listed = draft
    limit = typed.get(f"context_limit:{draft.wire_name}")
    if limit is not None:
        draft = replace(draft, context_limit=whole(limit))
    prices = dict(draft.prices)
    for name in PRICES:
        text = typed.get(f"price_{name}:{draft.wire_name}")
        if text is None:
            continue
        prices.pop(name, None)
        if text.strip():
            prices[name] = text.strip()
    draft = replace(draft, prices=prices)
    return replace(draft, sources=sources_after(listed, draft))


def whole(text: str | None) -> int:
    """A whole number as people type it, "128 000" and "128k" too; 0, which no field takes, for anything else."""
    return typed_numbers.whole(text or "") or 0
