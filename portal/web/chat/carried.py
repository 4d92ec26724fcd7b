"""Taking chats away and bringing them in, and giving a colleague a copy to read."""

from typing import BinaryIO, cast
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.gates import CHAT_SHARING, GATES
from portal.domain.permissions import Permission
from portal.services.chat import chats, importing, sharing
from portal.services.chat import export as chat_export
from portal.services.chat.export import Of
from portal.services.chat.importing import MOST_BROUGHT, GivenFile
from portal.web.admission import Waits
from portal.web.bodies import CHATS, said
from portal.web.chat.about import about_page
from portal.web.chat.blueprint import bp
from portal.web.chat.forms import ImportForm, ShareForm
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.header_values import attachment
from portal.web.queries import member


@bp.get("/<uuid:chat_id>/export.<any(md,json):kind>", permission=Permission.CHAT, waits=Waits.DOWNLOAD)
def export(chat_id: UUID, kind: str) -> ResponseReturnValue:
    """What is shown, or with `of=all` every version and every answer, as a file."""
    taken = chat_export.take(actor(), runtime(), chat_id, kind, member(Of, request.args.get("of"), Of.SHOWN))
    told = chat_export.written(actor(), runtime(), taken) if taken.files else taken.text
    return Response(told, mimetype=taken.mimetype, headers={"Content-Disposition": attachment(taken.filename)})


@bp.get("/import", permission=Permission.CHAT)
def choose_files() -> ResponseReturnValue:
    return _import_page(ImportForm(formdata=None))


@bp.post("/import", permission=Permission.CHAT, body=CHATS, waits=Waits.FILE)
def bring_in() -> ResponseReturnValue:
    """Make a chat of each file; one that cannot be one is named, and none is made.

    Where a file that was attached in a chat did not come in, a page says which and why.
    """
    form = ImportForm()
    with form.faults_shown():
        given = [file for file in request.files.getlist("files") if file.filename]
        imported = importing.bring_in(
            actor(), runtime(), [GivenFile(file.filename or "", cast(BinaryIO, file.stream)) for file in given]
        )
        if any(chat.left_out for chat in imported):
            return render_template("chat/imported.html", imported=imported)
        one = imported[0]
        flash(f"“{one.title}” is imported." if len(imported) == 1 else f"{len(imported)} chats are imported.", "good")
        return redirect(url_for("chat.show", chat_id=one.chat_id))
    return _import_page(form)


@bp.post("/<uuid:chat_id>/share", permission=Permission.CHAT, typed=True)
def share(chat_id: UUID) -> ResponseReturnValue:
    """Give a colleague a copy of what is shown."""
    form = ShareForm()
    with form.faults_shown():
        share_id, name = sharing.give(actor(), runtime(), chat_id, form.email.data or "")
        link = url_for("chat.read_shared", share_id=share_id, _external=True)
        flash(f"{name} can read a copy under Chat, Shared with you, or here: {link}", "good")
        return redirect(url_for("chat.about", chat_id=chat_id, _anchor="share"))
    page = about_page(chats.show(actor(), runtime(), chat_id, last=1), sharing_form=form)
    return page, form.status, form.headers


@bp.post("/shared/<uuid:share_id>/take-back", permission=Permission.CHAT)
def take_back(share_id: UUID) -> ResponseReturnValue:
    chat_id = sharing.take_back(actor(), runtime(), share_id)
    flash("The copy is taken back. Nobody can read it any more.", "good")
    return redirect(url_for("chat.about", chat_id=chat_id, _anchor="share"))


@bp.get("/shared", permission=Permission.CHAT)
def list_shared() -> ResponseReturnValue:
    """What one was given to read."""
    return render_template(
        "chat/shared_list.html",
        shares=sharing.list_mine(actor(), runtime()),
        off="" if sharing.is_open(runtime()) else GATES[CHAT_SHARING].off,
    )


@bp.get("/shared/<uuid:share_id>", permission=Permission.CHAT)
def read_shared(share_id: UUID) -> ResponseReturnValue:
    """A copy, to be read."""
    return render_template("chat/shared.html", shared=sharing.read(actor(), runtime(), share_id))


@bp.post("/shared/<uuid:share_id>/copy", permission=Permission.CHAT)
def copy_shared(share_id: UUID) -> ResponseReturnValue:
    """Go on with it in a chat of one's own."""
    copied = sharing.copy(actor(), runtime(), share_id)
    flash("This is your own copy. What you write in it stays with you.", "good")
    return redirect(url_for("chat.show", chat_id=copied.chat_id))


def _import_page(form: ImportForm) -> ResponseReturnValue:
    return render_template("chat/import.html", form=form, most_files=MOST_BROUGHT, most_bytes=said(CHATS)), form.status
