"""`GET /config`"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import RootModel

from portal.domain.permissions import Permission
from portal.services.configuration import exporting
from portal.services.configuration.exporting import Format
from portal.web.api.operations import Call, endpoint


class Configuration(RootModel[Mapping[str, Any]]):
    """The document. docs/configuration.md says what each field is; there is no key in it."""


@endpoint("GET", "/config", Permission.SETTINGS_EDIT)
def run(call: Call) -> Configuration:
    """Take the whole configuration away. It wants `llm_provider.view`, too."""
    return Configuration(json.loads(exporting.export(call.actor, call.runtime, Format.JSON).text))
