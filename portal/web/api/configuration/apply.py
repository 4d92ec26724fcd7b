"""`POST /config/apply`"""

from typing import Annotated

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.configuration import importing
from portal.web.api.configuration.shapes import ConfigurationGiven, Plan, plan_of, pointer
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Word
from portal.web.bodies import CONFIGURATION


class Agreed(ConfigurationGiven):
    """A file, and the plan that was agreed to; without `digest` and `version` whatever it changes is agreed to."""

    digest: Word = ""
    version: Annotated[int | None, Field(ge=-1, le=2**53)] = None
    leave_out: Annotated[bool, Field(description="Import the rest, without the entries that cannot be used.")] = False


@endpoint("POST", "/config/apply", Permission.SETTINGS_EDIT, size=CONFIGURATION, pointer=pointer)
def run(call: Call, body: Agreed) -> Plan:
    """Read a file in, all of it or nothing. It wants `llm_provider.create` and `llm_provider.edit`, too."""
    return plan_of(
        importing.apply(
            call.actor,
            call.runtime,
            body.file,
            digest=body.digest,
            version=body.version,
            leave_out=body.leave_out,
        )
    )
