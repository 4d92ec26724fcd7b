"""The form of a provider's schedule."""

from wtforms import FloatField, RadioField
from wtforms.fields.choices import SelectChoice

from portal.domain import typed_numbers
from portal.domain.schedule import Probe
from portal.web.fields import VersionedForm


class MinutesField(FloatField):
    """A number of minutes; blank is none."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            number = typed_numbers.decimal(text)
            if number is None:
                raise ValueError("Write a number of minutes, like 5. Blank turns the checks off.")
            self.data = float(number)

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else f"{self.data:g}"


class ScheduleForm(VersionedForm):
    """How often a provider is checked, and how."""

    EDITS = True

    minutes = MinutesField("Minutes between checks", description="Blank turns them off. 5 is a good number.")
    probe = RadioField(
        "What a check does",
        choices=[
            SelectChoice(Probe.LIST.value, "List the models"),
            SelectChoice(Probe.PING.value, "Ask for one token"),
        ],
        default=Probe.LIST.value,
    )

    @property
    def chosen(self) -> Probe:
        return Probe(self.probe.data) if self.probe.data in set(Probe) else Probe.LIST
