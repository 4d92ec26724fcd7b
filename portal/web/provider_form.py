"""The form of a provider: the same for connecting, testing, discovering and changing one, with its type's fields."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from uuid import UUID

from wtforms import (
    Field,
    FieldList,
    FloatField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired

from portal.dialects.provider_types.shape import ProviderType, SettingField
from portal.dialects.provider_types.table import TYPES, base_url_for
from portal.domain import language_models, typed_numbers
from portal.domain.language_models import names_in
from portal.domain.shared_keys import ROTATE_AFTER_DAYS
from portal.domain.typed_text import is_key_file, looks_secret, open_part
from portal.services.language_models.model_data import draft_of
from portal.services.providers.drafts import Draft, Misplaced, Prepared
from portal.web.fields import VersionedForm
from portal.web.key_fields import KeyFieldsForm, key_fields
from portal.web.provider_header_fields import HeaderRowsForm
from portal.web.selected_listings import unpack
from portal.web.who_asked_fields import WhoAskedForm
from portal.web.who_asked_fields import filled as who_asked_filled

SETTING = "setting_"


def seconds(text: str) -> float:
    """A number as it was typed. Raises `ValueError` where it is not plain which one is meant."""
    if (number := typed_numbers.decimal(text)) is None:
        raise ValueError
    return float(number)


class SecondsField(FloatField):
    """A number of seconds; blank is the default."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        try:
            self.data = seconds(text) if text else self.default
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


class BaseUrlField(URLField):
    """An address. What may be a secret in it is read, and not shown again: the user’s part, and what follows a “?”."""

    def _value(self) -> str:
        return open_part(self.data or "")


TAKEN_OUT = "This is a key. It was taken out of here; enter it below, where it is never shown again."


