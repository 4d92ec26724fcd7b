"""The form of a provider: the same for connecting, testing, discovering and changing one, with its type's fields."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from wtforms import FloatField, HiddenField, IntegerField, SelectMultipleField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired

from portal.dialects.kinds import ProviderType, SettingField
from portal.dialects.typed_keys import is_key_file, looks_secret
from portal.dialects.types import TYPES
from portal.domain import language_models
from portal.domain.errors import Invalid
from portal.domain.shared_keys import ROTATE_AFTER_DAYS
from portal.services.model_data import draft_of
from portal.services.provider_drafts import Draft, Misplaced, Prepared
from portal.services.provider_versions import Difference, Outdated
from portal.web.picks import unpack
from portal.web.providers.header_fields import HeaderRowsForm
from portal.web.providers.key_fields import KeyFieldsForm, key_fields

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


class DaysField(IntegerField):
    """A number of days; blank is the default."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        if text and not text.isdecimal():
            self.data = self.default
            raise ValueError("Write a whole number of days, like 90.")
        self.data = int(text[:9]) if text else self.default


class ProviderForm(HeaderRowsForm, KeyFieldsForm):
    """What every type asks for. `form_for` adds the fields of one type.

    `InputRequired` only marks what is needed: what is wrong is decided by the service, in its own sentences.
    """

    name = StringField("Name", [InputRequired()], description="For API clients and access rules. Fixed once saved.")
    label = StringField("Label", description="What people read. Blank is the type’s name.")
    base_url = URLField("Base URL", [InputRequired()])
    default_model = StringField(
        "Default model", description="Used when a request names this provider but no model, and for tests."
    )
    connect_timeout = SecondsField("Seconds to connect", default=5.0)
    read_timeout = SecondsField("Seconds to answer", default=180.0)
    rotate_after_days = DaysField(
        "Days until a key is to be changed", default=ROTATE_AFTER_DAYS, description="A reminder, no more. 0 is never."
    )
    test_model = StringField("Model to test with")
    models = SelectMultipleField("Models", validate_choice=False, choices=[])
    typed_models = TextAreaField("Further models", description="One name a line, spelt as the provider spells it.")
    saved_name = HiddenField()
    seen = HiddenField()

    differences: tuple[Difference, ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()
    key_doubt = ""
    switch_to: ProviderType | None = None
    outdated = False

    @property
    def settings_fields(self) -> list[Any]:
        return [self._fields[f"{SETTING}{item.name}"] for item in self.kind.settings]

    @property
    def leading_settings(self) -> list[tuple[SettingField, Any]]:
        """The settings without which such a provider has no address: they stand above it."""
        return [(item, self._fields[f"{SETTING}{item.name}"]) for item in self.kind.settings if self._leads(item)]

    @property
    def further_settings(self) -> list[tuple[SettingField, Any]]:
        return [(item, self._fields[f"{SETTING}{item.name}"]) for item in self.kind.settings if not self._leads(item)]

    def _leads(self, item: SettingField) -> bool:
        return bool(self.kind.derived_from) and not item.origin

    def noticed(self, name: str) -> list[str]:
        """What was changed in a field, in sentences."""
        return [sentence for about, sentence in self.remarks if about == name]

    @property
    def draft(self) -> Draft:
        """What was typed, the key as it is. Raises `Invalid` for a number that is none, and for a misplaced key."""
        faulty = ((name, field.process_errors) for name, field in self._fields.items())
        broken = {name: str(faults[0]) for name, faults in faulty if faults}
        moved = self._take_keys(broken)
        if broken:
            raise Invalid(broken)
        return Draft(
            type=self.kind.name,
            name=self.name.data or "",
            label=self.label.data or "",
            base_url=self.base_url.data or "",
            settings={item.name: self._fields[f"{SETTING}{item.name}"].data or "" for item in self.kind.settings},
            key_kind=self.chosen_kind,
            key_parts=moved or self.key_parts,
            default_model=self.default_model.data or "",
            connect_timeout=self.connect_timeout.data,
            read_timeout=self.read_timeout.data,
            test_model=self.test_model.data or "",
            headers=self.typed_headers if self.kind.extra_headers else (),
            rotate_after_days=self.rotate_after_days.data,
        )

    def _take_keys(self, broken: dict[str, str]) -> dict[str, str]:
        """A key in a field that is shown again is taken out of it, so that no page ever repeats it.

        A service account's file is read as the key that it is; another key goes back to its own field.
        """
        own = {field.name for _, parts in self.kinds for _, field in parts}
        moved: dict[str, str] = {}
        for name, field in self._fields.items():
            if name in own or not isinstance(field, StringField) or not looks_secret(str(field.data or "")):
                continue
            text, field.data, field.raw_data = str(field.data), "", None
            if is_key_file(text):
                moved = {"key" if self.chosen_kind == "key" else "private_key": text}
            else:
                broken[name] = "This is a key. It was taken out of here; enter it below, where it is never shown again."
        return moved

    @property
    def model_drafts(self) -> list[language_models.Draft] | None:
        """The models that were ticked and typed, each once; None when there are none."""
        ticked = [draft for value in self.models.data or [] if (draft := unpack(value))]
        typed = [draft_of(self.kind.name, name) for name in (self.typed_models.data or "").split()]
        return list({draft.wire_name: draft for draft in [*typed, *ticked]}.values()) or None

    @property
    def ticked(self) -> list[tuple[str, str]]:
        """What was ticked before, to be ticked again: each value with its wire name."""
        drafts = ((value, unpack(value)) for value in self.models.data or [])
        return [(value, draft.wire_name) for value, draft in drafts if draft]

    def tidy(self, prepared: Prepared) -> None:
        """Show everything as it will be saved, with what was changed, and what the address told of other fields."""
        self.base_url.data = prepared.base_url or self.base_url.data
        for name, value in prepared.settings.items():
            self._fields[f"{SETTING}{name}"].data = value
        self.show_parts(prepared.key.kind, prepared.key.shown)
        self.test_model.data = prepared.draft.test_model
        if prepared.model and not self.saved_name.data and not (self.models.data or self.typed_models.data):
            self.typed_models.data = prepared.model
        self.remarks, self.key_doubt = prepared.remarks, prepared.key.doubt
        self.switch_to = TYPES.get(prepared.switch_to)

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """As every form, and what differs when somebody else saved first, or which type the typed things belong to."""
        with super().faults_shown():
            try:
                yield
            except Outdated as clash:
                self.differences, self.seen.data, self.outdated = clash.differences, clash.seen, True
                raise
            except Misplaced as misplaced:
                self.switch_to = TYPES.get(misplaced.switch_to)
                raise

    @contextmanager
    def blanks_forgiven(self) -> Iterator[None]:
        """Faults shown as ever, those of fields aside in which nothing stands yet."""
        try:
            with self.faults_shown():
                yield
        finally:
            for field in self._fields.values():
                if field.errors and not field.data:
                    field.errors = []

    @property
    def status(self) -> int:
        return 409 if self.outdated else super().status


@cache
def form_for(kind: ProviderType) -> type[ProviderForm]:
    """The form with the fields of one type."""
    fields: dict[str, Any] = key_fields(kind)
    for item in kind.settings:
        name = f"{SETTING}{item.name}"
        offered = {"list": f"{name}-offered"} if item.suggestions else {}
        fields[name] = StringField(
            item.label,
            [InputRequired()] if item.required else [],
            description=item.help,
            render_kw={"placeholder": item.placeholder, **offered},
        )
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
        "rotate_after_days": draft.rotate_after_days,
        "extra_headers": [{"name": row.name, "value": row.value, "secret": row.secret} for row in draft.headers],
        "test_model": draft.test_model,
        "saved_name": draft.name if saved else "",
        "seen": seen,
        **({"key_kind": draft.key_kind} if draft.key_kind else {}),
    }
    data |= {f"{SETTING}{item.name}": draft.settings.get(item.name, "") for item in kind.settings}
    return form_for(kind)(formdata=None, data=data)
