"""The chat's pages, and the stream of an answer. Everything works without a script, only less at once."""

from typing import Any
from uuid import UUID, uuid4

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.budgets import BudgetReached
from portal.domain.errors import NotFound
from portal.domain.gates import AI, GATES
from portal.domain.permissions import Permission
from portal.domain.reasons import REASON_WORDS
from portal.domain.subagents import SUBAGENTS
from portal.services.chat import answering, chats, picking, selector, sending, sharing
from portal.services.chat import attachments as chat_attachments
from portal.services.chat.attempts import SwitchedOff
from portal.services.chat.events import Answered
from portal.services.chat.messages import Sent
from portal.services.chat.view import ChatView, TurnView
from portal.web.admission import Waits
from portal.web.bodies import UPLOAD
from portal.web.chat import about, asides, carried, context_use, event_stream, presentation
from portal.web.chat.attachments import take_in_with
from portal.web.chat.blueprint import bp
from portal.web.chat.exchanges import exchanges
from portal.web.chat.forms import MessageForm, read_id
from portal.web.chat.lines import lines_at
from portal.web.chat.listed import listed
from portal.web.context import runtime
from portal.web.errors import wants_json
from portal.web.fields import given_back
from portal.web.guard import actor
from portal.web.prose import shown

bp.add_app_template_filter(shown, "prose")

__all__ = ["about", "bp", "carried"]


@bp.get("", permission=Permission.CHAT)
def index() -> ResponseReturnValue:
    """A new chat. Its id is made here, so that a message sent twice opens one chat."""
    return _page(uuid4(), None, MessageForm(client_id=str(uuid4()), new="yes"))


@bp.get("/models", permission=Permission.CHAT)
def models() -> ResponseReturnValue:
    """The models that a search finds, as a part of the selector: what its script asks for while one types."""
    groups, more = selector.find(actor(), runtime(), request.args.get("q", ""))
    return render_template("chat/_models.html", groups=groups, more=more, now=runtime().now())


@bp.get("/<uuid:chat_id>", permission=Permission.CHAT)
def show(chat_id: UUID) -> ResponseReturnValue:
    return _page(chat_id, _view(chat_id), MessageForm(client_id=str(uuid4())))


@bp.post("/<uuid:chat_id>/turns", permission=Permission.CHAT, body=UPLOAD, typed=True, waits=Waits.ANSWER)
def send(chat_id: UUID) -> ResponseReturnValue:
    """Send a message: as a stream when a script asks, else the whole answer first and then the page."""
    form = MessageForm()
    if _wants_stream() and not given_back():
        return _stream(sending.send(actor(), runtime(), form.message(chat_id)))
    status = None
    try:
        with form.faults_shown():
            take_in_with(form)
            return _answered(sending.send(actor(), runtime(), form.message(chat_id)))
    except (SwitchedOff, BudgetReached) as off:  # the page again, with all that was typed
        form.show({"": off.sentence})
        status = off.status
    return _page(chat_id, None if form.new.data else _view(chat_id), form), status or form.status


@bp.post("/<uuid:chat_id>/turns/<uuid:turn_id>/attempts", permission=Permission.CHAT, waits=Waits.ANSWER)
def send_again(chat_id: UUID, turn_id: UUID) -> ResponseReturnValue:
    """Ask the same once more, of the chat's model or of the one that is named."""
    wanted, beside = read_id(request.form.get("model")), request.form.get("beside") == "yes"
    sent = sending.send_again(actor(), runtime(), chat_id, turn_id, wanted, beside=beside)
    return _stream(sent) if _wants_stream() else _answered(sent)


@bp.get("/<uuid:chat_id>/turns/<uuid:turn_id>/beside", permission=Permission.CHAT)
def choose_beside(chat_id: UUID, turn_id: UUID) -> ResponseReturnValue:
    """Which other model is to answer the same, beside the answer that is there."""
    chat = chats.show(actor(), runtime(), chat_id, turn_id=turn_id, last=1)
    offer = selector.offer(actor(), runtime(), chat.language_model_id)
    return render_template("chat/beside.html", chat=chat, turn_id=turn_id, offer=offer, now=runtime().now())


@bp.post("/<uuid:chat_id>/turns/<uuid:turn_id>/pick", permission=Permission.CHAT)
def pick(chat_id: UUID, turn_id: UUID) -> ResponseReturnValue:
    """Of several answers, the one that counts."""
    attempt_id = read_id(request.form.get("attempt"))
    if attempt_id is None:
        raise NotFound
    turn = picking.pick(actor(), runtime(), chat_id, turn_id, attempt_id)
    if wants_json():
        return {"html": exchanges(chat_id).draw_answer(turn)}
    return redirect(url_for("chat.show", chat_id=chat_id, _anchor=f"turn-{turn_id}"))


@bp.get("/<uuid:chat_id>/attempts/<uuid:attempt_id>", permission=Permission.CHAT)
def follow(chat_id: UUID, attempt_id: UUID) -> ResponseReturnValue:
    """How an answer stands now: what a page reads that did not send the question itself."""
    return _told(chat_id, attempt_id)


