"""The list of one's chats: its pages, its search, and moving a chat within it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.domain.shelves import ARCHIVED, DELETED, OPEN, PINNED
from portal.services.chat import chats, finding, sharing, shelves
from portal.services.chat.chats import Talk
from portal.services.chat.finding import Found
from portal.web.addresses import open_url
from portal.web.bodies import TEXT
from portal.web.chat.about import about_page
from portal.web.chat.blueprint import bp
from portal.web.chat.forms import AboutForm, NameForm, read_id
from portal.web.context import runtime
from portal.web.errors import wants_json
from portal.web.guard import actor
from portal.web.zones import reader_zone

SAID: Mapping[str, str] = {
    OPEN: "“{}” is back in the list.",
    PINNED: "“{}” stands above the list now.",
    ARCHIVED: "“{}” is in the archive. Whoever writes in it brings it back.",
    DELETED: "“{}” is deleted. It can be brought back for an hour.",
}


@dataclass(frozen=True)
class Entry:
    """A chat in the list: `url` leads to it, or to where it was found, and `about` to what can be done with it."""

    found: Found
    url: str
    about: str


@dataclass(frozen=True)
class Listed:
    """The list as it is shown: entries under their headings. `older` is where its next page begins, or blank."""

    groups: tuple[tuple[str, tuple[Entry, ...]], ...]
    search: str
    shelf: str
    older: str


def listed() -> Listed:
    """What the request asks for: a search, the archive, or the list itself."""
    search, before = request.args.get("q", "").strip(), _cursor(request.args.get("before", ""))
    if search:
        page = finding.find(actor(), runtime(), search, before=before)
        return Listed((("Found", _entries(page.found, search)),) if page.found else (), search, OPEN, _said(page.after))
    shelf = ARCHIVED if request.args.get("shelf") == ARCHIVED else OPEN
    shown = chats.list_for(actor(), runtime(), shelf=shelf, before=before)
    days = by_day(shown.talks, runtime().now().astimezone(reader_zone()))
    groups = [("Pinned", shown.pinned), *days] if shown.pinned else days
    entries = tuple((heading, _entries(map(Found, talks))) for heading, talks in groups)
    return Listed(entries, "", shelf, _said(shown.after))


def _entries(found: Iterable[Found], search: str = "") -> tuple[Entry, ...]:
    show, about = open_url("chat.show", "chat_id"), open_url("chat.about", "chat_id")
    query = f"?{urlencode({'q': search})}" if search else ""
    return tuple(
        Entry(each, f"{show.of(each.talk.id)}{query}{_place(each.turn_id)}", about.of(each.talk.id)) for each in found
    )


def _place(turn_id: UUID | None) -> str:
    return f"&turn={turn_id}#turn-{turn_id}" if turn_id else ""


@bp.get("/talks", permission=Permission.CHAT)
def talks() -> ResponseReturnValue:
    """The list alone, for a script that changed something in it."""
    return render_template(
        "chat/_talks_list.html",
        listed=listed(),
        sharing_open=sharing.is_open(runtime()),
        shown_chat=read_id(request.args.get("chat")),
    )


@bp.post("/<uuid:chat_id>/title", permission=Permission.CHAT, body=TEXT, typed=True)
def rename(chat_id: UUID) -> ResponseReturnValue:
    """Give a chat another name, where it stands in the list."""
    form = NameForm()
    with form.faults_shown():
        title = chats.rename(actor(), runtime(), chat_id, form.title.data or "")
        return {"title": title} if wants_json() else redirect(url_for("chat.show", chat_id=chat_id))
    if wants_json():
        return {"faults": {"title": " ".join(map(str, form.title.errors))}}, form.status
    chat = chats.show(actor(), runtime(), chat_id, last=1)
    about = AboutForm(formdata=None, obj=chat)
    about.title.data = form.title.data
    about.show({"title": " ".join(map(str, form.title.errors))})
    return about_page(chat, about), form.status


@bp.post("/<uuid:chat_id>/shelf", permission=Permission.CHAT)
def shelve(chat_id: UUID) -> ResponseReturnValue:
    """Pin a chat, put it into the archive, delete it, or bring it back from there."""
    shelf, before = request.form.get("shelf", ""), request.form.get("before", OPEN)
    title = shelves.move(actor(), runtime(), chat_id, shelf)
    if wants_json():
        return {"said": SAID[shelf].format(title)}
    if shelf == DELETED:
        undo = {"shelf": before}
        undoing = url_for("chat.shelve", chat_id=chat_id)
        flash({"text": SAID[shelf].format(title), "act": "Undo", "url": undoing, "fields": undo}, "good")
        return redirect(url_for("chat.index"))
    flash(SAID[shelf].format(title), "good")
    return redirect(url_for("chat.show", chat_id=chat_id))


def by_day(talks: Iterable[Talk], now: datetime) -> list[tuple[str, list[Talk]]]:
    """The list under headings of time, in its own order; days begin where the clock of `now` says."""
    groups: list[tuple[str, list[Talk]]] = []
    for talk in talks:
        heading = _heading(talk.changed_at, now)
        if not groups or groups[-1][0] != heading:
            groups.append((heading, []))
        groups[-1][1].append(talk)
    return groups


def _heading(moment: datetime, now: datetime) -> str:
    moment = moment.astimezone(now.tzinfo)
    days = (now.date() - moment.date()).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    if moment > now - timedelta(days=7):
        return "This week"
    if moment > now - timedelta(days=30):
        return "This month"
    return f"{moment:%B %Y}"


def _said(after: tuple[datetime, UUID] | None) -> str:
    return f"{after[0].isoformat()}_{after[1]}" if after else ""


def _cursor(text: str) -> tuple[datetime, UUID] | None:
    """Where a page of the list begins; None for the beginning, and for what is no such place."""
    moment, _, chat = text.partition("_")
    chat_id = read_id(chat)
    try:
        at = datetime.fromisoformat(moment)
        return (at.astimezone(UTC), chat_id) if chat_id and at.tzinfo else None
    except (ValueError, OverflowError):
        return None
