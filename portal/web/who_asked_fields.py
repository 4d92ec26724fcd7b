"""Who asked, in a provider's form: a tick for each thing that it is told of a person, and its header."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from wtforms import BooleanField, StringField

from portal.domain.who_asked import PARTS
from portal.web.fields import PortalForm

WHO_ASKED = "who_asked_"


class WhoAskedRow(NamedTuple):
    """The two fields of one part."""

    sent: BooleanField
    header: StringField


class WhoAskedForm(PortalForm):
    """A form with these fields; `templates/providers/_who_asked.html` lays them out."""

    EDITS = False

    who_asked_id = BooleanField("User ID")
    who_asked_id_header = StringField("Header of the user ID")
    who_asked_name = BooleanField("Name")
    who_asked_name_header = StringField("Header of the name")
    who_asked_email = BooleanField("E-mail")
    who_asked_email_header = StringField("Header of the e-mail")

    @property
    def who_asked_rows(self) -> list[WhoAskedRow]:
        return [
            WhoAskedRow(self._fields[f"{WHO_ASKED}{part.name}"], self._fields[f"{WHO_ASKED}{part.name}_header"])
            for part in PARTS
        ]

    @property
    def who_asked(self) -> dict[str, str]:
        """The headers of what was ticked. Where a header is left blank, it has its usual name."""
        rows = zip(PARTS, self.who_asked_rows, strict=True)
        return {part.name: (row.header.data or "").strip() or part.header for part, row in rows if row.sent.data}

    @property
    def tells_who_asked(self) -> bool:
        """Whether anything is ticked, or a name is at fault."""
        return any(row.sent.data or row.header.errors for row in self.who_asked_rows)


def filled(who_asked: Mapping[str, str]) -> dict[str, Any]:
    """What these fields hold of what is stored."""
    sent = {f"{WHO_ASKED}{part.name}": part.name in who_asked for part in PARTS}
    return sent | {f"{WHO_ASKED}{part.name}_header": who_asked.get(part.name, part.header) for part in PARTS}