@bp.post("/<uuid:chat_id>/attempts/<uuid:attempt_id>/stop", permission=Permission.CHAT)
def stop(chat_id: UUID, attempt_id: UUID) -> ResponseReturnValue:
    answering.stop(actor(), runtime(), chat_id, attempt_id)
    if wants_json():
        return _told(chat_id, attempt_id)
    return redirect(url_for("chat.show", chat_id=chat_id))


def _wants_stream() -> bool:
    return request.accept_mimetypes.best == "text/event-stream"


def _view(chat_id: UUID) -> ChatView:
    last = request.args.get("last", chats.SHOWN_TURNS, type=int)
    return chats.show(actor(), runtime(), chat_id, turn_id=read_id(request.args.get("turn")), last=last)


def _answered(sent: Sent) -> ResponseReturnValue:
    """The whole answer, for a browser without a script, and then the page it stands on."""
    if sent.fresh:
        answering.answer_whole(actor(), runtime(), sent)
    return redirect(url_for("chat.show", chat_id=sent.chat_id, _anchor=f"turn-{sent.turn_id}"), 303)


def _stream(sent: Sent) -> Response:
    def begun() -> dict[str, Any]:
        title, turn = (sent.begun.title, sent.begun.turn) if sent.begun else _as_stored(sent)
        return {
            "chat": str(sent.chat_id),
            "turn": str(sent.turn_id),
            "title": title,
            "url": url_for("chat.show", chat_id=sent.chat_id),
            "stop": url_for("chat.stop", chat_id=sent.chat_id, attempt_id=sent.attempt_id),
            "html": exchanges(sent.chat_id).draw(turn),
        }

    def ended(answered: Answered | None) -> dict[str, Any]:
        return _told(sent.chat_id, sent.attempt_id, answered)

    return event_stream.respond(actor(), runtime(), sent, begun, ended)


def _as_stored(sent: Sent) -> tuple[str, TurnView]:
    """What a message was answered with that was sent before, or that no model answers."""
    chat = chats.show(actor(), runtime(), sent.chat_id, turn_id=sent.turn_id, last=1)
    return chat.title, chats.show_turn(actor(), runtime(), sent.chat_id, sent.attempt_id)


def _told(chat_id: UUID, attempt_id: UUID, answered: Answered | None = None) -> dict[str, Any]:
    turn = answered.turn if answered else chats.show_turn(actor(), runtime(), chat_id, attempt_id)
    answer = turn.answer
    return {
        "running": bool(answer and answer.running),
        "state": answer.state.value if answer else "",
        "html": exchanges(chat_id).draw_answer(turn),
        "asides": url_for("chat.asides", chat_id=chat_id),
        "use": "" if answer is None or answer.running else _use(chat_id, answered),
    }


def _use(chat_id: UUID, answered: Answered | None) -> str:
    """How much of its context the chat has used by now, as part of a page."""
    use = context_use.use_of(answered) if answered else None
    if use is None and (answered is None or len(answered.turn.attempts) > 1):  # an earlier attempt may tell
        use = asides.use_of(chats.show(actor(), runtime(), chat_id, last=1))
    return render_template("chat/_use.html", use=use)


def _page(chat_id: UUID, chat: ChatView | None, form: MessageForm) -> str:
    wanted = read_id(form.model.data)
    answered_by = {attempt.language_model_id for turn in chat.turns for attempt in turn.attempts} if chat else set()
    offer = selector.offer(
        actor(),
        runtime(),
        chat.language_model_id if chat else None,
        wanted=wanted,
        answered_by=(id for id in answered_by if id),
    )
    drawn = exchanges(chat_id, lambda: offer.elsewhere)
    chosen = offer.shown(wanted)
    return render_template(
        "chat/page.html",
        chat_id=chat_id,
        chat=chat,
        form=form,
        attached=chat_attachments.unsent(actor(), runtime(), form.attached) if form.attached else (),
        listed=listed(),
        sharing_open=sharing.is_open(runtime()),
        shown_chat=chat.id if chat else None,
        offer=offer,
        model_notice=presentation.model_notice(offer),
        reason_words=REASON_WORDS,
        subagents=SUBAGENTS.values(),
        chosen=chosen,
        effort=form.effort.data if form.is_submitted() else (chat.effort if chat else ""),
        reasons=presentation.may_reason(offer, chosen),
        shown=form.shown_model.data if form.is_submitted() else chosen,
        use=context_use.context_use(chat, offer) if chat else None,
        ai_off="" if offer.ai_is_on else GATES[AI].off,
        new_id=lambda: str(uuid4()),
        now=drawn.now,
        own_key_helps=drawn.own_key_helps,
        exchanges=drawn,
        rows=[(drawn.of(turn), lines_at(chat, turn.id)) for turn in chat.turns] if chat else (),
    )
