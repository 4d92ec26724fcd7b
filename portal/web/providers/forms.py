"""The form of a provider: the same for connecting, testing, discovering and changing one, with its type's fields."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from wtforms import FloatField, HiddenField, PasswordField, SelectMultipleField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired

from portal.dialects.base import KeyRule, ProviderType
from portal.dialects.types import TYPES
from portal.domain import language_models
from portal.domain.errors import Invalid
from portal.services.discovery import Listed
from portal.services.provider_drafts import Draft, Prepared
from portal.services.provider_versions import Difference, Outdated
from portal.web.fields import PortalForm

SETTING = "setting_"


class SecondsField(FloatField):
    """A number of seconds; blank is the default."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().replace(",", ".") if valuelist else ""
        try:
            self.data = float(text) if text else self.default
        except ValueError:
            self.data = self.default
            raise ValueError("Write a number of seconds, like 5 or 0.5.") from None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data and self.process_errors else f"{self.data:g}"


class ProviderForm(PortalForm):
    """What every type asks for. `form_for` adds the fields of one type.

    `InputRequired` only marks what is needed: what is wrong is decided by the service, in its own sentences.
    """

    kind: ProviderType

    name = StringField("Name", [InputRequired()], description="For API clients and access rules. Fixed once saved.")
    label = StringField("Label", description="What people read. Blank is the type’s name.")
    base_url = URLField("Base URL", [InputRequired()])
    key = PasswordField("Key")
    default_model = StringField(
        "Default model", description="Used when a request names this provider but no model, and for tests."
    )
    connect_timeout = SecondsField("Seconds to connect", default=5.0)
    read_timeout = SecondsField("Seconds to answer", default=180.0)
    test_model = StringField("Model to test with")
    models = SelectMultipleField("Models", validate_choice=False, choices=[])
    typed_models = TextAreaField("Further models", description="One name a line, spelt as the provider spells it.")
    saved_name = HiddenField()
    seen = HiddenField()

    differences: tuple[Difference, ...] = ()
    notices: tuple[str, ...] = ()
    outdated = False

    @property
    def settings_fields(self) -> list[Any]:
        return [self._fields[f"{SETTING}{item.name}"] for item in self.kind.settings]

    @property
    def draft(self) -> Draft:
        """What was typed, the key as it is. Raises `Invalid` for a number that is none."""
        faulty = ((name, field.process_errors) for name, field in self._fields.items())
        if broken := {name: str(faults[0]) for name, faults in faulty if faults}:
            raise Invalid(broken)
        return Draft(
            type=self.kind.name,
            name=self.name.data or "",
            label=self.label.data or "",
            base_url=self.base_url.data or "",
            settings={item.name: self._fields[f"{SETTING}{item.name}"].data or "" for item in self.kind.settings},
            key=self.key.data or "",
            default_model=self.default_model.data or "",
            connect_timeout=self.connect_timeout.data,
            read_timeout=self.read_timeout.data,
            test_model=self.test_model.data or "",
        )

    @property
    def model_drafts(self) -> list[language_models.Draft] | None:
        """The models that were ticked and typed, each once; None when there are none."""
        ticked = [draft for value in self.models.data or [] if (draft := _unpack(value))]
        typed = [language_models.Draft(wire_name=name) for name in (self.typed_models.data or "").split()]
        return list({draft.wire_name: draft for draft in [*typed, *ticked]}.values()) or None

    @property
    def ticked(self) -> list[tuple[str, str]]:
        """What was ticked before, to be ticked again: each value with its wire name."""
        drafts = ((value, _unpack(value)) for value in self.models.data or [])
        return [(value, draft.wire_name) for value, draft in drafts if draft]

    @property
    def key_doubt(self) -> str:
        """A warning when the typed key does not look like one of this type's."""
        prefix, typed = self.kind.key_prefix, self.key.data or ""
        if not prefix or not typed or typed.startswith(prefix) or self.key.errors:
            return ""
        return f"{self.kind.label} keys begin with {prefix}, and this one does not. Test it to be sure."

    def tidy(self, prepared: Prepared) -> None:
        """Show the address as it will be saved, with what was changed in it."""
        self.base_url.data = prepared.base_url
        self.notices = prepared.notices

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """As every form, and what differs when somebody else saved first."""
        with super().faults_shown():
            try:
                yield
            except Outdated as clash:
                self.differences, self.seen.data, self.outdated = clash.differences, clash.seen, True
                raise

    @property
    def status(self) -> int:
        return 409 if self.outdated else super().status


@cache
def form_for(kind: ProviderType) -> type[ProviderForm]:
    """The form with the fields of one type."""
    fields: dict[str, Any] = {"kind": kind}
    for item in kind.settings:
        fields[f"{SETTING}{item.name}"] = StringField(
            item.label,
            [InputRequired()] if item.required else [],
            description=item.help,
            render_kw={"placeholder": item.placeholder},
        )
    fields["key"] = PasswordField("Key", [InputRequired()] if kind.key is KeyRule.REQUIRED else [])
    return type("ProviderForm", (ProviderForm,), fields)


def kind_named(name: str | None) -> ProviderType:
    """The type of that name, else the first card's."""
    return TYPES.get(name or "") or next(iter(TYPES.values()))


def filled(draft: Draft, *, seen: str = "", saved: bool = False) -> ProviderForm:
    """A form that holds a draft, and nothing of the request."""
    kind = kind_named(draft.type)
    data: dict[str, Any] = {
        "name": draft.name,
        "label": draft.label,
        "base_url": draft.base_url,
        "default_model": draft.default_model,
        "connect_timeout": draft.connect_timeout,
        "read_timeout": draft.read_timeout,
        "test_model": draft.test_model,
        "saved_name": draft.name if saved else "",
        "seen": seen,
    }
    data |= {f"{SETTING}{item.name}": draft.settings.get(item.name, "") for item in kind.settings}
    return form_for(kind)(formdata=None, data=data)


def pack(row: Listed) -> str:
    """A listed model as the value of its tick box: what publishing it needs."""
    return json.dumps([row.wire_name, row.display_name, row.context_limit], separators=(",", ":"))


def _unpack(value: str) -> language_models.Draft | None:
    with suppress(ValueError, TypeError, AttributeError):
        wire_name, display_name, context_limit = json.loads(value)
        return language_models.Draft(
            wire_name=str(wire_name), display_name=str(display_name), context_limit=int(context_limit)
        )
    return None
