"""The filters of the Audit page. They come with the address, so a filtered page can be sent to a colleague."""

from datetime import date, datetime, timedelta

from wtforms import DateField, Form, SelectField, StringField
from wtforms.validators import Length, Optional, ValidationError

from portal.domain.audit import Filters, current_verb, say_verb
from portal.web.zones import midnight

SHORT = Length(max=254, message="Use at most 254 characters.")


class FiltersForm(Form):
    """Read from the query; every field may be empty."""

    EDITS = False

    actor = StringField("Who", [SHORT], description="Part of a name.")
    verb = SelectField("Did what", validate_choice=False)
    subject = StringField("To what", [SHORT], description="Part of a name, a kind or an ID.")
    since = DateField("From", [Optional()], description="This day included.")
    until = DateField("To", [Optional()], description="This day included.")

    def validate_until(self, field: DateField) -> None:
        if field.data and self.since.data and field.data < self.since.data:
            raise ValidationError("This day is before the first one. Swap the two.")

    def offer(self, verbs: tuple[str, ...]) -> None:
        """The verbs to choose from: those that occur, and the one that was asked for."""
        asked = self.verb.data = current_verb(self.verb.data or "")
        known = [*verbs, asked] if asked and asked not in verbs else list(verbs)
        self.verb.choices = [("", "Anything"), *((verb, say_verb(verb)) for verb in known)]

    def filters(self) -> Filters:
        """What to look for; a field with a fault lets everything pass."""
        usable = {name: field.data for name, field in self._fields.items() if not field.errors}
        until = usable.get("until")
        return Filters(
            verb=usable.get("verb") or "",
            actor=(usable.get("actor") or "").strip(),
            subject=(usable.get("subject") or "").strip(),
            since=_beginning(usable.get("since")),
            until=_beginning(until + timedelta(days=1) if until and until < date.max else until),
        )

    def chosen(self) -> dict[str, str]:
        """The filters that are set, as they stand in the address."""
        return {
            name: field.raw_data[0].strip()
            for name, field in self._fields.items()
            if field.raw_data and field.raw_data[0].strip() and not field.errors
        }


def _beginning(day: date | None) -> datetime | None:
    try:
        return midnight(day) if day else None
    except OverflowError:  # the first and the last day of the calendar begin outside it somewhere
        return None
