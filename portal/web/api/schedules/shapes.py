"""A schedule of checks as JSON."""

from datetime import datetime

from portal.domain.schedule import Probe
from portal.services.health.schedules import ScheduleView
from portal.web.api.operations import Call
from portal.web.api.schemas import Told


class Schedule(Told):
    """How often a provider is checked; `minutes` is null where only somebody’s asking checks it.

    `list` lists its models, which is free; `ping` asks a model for one token. `unwatched`: a check is overdue, so no
    worker runs.
    """

    provider: str
    minutes: float | None
    probe: Probe
    next_at: datetime | None
    unwatched: bool


def schedule_of(call: Call, view: ScheduleView) -> Schedule:
    """A schedule as it is told, with its version in the answer’s head."""
    call.etag = view.version
    return Schedule(
        provider=view.name, minutes=view.minutes, probe=view.probe, next_at=view.next_at, unwatched=view.unwatched
    )
