"""The pages of a provider's form: the same for those who may change every provider and for the managers of a team."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain.people import Actor
from portal.services import onboarding
from portal.services.health.history import CheckView
from portal.services.language_models.discovery import Discovery
from portal.services.language_models.model_data import data_month
from portal.services.providers import detail as provider_detail
from portal.services.providers import draft_checks, owners
from portal.services.providers import drafts as provider_drafts
from portal.services.providers import registry as provider_registry
from portal.services.providers.drafts import Draft
from portal.services.providers.registry import Saved
from portal.services.teams import teams
from portal.web import just_connected
from portal.web.context import runtime
from portal.web.fields import LIVE
from portal.web.header_values import address
from portal.web.provider_form import SETTING, ProviderForm, filled, form_for, kind_named
from portal.web.selected_listings import pack

USUAL_TYPES = frozenset(
    ("openai", "azure", "anthropic", "google", "bedrock", "ollama", "openrouter", "openai_compatible", "demo")
)
"""The cards that are seen at once; the others are one press away."""


@dataclass(frozen=True)
class FormPages:
    """The form on one blueprint, whose routes bear the names of these methods.

    `me` says who acts, and for which team; `home` is the page that it belongs to, called `called`; `done` leads to
    what was saved, by its name.
    """

    me: Callable[[], Actor]
    home: str
    called: str
    done: Callable[[Saved], str]

    def connect(self) -> ResponseReturnValue:
        """The form of one type, prefilled; another card leads here with its type."""
        kind = kind_named(request.args.get("type"))
        name = request.args.get("name") or provider_registry.suggest_name(self.me(), kind.name)
        label = request.args.get("label", "")
        return self._connect_page(filled(Draft(kind.name, name=name, label=label, base_url=kind.base_url)))

    def register(self) -> ResponseReturnValue:
        """Save a new provider with its key and its models."""
        kind = kind_named(request.form.get("type"))
        if request.form.get("do") == "type":
            return self._connect_page(self._as_type(kind, request.form.get("shown_type")))
        form = form_for(kind)()
        if request.form.get("do") == "header":
            return self._connect_page(_with_row(form))
        with form.faults_shown():
            saved = provider_registry.register(self.me(), runtime(), form.draft, form.model_drafts)
            for notice in saved.notices:
                flash(notice, "attention")
            flash(_connected(saved), "good")
            just_connected.remember(saved.name)
            return _go(self.done(saved))
        return self._connect_page(form)

    def test(self) -> ResponseReturnValue:
        """Test a form as it stands; the page comes back with the result and all that was typed, the key aside."""
        form = form_for(kind_named(request.form.get("type")))()
        check = None
        with form.faults_shown():
            check, prepared = draft_checks.check_draft(self.me(), runtime(), form.draft, form.saved_name.data or "")
            form.tidy(prepared)
        return self._form_page(form, check=check)

    def discover(self) -> ResponseReturnValue:
        """List the models behind a form that is not saved yet, to be ticked."""
        form = form_for(kind_named(request.form.get("type")))()
        found = None
        with form.faults_shown():
            found, prepared = draft_checks.discover_draft(self.me(), runtime(), form.draft, form.saved_name.data or "")
            form.tidy(prepared)
        return self._form_page(form, found=found)

    def look_over(self) -> ResponseReturnValue:
        """Take apart what was pasted into a form, before anything is asked; `switch_to` makes it another type's."""
        if request.form.get("switch_to"):
            return self._form_page(self._as_type(kind_named(request.form["switch_to"]), request.form.get("type")))
        form = form_for(kind_named(request.form.get("type")))()
        return self._form_page(self._looked_over(form))

    def edit(self, name: str) -> ResponseReturnValue:
        """The form of a saved provider, its key left out."""
        draft, version = provider_registry.read_draft(self.me(), name)
        return self._edit_page(filled(draft, version=version, saved=True))

    def change(self, name: str) -> ResponseReturnValue:
        """Save it."""
        form = form_for(kind_named(request.form.get("type")))()
        form.saved_name.data = name
        if request.form.get("do") == "header":
            return self._edit_page(_with_row(form))
        with form.faults_shown():
            saved = provider_registry.change(self.me(), runtime(), name, form.draft, form.version.data or "")
            for notice in saved.notices:
                flash(notice, "attention")
            if saved.needs_key_again:
                flash(f"{saved.label} has a new address and needs its key again. Enter it below.", "attention")
            flash(f"{saved.label} is saved.", "good")
            return _go(self.done(saved))
        return self._edit_page(form)

    def _as_type(self, kind: ProviderType, shown: str | None) -> ProviderForm:
        """What was sent as the form of another type. `shown` names the one whose fields were filled in."""
        form = form_for(kind)()
        if was := TYPES.get(shown or ""):
            suggested = {type.name: provider_registry.suggest_name(self.me(), type.name) for type in (was, kind)}
            settings = {item.name: request.form.get(f"{SETTING}{item.name}", "") for item in was.settings}
            form.become(was, suggested, settings)
        return self._looked_over(form)

    def _looked_over(self, form: ProviderForm) -> ProviderForm:
        """The form with what was pasted taken apart, and with what cannot stay as it is; blanks are no faults yet."""
        with form.blanks_forgiven():
            form.tidy(provider_drafts.read_over(self.me(), runtime(), form.draft, new=not form.saved_name.data))
        return form

    def _form_page(
        self, form: ProviderForm, *, check: CheckView | None = None, found: Discovery | None = None
    ) -> ResponseReturnValue:
        page = self._edit_page if form.saved_name.data else self._connect_page
        return page(form, check=check, found=found)

    def _connect_page(
        self, form: ProviderForm, *, check: CheckView | None = None, found: Discovery | None = None
    ) -> ResponseReturnValue:
        me = self.me()
        _offer_owners(me, form)
        page = render_template(
            "providers/connect.html",
            form=form,
            kind=form.kind,
            types=tuple(TYPES.values()),
            usual=USUAL_TYPES,
            check=check,
            found=found,
            pack=pack,
            data_month=data_month(),
            asks_key=form.kind.key is not KeyRule.NONE,
            found_variable="" if me.acts_for else onboarding.variable_of(runtime(), form.kind),
            home=url_for(self.home),
            called=self.called,
        )
        return page, form.status

    def _edit_page(
        self, form: ProviderForm, *, check: CheckView | None = None, found: Discovery | None = None
    ) -> ResponseReturnValue:
        me = self.me()
        detail = provider_detail.read_detail(me, runtime(), form.saved_name.data or "")
        _offer_owners(me, form)
        page = render_template(
            "providers/edit.html",
            form=form,
            kind=form.kind,
            detail=detail,
            check=check,
            found=found,
            asks_key=form.kind.key is not KeyRule.NONE,
            home=url_for(self.home),
            called=self.called,
            done=self.done(Saved(detail.name, detail.label)),
        )
        return page, form.status


def _go(url: str) -> ResponseReturnValue:
    """Lead on; a script that kept the key in the page goes there itself."""
    return Response(status=204, headers={"X-Go": address(url)}) if LIVE in request.headers else redirect(url)


def _with_row(form: ProviderForm) -> ProviderForm:
    """The form with one more row of headers, and with a word on keys that were taken out."""
    form.extra_headers.append_blank()
    form.show(form.taken)
    return form


def _connected(saved: Saved) -> str:
    models = {0: "no models yet", 1: "one model"}.get(saved.models, f"{saved.models} models")
    return f"{saved.label} is connected, with {models}."


def _offer_owners(me: Actor, form: ProviderForm) -> None:
    """Whose the provider may be, for those who may say so; while there are no teams, nobody is asked."""
    if owners.may_give(me):
        form.offer_owners(teams.names_for(me, runtime()))
