"""What stays at a provider: a request that refers to it goes by the key that made it, and to nobody but who got it.

Only `/v1/responses` has such state. A request that names none, as nearly all, costs a look into its fields.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from portal.dialects import reading as values
from portal.domain.catalog import Catalog
from portal.domain.contexts import Context
from portal.domain.faults import Category
from portal.domain.people import Actor
from portal.domain.reasons import REASON_SENTENCES
from portal.domain.selection import Ask, Refusal, Selection, select
from portal.services.gateway import naming
from portal.services.gateway.asking import Asked
from portal.services.gateway.refusals import CallerRefusal
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.usage.retention import STATE_DAYS
from portal.store import provider_states
from portal.store.base import reading
from portal.store.provider_states import StateRow

PREVIOUS, CONVERSATION, ITEM = "previous_response_id", "conversation", "item_reference"
MOST = 1_000
"""Items to which one request may refer, and of one answer that are remembered."""

KEY_REFUSED = frozenset({Category.AUTH, Category.PERMISSION, Category.BILLING, Category.NEED_KEY})
"""Faults after which no wait brings the key back by itself."""

GONE = 400
"""The status of a refusal because model or key are gone: the same request never works again."""

_SHOWN = 80


@dataclass(frozen=True)
class Kept:
    """By which model and key something was made that stays at a provider."""

    language_model_id: UUID
    provider_id: UUID
    model: str
    key_source: str
    key_id: UUID | None


@dataclass(frozen=True)
class Referred:
    """What a request refers to, by the field that says so. `kept` is None for what this person never got."""

    param: str
    name: str
    kept: Kept | None

    def unknown(self) -> CallerRefusal:
        """The refusal of what nobody got, and of what another one did."""
        what, code = _WORDS[self.param]
        if self.param == CONVERSATION:
            words = "The portal keeps no conversations at providers: send the whole of it, or previous_response_id."
        else:
            words = "Send the whole conversation instead."
        return CallerRefusal(404, code, f"{what} with id '{self.name[:_SHOWN]}' not found. {words}", self.param)

    def gone(self, why: str) -> CallerRefusal:
        """The refusal of what can no longer be read, as its model or its key is gone."""
        made_by = self.kept.model if self.kept else "a model"
        words = f"{_WORDS[self.param][0]} '{self.name[:_SHOWN]}' was made by {made_by}. {why}"
        return CallerRefusal(GONE, "state_gone", f"{words} Send the whole conversation instead.", self.param)


_WORDS: Mapping[str, tuple[str, str]] = {
    PREVIOUS: ("Previous response", "previous_response_not_found"),
    CONVERSATION: ("Conversation", "conversation_not_found"),
    ITEM: ("Item", "item_not_found"),
}

KEY_IS_GONE = "The key that it was made with is no longer there."
KEY_IS_REFUSED = "Its provider refuses the key that it was made with."
OTHER_KEY = "The key that serves you now is another one than it was made with."


def referred(actor: Actor, runtime: Runtime, asked: Asked) -> Referred | None:
    """What the request refers to; None for one that carries its whole conversation. Reads only if it does not."""
    named = list(_named(asked)) if asked.api == "responses" else []
    if not named:
        return None
    if len(named) > MOST:
        raise CallerRefusal(400, "invalid_value", f"input: at most {MOST:,} items may be references.", "input")
    user = actor.end_user
    who = owner(actor.id, user.application_id, user.user) if user else owner(actor.id)
    digests = {name: digest(who, name) for _, name in named}
    since = runtime.now() - timedelta(days=STATE_DAYS)
    with reading() as session:
        rows = provider_states.find(session, digests.values())
    found = [(param, name, rows.get(digests[name])) for param, name in named]
    for param, name, row in found:
        if row is None or row.at < since:
            return Referred(param, name, None)
    param, name, row = found[-1]
    if row is None:
        return None
    return Referred(param, name, Kept(row.language_model_id, row.provider_id, row.model, row.key_source, row.key_id))


def choose(
    catalog: Catalog, actor: Actor, name: str, state: Referred | None, purpose: Context = naming.ROOT
) -> Selection:
    """The model that a caller names, or by `auto` the one that made what is referred to.

    Raises `NoSuchModel`, and `CallerRefusal` where that model no longer answers this person, or the one that is named
    is at another provider.
    """
    if state is None or state.kept is None:
        return naming.choose(catalog, actor, name, purpose)
    made_it = select(Ask(choosing.person(actor), naming.ROOT, explicit_id=state.kept.language_model_id), catalog)
    if naming.is_auto(name):
        if isinstance(made_it, Refusal):
            raise state.gone(REASON_SENTENCES[made_it.reason])
        return made_it
    try:
        chosen = naming.choose(catalog, actor, name, purpose)
    except naming.NoSuchModel:
        if isinstance(made_it, Refusal):
            raise state.gone(REASON_SENTENCES[made_it.reason]) from None
        raise
    if chosen.provider_id != state.kept.provider_id:
        raise state.gone(f"{chosen.provider_name}/{chosen.name} is at another provider.")
    return chosen


def owner(user_id: UUID | None, application_id: UUID | None = None, end_user: str = "") -> str:
    """Who got something: a person, or one user of one application."""
    return str(user_id) if application_id is None else f"{application_id}\0{end_user}"


def digest(owner: str, name: str) -> str:
    """What is stored in place of a name, so that it is found by whoever got it and by nobody else."""
    return sha256(f"{owner}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()


def stays(asked: Asked) -> bool:
    """Whether an answer to this may stay at its provider, to be referred to."""
    return asked.api == "responses" and asked.body.values.get("store") is not False


def rows(names: Iterable[str], usage: Mapping[str, Any]) -> list[StateRow]:
    """What to store of an answer whose parts have these names, beside its row of usage."""
    made_by = {name: usage[name] for name in ("at", "language_model_id", "provider_id", "key_source", "key_id")}
    made_by["model"] = usage["model"].replace(":", "/", 1)
    who = owner(usage["user_id"], usage["application_id"], usage["end_user"])
    return [made_by | {"digest": digest(who, name)} for name in dict.fromkeys(names)][:MOST]


def _named(asked: Asked) -> Iterator[tuple[str, str]]:
    """The fields that refer to something and what they name, what counts most last."""
    body = asked.body.values
    found = body.get("input")
    for item in found if isinstance(found, list) else ():
        if _is_reference(item) and (name := values.text(item.get("id"))):
            yield ITEM, name
    conversation = body.get(CONVERSATION)
    name = values.text(values.field(conversation, "id") if isinstance(conversation, Mapping) else conversation)
    if name:
        yield CONVERSATION, name
    if name := values.text(body.get(PREVIOUS)):
        yield PREVIOUS, name


def _is_reference(item: object) -> bool:
    """What has neither type nor role is taken for one, too."""
    return type(item) is dict and (item.get("type") or (ITEM if "role" not in item else "")) == ITEM
