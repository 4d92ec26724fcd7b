"""The rows of further headers in a provider's form: name, value, and whether the value is a secret."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from flask import request
from wtforms import BooleanField, FieldList, Form, FormField, StringField

from portal.domain.provider_headers import KEY_AS_NAME, MOST, TypedHeader, may_be_shown
from portal.domain.typed_text import looks_secret
from portal.web.fields import LIVE, PortalForm

FAULT = "headers-"


class HeaderRow(Form):
    """One header. Its value is filled in again only where it is no secret."""

    EDITS = False

    name = StringField("Name")
    value = StringField("Value")
    secret = BooleanField("Secret")

    @property
    def shown(self) -> str:
        value = self.value.data or ""
        return value if may_be_shown(self.typed) else ""

    @property
    def gone(self) -> bool:
        """Whether a value was typed that the page to come does not hold, as none holds a secret."""
        return bool(self.value.raw_data and self.value.data) and not self.shown and LIVE not in request.headers

    @property
    def typed(self) -> TypedHeader:
        return TypedHeader((self.name.data or "").strip(), self.value.data or "", self.secret.data)

    @property
    def is_blank(self) -> bool:
        return not (self.name.data or "").strip() and not self.value.data


class RowsField(FieldList):
    """Rows with a number in the names of their fields, as `extra_headers-0-name`. Other names are not read."""

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        # WTForms takes whatever `str.isdigit` does, of any length: more than `int` can read.
        for name in formdata:
            if found := re.match(rf"{re.escape(prefix)}-([0-9]{{1,4}})-", name):
                yield int(found[1])

    def append_blank(self) -> None:
        """One more row, where one fits."""
        if self.max_entries is None or len(self.entries) < self.max_entries:
            self.append_entry()


class HeaderRowsForm(PortalForm):
    """A form with rows of headers; blank rows count for nothing. `templates/providers/_headers.html` lays them out."""

    EDITS = False

    # More rows are read than may be sent, so that a sentence says so beside the first that is too many.
    extra_headers = RowsField(FormField(HeaderRow), label="Headers", max_entries=2 * MOST)

    def process(self, *args: Any, **more: Any) -> None:
        """Read what was sent. A key in the place of a name is read, and not shown again."""
        super().process(*args, **more)
        self._filled_rows = [row for row in self.header_rows if not row.is_blank]
        self._typed_headers = tuple(row.typed for row in self._filled_rows)
        for row in self._filled_rows:
            if looks_secret(row.name.data or ""):
                row.name.data = ""

    @property
    def keys_as_names(self) -> dict[str, str]:
        """What is said beside each row whose name was a key."""
        rows = enumerate(self._typed_headers)
        return {f"{FAULT}{place}": KEY_AS_NAME for place, row in rows if looks_secret(row.name)}

    @property
    def header_rows(self) -> list[HeaderRow]:
        return [entry.form for entry in self.extra_headers]

    @property
    def typed_headers(self) -> tuple[TypedHeader, ...]:
        return self._typed_headers

    def show(self, faults: dict[str, str]) -> None:
        """Put the sentence about a header beside its row, and the others where they belong."""
        rows, others = self._filled_rows, {}
        for name, sentence in faults.items():
            place = name.removeprefix(FAULT)
            if name.startswith(FAULT) and place.isdecimal() and int(place) < len(rows):
                rows[int(place)].name.errors = [sentence]
                self.extra_headers.errors = [*self.extra_headers.errors, sentence]
            else:
                others[name] = sentence
        super().show(others)
