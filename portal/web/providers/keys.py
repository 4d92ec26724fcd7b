"""The keys of a provider: added, tested alone, put first, entered again, rotated and deleted."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Permission
from portal.services.health import checks
from portal.services.health import history as check_history
from portal.services.keys import listing as key_listing
from portal.services.keys import pools as key_pools
from portal.services.keys.pools import Kept
from portal.web.admission import Waits
from portal.web.context import runtime
from portal.web.guard import actor
from portal.web.key_form import KeyForm, key_form_for
from portal.web.providers.blueprint import bp
from portal.web.providers.detail_page import show_page
from portal.web.queries import uuid_of
from portal.web.rendering import say_fingerprint


@bp.post("/<name>/keys", permission=Permission.PROVIDER_EDIT, typed=True)
def add_key(name: str) -> ResponseReturnValue:
    """Keep a further key, behind those that are there."""
    form = _form_of(name)
    with form.faults_shown():
        kept = key_pools.add_key(actor(), runtime(), name, form.pasted)
        return _done(name, kept, "is saved. Test it now.")
    return show_page(name, form)


@bp.post("/<name>/keys/<uuid:key_id>/test", permission=Permission.PROVIDER_TEST, waits=Waits.PROVIDER)
def test_key(name: str, key_id: UUID) -> ResponseReturnValue:
    """Test one key alone; the answer stands on the page that asked."""
    check = checks.check_saved(actor(), runtime(), name, about="key", key_id=key_id)
    rotation = uuid_of(request.form.get("rotation"))
    if rotation:
        return redirect(url_for("providers.rotation", name=name, key_id=rotation, check=check.id))
    return _to_keys(name, check=check.id)


@bp.post("/<name>/keys/<uuid:key_id>/first", permission=Permission.PROVIDER_EDIT)
def make_first(name: str, key_id: UUID) -> ResponseReturnValue:
    return _done(name, key_pools.make_first(actor(), runtime(), name, key_id), "is first now.")


@bp.get("/<name>/keys/<uuid:key_id>/again", permission=Permission.PROVIDER_EDIT)
def again(name: str, key_id: UUID) -> ResponseReturnValue:
    """Where a key is entered that must be entered again, or another in its place."""
    return _again_page(name, key_id, _form_of(name, empty=True))


@bp.post("/<name>/keys/<uuid:key_id>/again", permission=Permission.PROVIDER_EDIT, typed=True)
def enter_again(name: str, key_id: UUID) -> ResponseReturnValue:
    form = _form_of(name)
    with form.faults_shown():
        kept = key_pools.replace_key(actor(), runtime(), name, key_id, form.pasted)
        return _done(name, kept, "is saved. Test it now.")
    return _again_page(name, key_id, form)


@bp.post("/<name>/keys/<uuid:key_id>/delete", permission=Permission.PROVIDER_DELETE)
def delete_key(name: str, key_id: UUID) -> ResponseReturnValue:
    return _done(name, key_pools.delete_key(actor(), runtime(), name, key_id), "is deleted.")


@bp.post("/<name>/keys/<uuid:key_id>/delete-spare", permission=Permission.PROVIDER_EDIT)
def delete_spare_key(name: str, key_id: UUID) -> ResponseReturnValue:
    """The same act, for a key after which another one serves: whoever may rotate keys may end it with this."""
    return _done(name, key_pools.delete_spare_key(actor(), runtime(), name, key_id), "is deleted.")


@bp.get("/<name>/keys/<uuid:key_id>/rotation", permission=Permission.PROVIDER_EDIT)
def rotation(name: str, key_id: UUID) -> ResponseReturnValue:
    """Add a new key, test it, put it in the old one's place, delete the old: as far as that has come."""
    return _rotation_page(name, key_id, _form_of(name, empty=True))


@bp.post("/<name>/keys/<uuid:key_id>/rotation", permission=Permission.PROVIDER_EDIT, typed=True)
def begin_rotation(name: str, key_id: UUID) -> ResponseReturnValue:
    """Save the key that is to take this one's place."""
    form = _form_of(name)
    with form.faults_shown():
        kept = key_pools.add_key(actor(), runtime(), name, form.pasted, replaces=key_id)
        _tell(kept, f"The key {_short(kept)} is saved and waits. Test it now.")
        return redirect(url_for("providers.rotation", name=name, key_id=key_id))
    return _rotation_page(name, key_id, form)


@bp.post("/<name>/keys/<uuid:key_id>/rotation/place", permission=Permission.PROVIDER_EDIT)
def take_place(name: str, key_id: UUID) -> ResponseReturnValue:
    """Let the new key serve before the old one."""
    told = key_listing.read_rotation(actor(), runtime(), name, key_id)
    if told.new is not None:
        kept = key_pools.take_place(actor(), runtime(), name, told.new.key.id, key_id)
        _tell(kept, f"The key {_short(kept)} serves now. The old one may be deleted.")
    return redirect(url_for("providers.rotation", name=name, key_id=key_id))


def _form_of(name: str, *, empty: bool = False) -> KeyForm:
    form = key_form_for(key_pools.type_of(actor(), name))
    return form(formdata=None) if empty else form()


def _rotation_page(name: str, key_id: UUID, form: KeyForm) -> ResponseReturnValue:
    told = key_listing.read_rotation(actor(), runtime(), name, key_id)
    check_id = uuid_of(request.args.get("check"))
    tested = check_history.read_check_of(actor(), check_id, told.old.key.provider_id) if check_id else None
    page = render_template("providers/rotation.html", rotation=told, kind=form.kind, key_form=form, tested=tested)
    return page, form.status


def _again_page(name: str, key_id: UUID, form: KeyForm) -> ResponseReturnValue:
    told = key_listing.read_rotation(actor(), runtime(), name, key_id)
    return render_template("providers/key_again.html", rotation=told, kind=form.kind, key_form=form), form.status


def _to_keys(name: str, **more: object) -> ResponseReturnValue:
    return redirect(url_for("providers.show", name=name, **more, _anchor="s-keys"))


def _done(name: str, kept: Kept, deed: str) -> ResponseReturnValue:
    """Say what became of a key, and go back to where it stands among the others."""
    _tell(kept, f"The key {_short(kept)} of {kept.label} {deed}")
    return _to_keys(name)


def _tell(kept: Kept, words: str) -> None:
    for remark in kept.remarks:
        flash(remark, "attention")
    flash(words, "good")


def _short(kept: Kept) -> str:
    return say_fingerprint(kept.key.fingerprint)