class ProviderForm(VersionedForm, HeaderRowsForm, WhoAskedForm, KeyFieldsForm):
    """What every type asks for. `form_for` adds the fields of one type.

    `InputRequired` only marks what is needed: what is wrong is decided by the service, in its own sentences.
    """

    EDITS = True

    name = StringField("Name", [InputRequired()], description="For API clients and access rules. Fixed once saved.")
    label = StringField("Label", description="What people read. Blank is the type’s name.")
    base_url = BaseUrlField("Base URL", [InputRequired()])
    default_model = StringField(
        "Default model", description="Used when a request names this provider but no model, and for tests."
    )
    connect_timeout = SecondsField("Seconds to connect", default=5.0)
    read_timeout = SecondsField("Seconds to answer", default=180.0)
    rotate_after_days = DaysField(
        "Days until a key is to be changed", default=ROTATE_AFTER_DAYS, description="A reminder, no more. 0 is never."
    )
    owner = SelectField(
        "Owner", validate_choice=False, choices=[], description="A team’s provider serves that team alone."
    )
    test_model = StringField("Model to test with")
    models = SelectMultipleField("Models", validate_choice=False, choices=[])
    typed_models = TextAreaField("Further models", description="One name a line, spelt as the provider spells it.")
    saved_name = HiddenField()

    remarks: tuple[tuple[str, str], ...] = ()
    key_doubt = ""
    switch_to: ProviderType | None = None

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

    def process(self, *args: Any, **more: Any) -> None:
        """Read what was sent. A key in a field that is shown again is taken out of it, whatever becomes of the form."""
        super().process(*args, **more)
        self.taken: dict[str, str] = {}
        self._moved: dict[str, str] = {}
        self._read_as_key: set[str] = set()
        own = {field.name for _, parts in self.kinds for _, field in parts} | {"csrf_token"}
        for name, field in self._fields.items():
            if name not in own and not isinstance(field, FieldList):
                self._take_key(name, field)
        self.taken |= self.keys_as_names

    @property
    def draft(self) -> Draft:
        """What was typed, the key as it is, with what is already known to be wrong."""
        broken = {name: str(field.process_errors[0]) for name, field in self._fields.items() if field.process_errors}
        return Draft(
            type=self.kind.name,
            name=self.name.data or "",
            label=self.label.data or "",
            base_url=self.base_url.data or "",
            settings={item.name: self._fields[f"{SETTING}{item.name}"].data or "" for item in self.kind.settings},
            key_kind=self.chosen_kind,
            key_parts=self._moved or self.key_parts,
            default_model=self.default_model.data or "",
            connect_timeout=self.connect_timeout.data,
            read_timeout=self.read_timeout.data,
            test_model=self.test_model.data or "",
            headers=self.typed_headers if self.kind.extra_headers else (),
            who_asked=self.who_asked,
            rotate_after_days=self.rotate_after_days.data,
            owner=self.owner.data if self.owner.raw_data else None,
            faults=broken | {name: said for name, said in self.taken.items() if name not in self._read_as_key},
        )

    def _take_key(self, name: str, field: Field) -> None:
        """Take a key out of a field. A service account's file is read as the key that it is; another is refused."""
        texts = [text for text in (*(field.raw_data or ()), field.data) if isinstance(text, str)]
        if name == "models":
            texts = [
                f"{draft.wire_name}\n{draft.display_name}" for value in field.data or () if (draft := unpack(value))
            ]
        if not any(looks_secret(text) for text in texts):
            return
        self.taken[name] = TAKEN_OUT
        field.raw_data = None
        if name == "models":
            field.data = []
        elif isinstance(field, StringField):
            text = str(field.data or "")
            field.data = self._left_of(field, text)
            if is_key_file(text):
                self._moved = {"key" if self.chosen_kind == "key" else "private_key": text}
                self._read_as_key.add(name)

    def _left_of(self, field: Field, text: str) -> str:
        """What may stay where a key was: the host of an address, and the other lines of several."""
        left = open_part(text) if isinstance(field, BaseUrlField) else ""
        if isinstance(field, TextAreaField) and "-----" not in text:
            left = "\n".join(line for line in text.splitlines() if not looks_secret(line))
        return "" if looks_secret(left) or is_key_file(text) else left

    def become(self, was: ProviderType, suggested: Mapping[str, str], settings: Mapping[str, str]) -> None:
        """Give up what was only filled in for the type that was shown before; what a person typed stays.

        `suggested` are the names that the portal suggests, by type; `settings` what stands in the fields of that type.
        """
        if self.name.data in (None, "", suggested[was.name]) and "name" not in self.taken:
            self.name.data = suggested[self.kind.name]
        typed = (self.base_url.data or "").strip().rstrip("/")
        if typed in ("", was.base_url.rstrip("/"), base_url_for(was, settings).rstrip("/")):
            self.base_url.data = self.kind.base_url
            # They were listed at the address that is given up.
            self.models.data = []
        if "key_kind" in self._fields:
            self._fields["key_kind"].data = self.chosen_kind

    @property
    def model_drafts(self) -> list[language_models.Draft] | None:
        """The models that were ticked and typed, each once; None when there are none."""
        ticked = [draft for value in self.models.data or [] if (draft := unpack(value))]
        typed = [draft_of(self.kind.name, name) for name in names_in(self.typed_models.data or "")]
        return list({draft.wire_name: draft for draft in [*typed, *ticked]}.values()) or None

    @property
    def ticked(self) -> list[tuple[str, str]]:
        """What was ticked before, to be ticked again: each value with its model ID."""
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

    def show(self, faults: dict[str, str]) -> None:
        """As every form. What is wrong with a model stands where names are typed: ticks have no place for it."""
        super().show({"typed_models" if name == "models" else name: said for name, said in faults.items()})

    def offer_owners(self, teams: Iterable[tuple[UUID, str]]) -> None:
        """The owners to choose from: the deployment, and these teams."""
        self.owner.choices = [("", "The deployment"), *((str(id), name) for id, name in teams)]

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """As every form, and which type the typed things belong to."""
        with super().faults_shown():
            try:
                yield
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
            for name, field in self._fields.items():
                if field.errors and not (field.data or name in self.taken or self._typed_parts.get(name)):
                    field.errors = []


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


def filled(draft: Draft, *, version: str = "", saved: bool = False) -> ProviderForm:
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
        "owner": draft.owner or "",
        "extra_headers": [{"name": row.name, "value": row.value, "secret": row.secret} for row in draft.headers],
        **who_asked_filled(draft.who_asked),
        "test_model": draft.test_model,
        "saved_name": draft.name if saved else "",
        "version": version,
        **({"key_kind": draft.key_kind} if draft.key_kind else {}),
    }
    data |= {f"{SETTING}{item.name}": draft.settings.get(item.name, "") for item in kind.settings}
    return form_for(kind)(formdata=None, data=data)
