"""What is made beside a chat: its name, and summaries of its older part. A page looks for them; nobody waits."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from flask import flash, get_template_attribute, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.compaction import State
from portal.domain.errors import Conflict, Invalid
from portal.domain.permissions import Permission
from portal.services.chat import chats, compaction, selector
from portal.services.chat.titles import WORDS
from portal.services.chat.view import ChatView
from portal.web.admission import Waits
from portal.web.chat.blueprint import bp
from portal.web.chat.context_use import ContextUse, context_use
from portal.web.chat.lines import Line, lines_at
from portal.web.context import runtime
from portal.web.guard import actor

NAMED_WITHIN = timedelta(minutes=5)
"""So long after its first question a chat may still get its name; the demo gives none, and a model may fail to."""

UNDONE = "The summary is undone: models read the messages themselves again."
AGAIN = "The summary is in effect again: models read it in place of the messages above it."
MADE = "The older part of this chat is summarised. Nothing of it is deleted."


@bp.get("/<uuid:chat_id>/asides", permission=Permission.CHAT)
def asides(chat_id: UUID) -> ResponseReturnValue:
    """The chat's name and the lines of its summaries as they are now; `pending` where more may come soon."""
    chat = chats.show(actor(), runtime(), chat_id)
    lines = [line for turn in chat.turns for line in lines_at(chat, turn.id)]
    asked = chat.turns[0].created_at if len(chat.turns) == 1 else None
    named_soon = chat.titled_by == WORDS and asked is not None and runtime().now() - asked < NAMED_WITHIN
    pending = named_soon or any(line.made.state is State.RUNNING for line in lines)
    return {
        "title": chat.title,
        "pending": pending,
        "lines": _drawn(chat.id, lines),
        "use": render_template("chat/_use.html", use=use_of(chat)) if lines else "",
    }


@bp.post("/<uuid:chat_id>/compact", permission=Permission.CHAT, waits=Waits.ANSWER)
def compact(chat_id: UUID) -> ResponseReturnValue:
    """Summarise the older part of a chat now."""
    try:
        compaction.by_hand(actor(), runtime(), chat_id)
        flash(MADE, "good")
    except (Invalid, Conflict) as error:
        flash(error.sentence, "attention")
    return redirect(url_for("chat.show", chat_id=chat_id), 303)


@bp.post("/<uuid:chat_id>/compactions/<uuid:compaction_id>/undo", permission=Permission.CHAT)
def uncompact(chat_id: UUID, compaction_id: UUID) -> ResponseReturnValue:
    compaction.undo(actor(), runtime(), chat_id, compaction_id)
    flash(UNDONE, "good")
    return redirect(_place(chat_id, compaction_id), 303)


@bp.post("/<uuid:chat_id>/compactions/<uuid:compaction_id>/again", permission=Permission.CHAT)
def compact_again(chat_id: UUID, compaction_id: UUID) -> ResponseReturnValue:
    compaction.undo(actor(), runtime(), chat_id, compaction_id, again=True)
    flash(AGAIN, "good")
    return redirect(_place(chat_id, compaction_id), 303)


def use_of(chat: ChatView) -> ContextUse | None:
    """How much of its context a chat takes now."""
    answered_by = {attempt.language_model_id for turn in chat.turns for attempt in turn.attempts}
    offer = selector.offer(actor(), runtime(), chat.language_model_id, answered_by=(id for id in answered_by if id))
    return context_use(chat, offer)


def _drawn(chat_id: UUID, lines: Iterable[Line]) -> list[dict[str, str]]:
    draw = get_template_attribute("chat/_compaction.html", "line")
    csrf = get_template_attribute("_macros/forms.html", "csrf")()
    return [
        {"id": str(line.made.id), "turn": str(line.made.turn_id), "html": draw(line, chat_id, csrf)} for line in lines
    ]


def _place(chat_id: UUID, compaction_id: UUID) -> str:
    return url_for("chat.show", chat_id=chat_id, _anchor=f"compaction-{compaction_id}")
