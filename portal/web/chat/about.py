"""A chat's own page: its name and system prompt, where it stands, who has a copy, taking it away."""

from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.chat import chats, sharing
from portal.services.chat.view import ChatView
from portal.web.bodies import TEXT
from portal.web.chat.blueprint import bp
from portal.web.chat.forms import AboutForm, ShareForm
from portal.web.context import runtime
from portal.web.guard import actor


@bp.get("/<uuid:chat_id>/about", permission=Permission.CHAT)
def about(chat_id: UUID) -> ResponseReturnValue:
    return about_page(chats.show(actor(), runtime(), chat_id, last=1))


@bp.post("/<uuid:chat_id>/about", permission=Permission.CHAT, body=TEXT, typed=True)
def change(chat_id: UUID) -> ResponseReturnValue:
    form = AboutForm()
    with form.faults_shown():
        chats.change(
            actor(),
            runtime(),
            chat_id,
            title=form.title.data or "",
            system_prompt=form.system_prompt.data or "",
            version=form.version.data or "",
        )
        flash("The chat is saved.", "good")
        return redirect(url_for("chat.show", chat_id=chat_id))
    return about_page(chats.show(actor(), runtime(), chat_id, last=1), form), form.status


def about_page(chat: ChatView, form: AboutForm | None = None, sharing_form: ShareForm | None = None) -> str:
    """The page of this chat, with whichever form came back."""
    return render_template(
        "chat/about.html",
        chat=chat,
        form=form or AboutForm(formdata=None, obj=chat),
        sharing_form=sharing_form or ShareForm(formdata=None),
        sharing_open=sharing.is_open(runtime()),
        copies=sharing.given(actor(), runtime(), chat.id),
    )
