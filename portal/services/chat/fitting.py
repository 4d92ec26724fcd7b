"""What fits: files become part of a message only where the model that answers can read them, and the chat has room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from portal.dialects import carrying
from portal.dialects.provider_types.table import TYPES
from portal.domain.attachments import MIB, Kind, Reader, Weight, misfits
from portal.domain.catalog import Catalog
from portal.domain.chats import OwnedChatId
from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.domain.selection import Ask, Refusal, Selection, usable
from portal.services.chat import ownership, selector
from portal.services.chat.attachments import FIELD, AttachmentView, sizes, view_of
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.services.selection.choosing import context_of, person
from portal.store import attachments as stored
from portal.store import language_models
from portal.store.attachments import Attached, AttachmentRecord
from portal.store.base import Session, reading

NOT_THERE = "A file of this message is not there any more. Take it out, or attach it again."
MOST_NAMED = 3


def attach(
    session: Session,
    user_id: UUID,
    owned: OwnedChatId,
    turn_id: UUID,
    ids: Sequence[UUID],
    reader: Reader | None,
    words: int,
    now: datetime,
) -> tuple[AttachmentView, ...]:
    """Let these files be of this turn: those that are not sent yet, and those of other turns of the chat once more.

    Raises `Invalid` where one is not there, or does not fit. `words` counts the characters of the message.
    """
    found = stored.own(session, user_id, ids)
    wanted = [found[id] for id in dict.fromkeys(ids) if id in found]
    if len(wanted) < len(set(ids)) or any(file.turn_id and file.chat_id != owned for file in wanted):
        raise Invalid({FIELD: NOT_THERE})
    if faults := misfits([_weight(file) for file in wanted], reader, words):
        raise Invalid({FIELD: " ".join(faults)})
    attached = []
    for position, file in enumerate(wanted):
        if file.turn_id is None:
            stored.claim(session, file.id, owned, turn_id, position)
            attached.append(view_of(file))
        else:
            again = AttachmentRecord(
                id=uuid4(),
                user_id=user_id,
                content_id=file.content_id,
                chat_id=owned,
                turn_id=turn_id,
                position=position,
                name=file.name,
                created_at=now,
            )
            session.add(again)
            session.flush()
            attached.append(view_of(stored.named_anew(file, again.id)))
    most = sizes(session).chat
    if wanted and stored.size_of_chat(session, owned) > most * MIB:
        raise Invalid({FIELD: chat_full(most)})
    return tuple(attached)


def chat_full(most: int) -> str:
    return f"The files of one chat may have {most:,} MiB in all. Begin a new chat, or attach less."


def fitting(
    actor: Actor,
    runtime: Runtime,
    chat_id: UUID | None,
    ids: Sequence[UUID],
    language_model_id: UUID | None = None,
) -> list[str]:
    """What stands in the way of sending these files now, to whichever model would answer: said before anything is.

    `language_model_id` is the model that somebody chose; without one it is what the chat is set to.
    """
    if actor.id is None or not ids:
        return []
    catalog = choosing.current_catalog(runtime)
    used = 0
    with reading() as session:
        wanted = language_model_id
        if chat_id is not None:
            chat, owned = ownership.find(session, actor, chat_id)
            wanted, used = wanted or chat.language_model_id, stored.size_of_chat(session, owned)
        if wanted and not selector.is_there(actor, catalog, wanted):
            wanted = None
        found = stored.own(session, actor.id, ids)
        chosen = choosing.choose_from(catalog, actor, chat_model_id=wanted)
        reader = reader_of(session, actor, catalog, chosen)
        most = sizes(session).chat
    files = [found[id] for id in dict.fromkeys(ids) if id in found]
    faults = [NOT_THERE] if len(files) < len(set(ids)) else []
    faults += misfits([_weight(file) for file in files], reader)
    new = {file.content_id: file.size for file in files if file.turn_id is None}
    if used + sum(new.values()) > most * MIB:
        faults.append(chat_full(most))
    return faults


def reader_of(session: Session, actor: Actor, catalog: Catalog, chosen: Selection | Refusal) -> Reader | None:
    """What the model that answers can read, and which others read images where it reads none. None without a model."""
    if isinstance(chosen, Refusal):
        return None
    model, provider = catalog.models[chosen.language_model_id], catalog.providers[chosen.provider_id]
    can = abilities(*language_models.abilities_of(session, model.id), provider.type)
    seeing: list[str] = []
    if not can.sees:
        ask = Ask(person(actor), context_of(catalog, "root"))
        others = (model for _, models in usable(ask, catalog) for model in models if "vision" in model.capabilities)
        seeing = [model.display_name for model, _ in zip(others, range(MOST_NAMED), strict=False)]
    return Reader(
        name=model.display_name,
        sees=can.sees,
        context_limit=model.context_limit,
        reads_pdf=can.reads_pdf,
        seeing=tuple(seeing),
    )


@dataclass(frozen=True)
class Abilities:
    """What a model reads beside words."""

    sees: bool
    reads_pdf: bool


def abilities(capabilities: Sequence[str], modalities: Sequence[str], type_name: str) -> Abilities:
    """Told by what is stored of a model, and by what a provider of its type takes at all."""
    type_ = TYPES.get(type_name)
    documents = type_ is not None and carrying.takes_documents(type_.dialect, type_name)
    return Abilities(
        sees="vision" in capabilities or "input:image" in modalities,
        reads_pdf=documents and "input:pdf" in modalities,
    )


def _weight(file: Attached) -> Weight:
    return Weight(Kind(file.kind), file.name, file.size, file.characters, file.pages)
