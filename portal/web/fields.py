"""What every form shares: a service's faults land beside their fields, and nothing typed is lost."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from flask import g, has_request_context, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from portal.domain import typed_numbers
from portal.domain.errors import Conflict, Invalid, Throttled
from portal.domain.typed_text import looks_secret
from portal.domain.versions import NOW_NOTHING, Outdated

LIVE = "X-Live"
"""A script that takes parts out of the page to come says so: it keeps the secrets in its own fields meanwhile."""

NOT_KEPT = "A secret is not kept while your own password is asked for. Type it again."
UNSTORABLE = "This holds a character that cannot be stored. Type it again."


@dataclass(frozen=True)
class GivenBack:
    """That this request only shows a form again, with all that was typed; `faults` say why, and what is missing."""

    faults: dict[str, str]


def given_back() -> GivenBack | None:
    """What `late_forms` says of this request."""
    return cast("GivenBack | None", g.get("given_back"))


def is_gone(field: Any) -> bool:
    """Whether a secret was typed into this field that the page to come does not hold, as no page does.

    The macro `secret` says so beside it: blank would mean that the stored one stays.
    """
    typed = isinstance(field, PasswordField) and any(field.raw_data or ())
    return typed and has_request_context() and LIVE not in request.headers


def refuse_to_act() -> None:
    """Raise `Invalid` where a service is about to be run on a form that is only given back."""
    if (back := given_back()) and g.get("acting"):
        raise Invalid(back.faults)


class PortalForm(FlaskForm):
    """A form that knows how to show what a service found wrong with it."""

    EDITS: ClassVar[bool]
    """Whether it is drawn with what exists and saves over it. Every form says so; then it is a `VersionedForm`."""
    retry_after: int | None = None
    keyless: ClassVar[Mapping[str, str]] = {}
    """Fields into which no key belongs, each with what is said when there is one: it is never shown again."""

    class Meta(FlaskForm.Meta):
        """What a form reads."""

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> MultiDict[str, str] | None:
            """The fields of a posted form alone: what a file or JSON holds in their place, no field expects."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form or None if form.is_submitted() else None

    def process(self, *args: Any, **more: Any) -> None:
        """Read what was sent. NUL, which no keyboard types and not every database takes, is a fault of its field."""
        super().process(*args, **more)
        for field in self._fields.values():
            field.gone = is_gone(field)
            if any(isinstance(sent, str) and "\0" in sent for sent in field.raw_data or ()):
                field.process_errors = [*field.process_errors, UNSTORABLE]
                field.data = field.data.replace("\0", "") if isinstance(field.data, str) else field.data
        for name, sentence in self.keyless.items():
            field = self._fields[name]
            if isinstance(field.data, str) and looks_secret(field.data):
                field.process_errors, field.data = [sentence], ""

    def further_faults(self) -> Mapping[str, str]:
        """What is wrong beyond what each field finds by itself. It is asked only when a field found something."""
        return {}

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every field can be used. When one cannot, all that is wrong is said at once."""
        usable = super().validate(extra_validators)
        if back := given_back():
            self.show(back.faults)
            return False
        not_kept = g.get("not_kept", {})
        self.show({name: said for name, said in not_kept.items() if name in self._fields})
        if usable and not not_kept:
            return True
        self.show({name: said for name, said in self.further_faults().items() if name not in self.errors})
        return False

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """Run a service inside: what is invalid, clashes or comes too often is said in this form, and the view goes on.

        A view redirects inside the block and renders the form after it, so that only a fault gets there.
        """
        acting, g.acting = g.get("acting", False), True
        try:
            yield
        except Invalid as invalid:
            self.show(invalid.faults)
        except Conflict as conflict:
            self.show({"": conflict.sentence})
        except Throttled as throttled:
            self.retry_after = throttled.retry_after
            self.show({"": throttled.sentence})
        finally:
            g.acting = acting

    def show(self, faults: dict[str, str]) -> None:
        """Put each sentence beside its field; what belongs to no field of this form stands above it."""
        for name, sentence in faults.items():
            field = self._fields.get(name)
            if field is None:
                self.form_errors.append(sentence)
            else:
                field.errors = [*field.errors, sentence]

    @property
    def status(self) -> int:
        """The answer's status when the form is shown again: 422 with faults in it, 429 during a pause."""
        return 429 if self.retry_after else 422 if self.errors else 200

    @property
    def headers(self) -> dict[str, str]:
        """What the answer's head says beside the status."""
        # house: encoded-header-text because it is a number
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


class VersionedForm(PortalForm):
    """A form of what exists; `version` says what it was drawn from, so that nobody undoes another's work in silence."""

    EDITS = True

    version = HiddenField()
    outdated = False

    @contextmanager
    def faults_shown(self) -> Iterator[None]:
        """As every form. What was saved meanwhile stands beside what was typed; saving again overwrites it."""
        with super().faults_shown():
            try:
                yield
            except Outdated as clash:
                self.version.data, self.outdated = clash.version, True
                # A version is sent by a browser: what it names beside the form's own fields is not there to be told.
                told = {name: now for name, now in clash.now.items() if name in self._fields or now != NOW_NOTHING}
                self.show({"": clash.sentence, **told})

    @property
    def status(self) -> int:
        return 409 if self.outdated else super().status


class HoursField(StringField):
    """A whole number of hours for which something old works on, from 0 to `most`; `number` is what was typed."""

    number: int | None = None

    def __init__(self, label: str, *, most: int, **more: Any) -> None:
        super().__init__(label, **more)
        self._most = most

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.number = typed_numbers.whole(self.data or "")
        if self.number is None:
            raise ValueError(f"Type a whole number of hours, from 0 to {self._most}.")


class TickBoxes(SelectMultipleField):
    """Several values under one name, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: object) -> None:  # noqa: ARG002 - WTForms calls it so
        """Only what was offered: a list that changed meanwhile is looked at again."""
        offered = {choice.value for choice in self.choices or ()}
        if not offered.issuperset(self.data or ()):
            raise ValidationError("One of these is gone, or was never yours to give. Look at the list again.")
