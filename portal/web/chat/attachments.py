"""Files of messages: taking them in, showing them small and large, and what stands in the way of sending them."""

from collections.abc import Iterable
from typing import BinaryIO, cast
from uuid import UUID

from flask import Response, get_template_attribute, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.domain.attachments import Kind
from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services.chat import attachments, beginning, fitting, uploads
from portal.services.chat.attachments import FIELD, AttachmentView
from portal.web.admission import Waits
from portal.web.bodies import UPLOAD
from portal.web.chat.addresses import FileAddresses
from portal.web.chat.blueprint import bp
from portal.web.chat.forms import MessageForm, read_id
from portal.web.context import runtime
from portal.web.errors import wants_json
from portal.web.fields import given_back
from portal.web.guard import actor
from portal.web.header_values import attachment as download
from portal.web.header_values import inline

FILES = "files"
"""The field of files themselves, as they come with a form."""

NOTHING = "Choose a file first."
CLOSED = "default-src 'none'; sandbox"
"""What somebody attached, opened by itself, loads nothing, runs nothing and has no origin."""

KEPT = "private, max-age=31536000, immutable"
"""A file never changes, and no cache that others share may hold it."""


@bp.post("/attachments", permission=Permission.CHAT, body=UPLOAD, waits=Waits.FILE)
def attach() -> ResponseReturnValue:
    """Take files in for a message that is not sent yet. A script gets each as a part of its page."""
    taken = [take_in(file) for file in chosen()]
    if not taken:
        raise Invalid({FIELD: NOTHING})
    if not wants_json():
        return redirect(url_for("chat.index"), 303)
    return jsonify(ids=[str(file.id) for file in taken], html=_drawn(taken))


@bp.get("/attachments/waiting", permission=Permission.CHAT)
def attached() -> ResponseReturnValue:
    """Files of a message that is not sent yet, as parts of a page, and why they cannot be sent as things stand."""
    ids = [id for id in map(read_id, request.args.getlist(FIELD)) if id]
    chat, model = read_id(request.args.get("chat")), read_id(request.args.get("model"))
    found = attachments.unsent(actor(), runtime(), ids)
    faults = fitting.fitting(actor(), runtime(), chat, [file.id for file in found], model)
    return jsonify(ids=[str(file.id) for file in found], html=_drawn(found), faults=faults)


@bp.post("/attachments/<uuid:attachment_id>/remove", permission=Permission.CHAT)
def detach(attachment_id: UUID) -> ResponseReturnValue:
    attachments.remove(actor(), runtime(), attachment_id)
    return jsonify(removed=True) if wants_json() else redirect(url_for("chat.index"), 303)


@bp.get("/attachments/<uuid:attachment_id>", permission=Permission.CHAT)
def attachment(attachment_id: UUID) -> ResponseReturnValue:
    """The file itself: an image or text to look at, anything else to download. Never as a page that could run."""
    found = attachments.show(actor(), runtime(), attachment_id)
    response = Response(attachments.content(actor(), runtime(), attachment_id))
    response.mimetype = found.media_type  # of text with a charset
    response.headers["Content-Disposition"] = download(found.name) if found.kind is Kind.PDF else inline(found.name)
    response.headers["Content-Security-Policy"] = CLOSED
    response.headers["Cache-Control"] = KEPT
    response.content_length = found.size
    return response


@bp.get("/attachments/<uuid:attachment_id>/thumbnail", permission=Permission.CHAT)
def thumbnail(attachment_id: UUID) -> ResponseReturnValue:
    """The file shown small, as the portal drew it."""
    response = Response(attachments.thumbnail(actor(), runtime(), attachment_id), mimetype="image/webp")
    response.headers["Content-Security-Policy"] = CLOSED
    response.headers["Cache-Control"] = KEPT
    return response


def take_in_with(form: MessageForm) -> None:
    """Take in the files that came with a message itself, as a browser without a script sends them.

    What is taken in belongs to the form from then on, and is drawn with it. Raises `Invalid` for all that is not.
    """
    if given_back():
        return
    files, faults = chosen(), []
    if files:
        beginning.over()  # this thread waits for others now
    for file in files:
        try:
            form.add_attachment(take_in(file).id)
        except Invalid as invalid:
            faults.append(f"“{file.filename}”: {invalid.sentence}")
    if faults:
        raise Invalid({FIELD: " ".join(faults)})
    if files:
        beginning.begin()


def chosen() -> list[FileStorage]:
    """The files of this request; a field in which none was chosen comes as one without a name."""
    return [file for file in request.files.getlist(FILES) if file.filename]


def take_in(file: FileStorage) -> AttachmentView:
    return uploads.add(actor(), runtime(), cast(BinaryIO, file.stream), file.filename or "")


def _drawn(files: Iterable[AttachmentView]) -> str:
    draw, to = get_template_attribute("chat/_attachment.html", "attachment"), FileAddresses.here()
    return "".join(draw(file, to, choose=True, fresh=True) for file in files)
